"""`wsgi_equivalent/README.md`, section "One machine", done word by word in a Debian that systemd has booted.

$SYSTEMD_ROOT is the root of that Debian: debootstrap made it, and what is shown here changes it. It is booted in a
container without a GPU and with no network but the loopback, where all commands run. `make test-systemd` does both,
as root. Without $SYSTEMD_ROOT nothing is tested.
"""

import concurrent.futures
import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.server import ROOT, binary  # noqa: E402

MACHINE = pathlib.Path(os.environ["SYSTEMD_ROOT"]) if "SYSTEMD_ROOT" in os.environ else None
DOCUMENT = ROOT / "wsgi_equivalent" / "README.md"
CHECKOUT = "/checkout"
POST = ("curl --silent --fail --form image_type=color --form width=320 --form height=240"
        " --form scene=@test_assets/sample.glb {options} http://127.0.0.1:{port}/render")
BOOT_SECONDS = 60


def blocks():
    """The fenced blocks of the section."""
    section = DOCUMENT.read_text().split("## One machine")[1].split("\n## ")[0]
    return re.findall(r"```\n(.*?)```", section, re.DOTALL)


class Machine:
    """The booted container."""

    def __init__(self):
        # Where this machine has no systemd itself, there is nobody to tell of the container.
        is_told = pathlib.Path("/run/systemd/system").is_dir()
        alone = [] if is_told else ["--register=no", "--keep-unit"]
        self._outside = subprocess.Popen(
            ["systemd-nspawn", "--quiet", "--boot", "--private-network", *alone, f"--directory={MACHINE}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def _wait(self):
        deadline = time.monotonic() + BOOT_SECONDS
        while self.run("systemctl is-system-running", check=False).stdout.strip() not in ("running", "degraded"):
            if self._outside.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("The container does not boot.")
            time.sleep(0.5)

    def _init(self):
        """Its process 1, as seen from outside."""
        pid = self._outside.pid
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
        return children.read_text().split()[0] if children.exists() and children.read_text().split() else None

    def run(self, command, check=True):
        """Runs what a shell reads, in the checkout, as root."""
        init = self._init()
        inside = ["nsenter", f"--target={init}", "--all"] if init else ["false"]
        script = f"cd {CHECKOUT} && {{ {command}\n}}"
        done = subprocess.run([*inside, "bash", "-eu", "-o", "pipefail", "-c", script], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors="surrogateescape", timeout=120, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"{command}\n{done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def image(self, port, options=""):
        """What a process, or nginx, makes of the sample; None if it refuses."""
        done = self.run(POST.format(port=port, options=options), check=False)
        return done.stdout.encode(errors="surrogateescape") if done.returncode == 0 else None

    def unit(self, port, name):
        return self.run(f"systemctl show --property={name} --value gltf-render-server@{port}").stdout.strip()

    def stop(self):
        if self._outside.poll() is None:
            self.run("systemctl poweroff", check=False)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._outside.wait(30)
        self._outside.kill()


@unittest.skipUnless(MACHINE, "$SYSTEMD_ROOT is not set")
class OneMachine(unittest.TestCase):
    """The tests run in the order of their names, each on what the one before has left."""

    @classmethod
    def setUpClass(cls):
        checkout = MACHINE / CHECKOUT.lstrip("/")
        (checkout / "target" / "release").mkdir(parents=True)
        (checkout / "test_assets").mkdir()
        shutil.copy(binary(), checkout / "target" / "release" / "gltf-render-server")
        shutil.copytree(ROOT / "wsgi_equivalent", checkout / "wsgi_equivalent")
        shutil.copy(ROOT / "test_assets" / "sample.glb", checkout / "test_assets")
        cls.machine = Machine()
        cls.addClassCleanup(cls.machine.stop)
        cls.install, cls.tokens, *_ = blocks()

    def test_1_what_is_installed_draws(self):
        self.machine.run(self.install)
        images = [self.machine.image(port) for port in (8001, 8002, 8000)]
        self.assertTrue(images[0].startswith(b"\x89PNG"), images[0])
        self.assertEqual(images, images[:1] * 3)
        for port in (8001, 8002):
            self.assertEqual(self.machine.unit(port, "ActiveState"), "active")
            self.assertNotIn(self.machine.run(f"stat --format=%u /proc/{self.machine.unit(port, 'MainPID')}").stdout, "0\n")

    def test_2_restarts_in_turn_lose_no_image(self):
        expected, is_over = self.machine.image(8000), threading.Event()

        def ask():
            answers = []
            while not is_over.is_set():
                answers.append(self.machine.image(8000))
            return answers

        before = [self.machine.unit(port, "MainPID") for port in (8001, 8002)]
        with concurrent.futures.ThreadPoolExecutor() as clients:
            asked = [clients.submit(ask) for _ in range(2)]
            try:
                for port in (8001, 8002):
                    self.machine.run(f"systemctl restart gltf-render-server@{port}")
            finally:
                is_over.set()
        answers = asked[0].result() + asked[1].result()
        after = [self.machine.unit(port, "MainPID") for port in (8001, 8002)]
        self.assertTrue(all(map(str.__ne__, before, after)), after)
        self.assertGreater(len(answers), 10)
        self.assertEqual(answers, [expected] * len(answers))

    def test_3_what_dies_is_started_again(self):
        expected, before = self.machine.image(8000), self.machine.unit(8001, "MainPID")
        self.machine.run(f"kill -KILL {before}")
        deadline = time.monotonic() + 60
        while self.machine.image(8001) is None:
            self.assertLess(time.monotonic(), deadline)
            # nginx has the other one.
            self.assertEqual(self.machine.image(8000), expected)
        self.assertEqual(self.machine.unit(8001, "NRestarts"), "1")

    def test_4_a_token_is_asked_for_and_changed(self):
        commands, drop_in = re.fullmatch(r"(.*\n)sudo systemctl edit \S+\n(.*)", self.tokens, re.DOTALL).groups()
        # What an editor would be opened for.
        folder = "/etc/systemd/system/gltf-render-server@.service.d"
        (MACHINE / folder.lstrip("/")).mkdir()
        (MACHINE / folder.lstrip("/") / "override.conf").write_text(drop_in.replace("    ", ""))
        self.machine.run(f"echo one > tokens; {commands}")
        self.machine.run("systemctl daemon-reload && systemctl restart 'gltf-render-server@*'")
        one, two = (f"--header 'Authorization: Bearer {token}'" for token in ("one", "two"))
        self.assertIsNone(self.machine.image(8000))
        self.assertIsNone(self.machine.image(8000, two))
        self.assertIsNotNone(self.machine.image(8000, one))
        self.machine.run("echo two > /etc/gltf-render-server/tokens")
        (reload,) = re.findall(r"`(sudo systemctl reload [^`]*)`", DOCUMENT.read_text())
        self.machine.run(reload)
        self.assertIsNotNone(self.machine.image(8001, two))
        self.assertIsNone(self.machine.image(8001, one))

    def test_5_it_is_closed_as_far_as_is_said(self):
        said = self.machine.run("systemd-analyze --no-pager security gltf-render-server@8001").stdout
        (level,) = re.findall(r"exposure level for \S+: (\S+)", said)
        self.assertIn(f"`systemd-analyze security` says {level} ", DOCUMENT.read_text())

    def test_6_a_stop_is_no_failure(self):
        self.machine.run("systemctl stop gltf-render-server@8001")
        self.assertEqual(self.machine.unit(8001, "ActiveState"), "inactive")
        self.assertEqual(self.machine.unit(8001, "Result"), "success")
        log = self.machine.run("journalctl --unit=gltf-render-server@8001").stdout
        self.assertIn("All requests are finished.", log)


if __name__ == "__main__":
    unittest.main()
