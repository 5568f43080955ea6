"""`Scene`: what is read is what is written, and what is drawn of it when it is changed."""

import base64
import io
import itertools
import json
import pathlib
import sys
import tempfile
import unittest

import numpy as np
from gltf_render_server import PinholeCamera, RenderRefused, RenderServer, Scene, label_numbers, look_at
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support import boxes  # noqa: E402
from support.server import ROOT  # noqa: E402

SAMPLE = ROOT / "test_assets" / "sample.glb"
CAMERA = PinholeCamera.from_fov(160, 120, 0.8, near=0.01, far=100)


class Drawn(unittest.TestCase):
    """What the server makes of it."""

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(RenderServer())

    def same(self, one, other, camera=CAMERA):
        for image_type in ("color", "depth", "label"):
            np.testing.assert_array_equal(self.server.render(one, camera, image_type),
                                          self.server.render(other, camera, image_type))

    def test_what_is_read_is_written(self):
        for path in (SAMPLE, ROOT / "test_assets" / "drake_merged.gltf"):
            with self.subTest(path.name):
                self.assertEqual(Scene.load(Scene.load(path).encode()).document,
                                 Scene.load(path).document)
                self.same(Scene.load(path), path)

    def test_a_pose_is_where_the_camera_is(self):
        """The pose of the sample's own camera, as its file has it, turned to look along z."""
        scene = Scene.load(SAMPLE)
        own = scene.document["nodes"][-1]["matrix"]
        pose = np.reshape(own, (4, 4)).T @ np.diag([1, -1, -1, 1])
        self.same(scene.seen_from(pose), SAMPLE)

    def test_from_a_pose_pixels_are_at_their_points(self):
        """The corner of a box that is nearest falls where the matrices say, at its depth."""
        eye, corner = np.array([0.5, 0.4, 0.45]), np.array([0.05, 0.05, 0.05, 1])
        pose = look_at(eye, (0.02, -0.01, 0.01), (0, 0, 1))
        np.testing.assert_allclose(pose[:3, :3] @ pose[:3, :3].T, np.eye(3), atol=1e-12)
        self.assertAlmostEqual(np.linalg.det(pose), 1)
        depth = self.server.render(Scene.load(boxes.SMALL).seen_from(pose), CAMERA, "depth")
        place = np.linalg.inv(pose) @ corner
        column, row = (CAMERA.matrix @ place[:3] / place[2])[:2]
        around = depth[int(row) - 1:int(row) + 2, int(column) - 1:int(column) + 2]
        self.assertLess(abs(float(around.min()) - place[2]), 0.002)
        self.assertAlmostEqual(float(depth.min()), float(around.min()))

    def test_poses_that_are_none(self):
        scene = Scene.load(boxes.SMALL)
        for eye, up in [((0, 0, 0), (0, 0, 1)), ((0, 0, 1), (0, 0, 1)), ((np.nan, 0, 1), (0, 1, 0))]:
            with self.assertRaises(ValueError):
                look_at(eye, (0, 0, 0), up)
        with self.assertRaises(ValueError):
            scene.seen_from(np.eye(3))

    def test_a_file_without_scenes(self):
        """All that is nobody's child is shown."""
        two = [boxes.Box((x, 0, 0), (0.1,) * 3, (0.9, 0.4, 0.2)) for x in (-0.1, 0.1)]
        document = json.loads(boxes.gltf(two, boxes.ABOVE))
        pose = look_at((0.3, 0.2, 0.4), (0, 0, 0), (0, 0, 1))
        without = {name: part for name, part in document.items() if name not in ("scene", "scenes")}
        self.same(Scene(without).seen_from(pose), Scene(document).seen_from(pose))

    def test_numbers(self):
        """Two boxes of one mesh, and so many others that numbers need two bytes."""
        row = [boxes.Box((0.02 * (index % 20) - 0.2, 0.02 * (index // 20) - 0.2, 0), (0.015,) * 3,
                         (1, 1, 1)) for index in range(300)]
        document = json.loads(boxes.gltf(row, boxes.ABOVE))
        document["nodes"][7]["mesh"] = document["nodes"][8]["mesh"] = 9
        del document["nodes"][299]["name"]
        before = json.dumps(document)
        scene, names = Scene(document).numbered()
        self.assertEqual(json.dumps(document), before)
        self.assertEqual(names, {**{index + 1: f"mesh{index}" for index in range(300)}, 300: "node 299"})
        pose = look_at((0, 0, 1), (0, 0, 0), (0, 1, 0))
        camera = PinholeCamera(400, 400, 800, 800, 200, 200, near=0.1, far=10)
        numbers = label_numbers(self.server.render(scene.seen_from(pose), camera, "label"))
        for index, box in enumerate(row):
            column, line = (round(200 + 800 * side * part) for side, part in zip((1, -1), box.center))
            self.assertEqual(numbers[line, column], index + 1)
        self.assertEqual(numbers[0, 0], 0)
        self.assertEqual(set(numbers.flat), set(range(301)))

    def test_numbers_leave_sides_and_holes(self):
        """Depth images, which have neither colors nor labels, are the same; each look has its own."""
        image = np.full((8, 8, 4), 255, np.uint8)
        image[:4, :, 3] = 0
        file = io.BytesIO()
        Image.fromarray(image).save(file, "PNG")
        box = boxes.Box((0, 0, 0), (0.1,) * 3, (1, 1, 1))
        document = json.loads(boxes.gltf([box], boxes.ABOVE, texture=file.getvalue()))
        # What Drake's client wrote would have no holes.
        document["asset"]["generator"] = "a test"
        images = []
        for look in ({}, {"alphaMode": "MASK"}, {"alphaMode": "MASK", "doubleSided": True}):
            material = {**document["materials"][0], **look}
            scene = Scene({**document, "materials": [material]})
            images.append(self.server.render(scene, CAMERA, "depth"))
            numbered, _ = scene.numbered()
            np.testing.assert_array_equal(self.server.render(numbered, CAMERA, "depth"), images[-1])
        for one, other in itertools.combinations(images, 2):
            self.assertGreater(np.count_nonzero(one != other), 100)

    def test_files_beside_it_are_sent_along(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            document = json.loads(boxes.SMALL)
            for index, buffer in enumerate(document["buffers"]):
                (folder / "all parts").mkdir(exist_ok=True)
                data = base64.b64decode(buffer["uri"].split(",", 1)[1])
                (folder / "all parts" / f"{index}.bin").write_bytes(data)
                buffer["uri"] = f"all%20parts/{index}.bin"
            path = folder / "box.gltf"
            path.write_text(json.dumps(document))
            self.same(path, boxes.SMALL)
            self.same(Scene.load(path), boxes.SMALL)

    def test_files_elsewhere_stay_there(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name) / "scene"
            folder.mkdir()
            (folder.parent / "secret").write_bytes(b"secret")
            (folder / "link").symlink_to(folder.parent / "secret")
            for uri in ("../secret", str(folder.parent / "secret"), "link", "%2e%2e/secret"):
                document = {**json.loads(boxes.SMALL), "buffers": [{"byteLength": 6, "uri": uri}]}
                path = folder / "box.gltf"
                path.write_text(json.dumps(document))
                with self.subTest(uri), self.assertRaises(ValueError):
                    self.server.render(path, CAMERA)

    def test_what_is_no_gltf_is_said(self):
        pose = np.eye(4)
        for change, word in [
            ({"nodes": 3}, "nodes"), ({"nodes": [3]}, "nodes"), ({"cameras": "x"}, "cameras"),
            ({"scene": 7}, "no scene 7"), ({"scene": -1}, "no scene -1"), ({"scene": "0"}, "no scene '0'"),
            ({"scene": True}, "no scene True"), ({"scenes": {"0": {}}}, "scenes"), ({"scenes": [None]}, "scenes"),
            ({"scenes": [{"nodes": 1}], "scene": 0}, "nodes"),
            ({"scenes": None, "scene": None, "nodes": [{"children": 1}]}, "children"),
        ]:
            scene = Scene({**json.loads(boxes.SMALL), **change})
            with self.subTest(change), self.assertRaisesRegex(ValueError, word):
                scene.seen_from(pose)
        mesh, primitive = json.loads(boxes.SMALL)["meshes"][0], json.loads(boxes.SMALL)["meshes"][0]["primitives"][0]
        for change, word in [
            ({"nodes": [[]]}, "nodes"), ({"nodes": [{"mesh": 9}]}, "no mesh 9"), ({"meshes": None}, "no mesh 0"),
            ({"meshes": [{**mesh, "primitives": 1}]}, "primitives"),
            ({"meshes": [{**mesh, "primitives": [{**primitive, "material": 5}]}]}, "no material 5"),
            ({"meshes": [{**mesh, "primitives": [{**primitive, "extensions": []}]}]}, "extensions"),
            ({"materials": [{"pbrMetallicRoughness": 1}]}, "pbrMetallicRoughness"),
            # Not one of those that it adds.
            ({"nodes": [{"mesh": 0}, {"mesh": 1}]}, "no mesh 1"),
        ]:
            scene = Scene({**json.loads(boxes.SMALL), **change})
            with self.subTest(change), self.assertRaisesRegex(ValueError, word):
                scene.numbered()

    def test_what_may_be_null_is_not_there(self):
        document = {**json.loads(boxes.SMALL), "images": None, "textures": None, "scene": None}
        scene = Scene(document).seen_from(look_at((0, 0, 0.5), (0, 0, 0), (0, 1, 0)))
        self.assertTrue((self.server.render(scene, CAMERA, "label") != 255).any())
        self.assertEqual(Scene({"scene": 0.0, "scenes": [{}]}).seen_from(np.eye(4)).document["scenes"], [{"nodes": [0]}])

    def test_a_file_that_is_no_gltf_is_refused_by_the_server(self):
        with tempfile.TemporaryDirectory() as name:
            path = pathlib.Path(name) / "odd.gltf"
            for change in ({"buffers": 3}, {"buffers": [3]}, {"images": {}}, {"images": [{"uri": 3}]}):
                path.write_text(json.dumps({**json.loads(boxes.SMALL), **change}))
                with self.subTest(change):
                    with self.assertRaises(RenderRefused) as raised:
                        self.server.render(path, CAMERA)
                    self.assertEqual(raised.exception.status, 422)
            path.write_text(json.dumps({"buffers": 3}))
            with self.assertRaisesRegex(ValueError, "buffers of a glTF file"):
                Scene.load(path)


class Numbers(unittest.TestCase):
    """`label_numbers`."""

    def test_bytes_are_digits(self):
        image = np.array([[[1, 0, 0], [188, 2, 0]], [[255, 255, 255], [4, 3, 2]]], np.uint8)
        numbers = label_numbers(image)
        self.assertEqual(numbers.tolist(), [[1, 700], [0, 4 + 256 * 3 + 65536 * 2]])
        self.assertEqual(numbers.dtype, np.int32)


if __name__ == "__main__":
    unittest.main()
