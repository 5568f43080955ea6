"""Depth and label against analytic truth, in the scenes with which Blender's render server is tested.

The scenes are two boxes of 0.1 × 0.075 × 0.05 m seen at 640 × 480 (one of them textured in one
scene, and one alone), as in the tests of RobotLocomotion/drake-blender; only the facts are taken
from there, the scenes are written here. The truth is a ray cast (`truth.py`). It was compared once
with the three reference images of drake-blender (commit b81c6f0):

* label.png: all but 3 of 307 200 pixels are the same, those 3 on a silhouette;
* depth.png, whole millimetres, rounded down: all but 9 pixels are the same, 3 of them on a
  silhouette and 6 by 1 mm where two faces meet or a millimetre ends;
* depth_clipped.png, range 0.32 to 0.33 m: 970 pixels differ, since Blender's image has only 11
  levels in that range; where both images give a distance they differ by at most 1 mm.
"""

import io
import pathlib
import sys
import unittest

import numpy as np
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support import boxes, form, server  # noqa: E402
import truth  # noqa: E402

GREEN = boxes.Box((0, 0.1, 0), (0.1, 0.075, 0.05), (0.25, 1.0, 0.25))
RED = boxes.Box((0, -0.1, 0), (0.1, 0.075, 0.05), (1.0, 0.25, 0.25))
CAMERA = truth.Pinhole(640, 480, (579.411, 579.411), (319.5, 239.5), boxes.OBLIQUE)
# The same pose through a lens that gives away any mix-up of x and y or of the principal point.
SKEWED = truth.Pinhole(611, 407, (520.25, 610.5), (287.3, 233.9), boxes.OBLIQUE)


def checkerboard():
    """A 32 × 32 PNG."""
    squares = np.indices((32, 32)).sum(0) // 4 % 2 * 200 + 30
    data = io.BytesIO()
    Image.fromarray(np.repeat(squares[..., None], 3, -1).astype(np.uint8)).save(data, "PNG")
    return data.getvalue()


class Yardstick(unittest.TestCase):
    """One server for all cases."""

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(server.Server())

    def ask(self, scene, camera, image_type, **changes):
        reply = form.render(self.server.url, scene, image_type, **{**camera.form(), **changes})
        self.assertEqual(reply.status, 200, reply.body[:500])
        image = Image.open(io.BytesIO(reply.body))
        self.assertEqual(image.size, (camera.width, camera.height))
        return np.array(image)

    def assert_depth(self, got, want, certain, tolerance):
        """Same class and, where both are distances, within the relative tolerance, at each certain
        pixel; elsewhere any value that a neighbour has will do."""
        self.assertFalse(np.isnan(got).any())
        classes = [np.where(np.isinf(d), 2, np.where(d <= 0, 0, 1)) for d in (got, want)]
        wrong = (classes[0] != classes[1]) & certain
        self.assertEqual(np.count_nonzero(wrong), 0, f"first at {np.argwhere(wrong)[:3].tolist()}")
        valid = certain & (classes[1] == 1)
        self.assertGreater(np.count_nonzero(valid), 1000)
        error = np.abs(got[valid].astype(float) - want[valid]) / want[valid]
        self.assertLessEqual(error.max(), tolerance)

    def scenes(self):
        """(name, boxes, glTF)"""
        yield "two_boxes", [GREEN, RED], boxes.gltf([GREEN, RED], boxes.OBLIQUE)
        yield "one_box", [RED], boxes.gltf([RED], boxes.OBLIQUE)
        yield ("textured_box", [GREEN, RED],
               boxes.gltf([GREEN, RED], boxes.OBLIQUE, checkerboard()))

    def test_depth_in_metres(self):
        for name, shown, scene in self.scenes():
            for camera in (CAMERA, SKEWED):
                with self.subTest(scene=name, width=camera.width):
                    seen = truth.see(shown, camera)
                    got = self.ask(scene, camera, "depth", min_depth=0.01, max_depth=10)
                    self.assertEqual(got.dtype, np.float32)
                    self.assert_depth(got, seen.ranged(0.01, 10), seen.certain, 1e-5)

    def test_depth_in_millimetres(self):
        """16 bits: 0 is too close, 65535 too far, else within a millimetre of the truth."""
        for name, shown, scene in self.scenes():
            with self.subTest(scene=name):
                seen = truth.see(shown, CAMERA)
                got = self.ask(scene, CAMERA, "depth", min_depth=0.01, max_depth=10,
                               depth_format="png16")
                metres = np.where(got == 65535, np.inf, got / 1000.0)
                want = seen.ranged(0.01, 10)
                nearest = seen.certain & np.isfinite(want)
                self.assertLessEqual(np.abs(metres[nearest] - want[nearest]).max(), 0.51e-3)
                self.assert_depth(metres, want, seen.certain, 0.01)

    def test_depth_beyond_the_sensor(self):
        """A range of one centimetre that cuts through both boxes."""
        scene = boxes.gltf([GREEN, RED], boxes.OBLIQUE)
        seen = truth.see([GREEN, RED], CAMERA)
        # Within a few micrometres of an end of the range, either answer is right.
        certain = seen.certain & (np.abs(seen.depth - 0.32) > 3e-6)
        certain &= np.abs(seen.depth - 0.33) > 3e-6
        for changes in ({}, {"depth_format": "png16"}):
            with self.subTest(**changes):
                got = self.ask(scene, CAMERA, "depth", min_depth=0.32, max_depth=0.33, **changes)
                if changes:
                    got = np.where(got == 65535, np.inf, got / 1000.0)
                want = seen.ranged(0.32, 0.33)
                self.assert_depth(got, want, certain, 0.51e-3 / 0.32 if changes else 1e-5)

    def test_label(self):
        for name, shown, scene in self.scenes():
            if name == "textured_box":
                continue  # On the wire a label request never has a texture.
            for camera in (CAMERA, SKEWED):
                with self.subTest(scene=name, width=camera.width):
                    seen = truth.see(shown, camera)
                    got = self.ask(scene, camera, "label")[..., :3]
                    want = seen.colors(shown)
                    wrong = (got != want).any(-1)
                    self.assertEqual(np.count_nonzero(wrong & seen.certain), 0)
                    self.assertLess(np.count_nonzero(wrong), 30)
                    known = {tuple(c) for c in want.reshape(-1, 3).tolist()}
                    self.assertLessEqual({tuple(c) for c in got.reshape(-1, 3).tolist()}, known)

    def test_color_away_from_edges(self):
        """Matte faces under a light along the optical axis: the colour times the cosine."""
        scene = boxes.gltf([GREEN, RED], boxes.OBLIQUE)
        seen = truth.see([GREEN, RED], CAMERA)
        got = self.ask(scene, CAMERA, "color")[..., :3].astype(float)
        pose = np.array(boxes.OBLIQUE).reshape(4, 4).T
        # The middle of each box's upper face.
        for box in (GREEN, RED):
            top = np.array([box.center[0], box.center[1], 0.025]) - pose[:3, 3]
            x, y, z = pose[:3, :3].T @ top
            column = int(CAMERA.focal[0] * x / -z + CAMERA.center[0])
            row = int(CAMERA.focal[1] * -y / -z + CAMERA.center[1])
            self.assertTrue(seen.certain[row, column])
            want = np.array(box.color) * 255 * pose[2, 2]
            self.assertLessEqual(np.abs(got[row, column] - want).max(), 1.0)
        self.assertEqual(got[5, 5].tolist(), [204, 229, 255])


if __name__ == "__main__":
    unittest.main()
