"""Writes glTF files of the kinds that users hand to Drake as meshes."""

import base64
import json
import pathlib
from dataclasses import dataclass, field

import numpy as np

import textures

COMPONENTS = {"f4": 5126, "u4": 5125, "u2": 5123, "u1": 5121, "i2": 5122}
KINDS = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}


@dataclass
class Part:
    """A primitive: a mesh, the index of its material, and how it is stored."""

    mesh: object
    material: int | None = 0
    index_type: str | None = "u4"  # None: not indexed
    normals: bool = True
    colors: np.ndarray | None = None  # COLOR_0 as bytes, (vertices, 4)


@dataclass
class File:
    """A glTF file; each mesh is a list of parts. Meshes are given z-up and stored y-up, as glTF has
    it; Drake turns them back."""

    meshes: list
    materials: list
    images: list = field(default_factory=list)  # encoded
    nodes: list = field(default_factory=lambda: [{"mesh": 0}])
    roots: list = field(default_factory=lambda: [0])

    def write(self, path, embed=True, edit=None):
        """Writes a .gltf, with buffers and images inside, or beside it if not `embed`. (Drake takes no
        .glb as a mesh.) `edit` changes the document before; what it is called with is the document
        and a function that stores an array and gives the index of its accessor."""
        path = pathlib.Path(path)
        self._document = {
            "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": self.roots}],
            "nodes": self.nodes, "accessors": [], "bufferViews": []}
        self._data = bytearray()
        self._document["meshes"] = [
            {"primitives": [self._primitive(part) for part in mesh]} for mesh in self.meshes]
        if self.materials:
            self._document["materials"] = self.materials
        if self.images:
            self._document["samplers"] = [
                {"magFilter": 9729, "minFilter": 9987, "wrapS": 10497, "wrapT": 10497}]
            self._document["textures"] = [
                {"sampler": 0, "source": i} for i in range(len(self.images))]
            self._document["images"] = [
                _image(path, i, data, embed) for i, data in enumerate(self.images)]
        if edit is not None:
            edit(self._document, self._accessor)
        data = bytes(self._data)
        uri = _uri(path.with_suffix(".bin"), "application/octet-stream", data, embed)
        self._document["buffers"] = [{"byteLength": len(data), "uri": uri}]
        path.write_text(json.dumps(self._document))
        return str(path)

    def _view(self, data):
        self._data += b"\0" * (-len(self._data) % 4)
        self._document["bufferViews"].append(
            {"buffer": 0, "byteOffset": len(self._data), "byteLength": len(data)})
        self._data += data
        return len(self._document["bufferViews"]) - 1

    def _accessor(self, values, kind, **more):
        values = np.ascontiguousarray(values, kind).reshape(len(values), -1)
        self._document["accessors"].append({
            "bufferView": self._view(values.tobytes()), "componentType": COMPONENTS[kind],
            "count": len(values), "type": KINDS[values.shape[1]], **more})
        return len(self._document["accessors"]) - 1

    def _primitive(self, part):
        mesh = part.mesh
        order = slice(None) if part.index_type else mesh.triangles.ravel()
        turn = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], float)  # (x, y, z) to (x, z, -y)
        points = (mesh.points @ turn)[order].astype("f4")
        attributes = {"POSITION": self._accessor(
            points, "f4", min=points.min(0).tolist(), max=points.max(0).tolist())}
        if part.normals:
            attributes["NORMAL"] = self._accessor((mesh.normals @ turn)[order], "f4")
        attributes["TEXCOORD_0"] = self._accessor((mesh.uv * [1, -1] + [0, 1])[order], "f4")
        if part.colors is not None:
            attributes["COLOR_0"] = self._accessor(part.colors[order], "u1", normalized=True)
        primitive = {"attributes": attributes}
        if part.index_type:
            primitive["indices"] = self._accessor(mesh.triangles.ravel(), part.index_type)
        if part.material is not None:
            primitive["material"] = part.material
        return primitive


def _image(path, index, data, embed):
    jpeg = data[:2] == b"\xff\xd8"
    name = path.with_name(f"{path.stem}{index}.{'jpg' if jpeg else 'png'}")
    return {"uri": _uri(name, "image/jpeg" if jpeg else "image/png", data, embed)}


def _uri(path, mime, data, embed):
    if embed:
        return f"data:{mime};base64,{base64.b64encode(data).decode()}"
    path.write_bytes(data)
    return path.name


def material(color=(0.8, 0.8, 0.8, 1.0), metallic=0.0, roughness=0.6, **more):
    """A material; `base`, `surface`, `normal`, `occlusion` and `emissive` are texture indices, the
    rest goes in as it is."""
    inner = {"baseColorFactor": list(color), "metallicFactor": metallic,
             "roughnessFactor": roughness}
    result = {"pbrMetallicRoughness": inner}
    for name, key, place in (("base", "baseColorTexture", inner),
                             ("surface", "metallicRoughnessTexture", inner),
                             ("normal", "normalTexture", result),
                             ("occlusion", "occlusionTexture", result),
                             ("emissive", "emissiveTexture", result)):
        if name in more:
            place[key] = {"index": more.pop(name)}
    return result | more


def every_texture(mesh, images="PNG"):
    """A file of one mesh with all five textures of glTF's metallic-roughness model."""
    return File(
        [[Part(mesh)]],
        [material((1, 1, 1, 1), 1.0, 1.0, base=0, surface=1, occlusion=1, normal=2, emissive=3,
                  emissiveFactor=[1.0, 0.8, 0.6])],
        [textures.encode(textures.tiles(), images),
         textures.encode(textures.occlusion_roughness_metallic()),
         textures.encode(textures.normal_map()), textures.encode(textures.glow())])
