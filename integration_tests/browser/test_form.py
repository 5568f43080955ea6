"""The form at /render: what it shows is what the server sends, and it sends what it shows."""

import io
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import unittest

import numpy as np
from browser import DESKTOP, OUT, PHONE, SAMPLE, new_images
from form_case import TYPES, FormCase, float32, glb_chunks
from PIL import Image

import drake_camera
import scenes
from support import form


class Values(FormCase):
    """What is told of a pixel, and what is saved."""

    def test_depth_under_the_cursor_is_that_of_the_file(self):
        page = self.open_sample()
        depth = Image.open(io.BytesIO(self.posted(page, "depth")))
        label = Image.open(io.BytesIO(self.posted(page, "label")))
        color = Image.open(io.BytesIO(self.posted(page, "color")))
        canvas = page.locator("[data-type=depth] .frame canvas")
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        measured = 0
        # Some that are measured, and a corner.
        rows, columns = np.nonzero(np.isfinite(np.array(depth)))
        places = [((columns[at] + 0.5) / 640, (rows[at] + 0.5) / 480)
                  for at in (len(rows) * np.array([0.1, 0.4, 0.6, 0.9])).astype(int)]
        for across, down in [*places, (0.02, 0.02)]:
            page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
            at = int(page.locator("#pixel-x").input_value()), int(page.locator("#pixel-y").input_value())
            self.assertLessEqual(abs(at[0] - 640 * across), 2)
            self.assertLessEqual(abs(at[1] - 480 * down), 2)
            told, value = page.inner_text("#at-depth"), depth.getpixel(at)
            if value == float("inf"):
                self.assertEqual(told, "too far, or nothing (inf)")
            else:
                self.assertEqual(float32(told.removesuffix(" m")), value)
                measured += 1
            self.assertIn("#%02x%02x%02x" % label.getpixel(at), page.inner_text("#at-label"))
            self.assertIn("#%02x%02x%02x" % color.getpixel(at), page.inner_text("#at-color"))
        self.assertEqual(measured, 4)
        self.assertIn("nothing", page.inner_text("#at-label"))
        # The same by keys, and by numbers.
        page.locator("[data-type=depth] .frame").focus()
        for column, row in ((320, 300), (250, 330)):
            page.get_by_label("Column").fill(str(column))
            page.get_by_label("Row").fill(str(row))
            told = page.inner_text("#at-depth").removesuffix(" m")
            self.assertEqual(float32(told), depth.getpixel((column, row)))
        page.locator("[data-type=label] .frame").focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Shift+ArrowUp")
        told = page.inner_text("#at-depth").removesuffix(" m")
        self.assertEqual(float32(told), depth.getpixel((251, 320)))
        self.assertIn("Column 251, row 320: color #", page.inner_text("#aloud"))

    def test_too_close_and_too_far_are_told_apart(self):
        page = self.open_sample()
        with new_images(page):
            page.get_by_label("Least depth").fill("8")
        with new_images(page):
            page.get_by_label("Greatest depth").fill("11")
        depth = Image.open(io.BytesIO(self.posted(page, "depth")))
        seen = set()
        for row in range(240, 390, 15):
            page.get_by_label("Row").fill(str(row))
            value, told = depth.getpixel((320, row)), page.inner_text("#at-depth")
            kind = {0: "close", float("inf"): "far"}.get(value, "m")
            self.assertIn(kind, told)
            seen.add((kind, page.evaluate("panels[1].rgb(pixel)")[0] > page.evaluate("panels[1].rgb(pixel)")[2]))
        self.assertEqual({kind for kind, _ in seen}, {"close", "far", "m"})

    def test_a_dropped_file_is_opened(self):
        page = self.open("/render")
        data = page.evaluate_handle("""text => {
            const data = new DataTransfer();
            data.items.add(new File(["no scene"], "notes.txt"));
            data.items.add(new File([text], "boxes.gltf"));
            return data;
        }""", scenes.two_boxes().decode())
        with new_images(page):
            for kind in ("dragenter", "dragover", "drop"):
                page.locator("#source").dispatch_event(kind, {"dataTransfer": data})
        self.assertEqual(page.evaluate("byId('scene').files[0].name"), "boxes.gltf")
        self.assertTrue(page.locator("#labels").inner_text())

    def test_what_is_saved_is_what_was_sent(self):
        page = self.open("/render")
        answers = {}

        def keep(response):
            if response.request.method == "POST":
                image_type = re.search(rb'name="image_type"\r\n\r\n(\w+)', response.request.post_data_buffer)[1]
                answers[image_type.decode()] = response.body()

        page.on("response", keep)
        with new_images(page):
            page.get_by_label("glTF file").set_input_files(SAMPLE)
        saved = self.saved_images(page)
        self.assertEqual(saved, answers)
        name, scene = self.saved(page, "#save-scene")
        self.assertEqual(name, "sample-render-view.glb")
        for image_type in TYPES:
            self.assertEqual(self.posted(page, image_type, scene), saved[image_type])
        document, rest = glb_chunks(scene)
        source, source_rest = glb_chunks(SAMPLE.read_bytes())
        self.assertEqual(rest, source_rest)
        node = document["nodes"].pop()
        self.assertEqual((node["name"], node["camera"]), ("render-view", 1))
        self.assertEqual(document["scenes"][0]["nodes"].pop(), len(document["nodes"]))
        document["cameras"].pop()
        self.assertEqual(document, source)
        # Chunks are aligned, however long the camera is.
        sizes = page.evaluate("""() => ["", "a", "aa", "aaa"].map((name) =>
            scene.writer.at(scene.orbit.pose, { name }).size)""")
        self.assertEqual([size % 4 for size in sizes], [0] * 4)

    def test_tiff_files_are_read_as_they_are_laid_out(self):
        """Of either byte order, in one strip or several; anything else is refused."""
        page = self.open("/render")
        read = "bytes => { const { width, height, values } = readDepth(new Uint8Array(bytes).buffer);"
        read += " return [width, height, ...values].map(exactly); }"
        values = [0.1, 2.5, 3.1415927410125732, float("inf"), 0.0, 16777216.0]
        for order, rows in (("<", 3), ("<", 1), (">", 2)):
            data = tiff(order, 2, rows, values)
            self.assertEqual(page.evaluate(read, list(data)),
                             ["2", "3", "0.1", "2.5", "3.1415927", "Infinity", "0", "16777216"])
        with self.assertRaisesRegex(Exception, "no float32 TIFF"):
            page.evaluate(read, list(tiff("<", 2, 3, values, compression=5)))


