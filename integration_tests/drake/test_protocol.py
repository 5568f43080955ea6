"""The wire: bad requests get the right refusal, good ones the same bytes each time, and SIGTERM
finishes what is under way."""

import hashlib
import json
import pathlib
import signal
import socket
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support import boxes, form  # noqa: E402
from support.server import Server  # noqa: E402

SCENE = boxes.SMALL
IMAGE_TYPES = ("color", "depth", "label")


def changed(path, value):
    """The small scene with one value of its JSON replaced (None takes it out)."""
    document = json.loads(SCENE)
    place = document
    for key in path[:-1]:
        place = place[key]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return json.dumps(document).encode()


def bad_fields():
    """(name, image type, changes of the form, status, code, words of the message)"""
    for name in ("width", "height", "near", "far", "focal_x", "focal_y", "center_x", "center_y",
                 "image_type"):
        yield f"no {name}", "color", {name: None}, 400, "missing_field", [name]
    for name in ("min_depth", "max_depth"):
        yield f"no {name}", "depth", {name: None}, 400, "missing_field", [name]
    for name, value in (("width", "0"), ("width", "-3"), ("height", "12.5"), ("height", "many"),
                        ("width", ""), ("near", "nan"), ("near", "0"), ("near", "-0.1"),
                        ("far", "inf"), ("far", "far away"), ("focal_x", "0"), ("focal_y", "-1"),
                        ("focal_x", "1e999"), ("center_x", "nan"), ("center_y", "left"),
                        ("image_type", "normals"), ("image_type", "Color")):
        yield f"{name} {value!r}", "color", {name: value}, 400, "invalid_field", [name, value]
    yield ("near above far", "color", {"near": "3", "far": "2"}, 400, "invalid_field",
           ["near", "far"])
    yield ("min above max", "depth", {"min_depth": "3", "max_depth": "2"}, 400, "invalid_field",
           ["min_depth", "max_depth"])
    yield ("negative min_depth", "depth", {"min_depth": "-1"}, 400, "invalid_field",
           ["min_depth", "-1"])
    yield "unknown field", "color", {"colour": "red"}, 400, "unknown_field", ["colour"]
    yield ("wrong hash", "color", {"scene_sha256": hashlib.sha256(b"").hexdigest()}, 400,
           "scene_sha256_mismatch", ["scene_sha256"])
    yield ("huge image", "color", {"width": "1000000", "height": "1000000"}, 413, "image_too_wide",
           ["1000000"])


