"""glTF 2.0 files, JSON with data URIs or GLB, byte for byte the same on every machine."""
import base64
import json
import struct
import zlib
from math import sqrt

FLOAT, UNSIGNED_INT, UNSIGNED_SHORT, UNSIGNED_BYTE = 5126, 5125, 5123, 5121


def png(width, height, channels, pixel):
    """A PNG of `pixel(x, y)`; not compressed, because compressors differ between machines."""
    rows = b"".join(b"\0" + b"".join(bytes(pixel(x, y)) for x in range(width))
                    for y in range(height))
    stream = b"\x78\x01"
    for start in range(0, len(rows), 65535):
        block = rows[start:start + 65535]
        last = start + 65535 >= len(rows)
        stream += struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF) + block
    stream += struct.pack(">I", zlib.adler32(rows))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    color = {1: 0, 3: 2, 4: 6}[channels]
    header = struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", stream)
            + chunk(b"IEND", b""))


def look_at(eye, target, up=(0, 0, 1)):
    """The matrix (column-major) of a camera node at `eye`."""
    def sub(a, b): return [p - q for p, q in zip(a, b)]
    def unit(a): return [p / sqrt(sum(q * q for q in a)) for p in a]
    def cross(a, b): return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2],
                             a[0] * b[1] - a[1] * b[0]]
    back = unit(sub(eye, target))
    right = unit(cross(up, back))
    columns = [right, cross(back, right), back, list(eye)]
    return [round(v, 9) for i, c in enumerate(columns) for v in (*c, float(i == 3))]


class Writer:
    """A file being built. Buffers are kept as bytes until the file is written."""

    def __init__(self, generator):
        self.root = {"asset": {"generator": generator, "version": "2.0"}, "scene": 0,
                     "scenes": [{"nodes": []}]}
        self.blobs = []

    def push(self, array, value):
        self.root.setdefault(array, []).append(value)
        return len(self.root[array]) - 1

    def view(self, data):
        self.blobs.append(data)
        return self.push("bufferViews", {"buffer": len(self.blobs) - 1, "byteLength": len(data)})

    def accessor(self, rows, kind, component):
        letter = {FLOAT: "f", UNSIGNED_INT: "I", UNSIGNED_SHORT: "H", UNSIGNED_BYTE: "B"}[component]
        flat = [round(v, 6) if component == FLOAT else v for row in rows for v in row]
        accessor = {"bufferView": self.view(struct.pack(f"<{len(flat)}{letter}", *flat)),
                    "componentType": component, "count": len(rows), "type": kind}
        return self.push("accessors", accessor), accessor

    def primitive(self, mesh, material, normals=True, index=UNSIGNED_SHORT):
        position, accessor = self.accessor(mesh.positions, "VEC3", FLOAT)
        single = [struct.unpack("<3f", struct.pack("<3f", *(round(v, 6) for v in p)))
                  for p in mesh.positions]
        accessor["min"] = [min(axis) for axis in zip(*single)]
        accessor["max"] = [max(axis) for axis in zip(*single)]
        attributes = {"POSITION": position}
        if normals:
            attributes["NORMAL"] = self.accessor(mesh.normals, "VEC3", FLOAT)[0]
        attributes["TEXCOORD_0"] = self.accessor(mesh.tex_coords, "VEC2", FLOAT)[0]
        indices, _ = self.accessor([(i,) for i in mesh.indices], "SCALAR", index)
        return {"attributes": attributes, "indices": indices, "material": material, "mode": 4}

    def mesh(self, mesh, material, **how):
        return self.push("meshes", {"primitives": [self.primitive(mesh, material, **how)]})

    def texture(self, image, **sampler):
        image = self.push("images", {"bufferView": self.view(image), "mimeType": "image/png"})
        return self.push("textures", {"source": image, "sampler": self.push("samplers", sampler)})

    def camera(self, yfov, znear, zfar, matrix):
        lens = {"yfov": yfov, "znear": znear, "zfar": zfar}
        camera = self.push("cameras", {"type": "perspective", "perspective": lens})
        return self.push("nodes", {"name": "Camera Node", "camera": camera, "matrix": matrix})

    def roots(self, *nodes):
        self.root["scenes"][0]["nodes"] += nodes

    def json(self):
        """All buffers as data URIs."""
        buffers = [{"byteLength": len(blob), "uri": "data:application/octet-stream;base64,"
                    + base64.b64encode(blob).decode()} for blob in self.blobs]
        return json.dumps(dict(self.root, buffers=buffers), sort_keys=True,
                          separators=(",", ":")).encode()

    def glb(self):
        """All buffers joined in the binary chunk."""
        binary, views = b"", []
        for view in self.root["bufferViews"]:
            blob = self.blobs[view["buffer"]]
            views.append(dict(view, buffer=0, byteOffset=len(binary)))
            binary += blob + b"\0" * (-len(blob) % 4)
        root = dict(self.root, bufferViews=views, buffers=[{"byteLength": len(binary)}])
        text = json.dumps(root, sort_keys=True, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        return (struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(binary))
                + struct.pack("<I4s", len(text), b"JSON") + text
                + struct.pack("<I4s", len(binary), b"BIN\0") + binary)
