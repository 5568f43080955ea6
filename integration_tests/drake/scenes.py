"""The scenes in which the server is compared with RenderEngineVtk.

Everything is made with numpy, so no model is downloaded. `python scenes.py` lists the scenes.
"""

import math
import pathlib

import numpy as np
from PIL import Image
from pydrake.geometry import (
    Box, Capsule, Convex, Cylinder, Ellipsoid, HalfSpace, Mesh, Sphere)
from pydrake.systems.sensors import CameraInfo

import feature_scenes
import gltf_files as gltf
import meshes
import textures
from rig import Scene, Thing, View, at, looking, view

TABLE = (0.74, 0.70, 0.66, 1)


def _table(side=3.0):
    return Thing(Box(side, side, 0.04), at(0, 0, -0.02), 1, TABLE)


def _primitives():
    """One of each shape that needs no file, in two rows."""
    return [
        _table(),
        Thing(Box(0.22, 0.15, 0.12), at(-0.5, 0.25, 0.06, yaw=0.6), 2, (0.85, 0.25, 0.2, 1)),
        Thing(Sphere(0.1), at(-0.17, 0.28, 0.1), 3, (0.2, 0.45, 0.85, 1)),
        Thing(Cylinder(0.08, 0.22), at(0.17, 0.28, 0.11), 4, (0.9, 0.8, 0.15, 1)),
        Thing(Capsule(0.06, 0.2), at(0.5, 0.25, 0.06, pitch=math.pi / 2, yaw=0.8), 5,
              (0.55, 0.25, 0.7, 1)),
        Thing(Ellipsoid(0.15, 0.09, 0.07), at(-0.5, -0.1, 0.07, yaw=0.5), 6, (0.15, 0.65, 0.55, 1)),
        # Without a colour of its own a shape gets the engine's default.
        Thing(Box(0.13, 0.13, 0.13), at(0.5, -0.1, 0.065, yaw=0.2), 7),
    ]


def _files(folder):
    """.obj files: bare, with a material, with a texture, and hulls. (Drake refuses a Mesh without
    normals; a hull needs none.)"""
    painted = meshes.write_obj(folder / "painted.obj", meshes.ball(ripple=0.12).scaled(0.1),
                               material={"Kd": "0.9 0.95 1", "Ks": "0.4 0.4 0.4", "Ns": "30"},
                               texture=textures.tiles())
    bare = meshes.write_obj(folder / "bare.obj", meshes.ring().scaled(0.08))
    points = meshes.write_obj(folder / "points.obj", meshes.ring().scaled(0.08), normals=False)
    plain = meshes.write_obj(folder / "plain.obj", meshes.ring(30, 14).scaled(0.08),
                             material={"Kd": "0.3 0.7 0.35"})
    flat = meshes.write_obj(folder / "flat.obj", meshes.crate().scaled(0.16))
    return [
        Thing(Mesh(painted, 1.0), at(-0.17, -0.1, 0.12), 700),
        Thing(Mesh(bare, 1.0), at(0.17, -0.1, 0.03), 12, (0.9, 0.55, 0.2, 1)),
        Thing(Mesh(plain, np.array([1.3, 0.8, 1.6])), at(-0.5, -0.45, 0.045), 13),
        Thing(Convex(points, 1.0), at(-0.15, -0.45, 0.03), 14, (0.75, 0.2, 0.45, 1)),
        Thing(Mesh(flat, 1.0), at(0.2, -0.45, 0.08, yaw=0.4), 15, (0.5, 0.6, 0.8, 1)),
        Thing(Convex(painted, 0.9), at(0.5, -0.45, 0.1), 32000, (0.6, 0.8, 0.9, 1)),
    ]


FRONT = ((0.0, -1.5, 1.0), (0, -0.08, 0))


def shapes(folder):
    """Every shape that Drake has, lit after Phong."""
    return Scene("shapes", _primitives() + _files(folder), [view(*FRONT)])


def _plane_to_the_horizon(sensor_end):
    things = [Thing(HalfSpace(), at(0, 0, 0), 1, (0.5, 0.6, 0.5, 1))]
    for i in range(5):
        things.append(Thing(Cylinder(0.3, 2.0 + i), at(-2 + i, 2.0 * i, 0.4), 2 + i,
                            (0.9, 0.2 + 0.15 * i, 0.3, 1)))
    return things, [view((0.5, -4, 1.6), (0, 4, 0.6), fov_y=1.0, far=60.0,
                         depth_range=(0.1, sensor_end))]


