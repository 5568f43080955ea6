"""wsgi_equivalent/nginx.conf with a real nginx in front of two server processes.

Needs nginx (package nginx-light) and any python3.
"""

import pathlib
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support import boxes, form  # noqa: E402
from support.nginx import nginx  # noqa: E402
from support.server import Server  # noqa: E402

BOX = boxes.Box((0, 0, 0), (0.1, 0.1, 0.1), (0.2, 0.7, 0.4))


def scenes():
    """A small scene, and one larger than nginx keeps in memory."""
    return {"small": boxes.SMALL,
            "6 MB": boxes.gltf([BOX], boxes.ABOVE).replace(
                b'"scene":0', b'"extras":"' + b"x" * 6_000_000 + b'","scene":0')}


class Behind(unittest.TestCase):
    """Two processes, one nginx; each test starts its own."""

    def setUp(self):
        self.servers = [self.enterContext(Server()) for _ in range(2)]
        self.url, self.log = self.enterContext(nginx([s.port for s in self.servers]))

    def test_answers_are_the_processes_own(self):
        """Every image is byte for byte that of either process, whichever drew it."""
        for name, scene in scenes().items():
            for image_type in ("color", "depth", "label"):
                with self.subTest(scene=name, image_type=image_type):
                    direct = [form.render(s.url, scene, image_type) for s in self.servers]
                    self.assertEqual([reply.status for reply in direct], [200, 200])
                    through = [form.render(self.url, scene, image_type) for _ in range(4)]
                    self.assertEqual({reply.status for reply in through}, {200})
                    self.assertEqual(
                        {reply.body for reply in direct}, {reply.body for reply in through})
                    self.assertEqual(len({reply.body for reply in direct}), 1)

    def test_refusals_come_through(self):
        direct = form.render(self.servers[0].url, boxes.SMALL, width="-3")
        through = form.render(self.url, boxes.SMALL, width="-3")
        self.assertEqual(through.status, 400)
        said = [reply.refusal() for reply in (direct, through)]
        # Each request has a name of its own; all else is the same.
        names = [refusal.pop("request_id") for refusal in said]
        self.assertNotEqual(*names)
        self.assertEqual(*said)

    def test_what_concerns_operators_stays_inside(self):
        def status(path, url=self.url):
            return form.send(url, method="GET", path=path).status

        self.assertEqual(status("/metrics", self.servers[0].url), 200)
        self.assertEqual([status(path) for path in ("/metrics", "/healthz", "/nothing")], [404] * 3)
        self.assertEqual([status(path) for path in ("/", "/render")], [200] * 2)

    def test_a_request_has_one_name(self):
        """The client's, if it is one that the server takes, else nginx's own; also in nginx's answers."""
        for given, path in [("a.b-c_1", "/render"), ("a.b-c_1", "/nothing"), ("no name", "/render"),
                            ("x" * 129, "/render")]:
            reply = form.send(self.url, method="GET", path=path, headers={"X-Request-Id": given})
            name = reply.headers["x-request-id"]
            with self.subTest(given=given, path=path):
                if given == "a.b-c_1":
                    self.assertEqual(name, given)
                else:
                    self.assertRegex(name, "^[0-9a-f]{32}$")

    def test_a_process_may_stop_under_load(self):
        """SIGTERM to one of the two while four clients post: every image still arrives."""
        statuses, going = [], threading.Event()
        going.set()

        def client():
            while going.is_set():
                try:
                    statuses.append(form.render(self.url, boxes.SMALL).status)
                except OSError as error:
                    statuses.append(str(error))

        clients = [threading.Thread(target=client) for _ in range(4)]
        def wait_for(count):
            deadline = time.monotonic() + 60
            while len(statuses) < count and time.monotonic() < deadline:
                time.sleep(0.01)

        for thread in clients:
            thread.start()
        wait_for(40)
        before = len(statuses)
        ended = self.servers[0].terminate()
        wait_for(len(statuses) + 40)
        going.clear()
        for thread in clients:
            thread.join(60)
        print(f"{before} images before the stop, {len(statuses) - before} after it", flush=True)
        self.assertEqual(set(statuses), {200})
        self.assertGreaterEqual(before, 40)
        self.assertGreaterEqual(len(statuses), before + 40)
        self.assertEqual(ended, -15)


if __name__ == "__main__":
    unittest.main()
