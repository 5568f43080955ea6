"""Makes the picture of the README, docs/row.png: color, depth and label of the sample scene.

    python docs/make_picture.py [BINARY]

Needs pillow and numpy, as in the Python environment of `make drake-venv`. The depth image is shown
light for near and dark for far; what is too far is white.
"""

import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOO_FAR = 65535
GAP = 8


def shade(millimetres):
    """A picture of a 16-bit depth image: from pale yellow (near) to dark blue (far)."""
    seen = millimetres < TOO_FAR
    near, far = millimetres[seen].min(), millimetres[seen].max()
    part = np.clip((millimetres.astype(float) - near) / max(1, far - near), 0, 1)[..., None]
    rgb = (1 - part) * np.array([255, 236, 170]) + part * np.array([24, 32, 96])
    rgb[~seen] = 255
    return rgb.round().astype(np.uint8)


def main():
    """Renders the three images in one call and puts them side by side."""
    binary = sys.argv[1] if len(sys.argv) > 1 else ROOT / "target/release/gltf-render-server"
    with tempfile.TemporaryDirectory() as folder:
        files = {kind: f"{folder}/{kind}.png" for kind in ("color", "depth", "label")}
        command = [binary, "render", ROOT / "test_assets/sample.glb", "--width", "360", "--height",
                   "270", "--depth-format", "png16"]
        for kind, file in files.items():
            command += [f"--{kind}", file]
        subprocess.run(command, check=True)
        images = [np.array(Image.open(files[kind])) for kind in files]
    images[1] = shade(images[1])
    gap = np.full((images[0].shape[0], GAP, 3), 255, np.uint8)
    row = np.concatenate([images[0], gap, images[1], gap, images[2]], axis=1)
    Image.fromarray(row).save(ROOT / "docs/row.png", optimize=True)


if __name__ == "__main__":
    main()
