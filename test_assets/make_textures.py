#!/usr/bin/env python3
"""Writes the same small pictures in every image format, into the folder `textures`.

The files are committed; nobody but who changes them needs this script. It wants Pillow, and Node.js
with the packages `ktx2-encoder` and `three` in the folder that NODE_FOLDER names:

    pip install pillow && npm install --prefix DIR ktx2-encoder three
    NODE_FOLDER=DIR python3 make_textures.py

Beside each file of a format that loses something stands what another decoder than ours makes of it:
libjpeg and libwebp (as Pillow has them), and Binomial's transcoder (as three.js has it).
"""
import io
import json
import os
import pathlib
import struct
import subprocess
import tempfile
import zlib

from PIL import Image, features

HERE = pathlib.Path(__file__).parent
OUT = HERE / "textures"
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def color(x, y):
    """Four quarters, each with a gentle slope, so that no turn looks the same."""
    r, g, b = [(200, 40, 40), (40, 170, 60), (50, 60, 190), (210, 190, 60)][x // 16 + 2 * (y // 12)]
    return r + x % 16, g + y % 12, b + (x + y) % 8


def alpha(x, y):
    """Columns that are opaque, nearly so, nearly not and not at all: away from the cutoff."""
    return [255, 200, 60, 0][x // 4 % 4]


def pixels(width, height, has_alpha):
    return bytes(v for y in range(height) for x in range(width)
                 for v in (*color(x % 32, y % 24), alpha(x, y) if has_alpha else 255))


def png(width, height, kind, depth, rows, interlace=0, extra=()):
    """A PNG of rows that are packed already; `rows(columns, rows)` gives those of a pass."""
    passes = [(0, 0, 1, 1)] if not interlace else ADAM7
    data = b""
    for x0, y0, dx, dy in passes:
        xs, ys = range(x0, width, dx), range(y0, height, dy)
        if xs and ys:
            data += b"".join(b"\0" + rows(xs, y) for y in ys)

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlace)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunk(*e) for e in extra)
            + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b""))


def packed(values, depth):
    """Samples of 1, 2, 4, 8 or 16 bits."""
    if depth == 16:
        return b"".join(struct.pack(">H", v) for v in values)
    bits = "".join(format(v, f"0{depth}b") for v in values)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


