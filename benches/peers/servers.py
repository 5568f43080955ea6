"""The servers that are compared: this one and the peers."""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "integration_tests"))

from support.server import Server  # noqa: E402


class Own:
    """The release build."""

    name = "gltf-render-server"

    def __init__(self, arguments=()):
        self._server = Server(*arguments)
        self.address = self._server.host, self._server.port

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._server.__exit__(*exception)


class Peer:
    """A form of `vtk_peer` under gunicorn, with two workers."""

    def __init__(self, name, application):
        self.name = name
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = probe.getsockname()
        self._log = tempfile.TemporaryFile("w+")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--workers", "2", "--timeout", "0", "--bind",
             "{}:{}".format(*self.address), f"vtk_peer:{application}"],
            cwd=HERE, stdout=self._log, stderr=subprocess.STDOUT, start_new_session=True,
            env={**os.environ, "NODEVICE_SELECT": "1"})
        self._wait_until_up()

    def _wait_until_up(self):
        for _ in range(600):
            try:
                socket.create_connection(self.address, 1).close()
                return
            except OSError:
                if self._process.poll() is not None:
                    break
                time.sleep(0.1)
        self.__exit__()
        raise RuntimeError(f"{self.name} did not come up.")

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self._process.poll() is None:
            # Its workers and what they started too.
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._log.close()


PEERS = {
    "in_process": "VTK, in process",
    "process_per_request": "VTK, a process per request",
}
