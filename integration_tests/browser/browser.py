"""The server's pages in a real Chromium, which is watched: what it logs, and what it asks for."""

import contextlib
import os
import pathlib
import shutil
import sys
import unittest

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.server import ROOT, Server  # noqa: E402

OUT = ROOT / "integration_tests" / "out" / "browser"
SAMPLE = ROOT / "test_assets" / "sample.glb"
PHONE, DESKTOP = {"width": 375, "height": 812}, {"width": 1280, "height": 900}

# Root may not have a sandbox; the rest keeps the browser from asking for anything by itself.
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
             "--disable-sync", "--no-first-run"]


def program():
    """The browser: $CHROMIUM, else that on the PATH."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None:
        sys.exit("There is no chromium (Debian: apt-get install chromium; Ubuntu's package is a snap, which cannot be"
                 " used here: set CHROMIUM to the path of a Chromium or Chrome).")
    return path


class BrowserCase(unittest.TestCase):
    """One server, with these arguments, and one browser for all cases of a class; pages of its own for each."""

    ARGUMENTS = ()

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server("--workers", "2", *cls.ARGUMENTS))
        playwright = cls.enterClassContext(sync_playwright())
        cls.browser = playwright.chromium.launch(executable_path=program(), args=ARGUMENTS)
        cls.addClassCleanup(cls.browser.close)
        OUT.mkdir(parents=True, exist_ok=True)

    def setUp(self):
        self.said = []
        # Statuses that a test provokes: the browser logs them as errors.
        self.provoked = set()
        self.addCleanup(self.check_what_was_said)

    def check_what_was_said(self):
        provoked = [f"status of {status} " for status in self.provoked]
        said = [text for text in self.said if not any(words in text for words in provoked)]
        self.assertEqual(said, [])

    def open(self, path, before=None, **options):
        """A page in a context of its own, with these options of the context; `before` runs before its scripts."""
        context = self.browser.new_context(**{"viewport": DESKTOP, **options})
        self.addCleanup(context.close)
        context.set_default_timeout(60_000)

        def guard(route):
            if route.request.url.startswith(f"{self.server.url}/"):
                route.continue_()
            else:
                self.said.append(f"asked for {route.request.url}")
                route.abort()

        context.route(lambda url: not url.startswith(("data:", "blob:")), guard)
        page = context.new_page()
        if before:
            page.add_init_script(before)
        page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}")
                if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.said.append(f"{error.message}\n{error.stack}"))
        page.goto(self.server.url + path)
        return page

    def assert_accessible(self, page):
        """axe-core finds nothing serious or critical."""
        found = Axe().run(page).response
        self.assertGreater(len(found["passes"]), 10)
        serious = [f"{fault['id']}: {[node['target'] for node in fault['nodes']]}"
                   for fault in found["violations"] if fault["impact"] in ("serious", "critical")]
        self.assertEqual(serious, [])


@contextlib.contextmanager
def new_images(page):
    """What is done within leads to new images, or to a refusal; returns when no more come."""
    before = page.evaluate_handle("shown")
    yield
    for _ in range(1200):
        if page.evaluate("before => shown !== before && !round.isRunning", before):
            return
        page.wait_for_timeout(50)
    raise AssertionError("No new images came.")
