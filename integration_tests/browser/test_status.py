"""The page at /: what the server does."""

import re
import unittest

from browser import DESKTOP, OUT, PHONE, SAMPLE, BrowserCase

from support import form


class Status(BrowserCase):
    """For everybody's eyes, and for those who use none."""

    def test_nothing_bars_anybody(self):
        for scheme in ("light", "dark"):
            for name, size in (("phone", PHONE), ("desktop", DESKTOP)):
                with self.subTest(scheme=scheme, size=name):
                    page = self.open("/", viewport=size, color_scheme=scheme)
                    self.assertIn("gltf-render-server", page.title())
                    page.screenshot(path=OUT / f"status-{name}-{scheme}.png", full_page=True)
                    self.assert_accessible(page)

    def card(self, page, name):
        """What the page says of this now."""
        return page.locator(".cards div", has_text=name).locator("dd").inner_text()

    def load(self, good, bad):
        """Posts so many requests that get an image, and so many that do not."""
        scene = SAMPLE.read_bytes()
        for _ in range(good):
            self.assertEqual(form.render(self.server.url, scene).status, 200)
        for _ in range(bad):
            self.assertEqual(form.render(self.server.url, scene, width=0).status, 400)

    def until(self, page, name, wanted):
        """Waits until the page, which is not loaded again, says this."""
        for _ in range(300):
            if self.card(page, name) == wanted:
                return
            page.wait_for_timeout(100)
        self.assertEqual(self.card(page, name), wanted, name)

    def test_numbers_move_under_load(self):
        page = self.open("/")
        page.evaluate("window.isTheSamePage = true")
        requests, errors = (int(self.card(page, name)) for name in ("Requests", "Errors"))
        self.load(7, 2)
        self.until(page, "Requests", str(requests + 9))
        self.until(page, "Errors", str(errors + 2))
        self.assertEqual(page.locator("#following").inner_text(), "Live.")
        self.assertRegex(self.card(page, "Latency"), r"^[\d.]+ ms$")
        rates = page.locator("#plots figure", has_text="Requests")
        top = re.search(r"up to ([\d.]+)/s", rates.locator("svg").get_attribute("aria-label"))
        self.assertGreater(float(top[1]), 1)
        self.assertGreaterEqual(rates.locator("path.s0").count(), 1)
        bars = page.locator("#stages rect").evaluate_all("all => all.map((bar) => +bar.getAttribute('width'))")
        self.assertEqual(len(bars), 5)
        self.assertAlmostEqual(sum(bars), 100, delta=1)
        adapter = page.locator("#plots figure", has_text="on the processor")
        self.assertRegex(adapter.locator("figcaption").inner_text(), r"^Adapter, on the processor\s+busy [\d.]+ %$")
        busiest = min(float(y) for line in adapter.locator("path.s0").evaluate_all(
            "all => all.map((path) => path.getAttribute('d'))") for y in re.findall(r" ([\d.]+)", line))
        # Its scale goes down from 1 to 71.
        self.assertLess(busiest, 71)
        self.assertTrue(page.evaluate("window.isTheSamePage"))

    def test_a_server_that_idles_says_so(self):
        page = self.open("/")
        latency = page.locator("#plots figure", has_text="Latency").locator("figcaption")
        for _ in range(100):
            if "no requests now" in latency.inner_text():
                break
            page.wait_for_timeout(100)
        self.assertRegex(latency.inner_text(), r"^Latency\s+95 %\s+mean\s*no requests now$")

    def test_without_events_the_page_is_asked_for_again(self):
        page = self.open("/", before="delete window.EventSource")
        requests = int(self.card(page, "Requests"))
        self.load(3, 0)
        self.until(page, "Requests", str(requests + 3))
        self.assertEqual(page.locator("#following").inner_text(), "Refreshed every 5 s.")

    def test_without_scripts_the_page_loads_itself_again(self):
        page = self.open("/", java_script_enabled=False)
        requests = int(self.card(page, "Requests"))
        self.load(3, 0)
        self.until(page, "Requests", str(requests + 3))

    def test_lines_are_copied(self):
        page = self.open("/", permissions=["clipboard-read", "clipboard-write"])
        block = page.locator("pre[aria-labelledby=from-curl]")
        block.locator("xpath=following-sibling::button[1]").click()
        page.get_by_role("button", name="Copied").wait_for()
        copied = page.evaluate("navigator.clipboard.readText()")
        self.assertEqual(copied, block.inner_text())
        self.assertIn(f"{self.server.url}/render", copied)


class Debugged(BrowserCase):
    """The last images, for those who debug."""

    ARGUMENTS = ("--debug",)

    def test_the_last_images_come_by_themselves(self):
        page = self.open("/")
        self.assertEqual(page.locator(".renders li").count(), 0)
        scene = SAMPLE.read_bytes()
        for kind in ("color", "depth", "label"):
            self.assertEqual(form.render(self.server.url, scene, kind).status, 200)
        page.locator(".renders li").nth(2).wait_for()
        # Not by wait_for_function: as soon as that has to wait, the page's policy forbids it.
        loaded = "[...document.querySelectorAll('.renders img')].every((img) => img.naturalWidth > 1)"
        for _ in range(300):
            if page.evaluate(loaded):
                break
            page.wait_for_timeout(100)
        self.assertTrue(page.evaluate(loaded))
        texts = page.locator(".renders li p b").all_inner_texts()
        self.assertEqual(texts, ["label", "depth", "color"])
        self.assert_accessible(page)
        page.screenshot(path=OUT / "status-debug.png", full_page=True)


if __name__ == "__main__":
    unittest.main()
