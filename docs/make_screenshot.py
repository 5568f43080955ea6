"""Makes docs/form.png: the page at /render with the sample, as Chromium shows it.

    .venv-drake/bin/python docs/make_screenshot.py

`make test-browser` makes that environment.
"""

import io
import pathlib
import sys

from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "integration_tests"), str(ROOT / "integration_tests" / "browser")]

from browser import ARGUMENTS, new_images, program  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from support.server import Server  # noqa: E402

SIZE = {"width": 1180, "height": 652}


def main():
    with Server() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=ARGUMENTS)
        page = browser.new_page(viewport=SIZE)
        page.goto(f"{server.url}/render")
        with new_images(page):
            page.get_by_role("button", name="Try the sample").click()
        with new_images(page):
            page.locator("[data-type=color] .frame").focus()
            for _ in range(6):
                page.keyboard.press("+")
        picture = Image.open(io.BytesIO(page.screenshot()))
        browser.close()
    # 256 colors are enough for it.
    picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(ROOT / "docs" / "form.png", optimize=True)


if __name__ == "__main__":
    main()
