#!/usr/bin/env python3
"""Writes the scenes of this folder; with `--check`, fails if they would change.

Standard library only, and the same bytes on every machine.
"""
import argparse
import pathlib
import sys
from math import cos, sin

import shapes
from gltf_writer import UNSIGNED_BYTE, UNSIGNED_INT, Writer, look_at, png

HERE = pathlib.Path(__file__).parent
CLAMP, REPEAT, NEAREST, LINEAR, TRILINEAR = 33071, 10497, 9728, 9729, 9987


def at(x, y, z, turn=0.0):
    """A column-major matrix: turned about z, then moved."""
    c, s = round(cos(turn), 9), round(sin(turn), 9)
    return [c, s, 0, 0, -s, c, 0, 0, 0, 0, 1, 0, x, y, z, 1]


def material(r, g, b, a=1.0, metallic=0.0, roughness=1.0, **more):
    factors = {"baseColorFactor": [r, g, b, a], "metallicFactor": metallic,
               "roughnessFactor": roughness}
    return dict({"pbrMetallicRoughness": factors}, **more)


def textured(texture, base):
    base["pbrMetallicRoughness"]["baseColorTexture"] = {"index": texture}
    return base


def tiles(x, y):
    """Four tiles, each with a lighter rim."""
    rim = x % 32 in (0, 31) or y % 32 in (0, 31)
    shade = 255 if rim else (238 if (x // 32 + y // 32) % 2 else 190)
    return shade, shade, shade


def crate(x, y):
    """Boards with a frame, a diagonal and one marked corner, so that no turn looks the same."""
    if x < 14 and y < 14:
        return 60, 120, 255
    if min(x, y, 63 - x, 63 - y) < 7 or abs(x - y) < 5:
        return 185, 160, 140
    return (255, 250, 240) if y // 9 % 2 else (235, 225, 210)


def sample():
    """The first scene to try: a bit of everything, as an ordinary glTF author writes it."""
    w = Writer("gltf-render-server test assets")
    floor = w.texture(png(64, 64, 3, tiles), magFilter=LINEAR, minFilter=TRILINEAR,
                      wrapS=REPEAT, wrapT=REPEAT)
    boards = w.texture(png(64, 64, 3, crate), magFilter=LINEAR, minFilter=TRILINEAR,
                       wrapS=CLAMP, wrapT=CLAMP)
    nodes = []
    for name, mesh, look, matrix in [
        ("floor", shapes.rectangle(2.4, 2.4, 3), textured(floor, material(0.82, 0.88, 0.95)),
         at(0, 0, 0)),
        ("crate", shapes.box(0.45, 0.45, 0.45), textured(boards, material(0.8, 0.48, 0.22, roughness=0.8)),
         at(-0.95, 0.35, 0.45, 0.5)),
        ("ball", shapes.sphere(0.5), material(0.85, 0.1, 0.08, roughness=0.35),
         at(0.25, 0.75, 0.5)),
        ("ring", shapes.torus(0.42, 0.13), material(0.95, 0.68, 0.2, metallic=1.0, roughness=0.4),
         at(1.25, 0.2, 0.13)),
        ("post", shapes.cylinder(0.22, 1.3), material(0.15, 0.65, 0.3, roughness=0.6),
         at(1.35, 1.35, 0.65)),
        ("cone", shapes.cone(0.35, 0.9), material(0.95, 0.5, 0.05, roughness=0.5),
         at(-0.55, -0.9, 0.451)),
        ("lamp", shapes.sphere(0.12, 16, 8),
         material(0.1, 0.1, 0.1, emissiveFactor=[1.0, 0.85, 0.4]), at(1.35, 1.35, 1.42)),
        ("glass", shapes.box(0.03, 0.5, 0.42),
         material(0.25, 0.6, 1.0, 0.4, roughness=0.1, alphaMode="BLEND", doubleSided=True),
         at(0.55, -0.55, 0.43, -0.75)),
    ]:
        mesh = w.mesh(mesh, w.push("materials", dict(look, name=name)))
        nodes.append(w.push("nodes", {"name": name, "mesh": mesh, "matrix": matrix}))
    w.roots(*nodes, w.camera(0.62, 0.1, 30, look_at((2.5, -4.0, 3.1), (0.2, 0.1, 0.35))))
    return w


def drake_nodes(w, shapes_and_looks, camera):
    """Shapes as VTK exports them: no normals, 32-bit indices, below the "Renderer Node"."""
    children = []
    for mesh, look, matrix in shapes_and_looks:
        mesh = w.mesh(mesh, w.push("materials", look), normals=False, index=UNSIGNED_INT)
        children.append(w.push("nodes", {"name": f"mesh{mesh}", "mesh": mesh, "matrix": matrix}))
    children.append(camera)
    w.roots(w.push("nodes", {"name": "Renderer Node", "children": children}))


def drake_shapes():
    """What Drake's client sends for a scene of shapes."""
    w = Writer("VTK")
    camera = w.camera(0.8, 0.01, 50, look_at((1.9, -2.2, 1.6), (0, 0, 0.2)))
    boards = w.texture(png(64, 64, 3, crate), magFilter=LINEAR, minFilter=LINEAR,
                       wrapS=CLAMP, wrapT=CLAMP)
    drake_nodes(w, [
        (shapes.sphere(0.35, 16, 8), material(0.2, 0.3, 0.9, 0.5), at(0.6, -0.5, 0.35)),
        (shapes.cylinder(0.25, 0.7, 16), material(0.9, 0.8, 0.1, 0.5), at(0.1, -0.8, 0.36)),
        (shapes.sphere(0.4, 24, 12), material(0.8, 0.2, 0.2), at(-0.6, 0.5, 0.4)),
        (shapes.box(0.3, 0.3, 0.3), textured(boards, material(0.8, 0.6, 0.4)), at(0.5, 0.5, 0.3, 0.4)),
        (shapes.rectangle(1.5, 1.5), material(0.6, 0.65, 0.6), at(0, 0, 0)),
    ], camera)
    return w


def drake_merged():
    """What Drake's client sends when the scene has glTF meshes too."""
    w = Writer("Drake glTF merger")
    camera = w.camera(0.8, 0.01, 50, look_at((1.9, -2.2, 1.6), (0, 0, 0.2)))
    drake_nodes(w, [
        (shapes.sphere(0.4, 24, 12), material(0.8, 0.2, 0.2), at(-0.6, 0.5, 0.4)),
        (shapes.rectangle(1.5, 1.5), material(0.6, 0.65, 0.6), at(0, 0, 0)),
    ], camera)
    fence = w.texture(png(16, 16, 4, lambda x, y: (230, 230, 230, 255 if x % 8 < 4 or y % 8 < 4
                                                   else 0)),
                      magFilter=NEAREST, minFilter=NEAREST)
    ring = w.mesh(shapes.torus(0.4, 0.12, 24, 12),
                  w.push("materials", material(0.95, 0.68, 0.2, metallic=1.0, roughness=0.4)))
    fence = w.mesh(shapes.rectangle(0.5, 0.4), w.push("materials", textured(
        fence, material(0.4, 0.6, 0.3, alphaMode="MASK", doubleSided=True))))
    glass = w.mesh(shapes.box(0.3, 0.05, 0.3), w.push("materials", material(
        0.3, 0.6, 0.95, 0.4, roughness=0.2, alphaMode="BLEND")))
    striped = shapes.sphere(0.25, 16, 8)
    primitive = w.primitive(striped, w.push("materials", material(1, 1, 1, roughness=0.7)))
    colors = [(255, 255, 255, 255) if i // 17 % 2 else (40, 80, 200, 255)
              for i in range(len(striped.positions))]
    primitive["attributes"]["COLOR_0"], accessor = w.accessor(colors, "VEC4", UNSIGNED_BYTE)
    accessor["normalized"] = True
    striped = w.push("meshes", {"primitives": [primitive]})
    # Drake 1.51 leaves the rotation beside the matrix that already holds it.
    upright = [1, 0, 0, 0, 0, 0, 1, 0, 0, -1, 0, 0, -0.5, -0.6, 0.45, 1]
    w.roots(w.push("nodes", {"mesh": ring, "matrix": at(0.6, 0.4, 0.12)}),
            w.push("nodes", {"mesh": fence, "matrix": upright, "rotation": [0.707107, 0, 0, 0.707107]}),
            w.push("nodes", {"mesh": striped, "matrix": at(0.6, 0.4, 0.3)}),
            w.push("nodes", {"mesh": glass, "matrix": at(0.5, -0.6, 0.35, 0.3)}))
    return w


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    check = parser.parse_args().check
    files = {"sample.glb": sample().glb(), "drake_shapes.gltf": drake_shapes().json(),
             "drake_merged.gltf": drake_merged().json()}
    for name, data in files.items():
        path = HERE / name
        if not check:
            path.write_bytes(data)
        elif not path.exists() or path.read_bytes() != data:
            sys.exit(f"{path} is not what this script writes; run it without --check")


if __name__ == "__main__":
    main()
