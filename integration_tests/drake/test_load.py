"""Many images one after another, and eight clients at the same time, without an error."""

import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from support.server import Server  # noqa: E402


class Load(unittest.TestCase):
    """One server for both tests, which must be as well after them as before."""

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())

    def run_clients(self, clients, images):
        """Runs real clients side by side, `images` each."""
        command = [sys.executable, str(HERE / "client.py"), self.server.url, str(images)]
        running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                    text=True) for _ in range(clients)]
        for process in running:
            output, _ = process.communicate(timeout=180)
            self.assertEqual(process.returncode, 0, output[-2000:])
            self.assertEqual(output.split()[-1], str(images))
        self.assertIsNone(self.server.process.poll())

    def test_100_images_in_a_row(self):
        self.run_clients(1, 100)

    def test_8_clients_at_the_same_time(self):
        self.run_clients(8, 6)


if __name__ == "__main__":
    unittest.main()
