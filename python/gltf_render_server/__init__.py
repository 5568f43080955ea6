"""Color, depth and label images of glTF scenes as numpy arrays.

    from gltf_render_server import PinholeCamera, RenderServer

    with RenderServer() as server:
        camera = PinholeCamera.from_fov(640, 480, fov_y=0.8, near=0.01, far=100)
        depth = server.render("scene.glb", camera, "depth")

`RenderServer` starts a server of its own on this machine; `RenderClient` uses one that runs
elsewhere. `Scene` moves the camera of a file and numbers its objects.
"""

from importlib.metadata import version as _version

from .camera import PinholeCamera
from .client import RenderClient
from .errors import (
    ExtensionsIgnored,
    RenderError,
    RenderRefused,
    ServerFailed,
    ServerUnreachable,
)
from .images import ImageType, Look, label_numbers
from .pose import look_at
from .scene import Scene, SceneLike
from .server import RenderServer

__version__ = _version("gltf-render-server")

__all__ = [
    "ExtensionsIgnored",
    "ImageType",
    "Look",
    "PinholeCamera",
    "RenderClient",
    "RenderError",
    "RenderRefused",
    "RenderServer",
    "Scene",
    "SceneLike",
    "ServerFailed",
    "ServerUnreachable",
    "label_numbers",
    "look_at",
]
