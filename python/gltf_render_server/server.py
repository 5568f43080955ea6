"""A server of one's own."""

from __future__ import annotations

import os
import weakref
from typing import Mapping, Sequence

from . import program
from .client import RenderClient
from .errors import RenderError
from .process import ServerProcess

# Options say where it listens, and it answers all that come; the environment may have what is meant for
# another server.
_NOT_INHERITED = {
    f"GLTF_RENDER_SERVER_{name}" for name in ("BIND", "HOST", "PORT", "ENDPOINT", "TOKEN_FILE")
}
# No line for each image, and nothing of a desktop that is not there; the caller may say otherwise.
_ENVIRONMENT = {"RUST_LOG": "warn,gltf_render_server=info", "NODEVICE_SELECT": "1"}


class RenderServer(RenderClient):
    """A server on a free port of 127.0.0.1, and a client of it.

        with RenderServer() as server:
            image = server.render(scene, camera)

    It is ready when the constructor returns, and ends with the `with` block, by `close`, when Python
    forgets it or ends; on Linux also when Python is killed.

    `binary` is the program (see the package's README for where it is found without); `arguments` are more
    options of it, such as ["--workers", "4"]; `environment` replaces this process's variables. A server that
    is not ready within `start_timeout` seconds is stopped: `ServerFailed` has its log. `timeout` is as in
    `RenderClient`.
    """

    def __init__(
        self,
        *,
        binary: str | os.PathLike[str] | None = None,
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        start_timeout: float = 120.0,
        timeout: float | None = None,
    ) -> None:
        variables = os.environ if environment is None else environment
        inherited = {name: v for name, v in variables.items() if name not in _NOT_INHERITED}
        command = [str(program.find(binary)), "--host", "127.0.0.1", "--port", "0", *arguments]
        self._process = ServerProcess(command, {**_ENVIRONMENT, **inherited}, start_timeout)
        # Also when nobody refers to this object any more, and at the end of Python.
        self._stop = weakref.finalize(self, self._process.stop)
        super().__init__(self._process.url, timeout=timeout)

    @property
    def process_id(self) -> int:
        """The number of the server's process."""
        return self._process.id

    def log(self) -> str:
        """The end of what the server has said so far."""
        return self._process.log()

    def close(self) -> None:
        """Stops the server. What is under way is finished, if that takes no more than ten seconds."""
        super().close()
        self._stop()

    def _no_answer(self, error: Exception) -> RenderError:
        return self._process.failure() or super()._no_answer(error)
