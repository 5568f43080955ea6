"""The scenes whose requests are recorded: some of those of integration_tests/drake, and two more."""

import math
import pathlib
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "integration_tests" / "drake"))

import gltf_files as gltf  # noqa: E402
import meshes  # noqa: E402
import scenes  # noqa: E402
from pydrake.geometry import Box, Capsule, Convex, Cylinder, Mesh, Sphere  # noqa: E402
from rig import Scene, Thing, at, view  # noqa: E402

# Scenes of the comparison with RenderEngineVtk.
SHARED = ["shapes", "textured_boxes", "pbr_textures", "many_objects"]
NAMES = ["moving", "bin", *SHARED]
FRAMES = 8
VGA = {"width": 640, "height": 480}


def moving(folder):
    """What a data set is made of: a table, an arm of six links and eight things that move, 15 in
    all, from three cameras. Between two frames nothing changes but poses."""
    stone = meshes.write_obj(folder / "stone.obj", meshes.ball(72, 36, 0.15).scaled(0.09))
    ring = meshes.write_obj(folder / "ring.obj", meshes.ring(96, 40).scaled(0.08),
                            material={"Kd": "0.8 0.3 0.4"})
    crate = gltf.every_texture(meshes.crate().scaled(0.16)).write(folder / "crate.gltf")
    table = Thing(Box(2.4, 2.4, 0.04), at(0, 0, -0.02), 1, (0.7, 0.72, 0.75, 1))
    links = [Thing(Capsule(0.055 - 0.005 * i, 0.14), at(0, 0, 0), 10 + i,
                   (0.95, 0.9 - 0.12 * i, 0.25, 1), moving=True) for i in range(6)]
    shapes = [Mesh(stone, 1.0), Mesh(ring, 1.0), Mesh(crate, 1.0), Convex(ring, 0.8),
              Cylinder(0.06, 0.14), Sphere(0.07), Box(0.12, 0.1, 0.08), Mesh(stone, 0.7)]
    tumbling = [Thing(shape, at(0, 0, 0), 30 + i,
                      None if i in (1, 2) else (0.25 + 0.09 * i, 0.85 - 0.08 * i, 0.5, 1),
                      moving=True) for i, shape in enumerate(shapes)]
    frames = []
    for step in range(FRAMES):
        joint, poses = at(-0.4, 0.25, 0.02), {}
        for i in range(6):
            bend = 0.35 * math.sin(0.5 * step + 0.9 * i)
            joint = joint @ (at(0, 0, 0, roll=bend) if i % 2 else at(0, 0, 0, pitch=bend, yaw=0.1))
            poses[1 + i] = joint @ at(0, 0, 0.09)
            joint = joint @ at(0, 0, 0.16)
        for i in range(len(shapes)):
            around = math.tau * i / len(shapes) + 0.15 * step
            poses[7 + i] = at(0.5 * math.cos(around), 0.5 * math.sin(around) - 0.05,
                              0.12 + 0.04 * math.cos(step + i), 0.25 * step, 0.3 * i, around)
        frames.append(poses)
    views = [view((1.0, -1.2, 0.9), (0, 0, 0.15), **VGA),
             view((-1.2, -0.9, 0.7), (0, 0, 0.2), **VGA),
             view((0.03, -0.05, 1.9), (0, 0, 0), **VGA)]
    return Scene("moving", [table, *links, *tumbling], views, frames)


def bin_of_parts(folder):
    """A bin full of 500 small parts of four kinds."""
    rng = np.random.default_rng(500)
    nut = meshes.write_obj(folder / "nut.obj", meshes.ring(44, 20).scaled(0.014))
    pebble = meshes.write_obj(folder / "pebble.obj", meshes.ball(40, 20, 0.2).scaled(0.016))
    kinds = [Mesh(nut, 1.0), Mesh(pebble, 1.0), Cylinder(0.008, 0.04), Box(0.03, 0.02, 0.015)]
    wall = (0.35, 0.4, 0.45, 1)
    things = [Thing(Box(0.64, 0.64, 0.01), at(0, 0, -0.005), 1, wall)]
    for i, (x, y) in enumerate([(-0.32, 0), (0.32, 0), (0, -0.32), (0, 0.32)]):
        size = (0.01, 0.64) if x else (0.64, 0.01)
        things.append(Thing(Box(*size, 0.15), at(x, y, 0.075), 2 + i, wall))
    for i in range(500):
        place = rng.uniform((-0.29, -0.29, 0.015), (0.29, 0.29, 0.12))
        things.append(Thing(kinds[i % len(kinds)], at(*place, *rng.uniform(-3, 3, 3)), 100 + i,
                            (*rng.uniform(0.25, 1, 3), 1)))
    return Scene("bin", things, [view((0.2, -0.6, 0.8), (0, 0, 0.05), **VGA)])


def build(name, folder):
    """The scene of this name; the files that it needs go into the folder."""
    own = {"moving": moving, "bin": bin_of_parts}
    if name not in own:
        return scenes.build(name, folder)
    (folder / name).mkdir(parents=True, exist_ok=True)
    return own[name](folder / name)
