"""A glTF file in memory: read, changed, written."""

from __future__ import annotations

import base64
import json
import os
import pathlib
import struct
from typing import Any, Dict, List, Mapping, Optional, Union
from urllib.parse import unquote

import numpy.typing as npt

from .pose import node_matrix

Json = Dict[str, Any]

# Of a GLB: its magic number, and the types of its chunks.
_MAGIC, _JSON, _BIN = b"glTF", b"JSON", b"BIN\0"

# Lists of what may refer to files.
_WITH_FILES = ("buffers", "images")


class Scene:
    """A glTF 2.0 scene: its JSON, and the binary chunk of a GLB.

    A scene does not change; its methods give new ones. `SceneLike` is all that becomes one: a path, the
    bytes of a file, its JSON as a dict, or a `Scene`.
    """

    def __init__(self, document: Mapping[str, Any], binary: Optional[bytes] = None) -> None:
        self.document: Mapping[str, Any] = document
        self.binary = binary

    @classmethod
    def load(cls, source: SceneLike) -> Scene:
        """Reads a scene. Of a file at a path, the files that it refers to in its folder and below
        become part of it: the server reads none."""
        if isinstance(source, Scene):
            return source
        if isinstance(source, Mapping):
            return cls(source)
        if isinstance(source, bytes):
            return cls(*_read(source))
        path = pathlib.Path(source)
        document, binary = _read(path.read_bytes())
        return cls(_embedded(document, path.parent), binary)

    def encode(self) -> bytes:
        """The file: GLB if there is a binary chunk, else JSON."""
        text = json.dumps(self.document, separators=(",", ":"), allow_nan=False).encode()
        if self.binary is None:
            return text
        chunks = b"".join(
            struct.pack("<I4s", len(data) + -len(data) % 4, kind) + data + pad * (-len(data) % 4)
            for kind, data, pad in ((_JSON, text, b" "), (_BIN, self.binary, b"\0"))
        )
        return struct.pack("<4sII", _MAGIC, 2, 12 + len(chunks)) + chunks

    def seen_from(self, pose: npt.ArrayLike) -> Scene:
        """The scene with a camera at this pose (see `look_at`) before all others, so that images are
        taken from there. Its lens is a stand-in: render with a `PinholeCamera` that has one.

        Raises `ValueError` if the file is not as glTF wants it."""
        document = dict(self.document)
        nodes, cameras = _objects(document, "nodes"), _objects(document, "cameras")
        lens = {"yfov": 0.8, "znear": 0.01}
        camera = {"camera": len(cameras), "matrix": node_matrix(pose)}
        scenes = _objects(document, "scenes") or [{"nodes": _roots(nodes)}]
        scene = document.get("scene")
        number = _index(0 if scene is None else scene, scenes, "scene")
        roots = [len(nodes), *_list(scenes[number], "nodes")]
        scenes[number] = {**scenes[number], "nodes": roots}
        document["nodes"] = [*nodes, camera]
        document["cameras"] = [*cameras, {"type": "perspective", "perspective": lens}]
        document["scenes"] = scenes
        return Scene(document, self.binary)

    def numbered(self) -> tuple[Scene, dict[int, str]]:
        """The scene with labels of its own for each node with a mesh, and the name of each label.

        Labels are numbers from 1; `label_numbers` finds them in a label image. For label images only: all
        else looks wrong in such colors. Raises `ValueError` if the file is not as glTF wants it.
        """
        document = dict(self.document)
        own = _objects(document, "meshes")
        meshes, painter = list(own), _Painter(_objects(document, "materials"))
        nodes: List[Json] = []
        names: Dict[int, str] = {}
        for index, node in enumerate(_objects(document, "nodes")):
            if node.get("mesh") is not None:
                number = len(names) + 1
                names[number] = str(node.get("name", f"node {index}"))
                mesh = own[_index(node["mesh"], own, "mesh")]
                meshes.append(painter.mesh(mesh, number))
                node = {**node, "mesh": len(meshes) - 1}
            nodes.append(node)
        document.update(nodes=nodes)
        # glTF has no empty lists.
        document.update({"meshes": meshes, "materials": painter.materials} if names else {})
        return Scene(document, self.binary), names


SceneLike = Union[str, "os.PathLike[str]", bytes, Mapping[str, Any], Scene]
"""A path, the bytes of a file, its JSON as a dict, or a `Scene`."""


def encoded(source: SceneLike) -> bytes:
    """The file to send. One that needs no other stays as it is, also if it is none: the server says
    what is wrong with it."""
    if isinstance(source, bytes):
        return source
    if isinstance(source, (Scene, Mapping)):
        return Scene.load(source).encode()
    path = pathlib.Path(source)
    data = path.read_bytes()
    try:
        document, binary = _read(data)
        for name in _WITH_FILES:
            _objects(document, name)
    except ValueError:
        return data
    whole = _embedded(document, path.parent)
    return data if whole == document else Scene(whole, binary).encode()


