"""The commands that the documents show do what is said of them, as they stand."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.server import ROOT, Server, binary  # noqa: E402

# All others install, build, or need another machine: `make`, `pip`, `sudo` and the like. What pip installs, and
# what is shown in Python, `integration_tests/python` runs.
COMMANDS = ("curl ", "gltf-render-server ")

DOCUMENTS = ["README.md", *sorted(path.name for path in (ROOT / "docs").glob("*.md"))]

MAGIC = {".png": b"\x89PNG", ".tiff": b"II*\0", ".html": b"<!doctype html>"}


def commands(text):
    """The commands in the fenced blocks of a document, each in one line."""
    found, is_fenced = [], False
    for line in text.replace("\\\n", " ").splitlines():
        if line.startswith("```"):
            is_fenced = not is_fenced
        elif is_fenced and line.startswith(COMMANDS):
            found.append(line)
    return found


class Commands(unittest.TestCase):
    """In a folder as they suppose it, beside a server on the port that they name."""

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server("--workers", "2"))
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        sample = ROOT / "test_assets" / "sample.glb"
        for name in ("test_assets", "models", "bin"):
            (cls.folder / name).mkdir()
        shutil.copy(sample, cls.folder / "test_assets")
        shutil.copy(sample, cls.folder / "models")
        (cls.folder / "bin" / "gltf-render-server").symlink_to(pathlib.Path(binary()).resolve())
        for name in ("before.png", "after.png"):
            cls.run_line(f"gltf-render-server render models/sample.glb --color {name}")

    @classmethod
    def run_line(cls, line):
        path = f"{cls.folder / 'bin'}:{os.environ['PATH']}"
        line = line.replace("http://127.0.0.1:8000", cls.server.url)
        return subprocess.run(["bash", "-eu", "-c", line], cwd=cls.folder, env={**os.environ, "PATH": path},
                              capture_output=True, text=True, timeout=120, check=False)

    def made_by(self, line):
        """Files that it writes: all new ones."""
        before = {path: path.stat().st_mtime_ns for path in self.folder.glob("*.*")}
        done = self.run_line(line)
        self.assertEqual(done.returncode, 0, f"{line}\n{done.stdout}\n{done.stderr}")
        return done, [path for path in self.folder.glob("*.*") if before.get(path) != path.stat().st_mtime_ns]

    def test_commands_run_as_they_stand(self):
        count = 0
        for document in DOCUMENTS:
            path = ROOT / document if document == "README.md" else ROOT / "docs" / document
            for line in commands(path.read_text()):
                with self.subTest(document=document, line=line):
                    count += 1
                    done, made = self.made_by(line)
                    writes = [word for word in line.split() if pathlib.Path(word).suffix in MAGIC]
                    self.assertTrue(made or not writes, "nothing is written")
                    for file in made:
                        content = file.read_bytes()
                        self.assertTrue(content.lower().startswith(MAGIC[file.suffix].lower()), file.name)
                    if line.startswith("curl") and " -w " in line:
                        self.assertEqual(done.stdout.strip()[-3:], "200", line)
        self.assertGreaterEqual(count, 9)


if __name__ == "__main__":
    unittest.main()