def bad_scenes():
    """(name, scene, code, words of the message)"""
    yield "no JSON", b"a picture of a box", "scene_not_gltf", []
    yield "half of it", SCENE[: len(SCENE) // 2], "scene_not_gltf", []
    yield "truncated GLB", b"glTF\2\0\0\0\xff\0\0\0", "scene_not_gltf", []
    yield "file URI", changed(["buffers", 0, "uri"], "box.bin"), "scene_external_uri", ["buffer 0"]
    yield ("network URI", changed(["buffers", 0, "uri"], "http://127.0.0.1:9/b"),
           "scene_external_uri", ["buffer 0"])
    yield ("cycle", changed(["nodes", 0, "children"], [2]), "scene_invalid", ["node"])
    yield ("node out of range", changed(["nodes", 2, "children"], [0, 1, 77]), "scene_invalid",
           ["77"])
    yield ("accessor out of range", changed(["meshes", 0, "primitives", 0, "indices"], 99),
           "scene_invalid", ["99"])
    yield ("accessor past its buffer", changed(["accessors", 0, "count"], 4000000000),
           None, ["accessor 0"])
    yield "no camera", changed(["nodes", 1, "camera"], None), "scene_without_camera", ["camera"]
    yield ("extension", changed(["extensionsRequired"], ["EXT_made_of_cheese"]),
           "scene_unsupported", ["EXT_made_of_cheese"])


class Refusals(unittest.TestCase):
    """Each refusal is followed by a good request, which must work."""

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())

    def check(self, name, reply, status, code, words):
        with self.subTest(name):
            self.assertEqual(reply.status, status, reply.body[:500])
            self.assertEqual(reply.headers["content-type"].partition(";")[0], "application/json")
            self.assertLess(len(reply.body), 8192)
            refusal = reply.refusal()
            self.assertEqual(refusal["error"], True)
            self.assertEqual(refusal["status"], status)
            if code:
                self.assertEqual(refusal["code"], code, refusal)
            for word in words:
                self.assertIn(word, refusal["message"])
        after = form.render(self.server.url, SCENE)
        self.assertEqual((name, after.status), (name, 200), after.body[:500])

    def test_bad_fields(self):
        for name, image_type, changes, status, code, words in bad_fields():
            reply = form.render(self.server.url, SCENE, image_type, **changes)
            self.check(name, reply, status, code, words)

    def test_bad_scenes(self):
        for name, scene, code, words in bad_scenes():
            self.check(name, form.render(self.server.url, scene), 422, code, words)

    def test_bad_forms(self):
        good = form.fields(SCENE)
        content_type, body = form.encode(good, SCENE, boundary="edge")
        twice = form.encode([*good, ("width", "64")], SCENE)
        sceneless = form.encode(good, None)
        for name, (kind, data), code, words in (
                ("field given twice", twice, "duplicate_field", ["width"]),
                ("no scene", sceneless, "missing_field", ["scene"]),
                ("an empty scene", form.encode(good, b""), "missing_field", ["scene"]),
                ("no multipart", ("application/json", b"{}"), "bad_form", []),
                ("no content type", (None, body), "bad_form", []),
                ("no boundary", ("multipart/form-data", body), "bad_form", []),
                ("another boundary", ("multipart/form-data; boundary=other", body), None, []),
                ("cut short", (content_type, body[: len(body) * 3 // 4]), "bad_form", []),
                ("nothing", (content_type, b""), None, [])):
            reply = form.send(self.server.url, data, kind)
            self.check(name, reply, 400, code, words)

    def test_other_pages_and_methods(self):
        for method, path, status, code in (("PUT", "/render", 405, "method_not_allowed"),
                                           ("DELETE", "/", 405, "method_not_allowed"),
                                           ("GET", "/rendering", 404, "not_found"),
                                           ("POST", "/elsewhere", 404, "not_found")):
            reply = form.send(self.server.url, method=method, path=path)
            self.check(f"{method} {path}", reply, status, code, [])

    def test_a_client_that_hangs_up(self):
        """Half a request, then nothing: the next one is served."""
        for cut in (1, 40, 400):
            with socket.create_connection((self.server.host, self.server.port)) as connection:
                connection.sendall(b"POST /render HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n"
                                   b"Content-Type: multipart/form-data; boundary=x\r\n\r\n--x"[:cut])
            self.assertEqual(form.render(self.server.url, SCENE).status, 200)


class Answers(unittest.TestCase):
    """Good requests."""

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())

    def test_same_request_same_bytes(self):
        for image_type in IMAGE_TYPES:
            with self.subTest(image_type):
                replies = [form.render(self.server.url, SCENE, image_type) for _ in range(6)]
                self.assertEqual({reply.status for reply in replies}, {200})
                self.assertEqual(len({reply.body for reply in replies}), 1)

    def test_kinds_of_files(self):
        for image_type, changes, start, mime in (
                ("color", {}, b"\x89PNG", "image/png"), ("label", {}, b"\x89PNG", "image/png"),
                ("depth", {}, b"II*\0", "image/tiff"),
                ("depth", {"depth_format": "png16"}, b"\x89PNG", "image/png")):
            with self.subTest(image_type, **changes):
                reply = form.render(self.server.url, SCENE, image_type, **changes)
                self.assertEqual(reply.status, 200, reply.body[:300])
                self.assertTrue(reply.body.startswith(start))
                self.assertEqual(reply.headers["content-type"], mime)

    def test_fields_in_any_order_and_optional_ones_left_out(self):
        content_type, body = form.encode(list(reversed(form.fields(
            SCENE, submit=None, scene_sha256=None, fov_x=None, fov_y=None))), SCENE)
        reply = form.send(self.server.url, body, content_type)
        self.assertEqual(reply.status, 200, reply.body[:300])
        self.assertEqual(reply.body, form.render(self.server.url, SCENE).body)

    def test_pages_for_people(self):
        for path in ("/", "/render"):
            page = form.send(self.server.url, method="GET", path=path)
            self.assertEqual(page.status, 200)
            self.assertIn("text/html", page.headers["content-type"])
            head = form.send(self.server.url, method="HEAD", path=path)
            self.assertEqual((head.status, head.body), (200, b""))


class Stop(unittest.TestCase):
    """SIGTERM and SIGINT."""

    def stop(self, number):
        # One worker takes the images one after the other: at the second reply all bodies have long
        # arrived, and the others wait or are being drawn.
        with Server("--workers", "1") as server:
            replies = []
            two_have_come = threading.Semaphore(0)
            large = {"width": 3000, "height": 2400, "focal_x": 3000, "focal_y": 3000,
                     "center_x": 1500, "center_y": 1200}

            def post():
                reply = form.render(server.url, SCENE, **large)
                replies.append((reply.status, time.monotonic()))
                two_have_come.release()

            threads = [threading.Thread(target=post) for _ in range(8)]
            for thread in threads:
                thread.start()
            for _ in range(2):
                self.assertTrue(two_have_come.acquire(timeout=120))
            sent = time.monotonic()
            server.process.send_signal(number)
            for thread in threads:
                thread.join(120)
            self.assertEqual([status for status, _ in replies], [200] * len(threads))
            self.assertGreater(max(moment for _, moment in replies), sent, "nothing was under way")
            self.assertEqual(server.process.wait(30), -number)
            self.assertNotIn("panicked", server.log())

    def test_sigterm_finishes_what_is_under_way(self):
        self.stop(signal.SIGTERM)

    def test_sigint_does_too(self):
        self.stop(signal.SIGINT)


if __name__ == "__main__":
    unittest.main()
