"""The servers that are compared: this one and the peers."""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Form:
    """A form of a peer: what it is called, its flask application, and how many workers it has."""

    name: str
    application: str
    workers: int


class Peer:
    """A form of a peer under gunicorn."""

    def __init__(self, form):
        self.name = form.name
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = probe.getsockname()
        self._log = tempfile.TemporaryFile("w+")
        self._folder = tempfile.TemporaryDirectory()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--workers", str(form.workers), "--timeout", "0", "--bind",
             "{}:{}".format(*self.address), form.application],
            cwd=HERE, stdout=self._log, stderr=subprocess.STDOUT, start_new_session=True,
            env={**os.environ, "NODEVICE_SELECT": "1", "TMPDIR": self._folder.name})
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
        self._folder.cleanup()


PEERS = {
    "in_process": Form("VTK, in process", "vtk_peer:in_process", 2),
    "process_per_request": Form("VTK, a process per request", "vtk_peer:process_per_request", 2),
    # A Blender draws with all cores, one image at a time.
    "blender_cycles": Form("Blender, Cycles", "blender_peer:cycles", 1),
    "blender_eevee": Form("Blender, EEVEE", "blender_peer:eevee", 1),
}
