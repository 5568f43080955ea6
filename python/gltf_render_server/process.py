"""The life of a server process."""

from __future__ import annotations

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
from typing import Mapping, Sequence

from .errors import ServerFailed

_READY = re.compile(r"Running on (http://\S+)")
_LAUNCHER = pathlib.Path(__file__).with_name("_launch.py")

# How much of the log is read: its end, bytes.
_LOG_BYTES = 8192
# How long a server may take to finish what is under way; after that it is killed.
_STOP_SECONDS = 10.0
# How long it takes at most to be seen that it has ended.
_END_SECONDS = 1.0


class ServerProcess:
    """A server from its start, which the constructor waits for, to `stop`.

    One thread starts it, reads what it says, and ends with it. (It may not end sooner: the server would go
    too.) The log goes to a file without a name, because a pipe would fill.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], start_timeout: float
    ) -> None:
        self._owner = os.getpid()
        self._log = tempfile.TemporaryFile()
        self._started: concurrent.futures.Future[subprocess.Popen[str]] = (
            concurrent.futures.Future()
        )
        # None if it has ended before it was ready.
        self._url: concurrent.futures.Future[str | None] = concurrent.futures.Future()
        self._thread = threading.Thread(
            target=self._run,
            args=(list(command), dict(environment)),
            name="gltf-render-server",
            daemon=True,
        )
        self._thread.start()
        try:
            self.url = self._wait(start_timeout)
        except BaseException:
            self.stop()
            raise

    def _wait(self, start_timeout: float) -> str:
        try:
            self._started.result()
        except OSError as error:
            raise ServerFailed(f"The server cannot be started: {error}") from error
        try:
            url = self._url.result(start_timeout)
        except concurrent.futures.TimeoutError:
            message = f"The server was not ready within {start_timeout} seconds."
            raise ServerFailed(message, self.log()) from None
        if url is None:
            raise self._failed()
        return url

    def _run(self, command: list[str], environment: dict[str, str]) -> None:
        if sys.platform == "linux" and sys.executable:
            # Without -I and -S Python would run what is the user's.
            launcher = [sys.executable, "-I", "-S", str(_LAUNCHER), str(os.getpid())]
            command = [*launcher, *command]
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=self._log,
                text=True,
                env=environment,
                # Ctrl-C is for Python, which then stops the server.
                start_new_session=True,
            )
        except OSError as error:
            self._started.set_exception(error)
            return
        self._started.set_result(process)
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                found = _READY.search(line)
                if found and not self._url.done():
                    self._url.set_result(found[1])
        process.wait()
        if not self._url.done():
            self._url.set_result(None)

    @property
    def id(self) -> int:
        """The number of the process."""
        return self._started.result().pid

    def failure(self) -> ServerFailed | None:
        """The error that says that it has ended, if it has; a fork of our process cannot tell."""
        if os.getpid() != self._owner:
            return None
        # That a connection breaks is seen at once, the server's end a little later.
        self._thread.join(_END_SECONDS)
        return None if self._thread.is_alive() else self._failed()

    def _failed(self) -> ServerFailed:
        status = self._started.result().returncode
        return ServerFailed(f"The server has ended, with exit code {status}.", self.log())

    def log(self) -> str:
        """The end of what it has said on standard error."""
        if self._log.closed:
            return self._last_words
        descriptor = self._log.fileno()
        start = max(0, os.fstat(descriptor).st_size - _LOG_BYTES)
        # The server writes at the file's position, which this leaves where it is.
        return os.pread(descriptor, _LOG_BYTES, start).decode(errors="replace")

    def stop(self) -> None:
        """Stops it, and waits until it has ended; kills it if it takes its time. Does nothing in a fork of
        the process that has started it."""
        if os.getpid() != self._owner or self._started.exception() is not None:
            return
        process = self._started.result()
        process.terminate()
        self._thread.join(_STOP_SECONDS)
        if self._thread.is_alive():
            process.kill()
            self._thread.join()
        self._last_words = self.log()
        self._log.close()
