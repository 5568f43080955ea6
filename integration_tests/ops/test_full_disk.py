"""A disk that is full: a large scene is refused for now, and the server goes on."""

import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support import form  # noqa: E402
from support.server import ROOT, Server, binary  # noqa: E402

# Namespaces of its own, in which this user may mount.
UNSHARE = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
# What is larger waits in a file.
IN_MEMORY = 64 << 20


def can_mount():
    """Whether this system lets its users do so."""
    mount = [*UNSHARE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(mount, capture_output=True, check=False).returncode == 0


class FullDisk(unittest.TestCase):
    """The folder for temporary files has 8 MiB."""

    def setUp(self):
        if not can_mount():
            self.skipTest("this user may mount nothing, in a namespace neither")
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.spool, program = folder / "spool", folder / "server"
        self.spool.mkdir()
        inner = 'mount -t tmpfs -o size=8m tmpfs "$TMPDIR" && exec "$0" "$@"'
        words = [*UNSHARE, "sh", "-c", inner, str(pathlib.Path(binary()).resolve())]
        program.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        program.chmod(0o755)
        with mock.patch.dict(os.environ, GLTF_RENDER_SERVER_BIN=str(program)):
            self.server = self.enterContext(Server("--workers", "1", TMPDIR=str(self.spool)))

    def test_a_large_scene_is_refused_and_leaves_nothing(self):
        sample = (ROOT / "test_assets" / "sample.glb").read_bytes()
        before = form.render(self.server.url, sample)
        self.assertEqual(before.status, 200)
        large = b'{"asset":{"version":"2.0"},"extras":"' + b" " * IN_MEMORY + b'"}'
        for _ in range(2):
            reply = form.render(self.server.url, large)
            self.assertEqual((reply.status, reply.refusal()["code"]), (503, "storage_failure"))
            self.assertIn("retry-after", {name.lower() for name in reply.headers})
            # The files have no names; that they are gone is seen by the space.
            spool = os.statvfs(f"/proc/{self.server.process.pid}/root{self.spool}")
            self.assertEqual(spool.f_bfree, spool.f_blocks)
        after = form.render(self.server.url, sample)
        self.assertEqual((after.status, after.body), (200, before.body))
        metrics = form.send(self.server.url, method="GET", path="/metrics").body.decode()
        self.assertIn("gltf_render_server_queued_bytes 0\n", metrics)
        log = self.server.log()
        self.assertIn("No space left on device", log)
        self.assertNotIn("panicked", log)


if __name__ == "__main__":
    unittest.main()
