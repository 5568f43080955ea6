"""A peer that draws with Blender: a server of the same protocol, for color images alone.

It is what one gets by following Drake's documentation of the protocol with Blender's own parts: the
scene goes to a file, Blender's importer reads it into an empty file, its camera takes the lens of the
form, one image is drawn and sent. It is ours, and not RobotLocomotion/drake-blender.

    python -m gunicorn --workers 1 --bind 127.0.0.1:8001 blender_peer:cycles
    python -m gunicorn --workers 1 --bind 127.0.0.1:8001 blender_peer:eevee

There is one Blender in a process, and it draws one image at a time, with all cores.
"""

import hashlib
import pathlib
import tempfile

import bpy
import flask

# As `RenderEngineVtk` has it.
BACKGROUND = (0.8, 0.898, 1.0)
SAMPLES = 16


def linear(value):
    """A component of sRGB as linear light."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def set_lens(camera, render, form):
    """The pinhole camera of the form: an image as wide as the sensor, whose middle is off the axis."""
    width, height = form["width"], form["height"]
    render.resolution_x, render.resolution_y = int(width), int(height)
    render.resolution_percentage = 100
    # Unequal focal lengths are those of pixels that are no squares; neither side may be below 1.
    tall = form["focal_x"] / form["focal_y"]
    render.pixel_aspect_x, render.pixel_aspect_y = max(1, 1 / tall), max(1, tall)
    camera.type = "PERSP"
    camera.sensor_fit = "HORIZONTAL"
    camera.lens = camera.sensor_width * form["focal_x"] / width
    # Both in widths of the image: to the right, and up.
    camera.shift_x = 0.5 - form["center_x"] / width
    camera.shift_y = tall * (form["center_y"] - height / 2) / width
    camera.clip_start, camera.clip_end = form["near"], form["far"]


def add_light(scene):
    """The light of `RenderEngineVtk` where glTF meshes are in the scene, without shadows and along the
    camera's axis, and its background, which shines on nothing."""
    light = bpy.data.lights.new("light", "SUN")
    light.energy, light.angle, light.use_shadow = 1, 0, False
    thing = bpy.data.objects.new("light", light)
    thing.matrix_world = scene.camera.matrix_world
    scene.collection.objects.link(thing)
    world = scene.world = bpy.data.worlds.new("world")
    world.use_nodes = True
    nodes = world.node_tree.nodes
    shown = nodes["Background"].inputs
    shown["Color"].default_value = (*map(linear, BACKGROUND), 1)
    seen = nodes.new("ShaderNodeLightPath").outputs["Is Camera Ray"]
    world.node_tree.links.new(seen, shown["Strength"])


def draw(path, form, engine):
    """The PNG file of the color image that the form asks for, of the glTF file at the path."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.import_scene.gltf(filepath=path)
    scene = bpy.context.scene
    scene.camera = next(thing for thing in scene.objects if thing.type == "CAMERA")
    # Matrices of what was imported are not known before.
    bpy.context.view_layer.update()
    render = scene.render
    set_lens(scene.camera.data, render, form)
    add_light(scene)
    render.engine = engine
    scene.cycles.samples = scene.eevee.taa_render_samples = SAMPLES
    # What light comes from other surfaces is in no image of `RenderEngineVtk`, and costs Blender time.
    scene.cycles.max_bounces = 0
    scene.cycles.use_denoising = False
    scene.view_settings.view_transform = "Standard"
    render.image_settings.file_format, render.image_settings.color_mode = "PNG", "RGB"
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        render.filepath = file.name
        bpy.ops.render.render(write_still=True)
        return pathlib.Path(file.name).read_bytes()


def application(engine):
    """The server, with one of Blender's engines."""
    app = flask.Flask(__name__)

    @app.post("/render")
    def render():
        form = flask.request.form
        if form["image_type"] != "color":
            return "Only color images are drawn.", 400
        scene = flask.request.files["scene"].read()
        if hashlib.sha256(scene).hexdigest() != form["scene_sha256"]:
            return "The scene has another hash.", 400
        names = ("width", "height", "near", "far", "focal_x", "focal_y", "center_x", "center_y")
        with tempfile.NamedTemporaryFile(suffix=".gltf") as file:
            file.write(scene)
            file.flush()
            image = draw(file.name, {name: float(form[name]) for name in names}, engine)
        return flask.Response(image, mimetype="image/png")

    return app


cycles = application("CYCLES")
eevee = application("BLENDER_EEVEE_NEXT")
