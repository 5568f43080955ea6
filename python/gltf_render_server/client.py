"""Renders through a server."""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from types import TracebackType
from typing import TYPE_CHECKING, Literal, TypeVar, Union, overload

import numpy as np
import numpy.typing as npt
import urllib3

from .camera import PinholeCamera
from .errors import ExtensionsIgnored, RenderError, RenderRefused, ServerUnreachable
from .images import ImageType, Look, decode
from .scene import SceneLike, encoded

if TYPE_CHECKING:
    from pydrake.geometry import RenderEngineGltfClientParams

_Self = TypeVar("_Self", bound="RenderClient")

# Connections that are kept while nobody uses them: one for each thread that renders.
_CONNECTIONS = 64
_CONNECT_SECONDS = 10.0
_UNKNOWN = "unknown"


class RenderClient:
    """A gltf-render-server at a URL, such as http://127.0.0.1:8000.

    `token` is sent as `Authorization: Bearer TOKEN`. `timeout` is how many seconds an answer may take
    (None: any time, as with Drake's client); to connect may take ten. Any number of threads may render at
    once; connections are kept for the next images.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        endpoint: str = "render",
        timeout: float | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self.endpoint = endpoint.strip("/")
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._timeout = urllib3.Timeout(connect=_CONNECT_SECONDS, read=timeout)
        self._renew()

    @overload
    def render(
        self,
        scene: SceneLike,
        camera: PinholeCamera,
        image_type: Literal["color", "label"] = "color",
        *,
        file_camera: int | str | None = None,
        animation: int | str | None = None,
        time: float | None = None,
        variant: int | str | None = None,
        look: Look | None = None,
    ) -> npt.NDArray[np.uint8]: ...

    @overload
    def render(
        self,
        scene: SceneLike,
        camera: PinholeCamera,
        image_type: Literal["depth"],
        *,
        file_camera: int | str | None = None,
        animation: int | str | None = None,
        time: float | None = None,
        variant: int | str | None = None,
        look: Look | None = None,
    ) -> npt.NDArray[np.float32]: ...

    @overload
    def render(
        self,
        scene: SceneLike,
        camera: PinholeCamera,
        image_type: ImageType,
        *,
        file_camera: int | str | None = None,
        animation: int | str | None = None,
        time: float | None = None,
        variant: int | str | None = None,
        look: Look | None = None,
    ) -> npt.NDArray[np.uint8] | npt.NDArray[np.float32]: ...

    def render(
        self,
        scene: SceneLike,
        camera: PinholeCamera,
        image_type: ImageType = "color",
        *,
        file_camera: int | str | None = None,
        animation: int | str | None = None,
        time: float | None = None,
        variant: int | str | None = None,
        look: Look | None = None,
    ) -> npt.NDArray[np.uint8] | npt.NDArray[np.float32]:
        """One image of the scene, taken from where its camera is.

        Color and label images are (height, width, 3) bytes; depth images are (height, width) metres
        along the optical axis, infinity where it is too far or nothing is there, 0 where it is too
        close. `file_camera` chooses one of the file's cameras, `animation` one of its animations, which
        is shown at `time` (seconds), `variant` one of its material variants: each by index or name.
        `look` is by whose rules it is drawn: "drake", "gltf" or "auto", which goes by who wrote the file
        and is what the server does if it is not said.

        Raises `RenderRefused` if the server refuses the request, and `ServerUnreachable` if no answer
        comes.
        """
        data = encoded(scene)
        form = camera.fields(image_type)
        form.update(image_type=image_type, scene_sha256=hashlib.sha256(data).hexdigest())
        if image_type == "depth":
            # Whatever the server's default is.
            form["depth_format"] = "tiff"
        choices = {
            "camera": file_camera,
            "animation": animation,
            "time": time,
            "variant": variant,
            "look": look,
        }
        form.update(
            (name, str(choice)) for name, choice in choices.items() if choice is not None
        )
        answer = self._post([*form.items(), ("scene", ("scene.gltf", data, "model/gltf+json"))])
        if answer.status != 200:
            raise _refusal(answer)
        if ignored := answer.headers.get("X-Gltf-Ignored-Extensions"):
            warnings.warn(f"not drawn: {ignored}", ExtensionsIgnored, stacklevel=2)
        image = decode(image_type, answer.data)
        if image.shape[:2] != (camera.height, camera.width):
            raise RenderError(f"The image has another size than asked for: {image.shape}.")
        return image

    def drake_params(self) -> RenderEngineGltfClientParams:
        """The parameters for pydrake's `MakeRenderEngineGltfClient`, with which Drake's cameras see
        through this server. Needs pydrake."""
        if self._headers:
            raise ValueError("Drake's client sends no token: let a proxy add it.")
        from pydrake.geometry import RenderEngineGltfClientParams

        return RenderEngineGltfClientParams(base_url=self.url, render_endpoint=self.endpoint)

    def close(self) -> None:
        """Closes the connections. It may still be used, on new ones."""
        self._pool.clear()

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _renew(self) -> None:
        self._pool = urllib3.PoolManager(maxsize=_CONNECTIONS)
        self._process_id = os.getpid()

    def _post(self, form: list[tuple[str, _Field]]) -> urllib3.BaseHTTPResponse:
        """The answer to a form, whatever its status is."""
        if self._process_id != os.getpid():
            # After a fork two processes would use the same connections.
            self._renew()
        body, content_type = urllib3.encode_multipart_formdata(form)
        headers = {**self._headers, "Content-Type": content_type}

        def post() -> urllib3.BaseHTTPResponse:
            return self._pool.request(
                "POST",
                f"{self.url}/{self.endpoint}",
                body=body,
                headers=headers,
                timeout=self._timeout,
                retries=False,
            )

        try:
            try:
                return post()
            except urllib3.exceptions.ProtocolError:
                # The server, or a proxy, has closed an idle connection just now. An image that is asked for
                # twice does no harm.
                return post()
        except urllib3.exceptions.HTTPError as error:
            raise self._no_answer(error) from error

    def _no_answer(self, error: Exception) -> RenderError:
        return ServerUnreachable(f"{self.url} gives no answer: {error}")


_Field = Union[str, "tuple[str, bytes, str]"]


def _refusal(answer: urllib3.BaseHTTPResponse) -> RenderRefused:
    """What is said in the place of an image."""
    try:
        said = json.loads(answer.data)
        return RenderRefused(
            answer.status, str(said["code"]), str(said["message"]), said.get("request_id")
        )
    except (ValueError, TypeError, KeyError):
        message = answer.data.decode(errors="replace")[:500].strip() or "no reason was given"
        name = answer.headers.get("X-Request-Id")
        return RenderRefused(answer.status, _UNKNOWN, message, name)
