"""What `render` gives, and what it raises."""

import base64
import concurrent.futures
import io
import json
import multiprocessing
import pathlib
import sys
import tempfile
import unittest
import warnings

import numpy as np
from gltf_render_server import (
    ExtensionsIgnored, PinholeCamera, RenderClient, RenderError, RenderRefused, RenderServer, Scene,
    ServerUnreachable, look_at)
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import doubles  # noqa: E402
from support import boxes, form  # noqa: E402
from support.server import ROOT, Server  # noqa: E402

SAMPLE = ROOT / "test_assets" / "sample.glb"

# What support.form sends.
CAMERA = PinholeCamera(64, 48, 60, 60, 32, 24, near=0.01, far=10, min_depth=0.05, max_depth=9)

# One box of 0.1 m about the origin, seen from 0.5 m above it.
COLOR = (0.9, 0.4, 0.2)
BOX = json.loads(boxes.SMALL)


def png(width=64, height=48):
    """A black image."""
    file = io.BytesIO()
    Image.new("RGB", (width, height)).save(file, "PNG")
    return file.getvalue()


def on_the_wire(url, image_type):
    """The image as another client gets it."""
    with Image.open(io.BytesIO(form.render(url, boxes.SMALL, image_type).body)) as image:
        return np.array(image)


def in_a_fork(server, results):
    """Renders in a process that has inherited the server and its connections."""
    try:
        results.put([int(server.render(BOX, CAMERA, "label").sum()) for _ in range(20)])
    except Exception as error:  # The parent tells what it was.
        results.put(repr(error))