def _read(data: bytes) -> tuple[Json, Optional[bytes]]:
    """The JSON and the binary chunk."""
    if data[:4] != _MAGIC:
        return _object(data), None
    chunks: Dict[bytes, bytes] = {}
    start = 12
    while start + 8 <= len(data):
        length, kind = struct.unpack_from("<I4s", data, start)
        chunks.setdefault(kind, data[start + 8 : start + 8 + length])
        start += 8 + length
    if _JSON not in chunks:
        raise ValueError("The GLB has no JSON.")
    return _object(chunks[_JSON]), chunks.get(_BIN)


def _object(text: bytes) -> Json:
    document = json.loads(text)
    if not isinstance(document, dict):
        raise ValueError("The JSON of a glTF file is an object.")
    return document


def _embedded(document: Json, folder: pathlib.Path) -> Json:
    """The document with the files that its buffers and images refer to in `data:` URIs."""
    def embed(each: Json) -> Json:
        uri = each.get("uri")
        if not isinstance(uri, str) or uri.startswith("data:"):
            return each
        path = (folder / unquote(uri)).resolve()
        if folder.resolve() not in path.parents:
            raise ValueError(f"{uri} is not in the scene's folder.")
        data = base64.b64encode(path.read_bytes()).decode()
        return {**each, "uri": f"data:application/octet-stream;base64,{data}"}

    whole = dict(document)
    for name in _WITH_FILES:
        if document.get(name) is not None:
            whole[name] = [embed(each) for each in _objects(document, name)]
    return whole


def _list(parent: Mapping[str, Any], name: str) -> List[Any]:
    """A list of the file, which may not be there."""
    found = parent.get(name)
    if found is None:
        return []
    if not isinstance(found, (list, tuple)):
        raise ValueError(f"{name} of a glTF file is a list.")
    return list(found)


def _objects(parent: Mapping[str, Any], name: str) -> List[Json]:
    """A list of objects, which may not be there."""
    found = _list(parent, name)
    if not all(isinstance(each, Mapping) for each in found):
        raise ValueError(f"{name} of a glTF file is a list of objects.")
    return found


def _member(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object of the file, which may not be there."""
    found = parent.get(name)
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise ValueError(f"{name} of a glTF file is an object.")
    return found


def _index(index: Any, among: List[Json], what: str) -> int:
    """An index of the file, which JSON may write as 3.0."""
    if isinstance(index, float) and index.is_integer():
        index = int(index)
    if type(index) is not int or not 0 <= index < len(among):
        raise ValueError(f"There is no {what} {index!r}; the file has {len(among)} of them.")
    return index


def _roots(nodes: list[Json]) -> list[int]:
    """What a file without scenes shows."""
    children = {child for node in nodes for child in _list(node, "children")
                if isinstance(child, (int, float))}
    return [index for index in range(len(nodes)) if index not in children]


class _Painter:
    """Gives meshes materials of the color of a label; sides and holes stay. What it makes is added to the
    `materials` of the file."""

    def __init__(self, own: List[Json]) -> None:
        self._own = own
        self.materials = list(own)

    def mesh(self, mesh: Json, number: int) -> Json:
        """The mesh with this label."""
        painted: Dict[Optional[int], int] = {}
        primitives = [self._primitive(each, number, painted) for each in _objects(mesh, "primitives")]
        return {**mesh, "primitives": primitives}

    def _primitive(self, primitive: Json, number: int, painted: Dict[Optional[int], int]) -> Json:
        named = primitive.get("material")
        key = None if named is None else _index(named, self._own, "material")
        if key not in painted:
            painted[key] = len(self.materials)
            self.materials.append(_with_label({} if key is None else self._own[key], number))
        # Variants would bring other materials.
        extensions = {name: extension for name, extension in _member(primitive, "extensions").items()
                      if name != "KHR_materials_variants"}
        plain = {name: value for name, value in primitive.items() if name != "extensions"}
        return {**plain, "material": painted[key], **({"extensions": extensions} if extensions else {})}


def _with_label(material: Json, number: int) -> Json:
    look = _member(material, "pbrMetallicRoughness")
    alpha = (_list(look, "baseColorFactor")[3:4] or [1.0])[0]
    color = [(number >> shift & 255) / 255 for shift in (0, 8, 16)]
    return {**material, "pbrMetallicRoughness": {**look, "baseColorFactor": [*color, alpha]}}
