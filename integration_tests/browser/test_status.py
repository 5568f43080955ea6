"""The page at /: what the server does."""

import unittest

from browser import DESKTOP, OUT, PHONE, BrowserCase


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


if __name__ == "__main__":
    unittest.main()
