"""The form at /render: the camera, and what it sees."""

import io
import json
import math
import pathlib
import subprocess
import tempfile
import unittest

import numpy as np
from browser import PHONE, SAMPLE, new_images
from form_case import TYPES, FormCase
from PIL import Image

import scenes
from support import form
from support.server import binary


class Views(FormCase):
    """The camera, and what is seen."""

    def assert_all_changed(self, page, act):
        before = self.images(page)
        with new_images(page):
            act()
        after = self.images(page)
        for image_type, old, new in zip(TYPES, before, after):
            self.assertNotEqual(old, new, image_type)
        return after

    def test_the_camera_goes_around_the_sample(self):
        page = self.open_sample()
        first = self.images(page)
        frame = page.locator("[data-type=color] .frame")
        box = frame.bounding_box()
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

        def drag(button="left"):
            page.mouse.move(*middle)
            page.mouse.down(button=button)
            page.mouse.move(middle[0] + 60, middle[1] + 30, steps=4)
            page.mouse.up(button=button)

        self.assert_all_changed(page, drag)
        self.assert_all_changed(page, lambda: drag("right"))
        self.assert_all_changed(page, lambda: page.mouse.wheel(0, -300))
        frame.focus()
        for key in ("ArrowLeft", "ArrowUp", "Shift+ArrowRight", "+", "-"):
            self.assert_all_changed(page, lambda key=key: page.keyboard.press(key))
        self.assertEqual(self.assert_all_changed(page, lambda: page.keyboard.press("Home")), first)
        self.assert_all_changed(page, lambda: page.get_by_label("Vertical angle").fill("30"))
        self.assert_all_changed(page, lambda: page.get_by_label("Width, pixels").fill("320"))
        self.assertEqual(page.evaluate("panels.map((panel) => panel.canvas.width)"), [320] * 3)

    def test_a_click_asks_for_nothing(self):
        page = self.open_sample()
        posted = []
        page.on("request", lambda request: posted.append(request) if request.method == "POST" else None)
        frame = page.locator("[data-type=color] .frame")
        for button in ("left", "right"):
            frame.click(button=button)
            self.assertFalse(page.evaluate("round.isMoving || round.isRunning"))
        self.assertEqual(posted, [])
        # What a camera that moves asks for is seen here.
        frame.focus()
        with new_images(page):
            page.keyboard.press("ArrowLeft")
        self.assertNotEqual(posted, [])

    def test_fingers_turn_and_zoom(self):
        page = self.open_sample(viewport=PHONE, has_touch=True)
        session = page.context.new_cdp_session(page)
        box = page.locator("[data-type=color] .frame").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

        def touch(kind, *points):
            session.send("Input.dispatchTouchEvent", {
                "type": kind, "touchPoints": [{"x": px, "y": py, "id": i} for i, (px, py) in enumerate(points)]})

        def swipe():
            touch("touchStart", (x, y))
            for step in range(1, 6):
                touch("touchMove", (x + 8 * step, y + 4 * step))
            touch("touchEnd")

        def pinch():
            touch("touchStart", (x - 20, y), (x + 20, y))
            for step in range(1, 6):
                touch("touchMove", (x - 20 - 8 * step, y), (x + 20 + 8 * step, y))
            touch("touchEnd")

        self.assert_all_changed(page, swipe)
        distance = page.evaluate("scene.orbit.distance")
        self.assert_all_changed(page, pinch)
        self.assertLess(page.evaluate("scene.orbit.distance"), 0.5 * distance)

    def test_the_orbit_goes_on_from_a_camera_of_the_file(self):
        page = self.open_sample()
        with new_images(page):
            page.get_by_label("Camera", exact=True).select_option("Camera Node")
        self.assertEqual(page.get_by_label("Given by").input_value(), "file")
        # Nothing but the file and the size is needed for the same image.
        reply = form.send(self.server.url, *reversed(form.encode(
            [("image_type", "color"), ("width", "640"), ("height", "480")], SAMPLE.read_bytes())))
        self.assertEqual(self.saved(page, "[data-type=color] .save"), ("sample-color.png", reply.body))
        pose = page.evaluate("scene.cameras[0].pose")
        page.locator("[data-type=color] .frame").focus()
        with new_images(page):
            page.keyboard.press("ArrowLeft")
        self.assertEqual(page.get_by_label("Camera", exact=True).input_value(), "")
        with new_images(page):
            page.keyboard.press("ArrowRight")
        for got, want in zip(page.evaluate("scene.orbit.pose"), pose):
            self.assertAlmostEqual(got, want, delta=1e-8)

    def test_animations_variants_and_flat_cameras_can_be_chosen(self):
        page = self.open_file("rich.gltf", scenes.rich())
        self.assert_all_changed(page, lambda: page.get_by_label("Camera", exact=True).select_option("render-view"))
        with new_images(page):
            page.get_by_label("Variant").select_option("blue")
        self.assertIn("blue", page.inner_text("#labels"))
        with new_images(page):
            page.get_by_label("Animation").select_option("slide")
        self.assertEqual(page.inner_text("#duration"), "of 2 s")
        self.assert_all_changed(page, lambda: page.get_by_label("Time, seconds of").fill("1.5"))
        self.assertEqual(page.locator("#time-slider").input_value(), "1.5")
        page.locator("#time-slider").focus()
        self.assert_all_changed(page, lambda: page.keyboard.press("Home"))
        # A flat lens is zoomed by its size.
        page.locator("[data-type=color] .frame").focus()
        self.assert_all_changed(page, lambda: page.keyboard.press("+"))
        name, scene = self.saved(page, "#save-scene")
        self.assertEqual(name, "rich-render-view-2.gltf")
        document, source = json.loads(scene), json.loads(scenes.rich())
        added = document["nodes"].pop()
        self.assertEqual(added["name"], "render-view-2")
        self.assertEqual(document["scenes"][0]["nodes"].pop(), len(document["nodes"]))
        lens = document["cameras"].pop()["orthographic"]
        self.assertAlmostEqual(lens["xmag"], 0.4 / 1.12)
        self.assertEqual(document, source)
        self.assertEqual(self.saved_images(page)["label"], self.posted(page, "label"))

    def test_what_drake_cannot_ask_for_is_said(self):
        page = self.open_file("rich.gltf", scenes.rich())
        page.get_by_role("button", name="Drake YAML").click()
        self.assertNotIn("variant", page.inner_text("#snippet"))
        with new_images(page):
            page.get_by_label("Variant").select_option("blue")
        self.assertIn("# Drake's client cannot ask for: variant.", page.inner_text("#snippet"))
        with new_images(page):
            page.get_by_label("Animation").select_option("slide")
        self.assert_all_changed(page, lambda: page.get_by_label("Time, seconds of").fill("1.5"))
        self.assertIn("# Drake's client cannot ask for: animation, time, variant.", page.inner_text("#snippet"))

    def test_the_look_can_be_chosen(self):
        """Its images are those of the command line, and it stays with the next file."""
        page = self.open_sample()
        look = page.get_by_label("Look", exact=True)
        own = look.locator("option").first
        self.assertEqual(own.inner_text(), "Auto: glTF")
        cannot = "# Drake's client cannot ask for"
        page.get_by_role("button", name="Drake YAML").click()
        self.assertIn(f"{cannot} glTF's look", page.inner_text("#snippet"))
        with new_images(page):
            page.get_by_label("Camera", exact=True).select_option("Camera Node")
        first = self.saved_images(page)
        with new_images(page):
            look.select_option("drake")
        chosen = self.saved_images(page)
        self.assertNotEqual(chosen["color"], first["color"])
        with tempfile.TemporaryDirectory() as folder:
            drawn = pathlib.Path(folder, "color.png")
            subprocess.run([binary(), "render", SAMPLE, "--color", drawn, "--look", "drake"], check=True,
                           capture_output=True)
            self.assertEqual(drawn.read_bytes(), chosen["color"])
        self.assertNotIn(cannot, page.inner_text("#snippet"))
        with new_images(page):
            look.select_option("gltf")
        self.assertEqual(self.saved_images(page), first)
        self.assertIn(f"{cannot} glTF's look", page.inner_text("#snippet"))
        with new_images(page):
            self.choose(page, "boxes.gltf", scenes.two_boxes())
        self.assertEqual(own.inner_text(), "Auto: Drake")
        self.assertEqual(look.input_value(), "gltf")
        self.assertIn(["look", "gltf"], page.evaluate("shown.fieldsFor('label')"))

    def test_the_first_view_is_that_of_the_command_line(self):
        document = json.loads(scenes.two_boxes())
        document["asset"]["generator"] = "test"
        for key in ("camera", "matrix"):
            del document["nodes"][2][key]
        del document["cameras"]
        scene = json.dumps(document).encode()
        page = self.open_file("boxes.gltf", scene)
        shown = np.array(Image.open(io.BytesIO(self.saved_images(page)["color"])))
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "boxes.gltf").write_bytes(scene)
            subprocess.run([binary(), "render", folder / "boxes.gltf", "--color", folder / "color.png"], check=True,
                           capture_output=True)
            drawn = np.array(Image.open(folder / "color.png"))
        # But for the last bit of the camera's pose.
        self.assertGreater((shown == drawn).all(axis=2).mean(), 0.999)
        self.assertGreater((drawn != drawn[0, 0]).any(axis=2).mean(), 0.05)

    def test_cameras_have_the_names_by_which_the_server_finds_them(self):
        page = self.open("/render")
        document = {"cameras": [{"name": "a"}, {}], "nodes": [
            {"camera": 1, "name": "x"}, {"camera": 1, "name": "second"}, {"camera": 1, "name": "a"},
            {"camera": 1, "name": "7"}, {"camera": 1}, {"camera": 0}, {"camera": 1, "name": "a"}]}
        values = page.evaluate("document => camerasOf(document).map(({ value }) => value)", document)
        # The name "a" is that of a node first; "7" would be an index.
        self.assertEqual(values, ["1", "second", "a", "0"])

    def test_spheres_around_scenes(self):
        """Of a plain file, of one with integers, and of one whose vertices the page cannot read."""
        page = self.open("/render")
        spheres = []
        for name in ("box.glb", "box_quantized.glb", "box_draco.glb"):
            with new_images(page):
                page.get_by_label("glTF file").set_input_files(SAMPLE.parent / "compressed" / name)
            spheres.append(page.evaluate("scene.sphere"))
        for sphere in spheres:
            self.assertAlmostEqual(sphere["radius"], spheres[0]["radius"], delta=0.01 * spheres[0]["radius"])
            for got, want in zip(sphere["center"], spheres[0]["center"]):
                self.assertAlmostEqual(got, want, delta=0.01 * spheres[0]["radius"])
        self.assertNotEqual(spheres[0]["radius"], 1)

    def test_spheres_around_what_is_moved(self):
        """By joints, which leave the mesh's own node out; by morph targets; and by nodes above nodes."""
        page = self.open("/render")
        cube = {"min": [-1, -1, -1], "max": [1, 1, 1]}
        bytes_ = {"componentType": 5120, "normalized": True, "min": [-127] * 3, "max": [127] * 3}
        mesh = {"primitives": [{"attributes": {"POSITION": 0}}]}
        morphed = {"primitives": [{"attributes": {"POSITION": 0}, "targets": [{"POSITION": 1}]}], "weights": [0.5]}
        turned = {"rotation": [0, 0, 2 ** -0.5, 2 ** -0.5], "translation": [0, 5, 0], "scale": [2, 2, 2]}
        for document, center, sides in (
            ({"accessors": [cube], "meshes": [mesh], "skins": [{"joints": [1]}], "nodes": [
                {"mesh": 0, "skin": 0, "translation": [100, 0, 0]}, {"translation": [10, 0, 0]}]},
             [10, 0, 0], [2, 2, 2]),
            ({"accessors": [bytes_, {"min": [0, 0, 0], "max": [2, 0, 0]}], "meshes": [morphed],
              "nodes": [{"mesh": 0}]}, [0.5, 0, 0], [3, 2, 2]),
            ({"accessors": [cube], "meshes": [mesh], "nodes": [
                {"mesh": 0, "translation": [1, 0, 0]}, {"children": [0], **turned}]}, [0, 7, 0], [4, 4, 4]),
            ({"accessors": [cube], "meshes": [mesh], "nodes": [
                {"mesh": 0, "extensions": {"KHR_node_visibility": {"visible": False}}}]}, [0, 0, 0], [2, 0, 0]),
        ):
            sphere = page.evaluate("document => boundingSphere({ document })", document)
            self.assertAlmostEqual(sphere["radius"], math.hypot(*sides) / 2)
            for got, want in zip(sphere["center"], center):
                self.assertAlmostEqual(got, want)


if __name__ == "__main__":
    unittest.main()
