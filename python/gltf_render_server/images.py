"""Answers as arrays."""

from __future__ import annotations

import io
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from .errors import RenderError

ImageType = Literal["color", "depth", "label"]
"""What can be asked for."""

Look = Literal["auto", "drake", "gltf"]
"""By whose rules an image is drawn."""

_WHITE = 0xFFFFFF


def decode(image_type: ImageType, data: bytes) -> npt.NDArray[np.uint8] | npt.NDArray[np.float32]:
    """The image in an answer: a PNG of 8-bit RGB, or a TIFF of 32-bit floats for depth."""
    kind, mode = ("TIFF", "F") if image_type == "depth" else ("PNG", "RGB")
    try:
        with Image.open(io.BytesIO(data), formats=[kind]) as image:
            if image.mode == mode:
                return np.array(image)
            fault = f"its mode is {image.mode}"
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        fault = str(error)
    raise RenderError(f"The answer is no {image_type} image of this server: {fault}.")


def label_numbers(label: npt.NDArray[np.uint8]) -> npt.NDArray[np.int32]:
    """A label image as one number for each pixel: r + 256 g + 65536 b, as in Drake, and 0 in place of
    white, where there is nothing. `Scene.numbered` gives objects such numbers."""
    wide = label.astype(np.int32)
    numbers = wide[..., 0] | wide[..., 1] << 8 | wide[..., 2] << 16
    return np.where(numbers == _WHITE, np.int32(0), numbers)
