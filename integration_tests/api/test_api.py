"""The server keeps to the document that it gives of itself.

The document is valid, its examples are drawn as they stand, and what schemathesis makes of it (forms that it
allows and forms that it does not, other methods, missing parts) is answered as it says.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from openapi_spec_validator import validate  # noqa: E402

from support import form  # noqa: E402
from support.server import Server  # noqa: E402

TOKEN = "of-the-test"
# Small, so that an image takes no time; the document says so.
SMALL = ("--max-width", "128", "--max-height", "128")
MAGIC = {"image/png": b"\x89PNG\r\n\x1a\n", "image/tiff": b"II*\0"}


def document(server, **headers):
    """What the server says of itself."""
    reply = form.send(server.url, method="GET", path="/openapi.json", headers=headers)
    assert reply.status == 200, reply.body
    return json.loads(reply.body)


def token_file(folder):
    """A file with the one token."""
    path = pathlib.Path(folder) / "tokens"
    path.write_text(TOKEN + "\n")
    path.chmod(0o600)
    return str(path)


def schemathesis(server, *arguments):
    """What is said of the answers, and a code other than 0 if one is wrong."""
    program = pathlib.Path(sys.executable).parent / "st"
    command = [str(program), "--config-file", str(HERE / "schemathesis.toml"), "run",
               f"{server.url}/openapi.json", *arguments]
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(
            command, cwd=folder, env={**os.environ, "PYTHONPATH": str(HERE)}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, check=False)


def answers(server):
    """How many posted forms were answered how: by image type and status."""
    text = form.send(server.url, method="GET", path="/metrics").body.decode()
    counts = {}
    for line in text.splitlines():
        if line.startswith("gltf_render_server_requests_total{"):
            labels, count = line.rsplit(" ", 1)
            _, image_type, _, status, _ = labels.split('"')
            counts[image_type, int(status)] = float(count)
    return counts


class TestDocument(unittest.TestCase):
    """The document alone."""

    def test_it_is_valid(self):
        with Server() as server:
            validate(document(server))
        with tempfile.TemporaryDirectory() as folder, Server(
                "--token-file", token_file(folder), "--timeout", "60", "--endpoint", "a/b") as server:
            said = document(server, Authorization=f"Bearer {TOKEN}")
            validate(said)
            self.assertIn("401", said["paths"]["/a/b"]["post"]["responses"])
            self.assertIn("504", said["paths"]["/a/b"]["post"]["responses"])

    def test_its_examples_are_drawn(self):
        with Server() as server:
            post = document(server)["paths"]["/render"]["post"]
            examples = post["requestBody"]["content"]["multipart/form-data"]["examples"]
            self.assertGreaterEqual(len(examples), 5)
            for name, example in examples.items():
                with self.subTest(name):
                    fields = dict(example["value"])
                    scene = fields.pop("scene").encode()
                    content_type, body = form.encode(fields.items(), scene)
                    reply = form.send(server.url, body, content_type)
                    self.assertEqual(reply.status, 200, reply.body)
                    media_type = reply.headers["content-type"]
                    self.assertIn(media_type, post["responses"]["200"]["content"])
                    self.assertTrue(reply.body.startswith(MAGIC[media_type]))


class TestAnswers(unittest.TestCase):
    """What schemathesis finds."""

    def test_all_answers_are_as_the_document_says(self):
        with Server(*SMALL) as server:
            run = schemathesis(server)
            counts = answers(server)
        self.assertEqual(run.returncode, 0, run.stdout)
        # More than the examples of the document, which are one or two of each.
        drawn = {image_type: n for (image_type, status), n in counts.items() if status == 200}
        self.assertGreater(sum(drawn.values()), 30, counts)
        for image_type, examples in (("color", 2), ("depth", 2), ("label", 1)):
            self.assertGreater(drawn.get(image_type, 0), examples, counts)
        for refused in (400, 405, 413, 422):
            self.assertGreater(sum(n for (_, status), n in counts.items() if status == refused), 0, counts)

    def test_so_are_those_of_a_server_with_tokens(self):
        with tempfile.TemporaryDirectory() as folder, Server(
                *SMALL, "--token-file", token_file(folder)) as server:
            run = schemathesis(server, "--phases", "examples,coverage",
                               "--header", f"Authorization: Bearer {TOKEN}")
        self.assertEqual(run.returncode, 0, run.stdout)


if __name__ == "__main__":
    unittest.main()
