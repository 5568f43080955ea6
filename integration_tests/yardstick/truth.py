"""What a pinhole camera sees of axis-aligned boxes, by casting one ray through each pixel."""

from dataclasses import dataclass

import numpy as np

# A rasteriser may place a vertex on a grid of 1/256 pixel; a ray this far from an edge is certain.
SUBPIXEL = 1 / 128


@dataclass(frozen=True)
class Pinhole:
    """Image size, focal lengths and principal point in pixels; `matrix` is the camera's pose in the
    world as glTF has it (16 numbers in column order, looking along its -Z, +Y up)."""

    width: int
    height: int
    focal: tuple
    center: tuple
    matrix: tuple

    def form(self):
        """The camera as fields of the render form."""
        half = (self.width / 2, self.height / 2)
        fov = [2 * float(np.arctan(h / f)) for h, f in zip(half, self.focal)]
        return {"width": self.width, "height": self.height, "focal_x": self.focal[0],
                "focal_y": self.focal[1], "center_x": self.center[0], "center_y": self.center[1],
                "fov_x": fov[0], "fov_y": fov[1]}


def _cast(boxes, camera, shift):
    """(depth, box index or -1) where each ray first enters a box; `shift` in pixels."""
    rows, columns = np.mgrid[0 : camera.height, 0 : camera.width]
    x = (columns + 0.5 + shift[0] - camera.center[0]) / camera.focal[0]
    y = (rows + 0.5 + shift[1] - camera.center[1]) / camera.focal[1]
    pose = np.array(camera.matrix, float).reshape(4, 4).T
    # Directions have length 1 along the optical axis, so the ray's parameter is the depth.
    direction = np.stack([x, -y, -np.ones_like(x)], -1) @ pose[:3, :3].T
    depth = np.full(x.shape, np.inf)
    hit = np.full(x.shape, -1)
    with np.errstate(divide="ignore", invalid="ignore"):
        for index, box in enumerate(boxes):
            center, half = np.array(box.center), np.array(box.size) / 2
            one = (center - half - pose[:3, 3]) / direction
            two = (center + half - pose[:3, 3]) / direction
            enter = np.minimum(one, two).max(-1)
            leave = np.maximum(one, two).min(-1)
            closer = (enter <= leave) & (enter > 0) & (enter < depth)
            depth[closer] = enter[closer]
            hit[closer] = index
    return depth, hit


@dataclass(frozen=True)
class Truth:
    """`depth` in metres (infinite where nothing is hit), `box` the index of the box hit or -1, and
    `certain`: where a shift of the ray by `SUBPIXEL` still hits the same box."""

    depth: np.ndarray
    box: np.ndarray
    certain: np.ndarray

    def ranged(self, low, high):
        """The depth as a sensor reports it: 0 nearer than `low`, infinite beyond `high`."""
        return np.where(self.depth <= low, 0.0, np.where(self.depth >= high, np.inf, self.depth))

    def colors(self, boxes):
        """The label image: each box's colour as bytes, white elsewhere."""
        table = [np.rint(np.array(box.color) * 255) for box in boxes] + [np.full(3, 255)]
        return np.array(table, np.uint8)[self.box]


def see(boxes, camera):
    """The `Truth` of these boxes."""
    depth, box = _cast(boxes, camera, (0, 0))
    certain = np.ones(box.shape, bool)
    for shift in ((-SUBPIXEL, 0), (SUBPIXEL, 0), (0, -SUBPIXEL), (0, SUBPIXEL)):
        certain &= _cast(boxes, camera, shift)[1] == box
    return Truth(depth, box, certain)
