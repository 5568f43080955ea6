"""Starts the built server on a free port and stops it again."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
READY = re.compile(r"Running on (http://([^:/]+):(\d+))")


def binary():
    """The program under test: $GLTF_RENDER_SERVER_BIN, else the release build."""
    path = os.environ.get("GLTF_RENDER_SERVER_BIN")
    if path:
        return path
    target = os.environ.get("CARGO_TARGET_DIR", str(ROOT / "target"))
    path = pathlib.Path(target) / "release" / "gltf-render-server"
    if not path.exists():
        sys.exit(f"{path} is not built; run `cargo build --release` (or `make test`) first.")
    return str(path)


class Server:
    """A server process of its own; use it as a context manager.

    `url`, `host` and `port` say where it listens. Its log goes to a temporary file rather than a
    pipe, which a long test would fill.
    """

    def __init__(self, *arguments, port=0, start_timeout=120.0, **environment):
        self._log = tempfile.TemporaryFile("w+")
        self._ready = threading.Event()
        self._stdout = []
        self.process = subprocess.Popen(
            [binary(), "--host", "127.0.0.1", "--port", str(port), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env={**os.environ, **environment},
        )
        threading.Thread(target=self._read, daemon=True).start()
        if not self._ready.wait(start_timeout) or not hasattr(self, "url"):
            self.process.kill()
            self.process.wait()
            raise RuntimeError(f"The server did not come up.\n{self.log()}")

    def _read(self):
        for line in self.process.stdout:
            self._stdout.append(line)
            found = READY.search(line)
            if found:
                self.url, self.host, self.port = found[1], found[2], int(found[3])
                self._ready.set()
        self._ready.set()

    def log(self):
        """All that the server has written so far, standard output first."""
        self._log.flush()
        with open(f"/proc/self/fd/{self._log.fileno()}") as log:
            return "".join(self._stdout) + log.read()

    def terminate(self, timeout=60.0):
        """Sends SIGTERM and returns how the process ended: -15 if the signal ended it."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self.process.poll() is None:
            try:
                self.terminate()
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()
        self._log.close()
