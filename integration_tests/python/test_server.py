"""`RenderServer`: how a server is found, started and stopped, whatever happens."""

import gc
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from unittest import mock

from gltf_render_server import PinholeCamera, RenderServer, ServerFailed, program

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import doubles  # noqa: E402
from support import boxes  # noqa: E402
from support.server import binary  # noqa: E402

CAMERA = PinholeCamera(64, 48)

# In place of the server where only its process matters: it starts at once.
IDLE = "import time\nprint('Running on http://127.0.0.1:1', flush=True)\ntime.sleep(1000)"


class Life(unittest.TestCase):
    """From the start to the end."""

    @classmethod
    def setUpClass(cls):
        cls.idle = doubles.program(cls.enterClassContext(tempfile.TemporaryDirectory()), IDLE)

    def test_it_ends_with_its_block(self):
        with RenderServer() as server:
            self.assertRegex(server.url, r"^http://127\.0\.0\.1:\d+$")
            self.assertTrue(doubles.is_alive(server.process_id))
            server.render(boxes.SMALL, CAMERA)
        self.assertFalse(doubles.is_alive(server.process_id))
        self.assertIn("All requests are finished", server.log())

    def test_it_ends_when_its_block_raises(self):
        for error in (ZeroDivisionError, KeyboardInterrupt, SystemExit):
            with self.subTest(error), self.assertRaises(error):
                with RenderServer(binary=self.idle) as server:
                    self.assertTrue(doubles.is_alive(server.process_id))
                    raise error
            self.assertFalse(doubles.is_alive(server.process_id))

    def test_it_may_be_closed_twice_and_forgotten(self):
        server = RenderServer(binary=self.idle)
        server.close()
        server.close()
        server = RenderServer(binary=self.idle)
        process_id = server.process_id
        del server
        gc.collect()
        self.assertFalse(doubles.is_alive(process_id))

    def test_nothing_stays_open(self):
        before = doubles.open_files(), threading.active_count()
        with RenderServer() as server:
            server.render(boxes.SMALL, CAMERA)
        self.assertEqual((doubles.open_files(), threading.active_count()), before)

    def child(self, *lines):
        """(process, number of its server's) of a Python that starts one and then does this."""
        # Whoever starts the tests in the background has them ignore the signal.
        text = "\n".join(["import os, signal, sys, time", "from gltf_render_server import RenderServer",
                          "signal.signal(signal.SIGINT, signal.default_int_handler)",
                          f"server = RenderServer(binary={str(self.idle)!r})",
                          "print(server.process_id, flush=True)", "sys.stdin.readline()", *lines])
        pipe = subprocess.PIPE
        child = subprocess.Popen([sys.executable, "-c", text], stdin=pipe, stdout=pipe, stderr=pipe,
                                 text=True, start_new_session=True)
        self.addCleanup(child.communicate)
        self.addCleanup(child.kill)
        server = int(child.stdout.readline())
        self.assertTrue(doubles.is_alive(server))
        child.stdin.write("\n")
        child.stdin.flush()
        return child, server

    def test_it_ends_with_python(self):
        for lines in (["pass"], ["raise ValueError"], ["sys.exit(3)"], ["os._exit(3)"]):
            child, server = self.child(*lines)
            with self.subTest(lines):
                self.assertTrue(doubles.wait_until_ended(child.pid))
                self.assertTrue(doubles.wait_until_ended(server))

    def test_it_ends_when_python_is_killed(self):
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGHUP):
            child, server = self.child("time.sleep(100)")
            with self.subTest(number):
                child.send_signal(number)
                self.assertTrue(doubles.wait_until_ended(server))

    def test_ctrl_c_is_for_python(self):
        """A shell sends it to all that it has started."""
        child, server = self.child("try: print('ready', flush=True); time.sleep(100)",
                                   "except KeyboardInterrupt: print('mine', flush=True)",
                                   "time.sleep(100)")
        self.assertEqual(child.stdout.readline(), "ready\n")
        os.killpg(child.pid, signal.SIGINT)
        self.assertEqual(child.stdout.readline(), "mine\n")
        self.assertFalse(doubles.wait_until_ended(server, 0.5))

    def test_a_fork_that_ends_leaves_it(self):
        child, server = self.child(
            "if os.fork() == 0: sys.exit()", "os.wait()", "print('forked', flush=True)", "time.sleep(100)")
        self.assertEqual(child.stdout.readline(), "forked\n")
        self.assertTrue(doubles.is_alive(server))

    def test_it_lives_longer_than_the_thread_that_starts_it(self):
        servers = []
        thread = threading.Thread(target=lambda: servers.append(RenderServer()))
        thread.start()
        thread.join()
        with servers[0] as server:
            time.sleep(0.2)
            server.render(boxes.SMALL, CAMERA)

    def test_a_lost_server_is_missed(self):
        with RenderServer() as server:
            server.render(boxes.SMALL, CAMERA)
            os.kill(server.process_id, signal.SIGKILL)
            with self.assertRaisesRegex(ServerFailed, "has ended, with exit code -9") as raised:
                server.render(boxes.SMALL, CAMERA)
        self.assertIn("Worker 0", raised.exception.log)

    def test_the_environment_is_not_that_of_another_server(self):
        another = {"GLTF_RENDER_SERVER_PORT": "1", "GLTF_RENDER_SERVER_HOST": "192.0.2.1",
                   "GLTF_RENDER_SERVER_ENDPOINT": "other", "GLTF_RENDER_SERVER_TOKEN_FILE": "/nowhere",
                   "GLTF_RENDER_SERVER_BIND": "192.0.2.1:1", "GLTF_RENDER_SERVER_WORKERS": "1"}
        with mock.patch.dict(os.environ, another), RenderServer() as server:
            server.render(boxes.SMALL, CAMERA)
            self.assertIn("Worker 0", server.log())
            self.assertNotIn("Worker 1", server.log())


