"""Puts the server's program into the wheel, if it is at hand when the wheel is built.

At hand is the file in $GLTF_RENDER_SERVER_BIN, or else the checkout's release build. A wheel with the
program is one for this platform only; without, as with GLTF_RENDER_SERVER_BIN= (empty), it is one for
all, and the program is looked for when it is used.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sysconfig
import tempfile
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PROGRAM = "gltf-render-server"


class ProgramHook(BuildHookInterface[BuilderConfig]):
    """Runs before and after the wheel is built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Adds the program. What is installed with `pip install --editable` uses that of the checkout."""
        program = self._program()
        if version == "editable" or program is None:
            return
        build_data["force_include"][self._stripped(program)] = f"gltf_render_server/bin/{PROGRAM}"
        build_data["pure_python"] = False
        # The program has nothing of Python in it, so that any version will do.
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["tag"] = f"py3-none-{platform}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Removes what was made for the wheel."""
        if hasattr(self, "_folder"):
            self._folder.cleanup()

    def _program(self) -> pathlib.Path | None:
        given = os.environ.get("GLTF_RENDER_SERVER_BIN")
        if given is not None:
            if given and not os.path.isfile(given):
                raise FileNotFoundError(f"GLTF_RENDER_SERVER_BIN: no file {os.path.abspath(given)}")
            return pathlib.Path(given) if given else None
        target = os.environ.get("CARGO_TARGET_DIR", "target")
        program = pathlib.Path(self.root).parent / target / "release" / PROGRAM
        return program if program.is_file() else None

    def _stripped(self, program: pathlib.Path) -> str:
        """A copy without the lines of the source, which are five sixths of the file."""
        self._folder = tempfile.TemporaryDirectory()
        copy = shutil.copy(program, pathlib.Path(self._folder.name) / PROGRAM)
        if strip := shutil.which("strip"):
            subprocess.run([strip, "--strip-debug", copy], check=True)
        return str(copy)
