"""python/examples/drake_rgbd.py, in the environment with Drake: what it prints and draws."""

import os
import pathlib
import re
import subprocess
import sys
import unittest

import numpy as np
from gltf_render_server import RenderClient
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.server import ROOT  # noqa: E402

OUT = ROOT / "integration_tests" / "out" / "python"
MOMENT = re.compile(r"""t = (?P<time>.+) s: (?P<things>\d+) things are seen
  color: (?P<color>.+) % within 2/255, at most \d+/255
  depth: (?P<depth>.+) % within 0.1 mm, at most .+ mm, (?P<lone>\d+) pixels in one image only
  label: (?P<label>\d+) of 307200 pixels differ
""")


class Example(unittest.TestCase):
    """Things fall, and both engines see the same."""

    def test_the_images_agree(self):
        OUT.mkdir(parents=True, exist_ok=True)
        figure = OUT / "drake_rgbd.png"
        figure.unlink(missing_ok=True)
        without = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
        done = subprocess.run([sys.executable, ROOT / "python" / "examples" / "drake_rgbd.py", figure],
                              capture_output=True, text=True, timeout=300, env=without)
        print(done.stdout, flush=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        moments = [found.groupdict() for found in MOMENT.finditer(done.stdout)]
        self.assertEqual(len(moments), 4)
        for moment in moments:
            with self.subTest(moment["time"]):
                self.assertGreater(float(moment["color"]), 99.9)
                self.assertGreater(float(moment["depth"]), 99.99)
                # At edges, where rounding decides which of two surfaces a pixel shows.
                self.assertLess(int(moment["lone"]), 30)
                self.assertLess(int(moment["label"]), 30)
                # One is the table. At first some are above the image; in the end none has fallen down.
                self.assertGreaterEqual(int(moment["things"]), 6)
        self.assertEqual(moments[-1]["things"], "8")
        with Image.open(figure) as image:
            picture = np.array(image.convert("RGB"))
        self.assertGreater(min(picture.shape[:2]), 800)
        self.assertGreater(len(np.unique(picture.reshape(-1, 3), axis=0)), 500)

    def test_parameters(self):
        parameters = RenderClient("http://192.0.2.1:8000/", endpoint="/draw").drake_params()
        self.assertEqual((parameters.base_url, parameters.render_endpoint),
                         ("http://192.0.2.1:8000", "draw"))


if __name__ == "__main__":
    unittest.main()
