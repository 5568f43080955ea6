"""The pinhole camera of a request."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from typing import Optional

import numpy as np
import numpy.typing as npt

# Of a depth sensor without an end: the greatest length that the server takes, metres.
_NO_END = 1e12


@dataclass(frozen=True)
class PinholeCamera:
    """Image size, lens, clipping planes and the depth sensor's range.

    Lengths on the image are in pixels: the pixel in column i and row j covers [i, i+1) x [j, j+1), so
    that the middle of the image is at (width/2, height/2). Other lengths are metres along the optical
    axis.

    Without a lens (`focal_x` to `center_y` all None) it is that of the scene's own camera, and so are
    the planes that are None. With a lens all four of its numbers are needed, and both planes. The
    server judges the numbers: `render` raises `RenderRefused` for those that make no sense.
    """

    width: int
    height: int
    focal_x: Optional[float] = None
    focal_y: Optional[float] = None
    center_x: Optional[float] = None
    center_y: Optional[float] = None
    near: Optional[float] = None
    """What is nearer is not drawn, in any image."""
    far: Optional[float] = None
    """What is farther is not drawn, in any image."""
    min_depth: float = 0.0
    """In depth images what is nearer than this reads 0."""
    max_depth: Optional[float] = None
    """In depth images what is farther than this reads infinity; None: all that is drawn has its depth."""

    @classmethod
    def from_fov(
        cls,
        width: int,
        height: int,
        fov_y: float,
        *,
        near: float,
        far: float,
        fov_x: float | None = None,
        min_depth: float = 0.0,
        max_depth: float | None = None,
    ) -> PinholeCamera:
        """A centred camera by its vertical field of view, radians; with square pixels, unless there is
        a horizontal one too."""
        focal_y = height / 2 / math.tan(fov_y / 2)
        focal_x = focal_y if fov_x is None else width / 2 / math.tan(fov_x / 2)
        return cls(
            width,
            height,
            focal_x,
            focal_y,
            width / 2,
            height / 2,
            near,
            far,
            min_depth,
            max_depth,
        )

    @property
    def matrix(self) -> npt.NDArray[np.float64]:
        """The intrinsic matrix K: a point p of the camera frame (x right, y down, z forward) falls on
        the pixel coordinates K p, divided by their third. (OpenCV's pixel centres are whole numbers: its K has
        centres half a pixel smaller.)"""
        lens = (self.focal_x, self.focal_y, self.center_x, self.center_y)
        if None in lens:
            raise ValueError("The camera has no lens of its own.")
        return np.array(
            [[lens[0], 0, lens[2]], [0, lens[1], lens[3]], [0, 0, 1]], dtype=np.float64
        )

    def fields(self, image_type: str) -> dict[str, str]:
        """The fields of the form that describe the camera."""
        numbers = {
            "focal_x": self.focal_x,
            "focal_y": self.focal_y,
            "center_x": self.center_x,
            "center_y": self.center_y,
            "near": self.near,
            "far": self.far,
        }
        if image_type == "depth":
            numbers["min_depth"] = self.min_depth
            numbers["max_depth"] = _NO_END if self.max_depth is None else self.max_depth
        sides = {"width": self.width, "height": self.height}
        form = {name: str(operator.index(side)) for name, side in sides.items()}
        form.update(
            (name, repr(float(number)))
            for name, number in numbers.items()
            if number is not None
        )
        return form
