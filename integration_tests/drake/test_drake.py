"""The real Drake client against the built server: what it gets is what RenderEngineVtk draws.

One test for each scene of `scenes.py`, with the limits of `compare.py`; where a limit is missed,
reference, answer and difference are left as pictures in integration_tests/out/drake. Each test
prints its figures.
"""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.server import Server  # noqa: E402
import compare  # noqa: E402
import scenes  # noqa: E402


class Fidelity(unittest.TestCase):
    """A test method `test_NAME` for each scene; one server draws them all."""

    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.server = cls.enterClassContext(Server())
        print(compare.table_head(), flush=True)

    def check(self, name):
        """Compares one scene."""
        ended = self.server.process.poll()
        if ended is not None:
            self.fail(f"The server ended ({ended}).\n{self.server.log()[-2000:]}")
        scene = scenes.build(name, self.folder)
        result = compare.compare(scene, self.server.url)
        print(compare.table_row(name, result), flush=True)
        if scene.exception:
            print(f"{'':18} {scene.exception}", flush=True)
        missed = result.misses(scene.limits)
        shown = "\n".join(str(path) for path in result.pictures)
        self.assertFalse(missed, "\n".join([*missed, shown]))


def _test(name):
    def run(self):
        self.check(name)

    run.__doc__ = f"{name}: {scenes.MAKERS[scenes.NAMES.index(name)].__doc__}"
    return run


for _name in scenes.NAMES:
    setattr(Fidelity, f"test_{_name}", _test(_name))


if __name__ == "__main__":
    unittest.main()
