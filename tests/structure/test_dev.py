"""./dev as its users meet it: what it says of itself, and that wrong command lines end with one line and 2."""

import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def dev(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([ROOT / "dev", *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=30)


class Dev(unittest.TestCase):
    def test_help_shows_examples_first_and_then_every_command(self):
        for arguments in [("help",), ("--help",), ("-h",), ()]:
            with self.subTest(arguments=arguments):
                shown = dev(*arguments)
                self.assertEqual((0, ""), (shown.returncode, shown.stderr))
                self.assertTrue(shown.stdout.startswith("Examples\n  ./dev demo"))
        described = set(re.findall(r"^  (\w+) ", shown.stdout.split("\nCommands\n")[1], re.MULTILINE))
        dispatch = (ROOT / "dev").read_text().split("\ncase $command in\n")[1]
        dispatched = set(re.findall(r"\b\w{2,}\b", " ".join(re.findall(r"^  ([\w| -]+)\) ", dispatch, re.MULTILINE))))
        self.assertEqual(described, dispatched)

    def test_wrong_command_lines(self):
        for arguments in [("tset",), ("--fast",), ("build", "--fast"), ("clean", "all"), ("demo", "x"), ("coverage", "x"),
                          ("format", "--fast"), ("package", "--fast"), ("mutation", "--fast"), ("docs", "x"), ("lint", "no/such.cpp")]:
            with self.subTest(arguments=arguments):
                refused = dev(*arguments)
                self.assertEqual((2, ""), (refused.returncode, refused.stdout))
                self.assertRegex(refused.stderr, r"^dev: [^\n]+; see ./dev help\n$")
                self.assertIn(arguments[-1], refused.stderr)


if __name__ == "__main__":
    unittest.main()