def tiff(order, width, rows_a_strip, values, compression=1):
    """A TIFF of 32-bit floats."""
    height = len(values) // width
    strips = [values[at:at + width * rows_a_strip] for at in range(0, len(values), width * rows_a_strip)]
    data = struct.pack(f"{order}{len(values)}f", *values)
    sizes = [4 * len(strip) for strip in strips]
    starts = [8 + sum(sizes[:index]) for index in range(len(sizes))]
    lists = 8 + len(data)
    directory = lists + 8 * len(strips)
    several = len(strips) > 1
    tags = [(256, 3, 1, width), (257, 4, 1, height), (258, 3, 1, 32), (259, 3, 1, compression),
            (273, 4, len(strips), lists if several else starts[0]),
            (279, 4, len(strips), lists + 4 * len(strips) if several else sizes[0]), (339, 3, 1, 3)]
    entries = b""
    for tag, kind, count, value in tags:
        packed = struct.pack(f"{order}H2x" if kind == 3 else f"{order}I", value)
        entries += struct.pack(f"{order}HHI", tag, kind, count) + packed
    return (struct.pack(f"{order}2sHI", b"II" if order == "<" else b"MM", 42, directory) + data
            + struct.pack(f"{order}{2 * len(strips)}I", *starts, *sizes)
            + struct.pack(f"{order}H", len(tags)) + entries + bytes(4))


