"""Records what the real Drake client sends: `record.py FOLDER [SCENE...]`.

Each request is a file FOLDER/SCENE/NNNN-IMAGE_TYPE.http with all its bytes as they came: request
line, headers, body. The client is answered with an empty image of the size it asked for.
"""

import io
import itertools
import multiprocessing
import pathlib
import re
import shutil
import socketserver
import sys
import tempfile

import numpy as np
from PIL import Image

import recorded_scenes
from rig import IMAGE_TYPES, Rig


def empty_image(image_type, size):
    """(MIME type, file) of an image that shows nothing."""
    depth = image_type == "depth"
    rows = size[::-1]
    pixels = np.full(rows, np.inf, np.float32) if depth else np.full((*rows, 3), 255, np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "TIFF" if depth else "PNG")
    return "image/tiff" if depth else "image/png", file.getvalue()


def field(body, name):
    """The value of a short text field of the form."""
    found = re.search(rb'name="%s"\r\n\r\n([^\r]*)\r\n' % name.encode(), body)
    return found[1].decode()


class Recorder(socketserver.StreamRequestHandler):
    """One connection."""

    def handle(self):
        while self.answer_one():
            pass

    def answer_one(self):
        """Whether there was a request."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self.rfile.readline()
            if not line:
                return False
            head += line
        if re.search(rb"(?i)\r\nexpect: *100-continue", head):
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        body = self.rfile.read(int(length[1]))
        image_type = field(body, "image_type")
        name = f"{next(self.server.numbers):04d}-{image_type}.http"
        (self.server.folder / name).write_bytes(head + body)
        mime, file = empty_image(image_type, (int(field(body, "width")), int(field(body, "height"))))
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s"
                         % (mime.encode(), len(file), file))
        return True


def serve(folder, port):
    """Records into the folder; tells the port on which it listens."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Recorder) as server:
        server.folder, server.numbers = folder, itertools.count()
        port.send(server.server_address[1])
        server.serve_forever()


def record(name, folder):
    """Drives the client through all frames and views of a scene; returns the number of requests."""
    # A process of its own, because pydrake keeps Python's lock while its client waits.
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    server = spawn.Process(target=serve, args=(folder, there), daemon=True)
    server.start()
    there.close()
    try:
        with tempfile.TemporaryDirectory() as files:
            scene = recorded_scenes.build(name, pathlib.Path(files))
            rig = Rig(scene, f"http://127.0.0.1:{here.recv()}", reference=False)
            for frame in range(len(scene.frames)):
                rig.show(frame)
                for seen, image_type in itertools.product(scene.views, IMAGE_TYPES):
                    rig.render("client", seen, image_type)
    finally:
        server.terminate()
        server.join()


def main():
    """Records the scenes that are named, or all."""
    target = pathlib.Path(sys.argv[1])
    for name in sys.argv[2:] or recorded_scenes.NAMES:
        folder = target / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        record(name, folder)
        sizes = sorted(path.stat().st_size for path in folder.iterdir())
        print(f"{name:16} {len(sizes):3} requests of {sizes[0] / 1e6:.2f} to "
              f"{sizes[-1] / 1e6:.2f} MB", flush=True)


if __name__ == "__main__":
    main()
