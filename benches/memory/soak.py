"""Resident memory of the server under requests that are all different.

Small scenes of several kinds (as Drake's client writes them and not, JSON and GLB, with and without
a texture), whose colors, places, sizes and textures are new in each request, are posted for all kinds
of images and some sizes of them. It fails if the median of the last quarter is above that of the
second quarter, in which all that is kept for good should be there, by more than the bound; if
there is ever more than there was before the first request, what the server may keep, and a constant;
if one answer is no image; and if files or sockets are open at the end that were not before.
"""

import argparse
import json
import math
import pathlib
import random
import statistics
import struct
import sys
import threading
import time
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "benches" / "out"
sys.path.insert(0, str(ROOT / "integration_tests"))

from support import boxes, form, server  # noqa: E402

SIZES = [(64, 48), (320, 240), (640, 480)]
IMAGES = [("color", {}), ("depth", {}), ("label", {}), ("depth", {"depth_format": "png16"})]
SIDES = [16, 64, 256]
WORKERS = 2


def may_keep(cache):
    """What a server with a cache of so many MiB may keep: contents, an eighth of that of files, a
    sixteenth of views, and for each worker a quarter of meshes and a quarter of textures."""
    return cache * (1 + 1 / 8 + 1 / 16 + WORKERS / 2)


def noise_png(rng, side):
    """A square of noise, which no other request has."""
    rows = b"".join(b"\0" + rng.randbytes(3 * side) for _ in range(side))

    def chunk(name, data):
        checked = name + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 1))
            + chunk(b"IEND", b""))


def glb(gltf):
    """The same scene in binary, its `data:` URIs as they are."""
    padded = gltf + b" " * (-len(gltf) % 4)
    return (struct.pack("<4sII", b"glTF", 2, 20 + len(padded))
            + struct.pack("<I4s", len(padded), b"JSON") + padded)


def scene(number):
    """A scene that depends on nothing but the number."""
    rng = random.Random(number)
    shown = [boxes.Box([rng.uniform(-0.15, 0.15) for _ in range(3)],
                       [rng.uniform(0.02, 0.1) for _ in range(3)],
                       [rng.random() for _ in range(3)]) for _ in range(rng.randint(1, 12))]
    texture = noise_png(rng, rng.choice(SIDES)) if rng.random() < 0.5 else None
    gltf = boxes.gltf(shown, boxes.ABOVE, texture)
    if rng.random() < 0.5:
        document = json.loads(gltf)
        document["asset"]["generator"] = "soak"
        gltf = json.dumps(document).encode()
    return glb(gltf) if rng.random() < 0.3 else gltf


def post(url, number):
    """One request and a look at its answer."""
    image_type, changes = IMAGES[number % len(IMAGES)]
    width, height = SIZES[number // len(IMAGES) % len(SIZES)]
    lens = {"width": width, "height": height, "focal_x": width, "focal_y": width,
            "center_x": width / 2, "center_y": height / 2}
    reply = form.render(url, scene(number), image_type, **lens, **changes)
    if reply.status != 200:
        raise RuntimeError(f"request {number}: status {reply.status}: {reply.body[:300]!r}")


def resident_mib(process, field="VmRSS"):
    """Resident memory, or with VmHWM the most there ever was."""
    for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("The server is gone.")


def open_files(process):
    """How many files and sockets are open, once the last connections are closed."""
    folder = pathlib.Path(f"/proc/{process}/fd")
    counts = []
    for _ in range(20):
        counts.append(len(list(folder.iterdir())))
        time.sleep(0.1)
    return min(counts)


def soak(under_test, options):
    """[(requests answered, resident MiB)], a sample every so many requests."""
    samples, faults, lock = [], [], threading.Lock()
    left = iter(range(options.requests))
    every = max(1, options.requests // 400)

    def client():
        while not faults:
            with lock:
                number = next(left, None)
            if number is None:
                return
            try:
                post(under_test.url, number)
            except (OSError, RuntimeError) as fault:
                faults.append(fault)
                return
            if number % every == 0:
                resident = resident_mib(under_test.process.pid)
                with lock:
                    samples.append((number, resident))

    threads = [threading.Thread(target=client) for _ in range(options.clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return sorted(samples)


def draw(samples, bound, path):
    """The samples as a picture."""
    import matplotlib
    matplotlib.use("agg")
    from matplotlib import pyplot as plt
    figure, axes = plt.subplots(figsize=(7, 2.8))
    axes.plot(*zip(*samples), color="#2f6db3", linewidth=1.2)
    axes.axhline(bound, color="#b3402f", linewidth=0.8, linestyle="--", label="bound")
    axes.set_xlabel("requests, each of another scene", fontsize=8)
    axes.set_ylabel("resident MiB", fontsize=8)
    axes.set_ylim(bottom=0)
    axes.legend(fontsize=8, frameon=False)
    axes.grid(alpha=0.25)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def main():
    """Posts, prints, plots and judges."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--cache", type=int, default=16,
                        help="the server's --cache-size, MiB; it is small, so that it is full long "
                        "before the end")
    parser.add_argument("--bound", type=float, default=16.0, help="growth that is allowed, MiB")
    parser.add_argument("--constant", type=float, default=64.0,
                        help="what is allowed beside what was there before the first request and what "
                        "the server may keep, MiB")
    parser.add_argument("--json", type=pathlib.Path, default=OUT / "memory.json")
    parser.add_argument("--plot", type=pathlib.Path, default=OUT / "memory.png")
    options = parser.parse_args()
    arguments = ["--cache-size", f"{options.cache}MiB", "--workers", str(WORKERS)]
    with server.Server(*arguments) as under_test:
        post(under_test.url, options.requests)
        files = open_files(under_test.process.pid)
        at_start = resident_mib(under_test.process.pid)
        samples = soak(under_test, options)
        left_open = open_files(under_test.process.pid) - files
        most = resident_mib(under_test.process.pid, "VmHWM")
    quarter = len(samples) // 4
    if not quarter:
        sys.exit("Too few requests to judge.")
    second = statistics.median(resident for _, resident in samples[quarter:2 * quarter])
    last = statistics.median(resident for _, resident in samples[-quarter:])
    OUT.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps({"second_quarter": second, "last_quarter": last,
                                        "samples": samples}) + "\n")
    draw(samples, second + options.bound, options.plot)
    growth = last - second
    kept = may_keep(options.cache)
    beside = most - at_start - kept
    print(f"{options.requests} requests; resident MiB: {at_start:.0f} before them, {second:.0f} in "
          f"the second quarter, {last:.0f} in the last ({growth:+.1f}, at most {options.bound:g} "
          f"is allowed), {most:.0f} at most: {beside:.0f} beside what was there before and {kept:.0f} "
          f"that may be kept (at most {options.constant:g})\n{options.json}\n{options.plot}")
    print(f"{files} files open before, {left_open} more after")
    if left_open > 0:
        sys.exit("The server leaves files open.")
    if not math.isfinite(growth) or growth > options.bound:
        sys.exit("The server grows.")
    if beside > options.constant:
        sys.exit("The server takes more than it should.")


if __name__ == "__main__":
    main()
