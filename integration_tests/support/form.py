"""The render form as it stands on the wire, without any HTTP library's help.

Tests send bytes of their own making, so that a fault which a library would never produce can be
sent too.
"""

import hashlib
import http.client
import json
import uuid
from dataclasses import dataclass
from urllib.parse import urlsplit

CAMERA = {
    "width": "64",
    "height": "48",
    "near": "0.01",
    "far": "10",
    "focal_x": "60",
    "focal_y": "60",
    "fov_x": "0.979915",
    "fov_y": "0.761013",
    "center_x": "32",
    "center_y": "24",
}


def fields(scene, image_type="color", /, **changes):
    """The text fields of a good request, with `changes`; a change to None leaves a field out."""
    form = {**CAMERA, "image_type": image_type, "scene_sha256": hashlib.sha256(scene).hexdigest(),
            "submit": "Render"}
    if image_type == "depth":
        form |= {"min_depth": "0.05", "max_depth": "9"}
    form |= {name: str(value) if value is not None else None for name, value in changes.items()}
    return [(name, value) for name, value in sorted(form.items()) if value is not None]


def encode(text_fields, scene, filename="scene.gltf", boundary=None):
    """(content type, body) of the form; the scene comes last, as Drake sends it, or is left out."""
    boundary = boundary or uuid.uuid4().hex
    parts = []
    for name, value in text_fields:
        head = f'Content-Disposition: form-data; name="{name}"'
        parts.append(f"--{boundary}\r\n{head}\r\n\r\n{value}\r\n".encode())
    if scene is not None:
        head = (f'Content-Disposition: form-data; name="scene"; filename="{filename}"\r\n'
                "Content-Type: model/gltf+json")
        parts.append(f"--{boundary}\r\n{head}\r\n\r\n".encode() + scene + b"\r\n")
    parts.append(f"--{boundary}--\r\n".encode())
    return f"multipart/form-data; boundary={boundary}", b"".join(parts)


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: dict
    body: bytes

    def refusal(self):
        """The JSON body of a refusal."""
        return json.loads(self.body)


def send(url, body=None, content_type=None, method="POST", path="/render", timeout=120.0,
         headers=None):
    """One request on a connection of its own, as Drake's client does it."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=timeout)
    try:
        headers = {**({"Content-Type": content_type} if content_type else {}), **(headers or {})}
        connection.request(method, path, body=body, headers=headers)
        reply = connection.getresponse()
        names = {name.lower(): value for name, value in reply.getheaders()}
        return Reply(reply.status, names, reply.read())
    finally:
        connection.close()


def render(url, scene, image_type="color", /, **changes):
    """Posts a scene with a good form, but for the `changes`."""
    content_type, body = encode(fields(scene, image_type, **changes), scene)
    return send(url, body, content_type)
