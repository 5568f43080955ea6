"""What it costs the server to load a scene that it has not seen, and then the same with its nodes moved.

    python3 benches/moved.py --requests benches/out/requests

Takes requests that Drake's client sent (`make bench-moved` records them first), posts one to a fresh server, moves
each node by a micrometre, posts that, and reads the stage `load` of both from `/metrics`. Prints medians.
"""

import argparse
import hashlib
import pathlib
import re
import statistics
import sys
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration_tests"))

from support.server import Server  # noqa: E402

LOAD = re.compile(r'^gltf_render_server_stage_duration_seconds_sum\{stage="load"\} (\S+)$', re.MULTILINE)
MATRIX = re.compile(rb'"matrix":\[([^\]]*)\]')


class Recorded:
    """A request that was recorded."""

    def __init__(self, path):
        head, self._body = path.read_bytes().split(b"\r\n\r\n", 1)
        self._content_type = re.search(rb"(?i)content-type: ([^\r\n]*)", head)[1].decode()
        boundary = re.search(rb"boundary=([^\r\n]*)", head)[1]
        self._begin = self._body.index(b"\r\n\r\n", self._body.index(b'name="scene"')) + 4
        self._end = self._body.index(b"\r\n--" + boundary, self._begin)
        self.scene = self._body[self._begin:self._end]

    def post(self, server, scene):
        """Posts it with this scene; says how long the server loaded it, in milliseconds."""
        body = self._body[:self._begin] + scene + self._body[self._end:]
        hashes = [hashlib.sha256(each).hexdigest().encode() for each in (self.scene, scene)]
        before = loaded(server)
        request = urllib.request.Request(f"{server.url}/render", body.replace(*hashes),
                                         {"Content-Type": self._content_type})
        urllib.request.urlopen(request).read()
        return 1e3 * (loaded(server) - before)


def loaded(server):
    """How long the server has loaded scenes so far, in seconds."""
    return float(LOAD.search(urllib.request.urlopen(f"{server.url}/metrics").read().decode())[1])


def moved(scene):
    """The scene with each of its nodes a micrometre further along x, and the next one back."""
    shift = 1e-6

    def shifted(matrix):
        nonlocal shift
        numbers = matrix[1].split(b",")
        numbers[12] = repr(float(numbers[12]) + shift).encode()
        shift = -shift
        return b'"matrix":[' + b",".join(numbers) + b"]"

    scene, count = MATRIX.subn(shifted, scene)
    assert count > 0, "no node has a matrix"
    return scene


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=pathlib.Path, required=True)
    parser.add_argument("--scenes", default="bin,many_objects,moving")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    print("| scene | image | first, ms | moved, ms | moved to first |\n|---|---|---|---|---|")
    for name in arguments.scenes.split(","):
        for image_type in ("color", "depth", "label"):
            recorded = Recorded(min((arguments.requests / name).glob(f"*-{image_type}.http")))
            times = []
            for _ in range(arguments.rounds):
                with Server("--workers", "1") as server:
                    times.append([recorded.post(server, scene) for scene in (recorded.scene, moved(recorded.scene))])
            first, second = map(statistics.median, zip(*times, strict=True))
            print(f"| {name} | {image_type} | {first:.2f} | {second:.2f} | {second / first:.2f} |", flush=True)


if __name__ == "__main__":
    main()