def pngs():
    """Every color type that must come out as the same picture, and gray at every depth."""
    def rgb(xs, y): return bytes(v for x in xs for v in color(x, y))
    def rgba(xs, y): return bytes(v for x in xs for v in (*color(x, y), alpha(x, y)))
    # The low byte must not matter: 257 v rounds to v, and so does what is near it.
    def wide(f): return lambda xs, y: packed([257 * v + (x % 3 - 1 if 0 < v < 255 else 0)
                                              for x, v in ((x, v) for x in xs for v in f([x], y))], 16)
    yield "rgb8.png", png(32, 24, 2, 8, rgb)
    yield "rgb16.png", png(32, 24, 2, 16, wide(rgb))
    yield "rgb8_interlaced.png", png(32, 24, 2, 8, rgb, 1)
    yield "rgba8.png", png(32, 24, 6, 8, rgba)
    yield "rgba16.png", png(32, 24, 6, 16, wide(rgba))
    yield "rgba8_interlaced.png", png(32, 24, 6, 8, rgba, 1)
    # Gray: a ramp of all values of a depth, four rows; `tRNS` makes the second value a hole.
    for depth in (1, 2, 4, 8, 16):
        top = (1 << depth) - 1
        step = 1 if depth < 8 else (17 if depth == 8 else 4369)
        for name, hole in (("gray", []), ("gray_hole", [(b"tRNS", struct.pack(">H", step))])):
            for lace in (0, 1):
                file = png(16, 4, 0, depth, lambda xs, y: packed([x * step % (top + 1) for x in xs], depth),
                           lace, hole)
                yield f"{name}{depth}{'_interlaced' if lace else ''}.png", file
    gray_alpha = lambda scale: lambda xs, y: packed([v * scale for x in xs for v in (17 * x, 255 - 17 * x)],
                                                    16 if scale > 1 else 8)
    yield "gray_alpha8.png", png(16, 4, 4, 8, gray_alpha(1))
    yield "gray_alpha16.png", png(16, 4, 4, 16, gray_alpha(257))
    # RGB with a color that is a hole.
    red = struct.pack(">HHH", 200, 40, 40)
    yield "rgb8_hole.png", png(32, 24, 2, 8, rgb, 0, [(b"tRNS", red)])
    for depth in (1, 2, 4, 8):
        count = min(1 << depth, 16)
        palette = bytes(v for i in range(count) for v in (10 * i, 255 - 10 * i, 7 * i))
        transparency = bytes(255 - 8 * i for i in range(count // 2))
        yield f"palette{depth}.png", png(16, 4, 3, depth, lambda xs, y: packed([x % count for x in xs], depth), 0,
                                         [(b"PLTE", palette), (b"tRNS", transparency)])


def saved(image, form, **options):
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def ycck(rgb):
    """Pillow writes no YCCK; so Y, Cb, Cr and K go into its C, M, Y and K, and the Adobe marker says
    what they are. Adobe's files have all four inverted, as Pillow's have."""
    inverted = rgb.point(lambda v: 255 - v).convert("YCbCr").point(lambda v: 255 - v)
    image = Image.merge("CMYK", (*inverted.split(), Image.new("L", rgb.size, 0)))
    file = bytearray(saved(image, "JPEG", quality=95, subsampling=0))
    transform = file.index(b"Adobe") + 11
    assert file[transform] == 0
    file[transform] = 2
    return bytes(file)


def lossy(rgb, rgba):
    """What Pillow writes."""
    best = {"quality": 95, "subsampling": 0}
    yield "rgb.jpg", saved(rgb, "JPEG", **best)
    yield "subsampled.jpg", saved(rgb, "JPEG", quality=90, subsampling=2)
    yield "progressive.jpg", saved(rgb, "JPEG", progressive=True, **best)
    yield "gray.jpg", saved(rgb.convert("L"), "JPEG", quality=95)
    yield "cmyk.jpg", saved(rgb.convert("CMYK"), "JPEG", **best)
    yield "ycck.jpg", ycck(rgb)
    yield "lossless.webp", saved(rgb, "WEBP", lossless=True)
    yield "lossy.webp", saved(rgb, "WEBP", quality=95)
    yield "alpha_lossless.webp", saved(rgba, "WEBP", lossless=True, exact=True)
    yield "alpha_lossy.webp", saved(rgba, "WEBP", quality=95, exact=True)


def basis(folder, width, height, has_alpha, options):
    """A KTX2 file, and how it decodes."""
    (folder / "in").write_bytes(pixels(width, height, has_alpha))
    command = ["node", HERE / "basis.mjs", width, height, json.dumps(options),
               folder / "in", folder / "ktx2", folder / "out"]
    subprocess.run([str(word) for word in command], cwd=os.environ["NODE_FOLDER"], check=True)
    decoded = Image.frombytes("RGBA", (width, height), (folder / "out").read_bytes())
    return (folder / "ktx2").read_bytes(), decoded


def main():
    OUT.mkdir(exist_ok=True)
    write = lambda name, data: (OUT / name).write_bytes(data)
    decoded = lambda name, image: write(f"{name}.decoded.png", saved(image.convert("RGBA"), "PNG", optimize=True))
    for name, file in pngs():
        write(name, file)
    rgba = Image.frombytes("RGBA", (32, 24), pixels(32, 24, True))
    rgb = Image.frombytes("RGBA", (32, 24), pixels(32, 24, False)).convert("RGB")
    print("libjpeg", features.version("jpg"), "libwebp", features.version("webp"))
    for name, file in lossy(rgb, rgba):
        write(name, file)
        if "lossless" not in name:
            decoded(name, Image.open(io.BytesIO(file)))
    etc1s = {"isUASTC": False, "qualityLevel": 255, "compressionLevel": 4}
    uastc = {"isUASTC": True, "uastcLDRQualityLevel": 3, "needSupercompression": False}
    packed = dict(uastc, needSupercompression=True)
    mips = dict(etc1s, generateMipmap=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, width, height, options in [
            ("etc1s", 32, 24, etc1s), ("uastc", 32, 24, uastc), ("uastc_zstd", 32, 24, packed),
            ("etc1s_mips", 32, 24, mips), ("uastc_zstd_mips", 32, 24, dict(packed, generateMipmap=True)),
            ("etc1s_odd", 13, 7, etc1s), ("uastc_odd", 13, 7, uastc), ("uastc_one", 1, 1, uastc),
        ]:
            for prefix, has_alpha in (("", False), ("alpha_", True)):
                file, image = basis(pathlib.Path(folder), width, height, has_alpha, options)
                write(f"{prefix}{name}.ktx2", file)
                decoded(f"{prefix}{name}.ktx2", image)


if __name__ == "__main__":
    main()
