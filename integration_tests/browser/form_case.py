"""What the tests of the form at /render share."""

import hashlib
import json
import pathlib
import struct

from browser import BrowserCase, new_images

from support import form

TYPES = ("color", "depth", "label")

# What is on the three canvases, as PNG in base64.
PICTURES = "() => panels.map((panel) => panel.canvas.toDataURL())"


def float32(text):
    """A number as the nearest 32-bit float."""
    return struct.unpack("<f", struct.pack("<f", float(text)))[0]


def glb_chunks(data):
    """(JSON, all that follows)."""
    magic, version, total, length, kind = struct.unpack_from("<4sII I4s", data)
    assert (magic, version, total, kind) == (b"glTF", 2, len(data), b"JSON")
    return json.loads(data[20:20 + length]), data[20 + length:]


class FormCase(BrowserCase):
    """What all tests of the form do."""

    def open_sample(self, **options):
        page = self.open("/render", **options)
        with new_images(page):
            page.get_by_role("button", name="Try the sample").click()
        return page

    def open_file(self, name, data):
        page = self.open("/render")
        with new_images(page):
            self.choose(page, name, data)
        return page

    def choose(self, page, name, data):
        page.get_by_label("glTF file").set_input_files({"name": name, "mimeType": "", "buffer": data})

    def images(self, page):
        return [hashlib.sha256(picture.encode()).hexdigest() for picture in page.evaluate(PICTURES)]

    def saved(self, page, locator):
        """(name, bytes) of what a link or button saves."""
        with page.expect_download() as download:
            page.locator(locator).click()
        return download.value.suggested_filename, pathlib.Path(download.value.path()).read_bytes()

    def saved_images(self, page):
        return {each: self.saved(page, f"[data-type={each}] .save")[1] for each in TYPES}

    def posted(self, page, image_type, scene=None):
        """The answer to what the page asks for, posted from here."""
        fields = page.evaluate("type => shown.fieldsFor(type)", image_type)
        scene = self.saved(page, "#save-scene")[1] if scene is None else scene
        reply = form.send(self.server.url, *reversed(form.encode(fields, scene)))
        self.assertEqual(reply.status, 200, reply.body)
        return reply.body