class Render(unittest.TestCase):
    """One server, started by the package, draws for all tests."""

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(RenderServer(arguments=["--workers", "2"]))

    def test_arrays_are_the_images(self):
        for image_type, dtype, shape in [("color", np.uint8, (48, 64, 3)), ("depth", np.float32, (48, 64)),
                                         ("label", np.uint8, (48, 64, 3))]:
            with self.subTest(image_type):
                array = self.server.render(boxes.SMALL, CAMERA, image_type)
                self.assertEqual((array.dtype, array.shape), (dtype, shape))
                self.assertTrue(array.flags.writeable)
                np.testing.assert_array_equal(array, on_the_wire(self.server.url, image_type))

    def test_color_is_the_default(self):
        np.testing.assert_array_equal(self.server.render(BOX, CAMERA),
                                      self.server.render(BOX, CAMERA, "color"))

    def test_depth_is_in_metres(self):
        """The upper side of the box is 0.45 m away, and it covers 60 * 0.1 / 0.45 pixels."""
        depth = self.server.render(BOX, CAMERA, "depth")
        seen = np.isfinite(depth)
        np.testing.assert_allclose(depth[seen], 0.45, rtol=1e-6)
        self.assertEqual(np.count_nonzero(seen), 14 * 14)
        self.assertTrue(np.isposinf(depth[~seen]).all())

    def test_depth_range(self):
        lens = (64, 48, 60, 60, 32, 24, 0.01, 10)
        for limits, expected in [((0.5, 9.0), 0.0), ((0.1, 0.4), np.inf), ((0.0, None), 0.45)]:
            depth = self.server.render(BOX, PinholeCamera(*lens, *limits), "depth")
            self.assertAlmostEqual(float(depth[24, 32]), expected, 6)
            self.assertEqual(depth[0, 0], np.inf)

    def test_label_is_the_base_color(self):
        label = self.server.render(BOX, CAMERA, "label")
        self.assertEqual(label[24, 32].tolist(), [round(255 * part) for part in COLOR])
        self.assertEqual(label[0, 0].tolist(), [255] * 3)

    def test_scenes_of_all_kinds_are_the_same(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "box.gltf"
            path.write_bytes(boxes.SMALL)
            kinds = [boxes.SMALL, BOX, path, str(path), Scene(BOX), Scene.load(path)]
            images = [self.server.render(scene, CAMERA) for scene in kinds]
        for image in images[1:]:
            np.testing.assert_array_equal(images[0], image)

    def test_without_a_lens_it_is_that_of_the_file(self):
        """That of the sample is written in its file."""
        lens = PinholeCamera.from_fov(96, 72, 0.62, near=0.1, far=30)
        np.testing.assert_array_equal(self.server.render(SAMPLE, PinholeCamera(96, 72)),
                                      self.server.render(SAMPLE, lens))

    def test_fov(self):
        camera = PinholeCamera.from_fov(96, 72, 0.8, fov_x=1.2, near=0.1, far=30)
        np.testing.assert_allclose(
            camera.matrix, [[48 / np.tan(0.6), 0, 48], [0, 36 / np.tan(0.4), 36], [0, 0, 1]])
        with self.assertRaises(ValueError):
            _ = PinholeCamera(96, 72).matrix

    def test_choices(self):
        """A second camera, an animation and a variant; each by index and by name."""
        document = json.loads(boxes.SMALL)
        scene = Scene(document).seen_from(look_at((0, 0, 1), (0, 0, 0), (0, 1, 0)))
        document = dict(scene.document)
        document["nodes"][-1]["name"] = "far"
        times = np.array([0, 2], "<f4").tobytes() + np.array([[0, 0, 0], [0, 0, 0.2]], "<f4").tobytes()
        views = len(document["bufferViews"])
        document["buffers"] = [*document["buffers"], {"byteLength": len(times), "uri": uri(times)}]
        document["bufferViews"] = [
            *document["bufferViews"],
            *({"buffer": len(document["buffers"]) - 1, "byteOffset": start, "byteLength": length}
              for start, length in ((0, 8), (8, 24)))]
        accessors = len(document["accessors"])
        document["accessors"] = [
            *document["accessors"],
            {"bufferView": views, "componentType": 5126, "count": 2, "type": "SCALAR", "min": [0], "max": [2]},
            {"bufferView": views + 1, "componentType": 5126, "count": 2, "type": "VEC3"}]
        del document["nodes"][0]["matrix"]
        document["animations"] = [{"name": "lift", "channels": [
            {"sampler": 0, "target": {"node": 0, "path": "translation"}}],
            "samplers": [{"input": accessors, "output": accessors + 1}]}]
        blue = {"pbrMetallicRoughness": {"baseColorFactor": [0, 0, 1, 1]}}
        document["materials"] = [*document["materials"], blue]
        document["extensionsUsed"] = ["KHR_materials_variants"]
        document["extensions"] = {"KHR_materials_variants": {"variants": [{"name": "blue"}]}}
        document["meshes"][0]["primitives"][0]["extensions"] = {"KHR_materials_variants": {
            "mappings": [{"material": 1, "variants": [0]}]}}

        def middle(image_type, **choices):
            return self.server.render(document, CAMERA, image_type, **choices)[24, 32].tolist()

        self.assertAlmostEqual(middle("depth"), 0.95, 6)
        for choice in ("far", 1):
            self.assertAlmostEqual(middle("depth", file_camera=choice), 0.95, 6)
        self.assertAlmostEqual(middle("depth", file_camera=0), 0.45, 6)
        for choice in ("lift", 0):
            self.assertAlmostEqual(middle("depth", animation=choice, time=1.0), 0.85, 6)
        self.assertAlmostEqual(middle("depth", time=np.float32(2)), 0.75, 6)
        for choice in ("blue", 0):
            self.assertEqual(middle("label", variant=choice), [0, 0, 255])

    def test_look(self):
        by_look = {look: self.server.render(BOX, CAMERA, look=look) for look in ("auto", "drake", "gltf")}
        np.testing.assert_array_equal(by_look["auto"], self.server.render(BOX, CAMERA))
        self.assertEqual(BOX["asset"]["generator"], "VTK")
        np.testing.assert_array_equal(by_look["drake"], by_look["auto"])
        self.assertGreater(np.abs(by_look["gltf"][24, 32].astype(int) - by_look["drake"][24, 32]).max(), 8)
        with self.assertRaisesRegex(RenderRefused, "look must be auto, drake or gltf"):
            self.server.render(BOX, CAMERA, look="vtk")

    def test_refusals(self):
        cases = [
            (BOX, PinholeCamera(64, 48, near=2, far=1), 400, "invalid_field", "near"),
            (BOX, PinholeCamera(64, 48, focal_x=60), 400, "missing_field", "focal_y"),
            (BOX, PinholeCamera(10**5, 48), 413, "image_too_wide", "width"),
            (b"nothing", CAMERA, 422, "scene_not_gltf", "glTF"),
            ({**BOX, "scene": 7}, CAMERA, 422, "scene_invalid", "7"),
        ]
        for scene, camera, status, code, word in cases:
            with self.subTest(code), self.assertRaises(RenderRefused) as raised:
                self.server.render(scene, camera)
            refused = raised.exception
            self.assertEqual((refused.status, refused.code), (status, code))
            self.assertIn(word, refused.message)
            self.assertRegex(refused.request_id, "^[0-9a-f]{32}$")
            for part in (refused.message, code, str(status), refused.request_id):
                self.assertIn(part, str(refused))

    def test_a_large_scene_is_refused_as_a_small_one(self):
        """The server says no long before all of it has arrived."""
        large = {**BOX, "extras": "x" * 40_000_000}
        with self.assertRaises(RenderRefused) as raised:
            self.server.render(large, PinholeCamera(64, 48, near=2, far=1))
        self.assertEqual(raised.exception.code, "invalid_field")

    def test_a_file_that_is_no_scene_is_refused_by_the_server(self):
        with tempfile.TemporaryDirectory() as folder:
            for text in (b"nothing", b"[]", b"glTF\2\0\0\0"):
                path = pathlib.Path(folder) / "bad.glb"
                path.write_bytes(text)
                with self.subTest(text), self.assertRaises(RenderRefused):
                    self.server.render(path, CAMERA)

    def test_ignored_extensions_are_warned_of(self):
        document = {**BOX, "extensionsUsed": ["EXT_unheard_of"]}
        with self.assertWarnsRegex(ExtensionsIgnored, "EXT_unheard_of") as warned:
            self.server.render(document, CAMERA)
        self.assertEqual(warned.filename, __file__)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            self.server.render(BOX, CAMERA)

    def test_threads_share_a_server(self):
        """Each gets its own image."""
        cameras = [PinholeCamera.from_fov(40 + index, 30, 0.8, near=0.01, far=10) for index in range(8)]
        expected = [self.server.render(BOX, camera) for camera in cameras]
        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            images = list(threads.map(lambda index: self.server.render(BOX, cameras[index % 8]),
                                      range(200)))
        for index, image in enumerate(images):
            np.testing.assert_array_equal(image, expected[index % 8])

    def test_a_fork_has_connections_of_its_own(self):
        expected = int(self.server.render(BOX, CAMERA, "label").sum())
        context = multiprocessing.get_context("fork")
        results = context.SimpleQueue()
        children = [context.Process(target=in_a_fork, args=(self.server, results)) for _ in range(4)]
        for child in children:
            child.start()
        for _ in range(20):
            self.assertEqual(int(self.server.render(BOX, CAMERA, "label").sum()), expected)
        for _ in children:
            self.assertEqual(results.get(), [expected] * 20)
        for child in children:
            child.join(20)
            self.assertEqual(child.exitcode, 0)
        # And the server is still there.
        self.server.render(BOX, CAMERA)


def uri(data):
    """A `data:` URI."""
    return "data:application/octet-stream;base64," + base64.b64encode(data).decode()


class Elsewhere(unittest.TestCase):
    """`RenderClient`, with servers that it has not started."""

    def test_tokens(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("a-token\n")
            file.flush()
            with Server("--token-file", file.name) as server:
                with RenderClient(server.url + "/", token="a-token") as client:
                    self.assertEqual(client.render(BOX, CAMERA).shape, (48, 64, 3))
                    with self.assertRaises(ValueError):
                        client.drake_params()
                for token in (None, "another"):
                    with RenderClient(server.url, token=token) as client:
                        with self.assertRaises(RenderRefused) as raised:
                            client.render(BOX, CAMERA)
                        self.assertEqual(raised.exception.code, "unauthorized")

    def test_depth_is_asked_for_as_floats(self):
        """Also of a server that gives millimetres by default; at another endpoint."""
        with Server("--depth-format", "png16", "--endpoint", "draw/here") as server:
            with RenderClient(server.url, endpoint="/draw/here") as client:
                self.assertEqual(client.render(BOX, CAMERA, "depth").dtype, np.float32)

    def test_connections_are_kept(self):
        with doubles.http([(doubles.answer(png()), True)] * 5) as (url, connections):
            with RenderClient(url) as client:
                for _ in range(5):
                    client.render(BOX, CAMERA)
            self.assertEqual(len(connections), 1)

    def test_a_closed_connection_is_opened_again(self):
        with doubles.http([(doubles.answer(png()), False)] * 5) as (url, connections):
            with RenderClient(url) as client:
                for _ in range(5):
                    client.render(BOX, CAMERA)
            self.assertEqual(len(connections), 5)

    def test_an_answer_that_breaks_off_is_asked_for_once_more(self):
        half = doubles.answer(png())[:-20]
        with doubles.http([(half, False), (doubles.answer(png()), True)]) as (url, connections):
            RenderClient(url).render(BOX, CAMERA)
            self.assertEqual(len(connections), 2)
        with doubles.http([(half, False)] * 2) as (url, _), self.assertRaises(ServerUnreachable):
            RenderClient(url).render(BOX, CAMERA)

    def test_nobody_listens(self):
        with doubles.http([]) as (url, _):
            pass
        with self.assertRaisesRegex(ServerUnreachable, url):
            RenderClient(url).render(BOX, CAMERA)

    def test_time_is_up(self):
        with doubles.http([(b"", True)]) as (url, connections):
            with self.assertRaises(ServerUnreachable):
                RenderClient(url, timeout=0.2).render(BOX, CAMERA)
            # It is not asked for again: that would take as long.
            self.assertEqual(len(connections), 1)

    def test_what_a_proxy_says(self):
        page = doubles.answer(b"<h1>Bad gateway</h1>", "502 Bad Gateway", "text/html",
                              ["X-Request-Id: abc"])
        with doubles.http([(page, True)]) as (url, _), self.assertRaises(RenderRefused) as raised:
            RenderClient(url).render(BOX, CAMERA)
        refused = raised.exception
        self.assertEqual((refused.status, refused.code, refused.request_id), (502, "unknown", "abc"))
        self.assertIn("Bad gateway", refused.message)

    def test_answers_that_are_no_image(self):
        for body in (b"", b"nothing", png()[:-30], png(32, 24)):
            with self.subTest(body[:10]), doubles.http([(doubles.answer(body), True)]) as (url, _):
                with self.assertRaises(RenderError):
                    RenderClient(url).render(BOX, CAMERA)


if __name__ == "__main__":
    unittest.main()