class Errors(FormCase):
    """What is refused, where it says so, and what is slow."""

    def assert_error(self, page, label, words):
        field = page.get_by_label(label)
        self.assertEqual(field.get_attribute("aria-invalid"), "true", page.inner_text("#errors"))
        note = page.locator(f"#{field.get_attribute('aria-describedby').split()[0]}")
        summary = page.get_by_role("alert")
        self.assertRegex(summary.inner_text(), words)
        self.assertIn(note.inner_text(), summary.inner_text())
        summary.get_by_role("link").click()
        self.assertTrue(field.evaluate("input => input === document.activeElement"))

    def test_errors_stand_at_their_field(self):
        self.provoked = {400, 413, 422}
        page = self.open_sample()
        for label, value, words in (
            ("Near plane", "20", r"near \(20\) must be less than far"),
            ("Far plane", "-1", "far"),
            ("Width, pixels", "9000", "width must be at most 8192"),
            ("Width, pixels", "", "width must be a whole number"),
            ("Vertical angle", "0", "focal_x"),
            ("Least depth", "-2", "min_depth must not be negative"),
        ):
            field = page.get_by_label(label)
            before = field.input_value()
            with self.subTest(label=label, value=value):
                with new_images(page):
                    field.fill(value)
                self.assert_error(page, label, words)
            with new_images(page):
                field.fill(before)
            self.assertFalse(page.get_by_role("alert").is_visible())
            self.assertIsNone(field.get_attribute("aria-invalid"))

    def test_a_scene_that_is_none_is_refused_at_the_file(self):
        self.provoked = {422}
        page = self.open("/render")
        for name, data, words in (
            ("broken.glb", b"no scene", "scene_not_gltf"),
            ("external.gltf", re.sub(rb"data:[^\"]*", b"x.bin", scenes.two_boxes()), "scene_external_uri"),
            ("odd.gltf", b'{"nodes": 3}', "scene_invalid"),
        ):
            with self.subTest(name=name):
                with new_images(page):
                    self.choose(page, name, data)
                self.assert_error(page, "glTF file", words)
        with new_images(page):
            self.choose(page, "good.gltf", scenes.two_boxes())
        self.assertFalse(page.get_by_role("alert").is_visible())

    def test_a_slow_upload_shows_its_progress_and_can_be_cancelled(self):
        page = self.open_sample()
        page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", {
            "offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 50_000})
        with new_images(page):
            page.locator("[data-type=color] .frame").focus()
            page.keyboard.press("ArrowLeft")
            page.get_by_text("Sending").wait_for()
            self.assertRegex(page.inner_text("#progress-text"), r"^Sending [\d.]+ kB of [\d.]+ kB$")
            page.get_by_role("button", name="Cancel").click()
        self.assertEqual(page.inner_text("#round"), "Cancelled")


