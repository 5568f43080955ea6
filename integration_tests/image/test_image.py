"""What the Dockerfile makes, run as an engine would with the README's strictest settings.

This is no `docker run`: make_root.py has made the folder $IMAGE_ROOT, and here it is the read-only root
of processes with no capabilities, in namespaces of their own, with no network but the loopback. `make
test-image` calls both, as root, this one in a mount and a network namespace. Without $IMAGE_ROOT
nothing is tested.
"""

import contextlib
import fcntl
import io
import json
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support import boxes, dockerfile, form  # noqa: E402
from support.server import ROOT  # noqa: E402

IMAGE = pathlib.Path(os.environ["IMAGE_ROOT"]) if "IMAGE_ROOT" in os.environ else None
CASE = ROOT / "integration_tests" / "cases" / "sample"
SIOCSIFFLAGS, IFF_UP = 0x8914, 1


def mount(*arguments):
    subprocess.run(["mount", *map(str, arguments)], check=True)


def loopback_up():
    """A new network namespace has it, but down."""
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))


def prepare():
    """What an engine mounts with --read-only and --tmpfs for the two folders that are written to."""
    user, _ = dockerfile.user()
    mount("--make-rprivate", "/")
    mount("--bind", IMAGE, IMAGE)
    mount("-o", "remount,bind,ro", IMAGE)
    mount("-t", "tmpfs", "-o", "mode=1777,noexec,nosuid,nodev", "tmpfs", IMAGE / "tmp")
    mount("-t", "tmpfs", "-o", f"uid={user},mode=0700,noexec,nosuid,nodev", "tmpfs",
          IMAGE / "var/cache/gltf-render-server")
    mount("-t", "sysfs", "-o", "ro", "sysfs", IMAGE / "sys")
    mount("-t", "tmpfs", "-o", "mode=0755,nosuid", "tmpfs", IMAGE / "dev")
    for name in ("null", "zero", "full", "random", "urandom"):
        (IMAGE / "dev" / name).touch()
        mount("--bind", f"/dev/{name}", IMAGE / "dev" / name)


def confined(*command):
    """The command in the image, as its user, with no capabilities and none to gain."""
    user, group = dockerfile.user()
    return ["chroot", str(IMAGE), "setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups",
            "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", *command]


ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
               **dockerfile.environment()}
URL = f"http://127.0.0.1:{ENVIRONMENT['GLTF_RENDER_SERVER_PORT']}"


def run(*command, **environment):
    """What came of a command in the image."""
    return subprocess.run(confined(*command), env={**ENVIRONMENT, **environment}, text=True,
                          capture_output=True, timeout=60)


class Container:
    """The entry point as process 1 of a process namespace; use it as a context manager."""

    def __enter__(self):
        self._log = tempfile.TemporaryFile("w+")
        self.outside = subprocess.Popen(
            ["unshare", "--pid", "--fork", "--kill-child", f"--mount-proc={IMAGE / 'proc'}",
             *confined(*dockerfile.entrypoint())],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, env=ENVIRONMENT)
        deadline = time.monotonic() + 60
        while run(*dockerfile.health_check()).returncode != 0:
            if self.outside.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise RuntimeError(f"The container is not healthy.\n{self.log}")
            time.sleep(0.2)
        return self

    def __exit__(self, *exception):
        if self.outside.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self.stop(signal.SIGKILL)
        self._log.seek(0)
        self.log = self._log.read()
        self._log.close()

    def child(self, pid):
        """The only child of a process."""
        return int(pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text())

    def init(self):
        """tini, as seen from outside."""
        return self.child(self.outside.pid)

    def stop(self, number):
        """Sends process 1 a signal, as an engine does, and returns how it ended."""
        os.kill(self.init(), number)
        return self.outside.wait(90)


@unittest.skipIf(IMAGE is None, "IMAGE_ROOT names no folder; `make test-image` makes one")
class Image(unittest.TestCase):
    """One container; all of them are on the same port, so that it stops before the next test."""

    @classmethod
    def setUpClass(cls):
        loopback_up()
        prepare()

    def setUp(self):
        self.container = self.enterContext(Container())

    def test_images_are_those_of_the_case(self):
        """Color, depth and label of a sample, as well as integration_tests/cases asks of any driver."""
        import numpy
        from PIL import Image as Picture

        case = json.loads((CASE / "case.json").read_text())
        scene = (ROOT / "test_assets" / case["scene"]).read_bytes()
        lens = {name: case[name] for name in ("width", "height", "focal_x", "focal_y", "center_x",
                                              "center_y", "near", "far")}
        for check in case["checks"]:
            kind = check["image"]
            extra = {name: case[name] for name in ("min_depth", "max_depth")} if kind == "depth" else {}
            reply = form.render(URL, scene, kind, fov_x=None, fov_y=None, **lens, **extra)
            with self.subTest(kind=kind):
                self.assertEqual(reply.status, 200, reply.body[:500])
                drawn = numpy.asarray(Picture.open(io.BytesIO(reply.body)), dtype=float)
                expected = numpy.asarray(Picture.open(CASE / check["reference"]), dtype=float)
                self.assertEqual(drawn.shape, expected.shape)
                self.assertGreater(len(numpy.unique(drawn)), 2)
                bound = check.get("max_difference", check.get("tolerance", 0))
                # Where both are infinite their difference is no number, and no difference.
                with numpy.errstate(invalid="ignore"):
                    differ = ~((numpy.abs(drawn - expected) <= bound) | (drawn == expected))
                self.assertLessEqual(differ.mean(), check["outliers"])

    def test_it_draws_with_lavapipe(self):
        metrics = form.send(URL, method="GET", path="/metrics").body.decode()
        info = next(line for line in metrics.splitlines() if line.startswith("gltf_render_server_info{"))
        self.assertIn("llvmpipe", info)
        self.assertIn("vulkan", info.lower())

    def test_large_scenes_wait_where_there_is_room(self):
        """More than the server keeps in memory of a scene, which goes to a file."""
        large = boxes.SMALL.replace(b'"scene":0', b'"extras":"' + b"x" * (70 << 20) + b'","scene":0')
        self.assertEqual(form.render(URL, large).status, 200)

    def test_it_can_do_nothing_else(self):
        server = self.container.child(self.container.init())
        lines = pathlib.Path(f"/proc/{server}/status").read_text().splitlines()
        status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
        self.assertEqual(status["Name"], "gltf-render-ser")
        user, group = (str(number) for number in dockerfile.user())
        self.assertEqual((set(status["Uid"].split()), set(status["Gid"].split())), ({user}, {group}))
        self.assertEqual([int(status[f"Cap{kind}"], 16) for kind in ("Eff", "Prm", "Inh", "Bnd")], [0] * 4)
        self.assertEqual(status["NoNewPrivs"], "1")
        for path in ("/x", "/usr/local/bin/x", "/etc/x"):
            self.assertIn("Read-only file system", run("touch", path).stderr)
        self.assertNotEqual(run("sh", "-c", "command -v python3").returncode, 0)

    def test_it_is_sick_where_nobody_answers(self):
        self.assertEqual(run(*dockerfile.health_check()).returncode, 0)
        self.assertNotEqual(run(*dockerfile.health_check(), GLTF_RENDER_SERVER_PORT="1").returncode, 0)

    def test_it_stops_by_the_signal(self):
        self.assertEqual(form.render(URL, boxes.SMALL).status, 200)
        # What tini makes of the death by SIGTERM.
        self.assertEqual(self.container.stop(signal.SIGTERM), 128 + signal.SIGTERM)


if __name__ == "__main__":
    unittest.main()
