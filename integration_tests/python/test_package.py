"""What pip installs, what the README says, and the example for data sets."""

import importlib.metadata
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import gltf_render_server
import numpy as np
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.server import ROOT  # noqa: E402

PACKAGE = importlib.metadata.distribution("gltf-render-server")


class Installed(unittest.TestCase):
    """The package in this environment."""

    def test_the_version_is_that_of_the_program(self):
        cargo = re.search(r'^version = "(.+)"$', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1]
        self.assertEqual(gltf_render_server.__version__, cargo)

    def test_the_wheel_is_for_this_platform(self):
        wheel = PACKAGE.read_text("WHEEL")
        self.assertRegex(wheel, r"(?m)^Tag: py3-none-linux_\w+$")
        self.assertIn("Root-Is-Purelib: false", wheel)

    def test_types_and_licenses_are_in_it(self):
        files = {file.name for file in PACKAGE.files}
        licenses = {"LICENSE-MIT", "LICENSE-APACHE"}
        self.assertLessEqual({"py.typed", "gltf-render-server", *licenses}, files)
        # Copies, because links out of the folder would break archives of the source.
        for name in licenses:
            self.assertEqual((ROOT / "python" / name).read_bytes(), (ROOT / name).read_bytes())

    def test_what_is_public_is_there(self):
        for name in gltf_render_server.__all__:
            self.assertIsNotNone(getattr(gltf_render_server, name))


class Readme(unittest.TestCase):
    """python/README.md, and what the README of the repository says of Python."""

    def test_the_programs_run(self):
        for path in (ROOT / "python" / "README.md", ROOT / "README.md"):
            blocks = re.findall(r"```python\n(.*?)```", path.read_text(), re.DOTALL)
            blocks = [block for block in blocks if "import PinholeCamera" in block]
            self.assertTrue(blocks, path)
            for block in blocks:
                results = {}
                folder = os.getcwd()
                os.chdir(ROOT)
                try:
                    exec(block, results)
                finally:
                    os.chdir(folder)
                self.assertEqual(results["depth"].shape, (480, 640))
                self.assertTrue(np.isfinite(results["depth"]).any())


class Dataset(unittest.TestCase):
    """python/examples/dataset.py."""

    def test_it_writes_all_it_says(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name) / "new" / "dataset"
            command = [sys.executable, ROOT / "python" / "examples" / "dataset.py", folder]
            done = subprocess.run(command, capture_output=True, text=True, timeout=300)
            self.assertEqual(done.returncode, 0, done.stderr)
            # The progress bar.
            self.assertIn("10/10", done.stderr)
            self.assertIn("10 frames of 3 images", done.stdout)
            self.assertNotIn("show nothing", done.stdout)
            about = json.loads((folder / "frames.json").read_text())
            self.assertEqual(len(list(folder.iterdir())), 31)
            self.check(folder, about)

    def check(self, folder, about):
        """Depth, label and pose of each frame fit each other and the sample scene."""
        camera = np.array(about["camera_matrix"])
        names = {int(number): name for number, name in about["labels"].items()}
        (floor,) = (number for number, name in names.items() if name == "floor")
        poses = [np.array(frame["camera_to_scene"]) for frame in about["frames"]]
        self.assertEqual(len({pose.tobytes() for pose in poses}), 10)
        for frame, pose in zip(about["frames"], poses):
            color, depth, label = (np.array(Image.open(folder / frame[kind]))
                                   for kind in ("color", "depth", "label"))
            self.assertEqual((color.shape, color.dtype), ((480, 640, 3), np.uint8))
            self.assertEqual((depth.shape, depth.dtype), ((480, 640), np.float32))
            self.assertEqual((label.shape, label.dtype), ((480, 640), np.uint8))
            np.testing.assert_array_equal(np.isfinite(depth), label > 0)
            self.assertEqual({names[number] for number in np.unique(label) if number}, set(frame["seen"]))
            # What the label calls the floor lies in the plane z = 0.
            rows, columns = np.nonzero(label == floor)
            self.assertGreater(rows.size, 10_000)
            pixels = np.stack([columns + 0.5, rows + 0.5, np.ones(rows.size)])
            points = np.linalg.inv(camera) @ pixels * depth[rows, columns]
            heights = (pose[:3, :3] @ points + pose[:3, 3:])[2]
            self.assertLess(np.abs(heights).max(), 1e-4)


if __name__ == "__main__":
    unittest.main()