class Failures(unittest.TestCase):
    """A server that does not start."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def test_what_it_says_is_told(self):
        with self.assertRaisesRegex(ServerFailed, "exit code 2") as raised:
            RenderServer(arguments=["--workers", "none"])
        self.assertIn("--workers", raised.exception.log)
        self.assertIn("--workers", str(raised.exception))

    def test_one_that_is_never_ready_is_stopped(self):
        text = "import os, sys, time\nprint(os.getpid(), 'waits', file=sys.stderr, flush=True)\ntime.sleep(100)"
        begun = time.monotonic()
        with self.assertRaisesRegex(ServerFailed, "not ready within 4.0 seconds") as raised:
            RenderServer(binary=doubles.program(self.folder, text), start_timeout=4.0)
        self.assertLess(time.monotonic() - begun, 14)
        self.assertFalse(doubles.is_alive(int(raised.exception.log.split()[0])))

    def test_one_that_does_not_want_to_end_is_killed(self):
        text = ("import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                "print('Running on http://127.0.0.1:1', flush=True)\ntime.sleep(100)")
        with mock.patch("gltf_render_server.process._STOP_SECONDS", 0.5):
            with RenderServer(binary=doubles.program(self.folder, text)) as server:
                pass
        self.assertFalse(doubles.is_alive(server.process_id))

    def test_no_program(self):
        file = self.folder / "file"
        file.write_text("not executable")
        for path in (self.folder / "nothing", file):
            with self.subTest(path), self.assertRaisesRegex(ServerFailed, str(path)):
                RenderServer(binary=path)
        broken = doubles.program(self.folder, "")
        broken.write_text("#!/nowhere/at/all\n")
        with self.assertRaises(ServerFailed):
            RenderServer(binary=broken)


class Found(unittest.TestCase):
    """Which program is taken."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())).resolve()
        self.enterContext(mock.patch.dict(os.environ))
        os.environ.pop(program.VARIABLE, None)

    def make(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
        return path

    def test_that_of_the_wheel(self):
        """pip has built it with the program at hand."""
        package = pathlib.Path(program.__file__).parent
        self.assertIn("site-packages", package.parts)
        self.assertEqual(program.find(), package / "bin" / "gltf-render-server")

    def test_the_order(self):
        package = self.folder / "checkout" / "python" / "gltf_render_server"
        name = "gltf-render-server"
        with mock.patch("gltf_render_server.program._PACKAGE", package):
            os.environ["PATH"] = str(self.folder / "path")
            with self.assertRaisesRegex(ServerFailed, "cargo build"):
                program.find()
            # Each goes before the ones above it.
            for path in (self.folder / "path" / name,
                         self.folder / "checkout" / "target" / "release" / name,
                         package / "bin" / name):
                self.make(path)
                self.assertEqual(program.find(), path)
            named = self.make(self.folder / "named")
            os.environ[program.VARIABLE] = str(named)
            self.assertEqual(program.find(), named)
            self.assertEqual(program.find(binary()), pathlib.Path(binary()).resolve())


if __name__ == "__main__":
    unittest.main()
