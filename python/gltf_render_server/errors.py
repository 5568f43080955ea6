"""What is raised and warned of."""

from __future__ import annotations


class RenderError(Exception):
    """There is no image. All exceptions of this package are of this kind."""


class RenderRefused(RenderError):
    """The server refuses the request, and says why.

    `status` is that of HTTP; `code` names the kind of fault and stays the same between versions
    (docs/http_api.md lists them); `message` is a sentence for people; `request_id` is what the server's
    log calls the request. An answer that no gltf-render-server wrote, such as that of a proxy, has
    the code "unknown".
    """

    def __init__(
        self, status: int, code: str, message: str, request_id: str | None = None
    ) -> None:
        super().__init__(status, code, message, request_id)
        self.status = status
        self.code = code
        self.message = message
        self.request_id = request_id

    def __str__(self) -> str:
        name = f", request {self.request_id}" if self.request_id else ""
        return f"{self.message} ({self.code}, status {self.status}{name})"


class ServerUnreachable(RenderError):
    """No answer came: nobody listens there, the connection broke, or time was up."""


class ServerFailed(RenderError):
    """A server of ours does not start, or has ended. `log` is the end of what it has said."""

    def __init__(self, message: str, log: str = "") -> None:
        super().__init__(message, log)
        self.message = message
        self.log = log

    def __str__(self) -> str:
        return f"{self.message}\n{self.log}".rstrip()


class ExtensionsIgnored(UserWarning):
    """The scene uses optional glTF extensions that the server does not know; they are not drawn."""
