"""Scenes of axis-aligned boxes, as glTF in the form that Drake's client writes."""

import base64
import itertools
import json
import struct
from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """A box by its centre and side lengths in metres, and the colour of its material in [0, 1]."""

    center: tuple
    size: tuple
    color: tuple


def corners(size):
    """24 vertices (four for each face) about the origin, and the indices of 12 triangles that face
    outward."""
    half = [s / 2 for s in size]
    vertices, indices = [], []
    for axis, side in itertools.product(range(3), (-1, 1)):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        first = len(vertices)
        for a, b in ((-1, -1), (side, -side), (1, 1), (-side, side)):
            corner = [0.0, 0.0, 0.0]
            corner[axis], corner[u], corner[v] = side * half[axis], a * half[u], b * half[v]
            vertices.append(corner)
        indices += [first, first + 1, first + 2, first, first + 2, first + 3]
    return vertices, indices


def gltf(boxes, camera_matrix, texture=None):
    """The scene as glTF bytes.

    `camera_matrix` is the camera's pose in glTF's convention: 16 numbers in column order.
    `texture`, if given, is a PNG that replaces the colour of the first box.
    """
    document = {
        "accessors": [], "asset": {"generator": "VTK", "version": "2.0"}, "bufferViews": [],
        "buffers": [], "cameras": [{"type": "perspective", "perspective": {
            "aspectRatio": 4 / 3, "yfov": 0.7853981633974483, "zfar": 10.0, "znear": 0.01}}],
        "materials": [], "meshes": [], "nodes": [],
    }

    def view(data):
        uri = "data:application/octet-stream;base64," + base64.b64encode(data).decode()
        document["buffers"].append({"byteLength": len(data), "uri": uri})
        buffer = len(document["buffers"]) - 1
        document["bufferViews"].append(
            {"buffer": buffer, "byteLength": len(data), "byteOffset": 0})
        return buffer

    def accessor(data, component, count, kind, **bounds):
        document["accessors"].append({"bufferView": view(data), "byteOffset": 0, "count": count,
                                      "componentType": component, "type": kind, **bounds})
        return len(document["accessors"]) - 1

    for index, box in enumerate(boxes):
        vertices, indices = corners(box.size)
        uv = [(0, 0), (1, 0), (1, 1), (0, 1)] * 6
        attributes = {
            "POSITION": accessor(struct.pack("<72f", *sum(vertices, [])), 5126, 24, "VEC3",
                                 min=[-s / 2 for s in box.size], max=[s / 2 for s in box.size]),
            "TEXCOORD_0": accessor(struct.pack("<48f", *sum(uv, ())), 5126, 24, "VEC2"),
        }
        material = {"baseColorFactor": [*box.color, 1.0], "metallicFactor": 0.0,
                    "roughnessFactor": 1.0}
        if texture is not None and index == 0:
            material |= {"baseColorFactor": [1.0] * 4, "baseColorTexture": {"index": 0}}
            document["images"] = [{"bufferView": view(texture), "mimeType": "image/png"}]
            document["samplers"] = [{"magFilter": 9729, "minFilter": 9729, "wrapS": 33071,
                                     "wrapT": 33071}]
            document["textures"] = [{"sampler": 0, "source": 0}]
        document["materials"].append({"pbrMetallicRoughness": material})
        primitive = {"attributes": attributes, "material": index, "mode": 4,
                     "indices": accessor(struct.pack("<36I", *indices), 5125, 36, "SCALAR")}
        document["meshes"].append({"name": f"mesh{index}", "primitives": [primitive]})
        place = [1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0, 0, *box.center, 1.0]
        document["nodes"].append({"matrix": place, "mesh": index, "name": f"mesh{index}"})
    count = len(boxes)
    document["nodes"] += [
        {"camera": 0, "matrix": list(camera_matrix), "name": "Camera Node"},
        {"children": list(range(count + 1)), "name": "Renderer Node"},
    ]
    document |= {"scene": 0, "scenes": [{"name": "Layer 0", "nodes": [count + 1]}]}
    return json.dumps(document, separators=(",", ":"), sort_keys=True).encode()


# A camera at (0.3, 0, 0.2) that looks down at the origin, and one straight above it.
OBLIQUE = (0.0007963267107332482, 0.9999996829318346, 0, 0,
           -0.5048459445292294, 0.00040202243790249793, 0.8632093666488737, 0,
           0.8632090929526635, -0.000687396675617628, 0.5048461045998576, 0,
           0.3, 0, 0.2, 1)
ABOVE = (1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0.5, 1)

SMALL = gltf([Box((0, 0, 0), (0.1, 0.1, 0.1), (0.9, 0.4, 0.2))], ABOVE)
