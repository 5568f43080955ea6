#!/usr/bin/env python3
"""Things fall in Drake, seen through this server and through RenderEngineVtk.

    python drake_rgbd.py [FIGURE.png]

Both engines look through the same color, depth and label cameras at the same moments. What differs is
printed for each moment, and the figure shows one in the midst of the fall. Needs gltf_render_server,
drake and matplotlib; no display, and no GPU.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
from gltf_render_server import RenderServer
from matplotlib import colormaps
from pydrake.geometry import (
    Box,
    ClippingRange,
    ColorRenderCamera,
    Cylinder,
    DepthRange,
    DepthRenderCamera,
    MakeRenderEngineGltfClient,
    MakeRenderEngineVtk,
    RenderCameraCore,
    RenderEngineVtkParams,
    RenderLabel,
    Sphere,
)
from pydrake.math import RigidTransform, RollPitchYaw
from pydrake.multibody.plant import AddMultibodyPlantSceneGraph, CoulombFriction
from pydrake.multibody.tree import SpatialInertia
from pydrake.systems.analysis import Simulator
from pydrake.systems.framework import DiagramBuilder
from pydrake.systems.sensors import CameraInfo, RgbdSensor

matplotlib.use("agg")
from matplotlib import pyplot  # noqa: E402

ENGINES = ("server", "vtk")
IMAGES = ("color", "depth", "label")
MOMENTS = (0.0, 0.3, 0.5, 1.5)
SHOWN = 0.3
NEAREST, FARTHEST = 0.1, 2.5

Image = npt.NDArray[Any]

# Where nothing is: RenderEngineVtk says that it is empty, a server can only say that nobody cares.
NOTHING = (int(RenderLabel.kEmpty), int(RenderLabel.kDontCare))

# Shape, mass, color, and where it begins: x, y, z, roll and pitch.
THINGS = {
    "box": (Box(0.2, 0.12, 0.1), 0.8, (0.85, 0.25, 0.2, 1), (-0.22, 0.0, 0.55, 0.4, 0.3)),
    "brick": (Box(0.1, 0.1, 0.25), 1.0, (0.9, 0.75, 0.2, 1), (0.22, 0.1, 0.45, 0.7, 0.5)),
    "ball": (Sphere(0.09), 0.5, (0.2, 0.45, 0.85, 1), (0.05, -0.1, 0.65, 0.0, 0.0)),
    "can": (Cylinder(0.06, 0.2), 0.4, (0.25, 0.65, 0.35, 1), (-0.05, 0.15, 0.85, 1.2, 0.5)),
    "drum": (Cylinder(0.1, 0.08), 0.6, (0.6, 0.3, 0.7, 1), (0.2, -0.1, 0.85, 0.7, 0.6)),
    "plank": (Box(0.4, 0.08, 0.03), 0.5, (0.95, 0.9, 0.8, 1), (-0.1, -0.1, 0.95, 0.3, 0.6)),
    "marble": (Sphere(0.05), 0.2, (0.9, 0.5, 0.15, 1), (-0.25, -0.15, 0.4, 0.0, 0.0)),
}


def inertia(shape: Box | Cylinder | Sphere, mass: float) -> SpatialInertia:
    """That of a solid body."""
    if isinstance(shape, Box):
        return SpatialInertia.SolidBoxWithMass(mass, *shape.size())
    if isinstance(shape, Sphere):
        return SpatialInertia.SolidSphereWithMass(mass, shape.radius())
    return SpatialInertia.SolidCylinderWithMass(mass, shape.radius(), shape.length(), [0, 0, 1])


def cameras(engine: str) -> tuple[ColorRenderCamera, DepthRenderCamera]:
    """The cameras, drawn by the engine of this name."""
    info = CameraInfo(width=640, height=480, fov_y=math.radians(45))
    core = RenderCameraCore(engine, info, ClippingRange(0.01, 10.0), RigidTransform())
    return ColorRenderCamera(core), DepthRenderCamera(core, DepthRange(NEAREST, FARTHEST))


def build(server: RenderServer) -> tuple[Simulator, dict[str, RgbdSensor]]:
    """A table, things above it, and at one place a sensor for each engine."""
    builder = DiagramBuilder()
    plant, scene_graph = AddMultibodyPlantSceneGraph(builder, time_step=0.002)
    scene_graph.AddRenderer("server", MakeRenderEngineGltfClient(server.drake_params()))
    scene_graph.AddRenderer("vtk", MakeRenderEngineVtk(RenderEngineVtkParams()))

    friction = CoulombFriction(0.6, 0.5)
    table, top = Box(1.1, 1.1, 0.1), RigidTransform([0, 0, -0.05])
    plant.RegisterCollisionGeometry(plant.world_body(), top, table, "table", friction)
    plant.RegisterVisualGeometry(plant.world_body(), top, table, "table", (0.75, 0.7, 0.65, 1))
    for name, (shape, mass, color, (x, y, z, roll, pitch)) in THINGS.items():
        body = plant.AddRigidBody(name, inertia(shape, mass))
        plant.RegisterCollisionGeometry(body, RigidTransform(), shape, name, friction)
        plant.RegisterVisualGeometry(body, RigidTransform(), shape, name, color)
        pose = RigidTransform(RollPitchYaw(roll, pitch, 0), [x, y, z])
        plant.SetDefaultFloatingBaseBodyPose(body, pose)
    plant.Finalize()

    # A camera looks along its z axis, and its y axis points down.
    pose = RigidTransform(RollPitchYaw(math.radians(-118), 0, 0), [0, -1.15, 0.85])
    sensors = {}
    for engine in ENGINES:
        sensor = RgbdSensor(scene_graph.world_frame_id(), pose, *cameras(engine))
        sensors[engine] = builder.AddSystem(sensor)
        builder.Connect(scene_graph.get_query_output_port(), sensor.query_object_input_port())
    simulator = Simulator(builder.Build())
    simulator.Initialize()
    return simulator, sensors


def look(simulator: Simulator, sensor: RgbdSensor) -> dict[str, Image]:
    """What the sensor sees now."""
    context = sensor.GetMyContextFromRoot(simulator.get_context())
    return {
        "color": sensor.color_image_output_port().Eval(context).data[..., :3].copy(),
        "depth": sensor.depth_image_32F_output_port().Eval(context).data[..., 0].copy(),
        "label": sensor.label_image_output_port().Eval(context).data[..., 0].copy(),
    }


def differences(ours: dict[str, Image], vtk: dict[str, Image]) -> dict[str, Image]:
    """How far the images are apart in each pixel: color in 1/255, depth in metres, infinity where only
    one of them is a distance, and whether labels differ."""
    color = np.abs(ours["color"].astype(int) - vtk["color"].astype(int)).max(axis=2)
    with np.errstate(invalid="ignore"):
        depth = np.abs(ours["depth"] - vtk["depth"])
    depth[ours["depth"] == vtk["depth"]] = 0
    one, other = (np.where(np.isin(seen["label"], NOTHING), -1, seen["label"]) for seen in (ours, vtk))
    return {"color": color, "depth": depth, "label": one != other}


def words(difference: dict[str, Image]) -> dict[str, str]:
    """The differences of one moment as figures."""
    color, depth, label = (difference[name] for name in IMAGES)
    both = np.isfinite(depth)
    return {
        "color": f"{100 * np.mean(color <= 2):.3f} % within 2/255, at most {color.max()}/255",
        "depth": f"{100 * np.mean(depth <= 1e-4):.3f} % within 0.1 mm, at most"
        f" {1000 * depth[both].max():.3f} mm, {np.count_nonzero(~both)} pixels in one image only",
        "label": f"{np.count_nonzero(label)} of {label.size} pixels differ",
    }


def draw(path: str, ours: dict[str, Image], vtk: dict[str, Image], difference: dict[str, Image]) -> None:
    """Writes the figure: a row for each kind of image."""
    apart = {
        "color": difference["color"],
        # From a tenth of a micrometre, about what 32-bit floats can tell, to a centimetre.
        "depth": np.log10(np.clip(difference["depth"], 1e-7, 1e-2)),
        "label": difference["label"].astype(int),
    }
    scales = {
        "color": {"vmin": 0, "vmax": 20},
        "depth": {"vmin": -7, "vmax": -2},
        "label": {"vmin": 0, "vmax": 1},
    }
    units = {"color": "of 255", "depth": "log10 of metres", "label": "same or not"}
    figure, axes = pyplot.subplots(3, 3, figsize=(13, 9.2), layout="constrained")
    for row, name in zip(axes, IMAGES):
        row[0].imshow(picture(name, ours[name]))
        row[1].imshow(picture(name, vtk[name]))
        shown = row[2].imshow(apart[name], cmap="gray", **scales[name])
        figure.colorbar(shown, ax=row[2], label=units[name])
        row[0].set_ylabel(name)
        row[2].set_xlabel(words(difference)[name], fontsize="small")
    for cell, title in zip(axes[0], ("gltf-render-server", "RenderEngineVtk", "difference")):
        cell.set_title(title)
    for cell in axes.flat:
        cell.set_xticks([])
        cell.set_yticks([])
    figure.savefig(path, dpi=100)


def picture(name: str, image: Image) -> Image:
    """An image in colors: near is yellow and far is blue, each label has its own, and nothing is white."""
    if name == "color":
        return image
    paints: Image
    if name == "depth":
        paints = colormaps["viridis_r"]((image - 0.8) / (FARTHEST - 0.8))
        paints[np.isinf(image)] = 1
    else:
        paints = colormaps["tab10"](image % 10)
        paints[np.isin(image, NOTHING)] = 1
    return paints


def main() -> None:
    """Lets things fall, and compares."""
    path = sys.argv[1] if len(sys.argv) > 1 else "drake_rgbd.png"
    with RenderServer() as server:
        simulator, sensors = build(server)
        for time in MOMENTS:
            simulator.AdvanceTo(time)
            ours, vtk = (look(simulator, sensors[engine]) for engine in ENGINES)
            difference = differences(ours, vtk)
            things = set(ours["label"].flat) - set(NOTHING)
            print(f"t = {time} s: {len(things)} things are seen")
            for name, said in words(difference).items():
                print(f"  {name}: {said}", flush=True)
            if time == SHOWN:
                draw(path, ours, vtk, difference)
    print(f"t = {SHOWN} s is shown in {path}")


if __name__ == "__main__":
    main()
