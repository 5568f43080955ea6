"""Where the server's program is."""

from __future__ import annotations

import os
import pathlib
import shutil

from .errors import ServerFailed

NAME = "gltf-render-server"
VARIABLE = "GLTF_RENDER_SERVER_BIN"

_PACKAGE = pathlib.Path(__file__).resolve().parent


def find(given: str | os.PathLike[str] | None = None) -> pathlib.Path:
    """The program: the one `given`, or else that of $GLTF_RENDER_SERVER_BIN, or else the first of the one
    in the package, the release build of the checkout that this file is in, and that on the PATH.

    Raises `ServerFailed` if there is none.
    """
    chosen = given or os.environ.get(VARIABLE)
    if chosen:
        path = pathlib.Path(chosen).resolve()
        if not _is_program(path):
            raise ServerFailed(f"{path} is no program.")
        return path
    on_path = shutil.which(NAME)
    candidates = [
        _PACKAGE / "bin" / NAME,
        # python/ lies in the checkout.
        _PACKAGE.parents[1] / "target" / "release" / NAME,
        *([pathlib.Path(on_path)] if on_path else []),
    ]
    for path in candidates:
        if _is_program(path):
            return path
    raise ServerFailed(
        f"There is no program {NAME}: this package was installed without it, and it is not on the PATH."
        " Build it (`cargo build --release`) and install the package again, or say where it is by the"
        f" argument `binary` or by ${VARIABLE}."
    )


def _is_program(path: pathlib.Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
