"""The README's first command: it shows what it promises, and leaves no process and no file behind, however it ends."""

import os
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

DEV = Path(__file__).resolve().parents[2] / "dev"
WITHIN_S = 240


class Demo(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="procedura-demo-")
        self.addCleanup(folder.cleanup)
        self.scratch, self.home = (Path(folder.name) / name for name in ("tmp", "home"))
        self.scratch.mkdir()
        self.home.mkdir()

    def start(self) -> subprocess.Popen:
        # A session of its own, so that a signal to its group is what Ctrl-C is at a terminal. The settings must be ignored.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CCACHE_")}
        return subprocess.Popen(
            [DEV, "demo"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
            env={**kept, "HOME": str(self.home), "TMPDIR": str(self.scratch), "CCACHE_DISABLE": "1",
                 "PROCEDURA_URL": "ws://127.0.0.1:1", "PROCEDURA_TOKEN": "not-for-the-demo"})

    def check_nothing_left(self, group: int):
        self.assertEqual([], list(self.scratch.iterdir()))
        self.assertEqual([], list(self.home.iterdir()))
        with self.assertRaises(ProcessLookupError, msg="a process of the demo still runs"):
            os.killpg(group, 0)

    def test_the_tour(self):
        demo = self.start()
        output, _ = demo.communicate(timeout=WITHIN_S)
        self.assertEqual(0, demo.returncode, output)
        position = -1
        for expected in ["$ mock-agent --script", '{"listening":"ws://127.0.0.1:', "$ procedura login", '"session_token": "<redacted>"',
                         "$ procedura run worldstate_snapshot", '"entities"', "stream place_ooi_sprites", '"progress":0.25',
                         '"progress":1', '"phase":"finished"', "expectations met: passed", "exit code is 0"]:
            found = output.find(expected, position + 1)
            self.assertGreater(found, position, f"{expected!r} is missing, or too early, in:\n{output}")
            position = found
        self.check_nothing_left(demo.pid)

    def test_ended_by_a_signal(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number.name):
                demo = self.start()
                for line in demo.stdout:
                    if '"progress"' in line:
                        break
                os.killpg(demo.pid, number)
                demo.communicate(timeout=WITHIN_S)
                self.assertEqual(128 + number, demo.returncode)
                self.check_nothing_left(demo.pid)


if __name__ == "__main__":
    unittest.main()
