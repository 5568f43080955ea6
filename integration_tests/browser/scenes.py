"""Small scenes of boxes with what the form lets people choose."""

import base64
import json
import struct

from support import boxes

GREEN = boxes.Box((0, 0.1, 0), (0.1, 0.075, 0.05), (0.25, 1.0, 0.25))
RED = boxes.Box((0, -0.1, 0), (0.1, 0.075, 0.05), (1.0, 0.25, 0.25))


def two_boxes():
    """Two boxes, from a camera beside them."""
    return boxes.gltf([GREEN, RED], boxes.OBLIQUE)


def rich():
    """Two boxes with two cameras, an animation that moves one of them for two seconds, and a variant of
    the materials."""
    document = json.loads(two_boxes())
    data = struct.pack("<2f6f", 0, 2, 0, 0.1, 0, 0.1, 0.1, 0)
    uri = "data:application/octet-stream;base64," + base64.b64encode(data).decode()
    buffer, first = len(document["buffers"]), len(document["accessors"])
    document["buffers"].append({"byteLength": len(data), "uri": uri})
    view = len(document["bufferViews"])
    document["bufferViews"] += [{"buffer": buffer, "byteLength": 8},
                                {"buffer": buffer, "byteOffset": 8, "byteLength": 24}]
    document["accessors"] += [
        {"bufferView": view, "componentType": 5126, "count": 2, "type": "SCALAR", "min": [0], "max": [2]},
        {"bufferView": view + 1, "componentType": 5126, "count": 2, "type": "VEC3"}]
    mesh = document["nodes"][0]
    del mesh["matrix"]
    mesh["translation"] = list(GREEN.center)
    document["animations"] = [{
        "name": "slide", "channels": [{"sampler": 0, "target": {"node": 0, "path": "translation"}}],
        "samplers": [{"input": first, "output": first + 1}]}]
    document["extensionsUsed"] = ["KHR_materials_variants"]
    document["extensions"] = {"KHR_materials_variants": {"variants": [{"name": "blue"}]}}
    document["materials"].append({"name": "blue", "pbrMetallicRoughness": {"baseColorFactor": [0, 0.2, 1, 1]}})
    mappings = [{"material": 2, "variants": [0]}]
    primitive = document["meshes"][0]["primitives"][0]
    primitive["extensions"] = {"KHR_materials_variants": {"mappings": mappings}}
    document["cameras"].append({"name": "flat", "type": "orthographic", "orthographic": {
        "xmag": 0.4, "ymag": 0.3, "znear": 0.01, "zfar": 2}})
    # A name that the page would like to give its own camera.
    document["nodes"].append({"camera": 1, "matrix": list(boxes.ABOVE), "name": "render-view"})
    document["scenes"][0]["nodes"].append(len(document["nodes"]) - 1)
    document["asset"]["generator"] = "test"
    return json.dumps(document).encode()


def as_json(glb):
    """A GLB file as glTF in JSON."""
    (length,) = struct.unpack_from("<I", glb, 12)
    document = json.loads(glb[20:20 + length])
    (buffer,) = document["buffers"]
    binary = glb[28 + length:28 + length + buffer["byteLength"]]
    buffer["uri"] = "data:application/octet-stream;base64," + base64.b64encode(binary).decode()
    return json.dumps(document).encode()
