#!/usr/bin/env python3
"""Makes a small data set: color, depth and label images of a scene from all around.

    python dataset.py FOLDER [--scene FILE --up y --target X Y Z --distance METRES]

FOLDER gets, for each frame,

    0000-color.png     8-bit RGB
    0000-depth.tiff    32-bit floats, metres along the optical axis; infinity where nothing is
    0000-label.png     8-bit or 16-bit numbers, 0 where nothing is

and frames.json with the camera's matrix and its pose in each frame, and the name of each label. Change
what `poses` gives to see the scene from elsewhere. Needs gltf_render_server and tqdm.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import pathlib
from concurrent.futures import ThreadPoolExecutor
from typing import Iterator

import numpy as np
import numpy.typing as npt
from gltf_render_server import PinholeCamera, RenderServer, Scene, label_numbers, look_at
from PIL import Image
from tqdm import tqdm

SAMPLE = pathlib.Path(__file__).resolve().parents[2] / "test_assets" / "sample.glb"
UP = {"y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description="Images of a scene from all around.")
    parser.add_argument("folder", type=pathlib.Path, help="where the images go")
    parser.add_argument("--scene", type=pathlib.Path, default=SAMPLE, help="a glTF file")
    parser.add_argument("--up", choices=UP, default="z", help="the axis that points up: y in most files, z in the sample")
    parser.add_argument("--target", type=float, nargs=3, default=(0.2, 0.1, 0.35),
                        metavar=("X", "Y", "Z"), help="what is in the middle of the images")
    parser.add_argument("--distance", type=float, default=5.0, help="from there to the camera, metres")
    parser.add_argument("--frames", type=int, default=10)
    parser.add_argument("--width", type=int, default=640)
    parser.add_argument("--height", type=int, default=480)
    parser.add_argument("--fov-y", type=float, default=40.0, help="vertical field of view, degrees")
    parser.add_argument("--seed", type=int, default=0, help="of the random elevations")
    return parser.parse_args()


def poses(options: argparse.Namespace) -> Iterator[npt.NDArray[np.float64]]:
    """Once around the target, 15 to 60 degrees above it."""
    random = np.random.default_rng(options.seed)
    target, up = np.array(options.target), np.array(UP[options.up])
    # Two directions that make a level plane with `up`.
    first = np.roll(up, 1)
    second = np.cross(up, first)
    for turn in np.linspace(0, 2 * math.pi, options.frames, endpoint=False):
        elevation = math.radians(random.uniform(15, 60))
        level = math.cos(turn) * first + math.sin(turn) * second
        direction = math.cos(elevation) * level + math.sin(elevation) * up
        yield look_at(target + options.distance * direction, target, up)


def main() -> None:
    """Renders all frames, as many at once as there are processors."""
    options = arguments()
    camera = PinholeCamera.from_fov(
        options.width, options.height, math.radians(options.fov_y),
        near=options.distance / 100, far=options.distance * 100)
    scene = Scene.load(options.scene)
    numbered, names = scene.numbered()
    options.folder.mkdir(parents=True, exist_ok=True)

    with RenderServer() as server, ThreadPoolExecutor(os.cpu_count()) as threads:

        def frame(index: int, pose: npt.NDArray[np.float64]) -> dict[str, object]:
            """Renders and writes one frame; gives what frames.json says of it."""
            color = server.render(scene.seen_from(pose), camera, "color")
            depth = server.render(scene.seen_from(pose), camera, "depth")
            label = label_numbers(server.render(numbered.seen_from(pose), camera, "label"))
            files = {
                "color": f"{index:04}-color.png",
                "depth": f"{index:04}-depth.tiff",
                "label": f"{index:04}-label.png",
            }
            Image.fromarray(color).save(options.folder / files["color"])
            Image.fromarray(depth).save(options.folder / files["depth"])
            small = np.uint8 if len(names) < 256 else np.uint16
            Image.fromarray(label.astype(small)).save(options.folder / files["label"])
            seen = [names[number] for number in np.unique(label).tolist() if number]
            return {**files, "camera_to_scene": pose.tolist(), "seen": seen}

        every = list(poses(options))
        rendered = threads.map(frame, range(len(every)), every)
        frames = list(tqdm(rendered, total=len(every), unit="frame"))

    about = {
        "scene": options.scene.name,
        "width": camera.width,
        "height": camera.height,
        "camera_matrix": camera.matrix.tolist(),
        "camera_frame": "x right, y down, z forward",
        "labels": names,
        "frames": frames,
    }
    (options.folder / "frames.json").write_text(json.dumps(about, indent=1) + "\n")
    print(f"{len(frames)} frames of 3 images are in {options.folder}")
    if not all(each["seen"] for each in frames):
        print("Some show nothing; see --target, --distance and --up.")


if __name__ == "__main__":
    main()