class Elsewhere(FormCase):
    """The same request by other programs, and without scripts."""

    def copied(self, page, kind):
        page.get_by_role("button", name=kind).click()
        page.get_by_role("button", name="Copy").click()
        return page.evaluate("navigator.clipboard.readText()")

    def test_the_command_for_curl_gives_the_same_image(self):
        page = self.open("/render", permissions=["clipboard-read", "clipboard-write"])
        name = "two 'odd'; boxes.gltf"
        with new_images(page):
            self.choose(page, name, scenes.two_boxes())
        with new_images(page):
            page.get_by_label("Look", exact=True).select_option("gltf")
        for camera in ("Orbit", "Camera Node"):
            with tempfile.TemporaryDirectory() as folder:
                if camera == "Orbit":
                    saved, data = self.saved(page, "#save-scene")
                    pathlib.Path(folder, saved).write_bytes(data)
                else:
                    with new_images(page):
                        page.get_by_label("Camera", exact=True).select_option(camera)
                    pathlib.Path(folder, name).write_bytes(scenes.two_boxes())
                shown = self.saved_images(page)
                for image_type, ending in zip(TYPES, ("png", "tiff", "png")):
                    page.get_by_label("Image", exact=True).select_option(image_type)
                    command = self.copied(page, "curl")
                    subprocess.run(command, shell=True, check=True, cwd=folder, capture_output=True)
                    got = pathlib.Path(folder, f"{image_type}.{ending}").read_bytes()
                    self.assertEqual(got, shown[image_type], command)

    def test_the_lines_for_python_give_the_same_image(self):
        page = self.open("/render", permissions=["clipboard-read", "clipboard-write"])
        with new_images(page):
            self.choose(page, "rich.gltf", scenes.rich())
        with new_images(page):
            page.get_by_label("Animation").select_option("slide")
        with new_images(page):
            page.get_by_label("Time, seconds of").fill("1.25")
        with new_images(page):
            page.get_by_label("Look", exact=True).select_option("drake")
        for camera, lens, image_type in (
                ("Orbit", "Field of view", "color"), ("Orbit", "The file's camera", "depth"),
                ("render-view", "The file's camera", "label"), ("Camera Node", "Field of view", "depth")):
            with self.subTest(camera=camera, lens=lens), tempfile.TemporaryDirectory() as folder:
                for label, option in (("Camera", camera), ("Given by", lens)):
                    select = page.get_by_label(label, exact=True)
                    if select.evaluate("select => select.selectedOptions[0].text") != option:
                        with new_images(page):
                            select.select_option(option)
                pathlib.Path(folder, "rich.gltf").write_bytes(scenes.rich())
                if camera == "Orbit":
                    name, data = self.saved(page, "#save-scene")
                    pathlib.Path(folder, name).write_bytes(data)
                page.get_by_label("Image", exact=True).select_option(image_type)
                lines = self.copied(page, "Python") + f"numpy.save('image.npy', {image_type})\n"
                subprocess.run([sys.executable, "-c", "import numpy\n" + lines], check=True, cwd=folder)
                want = np.array(Image.open(io.BytesIO(self.saved_images(page)[image_type])))
                np.testing.assert_array_equal(np.load(f"{folder}/image.npy"), want)

    def test_drake_sees_the_same_through_its_yaml(self):
        page = self.open_sample(permissions=["clipboard-read", "clipboard-write"])
        with new_images(page):
            page.get_by_label("Given by").select_option("Focal lengths and center")
        with new_images(page):
            page.get_by_label("Center x").fill("300")
        shown = np.array(Image.open(io.BytesIO(self.saved_images(page)["depth"])))
        with tempfile.TemporaryDirectory() as folder:
            scene = pathlib.Path(folder, "sample.gltf")
            scene.write_bytes(scenes.as_json(SAMPLE.read_bytes()))
            # Within the ball, which is at (0.25, 0.75, 0.5) in the file; in Drake z is up.
            seen = drake_camera.depth(scene, [0.25, -0.5, 0.75], self.copied(page, "Drake YAML"))
        self.assertEqual(seen.shape, shown.shape)
        is_same = np.isclose(seen, shown, rtol=0, atol=1e-4)
        # But for what rounding does to edges.
        self.assertGreater(is_same.mean(), 0.995)
        self.assertGreater(np.isfinite(shown).mean(), 0.1)

    def test_without_scripts_it_is_a_form(self):
        page = self.open("/render", java_script_enabled=False)
        page.get_by_label("glTF file").set_input_files(SAMPLE)
        page.get_by_label("Type").select_option("label")
        page.get_by_label("Width, pixels").fill("320")
        with page.expect_response(f"{self.server.url}/render") as answer:
            page.get_by_role("button", name="Render").click()
        self.assertEqual(answer.value.status, 200)
        self.assertEqual(answer.value.headers["content-type"], "image/png")
        want = form.send(self.server.url, *reversed(form.encode(
            [("image_type", "label"), ("width", "320"), ("height", "480")], SAMPLE.read_bytes())))
        self.assertEqual(int(answer.value.headers["content-length"]), len(want.body))


class Looks(FormCase):
    """For everybody's eyes, and for those who use none."""

    def test_nothing_bars_anybody(self):
        self.provoked = {400}
        for scheme in ("light", "dark"):
            for name, size in (("phone", PHONE), ("desktop", DESKTOP)):
                with self.subTest(scheme=scheme, size=name):
                    page = self.open("/render", viewport=size, color_scheme=scheme)
                    if name == "phone":
                        self.assert_accessible(page)
                    with new_images(page):
                        page.get_by_role("button", name="Try the sample").click()
                    page.screenshot(path=OUT / f"form-{name}-{scheme}.png", full_page=True)
                    self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), size["width"])
                    with new_images(page):
                        page.get_by_label("Near plane").fill("20")
                    self.assert_accessible(page)
                    page.screenshot(path=OUT / f"form-error-{name}-{scheme}.png", full_page=True)


if __name__ == "__main__":
    unittest.main()