def half_space(folder):
    """A ground plane to the horizon, cut by the far plane, and things that stand in it."""
    return Scene("half_space", *_plane_to_the_horizon(15.0))


def half_space_far(folder):
    """The same, measured to 55 m."""
    return Scene("half_space_far", *_plane_to_the_horizon(55.0),
                 limits={"depth in<=10um": 97.5},
                 exception="Beyond 20 m both sides are tens of micrometres from the plane, which is "
                 "what single precision leaves of it.")


def textured_boxes(folder):
    """Textures by phong/diffuse_map on boxes (also tinted), a sphere and a cylinder."""
    paths = []
    for i, (dark, light) in enumerate([((170, 60, 40), (240, 230, 210)),
                                       ((20, 20, 30), (250, 250, 250))]):
        paths.append(str(folder / f"tiles{i}.png"))
        Image.fromarray(textures.tiles(192 if i else 96, 6, dark, light)).save(paths[-1])
    things = [Thing(Box(2.5, 2.5, 0.04), at(0, 0, -0.02), 1, None, paths[0])]
    for i in range(6):
        size = 0.14 + 0.02 * i
        things.append(Thing(Box(size, size * 1.3, size * 0.7),
                            at(0.45 * (i % 3 - 1), 0.45 * (i // 3) - 0.1, size * 0.35, yaw=0.5 * i),
                            10 + i, (1.0, 0.8, 0.6, 1) if i % 2 else None, paths[i % 2]))
    things.append(Thing(Sphere(0.14), at(0.3, -0.6, 0.14), 30, None, paths[1]))
    things.append(Thing(Cylinder(0.1, 0.3), at(-0.3, -0.6, 0.1, roll=1.3, yaw=0.3), 31, None,
                        paths[0]))
    return Scene("textured_boxes", things, [view((1.0, -1.6, 1.1), (0, 0, 0))])


def intrinsics(folder):
    """Principal points off the centre, unequal focal lengths, odd and tiny images, a long lens."""
    cameras = [CameraInfo(width=501, height=333, focal_x=430.0, focal_y=345.0, center_x=211.3,
                          center_y=190.8),
               CameraInfo(width=320, height=401, focal_x=170.0, focal_y=210.0, center_x=40.25,
                          center_y=333.5),
               CameraInfo(width=63, height=47, focal_x=50.0, focal_y=50.0, center_x=31.0,
                          center_y=23.0)]
    near = looking((0.4, -1.1, 0.7), (0, 0, 0.05))
    views = [View(near, info) for info in cameras]
    views.append(View(looking((3, -9, 6), (0, -0.05, 0)),
                      CameraInfo(width=300, height=200, focal_x=2600.0, focal_y=2500.0,
                                 center_x=150.5, center_y=99.0)))
    return Scene("intrinsics", _primitives() + _files(folder), views)


def clipping(folder):
    """Things cut by the near and far planes, and a sensor that sees less than they leave."""
    things = [Thing(HalfSpace(), at(0, 0, 0), 1, (0.6, 0.62, 0.6, 1))]
    for i in range(8):
        things.append(Thing(Box(0.15, 0.8, 0.35), at(-0.4 + 0.4 * (i % 3), 0.6 * i, 0.17, yaw=0.3),
                            2 + i, (0.9 - 0.1 * i, 0.3 + 0.08 * i, 0.4, 1)))
    things.append(Thing(Sphere(0.35), at(0.5, -0.1, 0.6), 20, (0.9, 0.3, 0.3, 1)))
    things.append(Thing(Box(3, 0.5, 1.2), at(0, 5.2, 0.6), 21, (0.3, 0.35, 0.9, 1)))
    eye, target = (0.0, -0.8, 0.75), (0, 3, 0.2)
    return Scene("clipping", things, [
        view(eye, target, fov_y=1.0, near=0.5, far=5.2, depth_range=(0.8, 3.5)),
        view(eye, target, fov_y=1.0, near=0.6, far=5.0, depth_range=(0.6, 5.0)),
        view(eye, target, fov_y=1.0, near=0.001, far=1000.0, depth_range=(0.01, 90.0))])


def inside(folder):
    """The camera inside a sphere, a box and a mesh: their inner sides fill the image."""
    shell = meshes.write_obj(folder / "shell.obj", meshes.ball(32, 16, 0.1).scaled(0.5))
    things = [Thing(Sphere(0.5), at(0, 0, 0), 2, (0.8, 0.4, 0.3, 1)),
              Thing(Box(1, 1.4, 0.8), at(3, 0, 0), 3, (0.3, 0.7, 0.4, 1)),
              Thing(Box(0.1, 0.1, 0.1), at(3, 0.5, -0.2, yaw=0.5), 4, (0.9, 0.9, 0.2, 1)),
              Thing(Mesh(shell, 1.0), at(6, 0, 0), 5, (0.4, 0.5, 0.9, 1))]
    return Scene("inside", things, [view((x, -0.1, 0.05), (x, 1, -0.1), 320, 240, 1.2)
                                    for x in (0.0, 3.0, 6.0)],
                 limits={"color in<=2": 98.0},
                 exception="The normals of an .obj are not on the wire; on a coarse mesh that fills "
                 "the image the server's are a little different.")


def transparent(folder):
    """Opacity from 0 to 0.95, nested, overlapping, and behind one another in both orders."""
    things = [
        _table(),
        Thing(Box(0.3, 0.3, 0.3), at(0, 0.1, 0.17, yaw=0.5), 2, (0.9, 0.15, 0.1, 0.5)),
        Thing(Sphere(0.11), at(0, 0.1, 0.17), 3, (0.1, 0.3, 0.9, 1)),
        Thing(Cylinder(0.13, 0.4), at(0.45, -0.05, 0.21), 4, (0.1, 0.75, 0.3, 0.3)),
        Thing(Ellipsoid(0.2, 0.16, 0.2), at(-0.45, -0.05, 0.22), 5, (0.2, 0.45, 1.0, 0.65)),
        Thing(Box(1.5, 0.012, 0.28), at(0, -0.45, 0.15), 6, (1.0, 0.95, 0.3, 0.2)),
        Thing(Capsule(0.07, 0.3), at(0.15, 0.5, 0.3, roll=0.6), 7, (0.7, 0.2, 0.65, 0.95)),
        Thing(Sphere(0.15), at(0.75, 0.4, 0.15), 8, (0.9, 0.5, 0.5, 0.0)),
    ]
    return Scene("transparent", things, [view((0.5, -1.6, 0.9), (0, 0, 0.1)),
                                         view((-0.3, 1.7, 0.7), (0, 0, 0.1))])


def pbr_textures(folder):
    """glTF meshes with base color, metal, roughness, normal, occlusion and emissive textures; one
    of them turns everything else in the scene physically based too."""
    crate = gltf.every_texture(meshes.crate().scaled(0.28)).write(folder / "crate.gltf")
    ball = gltf.every_texture(meshes.ball().scaled(0.14), "JPEG")
    ball.materials[0]["doubleSided"] = True
    ball = ball.write(folder / "ball.gltf", embed=False)
    things = _primitives() + [
        Thing(Mesh(crate, 1.0), at(-0.15, -0.35, 0.15, yaw=0.5), 40),
        Thing(Mesh(ball, 1.0), at(0.25, -0.35, 0.15), 41)]
    return Scene("pbr_textures", things, [view(*FRONT), view((0.9, -1.0, 0.6), (0, -0.2, 0.1))])


def pbr_materials(folder):
    """A row of metal and roughness, and glTF meshes beside .obj files and textured boxes."""
    things = [_table()] + _files(folder)
    tiles = folder / "tiles.png"
    Image.fromarray(textures.tiles()).save(tiles)
    things.append(Thing(Box(0.2, 0.2, 0.2), at(0.45, 0.7, 0.1, yaw=0.4), 30, None, str(tiles)))
    for i in range(4):
        path = gltf.File([[gltf.Part(meshes.ball())]], [gltf.material(
            (0.95, 0.75, 0.5, 1), i / 3, 0.15 + 0.25 * i)]).write(folder / f"row{i}.gltf")
        things.append(Thing(Mesh(path, 0.12), at(-0.55 + 0.35 * i, 0.3, 0.12), 50 + i))
    return Scene("pbr_materials", things, [view((0.0, -1.6, 1.0), (0, 0.02, 0))])


def pbr_storage(folder):
    """Buffers in all the ways that glTF stores them: indices of 8, 16 and 32 bits and none, no
    normals, several primitives and several meshes in a file."""
    things = [_table()]
    small = meshes.ball(14, 8).scaled(0.12)
    for i, index_type in enumerate(("u1", "u2", "u4", None)):
        path = gltf.File([[gltf.Part(small, 0, index_type, normals=i != 2)]], [gltf.material(
            (0.3 + 0.15 * i, 0.6, 0.9 - 0.2 * i, 1))]).write(folder / f"index{i}.gltf")
        things.append(Thing(Mesh(path, 1.0), at(-0.5 + 0.33 * i, 0.2, 0.12), 60 + i))
    several = gltf.File(
        [[gltf.Part(meshes.crate().scaled(0.2), 0), gltf.Part(meshes.ring().scaled(0.13), 1)],
         [gltf.Part(meshes.ball().scaled(0.08), 2)]],
        [gltf.material((0.8, 0.3, 0.2, 1)), gltf.material((0.2, 0.7, 0.4, 1), 1.0, 0.35),
         gltf.material((0.3, 0.4, 0.9, 1), doubleSided=True)],
        nodes=[{"mesh": 0}, {"mesh": 1, "translation": [0.3, 0.1, 0]}], roots=[0, 1])
    things.append(Thing(Mesh(several.write(folder / "several.gltf"), 1.0),
                        at(-0.15, -0.3, 0.12, yaw=0.4), 70))
    return Scene("pbr_storage", things, [view((0.1, -1.4, 0.9), (0, -0.02, 0.03))])


def pbr_nodes(folder):
    """Node hierarchies: rotated roots, nested scales, a mirrored child, a scaled Mesh."""
    half = math.sin(0.4), math.cos(0.4)
    ring = meshes.ring(32, 16)
    turned = gltf.File([[gltf.Part(ring)]], [gltf.material((0.9, 0.85, 0.7, 1), 0.9, 0.3)], nodes=[
        {"children": [1], "rotation": [0, half[0], 0, half[1]]},
        {"children": [2], "translation": [0, 0.05, 0], "rotation": [half[0], 0, 0, half[1]]},
        {"mesh": 0, "scale": [0.12, 0.1, 0.14]}]).write(folder / "turned.gltf")
    mirrored = gltf.every_texture(meshes.crate().scaled(0.2))
    mirrored.materials[0]["doubleSided"] = True
    mirrored.nodes = [{"children": [1, 2]}, {"mesh": 0, "translation": [-0.14, 0, 0]},
                      {"mesh": 0, "scale": [-1, 1, 1], "translation": [0.14, 0, 0]}]
    mirrored = mirrored.write(folder / "mirrored.gltf")
    matrix = gltf.File([[gltf.Part(ring)]], [gltf.material((0.3, 0.6, 0.8, 1))], nodes=[
        {"mesh": 0, "matrix": [0, 0, -0.1, 0, 0, 0.15, 0, 0, 0.1, 0, 0, 0, 0, 0.02, 0, 1]}])
    matrix = matrix.write(folder / "matrix.gltf")
    things = [_table(), Thing(Mesh(turned, 1.0), at(-0.4, 0.2, 0.12, yaw=0.6), 80),
              Thing(Mesh(mirrored, 1.0), at(0.3, 0.2, 0.12, yaw=0.3), 81),
              Thing(Mesh(matrix, np.array([1.0, 1.5, 0.8])), at(-0.35, -0.3, 0.08, roll=0.3), 82),
              Thing(Mesh(turned, np.array([1.4, 0.7, 1.0])), at(0.3, -0.3, 0.1), 83)]
    return Scene("pbr_nodes", things, [view((0.1, -1.3, 0.9), (0, -0.02, 0.05))])


def pbr_blend(folder):
    """alphaMode BLEND, and Drake's own see-through shapes in a physically based scene."""
    glass = gltf.File([[gltf.Part(meshes.ball())]], [gltf.material(
        (0.5, 0.8, 0.9, 0.4), 0.0, 0.3, alphaMode="BLEND")]).write(folder / "glass.gltf")
    solid = gltf.File([[gltf.Part(meshes.ring())]], [gltf.material(
        (0.9, 0.6, 0.3, 1), 0.2, 0.5)]).write(folder / "solid.gltf")
    things = [_table(), Thing(Mesh(glass, 0.2), at(-0.2, 0, 0.22), 90),
              Thing(Mesh(solid, 0.13), at(-0.2, 0.05, 0.2, roll=0.8), 91),
              Thing(Box(0.25, 0.25, 0.25), at(0.3, 0, 0.13, yaw=0.4), 92, (0.9, 0.3, 0.2, 0.5)),
              Thing(Sphere(0.1), at(0.25, 0.45, 0.1), 93, (0.3, 0.3, 0.9, 1))]
    return Scene("pbr_blend", things, [view((0.1, -1.3, 0.7), (0, 0.05, 0.1))])


def _sieve(folder):
    path = gltf.File([[gltf.Part(meshes.crate().scaled(0.4))]], [gltf.material(
        (1, 1, 1, 1), 0.0, 0.7, base=0, alphaMode="MASK", alphaCutoff=0.5, doubleSided=True)],
        [textures.encode(textures.holes())]).write(folder / "sieve.gltf")
    return Thing(Mesh(path, 1.0), at(0, 0, 0.21, yaw=0.5), 95)


def pbr_mask(folder):
    """alphaMode MASK: holes in a texture of a thing that was registered after what is behind."""
    return Scene("pbr_mask", [_table(), _sieve(folder)], [view((0.1, -1.3, 0.7), (0, 0.05, 0.1))])


def pbr_mask_first(folder):
    """The same, registered before what is behind it."""
    return Scene(
        "pbr_mask_first", [_sieve(folder), _table()], [view((0.1, -1.3, 0.7), (0, 0.05, 0.1))],
        limits={"color<=20": 97.0, "color in<=8": 97.0, "color in<=2": 97.0},
        exception="RenderEngineVtk blends the rim of a hole with what it drew before, last "
        "registered first; the order of registration is not on the wire.")


def pbr_vertex_colors(folder):
    """COLOR_0."""
    ball = meshes.ball()
    paint = np.concatenate([ball.points * 100 + 150, np.full((len(ball.points), 1), 255)], 1)
    path = gltf.File([[gltf.Part(ball, colors=paint.clip(0, 255).astype("u1"))]],
                     [gltf.material((1, 1, 1, 1), 0.0, 0.6)]).write(folder / "painted.gltf")
    things = [_table(), Thing(Mesh(path, 0.2), at(0, 0, 0.2), 96),
              Thing(Sphere(0.1), at(0.4, 0, 0.1), 97, (0.3, 0.3, 0.9, 1))]
    return Scene("pbr_vertex_colors", things, [view((0.1, -1.3, 0.7), (0, 0.05, 0.1))],
                 unfaithful_labels=frozenset([96]),
                 exception="RenderEngineVtk multiplies the label by the vertex colour.")


def pbr_no_material(folder):
    """A mesh without a material."""
    path = gltf.File([[gltf.Part(meshes.ring(), None)]], []).write(folder / "bare.gltf")
    things = [_table(), Thing(Mesh(path, 0.2), at(-0.1, 0, 0.2, roll=0.8), 98),
              Thing(Sphere(0.1), at(0.4, 0, 0.1), 99, (0.3, 0.3, 0.9, 1))]
    return Scene("pbr_no_material", things, [view((0.1, -1.3, 0.7), (0, 0.05, 0.1))],
                 unfaithful_labels=frozenset([98]),
                 exception="A mesh without a material has no label in what the client sends.")


def many_objects(folder):
    """300 small things, each with a label of its own."""
    rng = np.random.default_rng(8)
    part = meshes.write_obj(folder / "part.obj", meshes.ring(20, 10).scaled(0.02))
    cube = meshes.write_obj(folder / "cube.obj", meshes.crate().scaled(0.035),
                            texture=textures.tiles(64, 4))
    kinds = [Mesh(part, 1.0), Mesh(cube, 1.0), Box(0.05, 0.035, 0.025), Sphere(0.02),
             Cylinder(0.014, 0.055)]
    things = [_table(0.9)]
    for i in range(300):
        x, y, z = rng.uniform([-0.35, -0.35, 0.02], [0.35, 0.35, 0.2])
        roll, pitch, yaw = rng.uniform(-3, 3, 3)
        diffuse = None if i % 5 == 1 else (*rng.uniform(0.2, 1, 3), 1)
        things.append(Thing(kinds[i % 5], at(x, y, z, roll, pitch, yaw), 200 + i, diffuse))
    return Scene("many_objects", things, [view((0.3, -0.8, 0.9), (0, 0, 0.05), 640, 480)])


def sequence(folder):
    """Six frames from three cameras: an arm of capsules and tumbling things."""
    crate = gltf.every_texture(meshes.crate().scaled(0.14)).write(folder / "tumble.gltf")
    things = [_table(2.5)]
    for i in range(5):
        things.append(Thing(Capsule(0.05 - 0.005 * i, 0.16), at(0, 0, 0.1), 10 + i,
                            (0.9, 0.85 - 0.15 * i, 0.2, 1), moving=True))
    kinds = [Mesh(crate, 1.0), Box(0.1, 0.12, 0.08), Sphere(0.06), Ellipsoid(0.08, 0.05, 0.04)]
    for i in range(6):
        diffuse = None if i % 4 == 0 else (0.3 + 0.1 * i, 0.5, 0.9 - 0.1 * i, 1)
        things.append(Thing(kinds[i % 4], at(0, 0, 0), 30 + i, diffuse, moving=True))
    frames = []
    for step in range(6):
        poses, base = {}, at(-0.45, 0.2, 0.0)
        for i in range(5):
            angle = 0.4 * math.sin(0.6 * step + 0.8 * i)
            base = base @ at(0, 0, 0, roll=angle if i % 2 else 0.1, pitch=0.0 if i % 2 else angle)
            poses[1 + i] = base @ at(0, 0, 0.1)
            base = base @ at(0, 0, 0.18)
        for i in range(6):
            turn = 2 * math.pi * i / 6 + 0.2 * step
            poses[6 + i] = at(0.4 * math.cos(turn), 0.4 * math.sin(turn) - 0.1,
                              0.09 + 0.03 * math.sin(step + i), 0.3 * step, 0.2 * i, turn)
        frames.append(poses)
    size = {"width": 320, "height": 240}
    return Scene("sequence", things, [view((0.9, -1.3, 1.0), (-0.1, 0, 0.2), **size),
                                      view((-1.3, -0.8, 0.8), (0, 0, 0.2), **size),
                                      view((0.02, -0.1, 2.0), (0, 0, 0), **size)], frames)


def full_hd(folder):
    """1920 × 1080 pixels."""
    return Scene("full_hd", _primitives() + _files(folder), [view(*FRONT, 1920, 1080)])


def big_mesh(folder):
    """One mesh of 200 000 triangles."""
    path = meshes.write_obj(folder / "big.obj", meshes.ball(500, 200, 0.08).scaled(0.4))
    return Scene("big_mesh", [_table(), Thing(Mesh(path, 1.0), at(0, 0, 0.45), 2,
                                              (0.7, 0.75, 0.8, 1))],
                 [view((0.3, -1.6, 0.8), (0, 0, 0.35), 640, 480)])


MAKERS = [shapes, half_space, half_space_far, textured_boxes, intrinsics, clipping, inside,
          transparent,
          pbr_textures, pbr_materials, pbr_storage, pbr_nodes, pbr_blend, pbr_mask,
          pbr_mask_first, pbr_vertex_colors, pbr_no_material, *feature_scenes.MAKERS, many_objects,
          sequence, full_hd, big_mesh]
NAMES = [maker.__name__ for maker in MAKERS]


def build(name, folder):
    """The scene of this name; its files go into a folder of their own under `folder`."""
    folder = pathlib.Path(folder) / name
    folder.mkdir(parents=True, exist_ok=True)
    return MAKERS[NAMES.index(name)](folder)


if __name__ == "__main__":
    for maker in MAKERS:
        print(f"{maker.__name__:18} {' '.join(maker.__doc__.split())}")
