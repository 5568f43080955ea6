"""Processes that die under load behind a real nginx: no image is lost, and none is wrong."""

import http.client
import itertools
import pathlib
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support import boxes, form  # noqa: E402
from support.nginx import nginx  # noqa: E402
from support.server import Server  # noqa: E402

# At least; as long as there is something to die.
REQUESTS = 5000
CLIENTS = 32
KILLS = 5
TYPES = ("color", "depth", "label")


def boxed(number):
    """A scene of three boxes that no other number has."""
    shown = [boxes.Box((0.05 * (turn - 1), 0.02 * number, 0), (0.03, 0.03 + 0.01 * turn, 0.05),
                       (0.1 * number, 0.3 * turn, 0.5)) for turn in range(3)]
    return boxes.gltf(shown, boxes.ABOVE)


def mixed():
    """(scene, image type, form changes) of the requests that take turns: small images and a few of
    hundreds of kilobytes, so that some processes die while they send one."""
    large = {"width": 640, "height": 480, "focal_x": 600, "focal_y": 600, "center_x": 320,
             "center_y": 240}
    requests = [(boxed(number), image_type, {}) for number in range(6) for image_type in TYPES]
    return requests + [(boxed(0), "depth", large), (boxed(1), "color", large)]


class Post:
    """Posts over one connection at a time, as long as the other side keeps it."""

    def __init__(self, url):
        self._host, self._port = url.removeprefix("http://").split(":")
        self._connection = None

    def __call__(self, scene, image_type, changes):
        content_type, body = form.encode(form.fields(scene, image_type, **changes), scene)
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self._host, int(self._port), timeout=100)
        try:
            self._connection.request("POST", "/render", body, {"Content-Type": content_type})
            reply = self._connection.getresponse()
            return reply.status, reply.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            return type(error).__name__, b""

    def close(self):
        """Closes the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Losses(unittest.TestCase):
    """Three processes, one nginx."""

    def test_nothing_is_lost_when_processes_die(self):
        """Five times a process is killed and started again, and another is told to stop."""
        # Each process keeps to one worker: there are three of them on few cores.
        servers = [Server("--workers", "1") for _ in range(3)]
        self.addCleanup(lambda: [server.__exit__() for server in servers])
        url, log = self.enterContext(nginx([server.port for server in servers]))
        requests = mixed()
        direct = Post(servers[0].url)
        self.addCleanup(direct.close)
        expected = [direct(*request) for request in requests]
        self.assertEqual({status for status, _ in expected}, {200})
        self.assertEqual(len({body for _, body in expected}), len(requests))

        wrong, statuses, numbers, lock = [], {}, itertools.count(), threading.Lock()
        over = threading.Event()

        def client():
            post = Post(url)
            while True:
                with lock:
                    number = next(numbers)
                if number >= REQUESTS and over.is_set():
                    return post.close()
                which = number % len(requests)
                status, body = post(*requests[which])
                with lock:
                    statuses[status] = statuses.get(status, 0) + 1
                    if status == 200 and body != expected[which][1]:
                        wrong.append(number)

        def done():
            with lock:
                return sum(statuses.values())

        def wait_for(count):
            end = time.monotonic() + 120
            while done() < count and time.monotonic() < end:
                time.sleep(0.01)

        clients = [threading.Thread(target=client) for _ in range(CLIENTS)]
        for thread in clients:
            thread.start()
        for kill in range(KILLS):
            wait_for(done() + REQUESTS // (2 * KILLS))
            died = servers[kill % 2]
            died.process.kill()
            died.process.wait(30)
            servers[kill % 2] = Server("--workers", "1", port=died.port)
            died.__exit__()
        at_stop = done()
        ended = servers[2].terminate()
        wait_for(at_stop + REQUESTS // (2 * KILLS))
        over.set()
        for thread in clients:
            thread.join(300)
        said = log.read_text()
        cut = said.count("prematurely closed connection while reading upstream")
        retried = said.count("while reading response header from upstream") + said.count(
            "while connecting to upstream")
        print(f"{statuses}, {len(wrong)} wrong, {cut} cut short, {retried} sent to another process",
              flush=True)
        self.assertEqual(ended, -15)
        self.assertEqual(wrong, [])
        self.assertGreaterEqual(done(), max(REQUESTS, at_stop + REQUESTS // (2 * KILLS)))
        # An answer of which a part had been sent cannot be had from another process; nginx says so,
        # and the client sees that it is not whole.
        lost = done() - statuses.get(200, 0)
        self.assertLessEqual(lost, cut)
        self.assertLessEqual(set(statuses) - {200}, {"IncompleteRead", "RemoteDisconnected",
                                                     "ConnectionResetError"})
        # Else the kills have hit nothing.
        self.assertGreater(retried, 0)


if __name__ == "__main__":
    unittest.main()
