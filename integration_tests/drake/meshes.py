"""Triangle meshes made with numpy, and the .obj files that Drake reads."""

import pathlib
from dataclasses import dataclass

import numpy as np

import textures


@dataclass(frozen=True)
class TriMesh:
    """Vertices with normals and texture coordinates (v up), and triangles that index them."""

    points: np.ndarray
    normals: np.ndarray
    uv: np.ndarray
    triangles: np.ndarray

    def scaled(self, factor):
        """The mesh `factor` times as large."""
        return TriMesh(self.points * factor, self.normals, self.uv, self.triangles)


def _grid(columns, rows):
    """Texture coordinates of a grid of quads, row by row, and its triangles."""
    u, v = np.meshgrid(np.linspace(0, 1, columns + 1), np.linspace(0, 1, rows + 1))
    first = (np.arange(rows)[:, None] * (columns + 1) + np.arange(columns)[None, :]).ravel()
    up = columns + 1
    lower = np.stack([first, first + 1, first + up + 1], -1)
    upper = np.stack([first, first + up + 1, first + up], -1)
    return np.stack([u, v], -1).reshape(-1, 2), np.concatenate([lower, upper])


def _with_normals(points, uv, triangles):
    """A mesh whose normals are those of the triangles, averaged by area over all the vertices that
    lie at one place, so that no seam shows."""
    a, b, c = (points[triangles[:, k]] for k in range(3))
    face = np.cross(b - a, c - a)
    keep = np.linalg.norm(face, axis=1) > 1e-14
    face, triangles = face[keep], triangles[keep]
    _, place = np.unique(np.round(points, 9), axis=0, return_inverse=True)
    sums = np.zeros_like(points)
    for k in range(3):
        np.add.at(sums, place[triangles[:, k]], face)
    normals = sums[place]
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return TriMesh(points, normals / np.maximum(length, 1e-12), uv, triangles)


def ball(columns=40, rows=20, ripple=0.0):
    """A sphere of radius 1, its radius rippled by the given fraction."""
    uv, triangles = _grid(columns, rows)
    longitude, latitude = uv[:, 0] * 2 * np.pi, (uv[:, 1] - 0.5) * np.pi
    radius = 1 + ripple * np.sin(5 * longitude) * np.cos(latitude) ** 2 * np.cos(6 * latitude)
    points = np.stack([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude),
                       np.sin(latitude)], -1) * radius[:, None]
    return _with_normals(points, uv, triangles)


def ring(columns=48, rows=24, thickness=0.35):
    """A torus of outer radius 1 + `thickness` about z."""
    uv, triangles = _grid(columns, rows)
    around, across = uv[:, 0] * 2 * np.pi, uv[:, 1] * 2 * np.pi
    out = 1 + thickness * np.cos(across)
    points = np.stack([out * np.cos(around), out * np.sin(around), thickness * np.sin(across)], -1)
    return _with_normals(points, uv, triangles)


def crate():
    """A cube of side 1 about the origin with flat faces and the whole texture on each."""
    points, normals, uv, triangles = [], [], [], []
    for axis in range(3):
        for side in (-1.0, 1.0):
            n, a, b = np.zeros(3), np.zeros(3), np.zeros(3)
            n[axis], a[(axis + 1) % 3], b[(axis + 2) % 3] = side, side, 1.0
            first = len(points)
            points += [(n - a - b) / 2, (n + a - b) / 2, (n + a + b) / 2, (n - a + b) / 2]
            normals += [n] * 4
            uv += [(0, 0), (1, 0), (1, 1), (0, 1)]
            triangles += [(first, first + 1, first + 2), (first, first + 2, first + 3)]
    return TriMesh(*(np.array(x, float) for x in (points, normals, uv)), np.array(triangles))


def write_obj(path, mesh, normals=True, material=None, texture=None):
    """Writes an .obj; `material` holds .mtl statements, `texture` an image for map_Kd."""
    path = pathlib.Path(path)
    lines = []
    if material is not None or texture is not None:
        statements = dict(material or {})
        if texture is not None:
            path.with_suffix(".png").write_bytes(textures.encode(texture))
            statements["map_Kd"] = path.with_suffix(".png").name
        path.with_suffix(".mtl").write_text(
            "newmtl paint\n" + "".join(f"{key} {value}\n" for key, value in statements.items()))
        lines += [f"mtllib {path.stem}.mtl", "usemtl paint"]
    lines += [f"v {x:.8g} {y:.8g} {z:.8g}" for x, y, z in mesh.points]
    lines += [f"vt {u:.8g} {v:.8g}" for u, v in mesh.uv]
    if normals:
        lines += [f"vn {x:.8g} {y:.8g} {z:.8g}" for x, y, z in mesh.normals]
    corner = "{0}/{0}/{0}" if normals else "{0}/{0}"
    lines += ["f " + " ".join(corner.format(k) for k in t) for t in (mesh.triangles + 1).tolist()]
    path.write_text("\n".join(lines) + "\n")
    return str(path)
