"""Pictures for people: reference, answer and difference side by side."""

import pathlib

import numpy as np
from PIL import Image

import metrics

OUT = pathlib.Path(__file__).resolve().parents[1] / "out" / "drake"


def _depth_picture(image, low, high):
    kind = metrics.depth_class(image)
    with np.errstate(invalid="ignore"):
        shade = np.where(kind == 1, (image - low) / max(high - low, 1e-9), 0.0).clip(0, 1)
    picture = np.repeat((255 * (1 - 0.85 * shade)).astype(np.uint8)[..., None], 3, -1)
    for value, paint in ((0, (220, 30, 30)), (2, (35, 35, 110)), (3, (255, 0, 255))):
        picture[kind == value] = paint
    return picture


def _label_picture(image):
    wide = image.astype(np.int64) & 0xFFFF
    picture = np.stack([wide * factor % 251 for factor in (83, 151, 211)], -1).astype(np.uint8)
    picture[np.isin(image, [metrics.EMPTY, metrics.DO_NOT_CARE])] = 255
    return picture


def _difference_picture(image_type, difference, inside):
    """Grey and white where the images differ (colour by six times the difference, depth on a
    logarithmic scale from 1 µm to 1 m), red if that is away from edges."""
    if image_type == "color":
        shade = (difference.astype(float) * 6).clip(0, 255)
    elif image_type == "depth":
        shade = 255 * (1 + np.log10(np.maximum(difference, 1e-6)) / 6).clip(0, 1)
    else:
        shade = np.where(difference, 255.0, 0.0)
    picture = np.repeat(shade[..., None], 3, -1)
    picture[inside, 1:] *= 0.25
    return picture.astype(np.uint8)


def save(name, image_type, want, got, difference, inside, folder=OUT):
    """Writes `name`.png into the folder and returns its path."""
    if image_type == "color":
        pair = [want, got]
    elif image_type == "depth":
        valid = want[metrics.depth_class(want) == 1]
        ends = (float(valid.min()), float(valid.max())) if valid.size else (0.0, 1.0)
        pair = [_depth_picture(image, *ends) for image in (want, got)]
    else:
        pair = [_label_picture(image) for image in (want, got)]
    pair.append(_difference_picture(image_type, difference, inside))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    Image.fromarray(np.concatenate(pair, 1)).save(path)
    return path
