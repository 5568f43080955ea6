"""Textures drawn with numpy: arrays of (rows, columns, 3 or 4) bytes."""

import io
import struct
import zlib

import numpy as np
from PIL import Image


def tiles(side=128, cells=6, dark=(160, 50, 40), light=(240, 225, 200)):
    """A checkerboard with a shade from left to right and one blue corner, so that no flip, turn or
    shift of it looks the same."""
    cell = np.arange(side) * cells // side
    odd = (cell[:, None] + cell[None, :]) % 2 == 1
    image = np.where(odd[..., None], np.array(light, float), np.array(dark, float))
    image *= np.linspace(0.55, 1.0, side)[None, :, None]
    image[: side // 4, : side // 3] = (30, 70, 210)
    return image.astype(np.uint8)


def waves(side=128, seed=1):
    """Smooth values in [0, 1] that repeat at the borders: a sum of plane waves."""
    rng = np.random.default_rng(seed)
    at = np.arange(side) / side * 2 * np.pi
    total = np.zeros((side, side))
    for _ in range(12):
        u, v = rng.integers(-6, 7, 2)
        total += np.cos(u * at[None, :] + v * at[:, None] + rng.uniform(0, 2 * np.pi))
    total -= total.min()
    return total / total.max()


def normal_map(side=128, seed=2, height=3.0):
    """A tangent-space normal map (green up) of a wavy surface, `height` texels high."""
    surface = waves(side, seed) * height
    right = np.roll(surface, -1, 1) - np.roll(surface, 1, 1)
    up = np.roll(surface, 1, 0) - np.roll(surface, -1, 0)
    normal = np.stack([-right, -up, np.full_like(surface, 2.0)], -1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    return np.rint((normal * 0.5 + 0.5) * 255).astype(np.uint8)


def occlusion_roughness_metallic(side=128, seed=3):
    """Red darkens, green runs from smooth to rough, blue has metal islands."""
    occlusion = 0.5 + 0.5 * waves(side, seed)
    rough = 0.25 + 0.7 * waves(side, seed + 1)
    metal = waves(side, seed + 2) > 0.55
    return (np.stack([occlusion, rough, metal], -1) * 255).astype(np.uint8)


def glow(side=64):
    """Black, with one warm stripe."""
    image = np.zeros((side, side, 3), np.uint8)
    image[side // 3 : side // 2] = (200, 120, 20)
    return image


def holes(side=64, cells=4):
    """Tiles whose alpha is 0 inside a disc in each cell."""
    at = (np.arange(side) * cells / side) % 1 - 0.5
    disc = at[:, None] ** 2 + at[None, :] ** 2 < 0.3**2
    return np.concatenate([tiles(side, cells), np.where(disc, 0, 255)[..., None]], -1).astype(
        np.uint8)


def encode_deep(image):
    """The bytes of a PNG file with 16 bits a channel."""
    rows, columns, channels = image.shape
    texels = (image.astype(">u2") * 257).reshape(rows, -1)

    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data
                + struct.pack(">I", zlib.crc32(kind + data)))

    header = struct.pack(">IIBBBBB", columns, rows, 16, {3: 2, 4: 6}[channels], 0, 0, 0)
    data = b"".join(b"\0" + row.astype(">u2").tobytes() for row in texels)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data))
            + chunk(b"IEND", b""))


def encode(image, kind="PNG"):
    """The bytes of a PNG or JPEG file."""
    data = io.BytesIO()
    Image.fromarray(image).save(data, kind, **({"quality": 90} if kind == "JPEG" else {}))
    return data.getvalue()
