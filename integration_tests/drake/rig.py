"""A scene as data, and the Drake SceneGraph that shows it to two render engines at once."""

import math
from dataclasses import dataclass, field

import numpy as np
import pydrake.geometry as geometry
from pydrake.math import RigidTransform, RollPitchYaw, RotationMatrix
from pydrake.systems.sensors import CameraInfo

IMAGE_TYPES = ("color", "depth", "label")


@dataclass
class Thing:
    """A shape somewhere, with the properties that an engine looks at. A `moving` thing gets its
    pose from the frame that is shown."""

    shape: object
    pose: RigidTransform
    label: int
    diffuse: tuple | None = None
    diffuse_map: str | None = None
    moving: bool = False


@dataclass
class View:
    """A camera: its pose (z forward, y down), intrinsics, clipping planes and the sensor's range."""

    pose: RigidTransform
    info: CameraInfo
    near: float = 0.01
    far: float = 20.0
    depth_range: tuple = (0.05, 15.0)


@dataclass
class Scene:
    """Things and the views of them. `frames` maps the index of a moving thing to its pose.

    What cannot be held to the common limits is said here, with the reason in `exception`:
    `limits` replaces some of them, `unfaithful_labels` are labels of things that RenderEngineVtk
    draws in other labels or that the client cannot send.
    """

    name: str
    things: list
    views: list
    frames: list = field(default_factory=lambda: [{}])
    limits: dict = field(default_factory=dict)
    unfaithful_labels: frozenset = frozenset()
    exception: str = ""


def at(x, y, z, roll=0.0, pitch=0.0, yaw=0.0):
    """A pose, in metres and radians."""
    return RigidTransform(RollPitchYaw(roll, pitch, yaw), np.array([x, y, z], float))


def looking(eye, target):
    """The pose of a camera at `eye` that looks at `target`, upright."""
    eye = np.array(eye, float)
    forward = np.array(target, float) - eye
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    columns = np.stack([right, np.cross(forward, right), forward], 1)
    return RigidTransform(RotationMatrix(columns), eye)


def view(eye, target, width=480, height=360, fov_y=math.pi / 4, **ranges):
    """A view through a centred camera with square pixels."""
    return View(looking(eye, target), CameraInfo(width, height, fov_y), **ranges)


class Rig:
    """Renders a scene by RenderEngineVtk ("vtk") and by RenderEngineGltfClient ("client")."""

    def __init__(self, scene, url, reference=True):
        self._scene = scene
        graph = geometry.SceneGraph()
        if reference:
            graph.AddRenderer(
                "vtk", geometry.MakeRenderEngineVtk(geometry.RenderEngineVtkParams()))
        graph.AddRenderer("client", geometry.MakeRenderEngineGltfClient(
            geometry.RenderEngineGltfClientParams(base_url=url)))
        source = graph.RegisterSource("scene")
        self._frames = {}
        for index, thing in enumerate(scene.things):
            still = RigidTransform() if thing.moving else thing.pose
            instance = geometry.GeometryInstance(still, thing.shape, f"thing{index}")
            properties = geometry.PerceptionProperties()
            properties.AddProperty("label", "id", geometry.RenderLabel(thing.label))
            if thing.diffuse is not None:
                properties.AddProperty("phong", "diffuse", geometry.Rgba(*thing.diffuse))
            if thing.diffuse_map is not None:
                properties.AddProperty("phong", "diffuse_map", thing.diffuse_map)
            instance.set_perception_properties(properties)
            if thing.moving:
                frame = graph.RegisterFrame(source, geometry.GeometryFrame(f"frame{index}"))
                graph.RegisterGeometry(source, frame, instance)
                self._frames[index] = frame
            else:
                graph.RegisterAnchoredGeometry(source, instance)
        self._graph, self._source = graph, source
        self._context = graph.CreateDefaultContext()
        self.show(0)

    def show(self, frame):
        """Moves the moving things to their poses in this frame."""
        if self._frames:
            poses = geometry.FramePoseVector()
            for index, identifier in self._frames.items():
                pose = self._scene.frames[frame].get(index, self._scene.things[index].pose)
                poses.set_value(identifier, pose)
            self._graph.get_source_pose_port(self._source).FixValue(self._context, poses)
        self._query = self._graph.get_query_output_port().Eval(self._context)

    def render(self, engine, seen, image_type):
        """The image as an array: (rows, columns, 3) bytes, metres as float32, or labels as int16."""
        core = geometry.RenderCameraCore(
            engine, seen.info, geometry.ClippingRange(seen.near, seen.far), RigidTransform())
        world = self._graph.world_frame_id()
        if image_type == "depth":
            camera = geometry.DepthRenderCamera(core, geometry.DepthRange(*seen.depth_range))
            return self._query.RenderDepthImage(camera, world, seen.pose).data[..., 0].copy()
        camera = geometry.ColorRenderCamera(core, False)
        if image_type == "color":
            return self._query.RenderColorImage(camera, world, seen.pose).data[..., :3].copy()
        return self._query.RenderLabelImage(camera, world, seen.pose).data[..., 0].copy()
