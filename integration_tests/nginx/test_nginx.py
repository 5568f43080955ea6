"""wsgi_equivalent/nginx.conf with a real nginx in front of two server processes.

Only the addresses in the file are replaced. Needs nginx (package nginx-light) and any python3.
"""

import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support import boxes, form  # noqa: E402
from support.server import ROOT, Server  # noqa: E402

FRAME = """
daemon off;
pid {folder}/pid;
error_log {folder}/error.log info;
worker_processes 1;
events {{ worker_connections 256; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""

BOX = boxes.Box((0, 0, 0), (0.1, 0.1, 0.1), (0.2, 0.7, 0.4))


def scenes():
    """A small scene, and one larger than nginx keeps in memory."""
    return {"small": boxes.SMALL,
            "6 MB": boxes.gltf([BOX], boxes.ABOVE).replace(
                b'"scene":0', b'"extras":"' + b"x" * 6_000_000 + b'","scene":0')}


@contextlib.contextmanager
def nginx(ports):
    """Runs nginx with the site file before the processes on these ports; gives its URL and the
    path of its error log."""
    program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if program is None:
        raise RuntimeError("nginx is not installed (Debian, Ubuntu: apt-get install nginx-light).")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    site = (ROOT / "wsgi_equivalent" / "nginx.conf").read_text()
    site, listens = re.subn(r"listen \d+;", f"listen 127.0.0.1:{port};", site)
    upstream = iter(ports)
    site, servers = re.subn(r"server 127\.0\.0\.1:\d+", lambda _: f"server 127.0.0.1:{next(upstream)}",
                            site)
    assert (listens, servers) == (1, len(ports)), "nginx.conf is not what this test expects"
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        (folder / "site.conf").write_text(site)
        (folder / "nginx.conf").write_text(FRAME.format(folder=folder))
        process = subprocess.Popen(
            [program, "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf"),
             "-p", str(folder)])
        try:
            for _ in range(100):
                with contextlib.suppress(OSError):
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}", folder / "error.log"
        finally:
            process.terminate()
            process.wait(30)


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
        self.assertEqual((through.status, through.body), (direct.status, direct.body))
        self.assertEqual(through.status, 400)

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
