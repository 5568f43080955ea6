"""What a camera of Drake sees."""

from pydrake.common.yaml import yaml_load_typed
from pydrake.geometry import GeometryInstance, Mesh, PerceptionProperties, RenderLabel, Sphere
from pydrake.lcm import DrakeLcm
from pydrake.math import RigidTransform
from pydrake.multibody.plant import AddMultibodyPlantSceneGraph
from pydrake.systems.framework import DiagramBuilder
from pydrake.systems.sensors import ApplyCameraConfig, CameraConfig


def depth(scene, hidden, config):
    """The depth image of a glTF file at the world's origin, by the YAML of a CameraConfig.

    Drake's client sends its camera only if there is a shape of Drake's own; here one is `hidden` in the scene.
    """
    config = yaml_load_typed(schema=CameraConfig, data=config)
    builder = DiagramBuilder()
    plant, scene_graph = AddMultibodyPlantSceneGraph(builder, time_step=0)
    source = scene_graph.RegisterSource("scene")
    for name, shape, place in (("scene", Mesh(str(scene)), [0, 0, 0]), ("hidden", Sphere(0.01), hidden)):
        geometry = GeometryInstance(RigidTransform(place), shape, name)
        properties = PerceptionProperties()
        properties.AddProperty("label", "id", RenderLabel(1))
        geometry.set_perception_properties(properties)
        scene_graph.RegisterAnchoredGeometry(source, geometry)
    plant.Finalize()
    ApplyCameraConfig(config, builder, lcm=DrakeLcm("memq://"))
    diagram = builder.Build()
    sensor = diagram.GetSubsystemByName(f"rgbd_sensor_{config.name}")
    context = sensor.GetMyContextFromRoot(diagram.CreateDefaultContext())
    return sensor.depth_image_32F_output_port().Eval(context).data[..., 0]
