"""The manual pages that are made of the programs' help: sound roff, one for each command, and nothing of this machine in them."""

import pathlib
import re
import subprocess
import sys
import tempfile

import support

SCRIPT = support.ROOT / "cmake" / "man_page.py"
# A date would make two builds of one source differ.
ALLOWED = "missing date"


def declared():
    """The pages that the build makes: name, program, and the further words of man_page.py."""
    text = (support.ROOT / "cmake" / "ProceduraInstall.cmake").read_text()
    return [(name, program, summary, more.split()) for name, program, summary, more in
            re.findall(r'^manual_page\((\S+) (\S+) "([^"]*)"([^)]*)\)', text, re.MULTILINE)]


class Manual(support.E2eTest):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory(prefix="procedura-man-")
        self.addCleanup(folder.cleanup)
        self.pages = {}
        for name, program, summary, more in declared():
            if (support.BIN / program).exists():
                self.pages[name] = pathlib.Path(folder.name) / f"{name}.1"
                subprocess.run([sys.executable, SCRIPT, self.pages[name], summary, support.BIN / program, *more], check=True,
                               timeout=support.DEADLINE_S)

    def test_there_is_one_for_each_command(self):
        listed = re.search(r"\nCommands\n(.*?)\n\n", self.home.run("help").stdout, re.DOTALL)[1]
        commands = {line.split()[0] for line in listed.splitlines()} - {"help"}
        self.assertEqual({f"procedura-{command}" for command in commands} - set(self.pages), set())

    def test_they_are_sound(self):
        for name, page in self.pages.items():
            with self.subTest(page=name):
                lint = subprocess.run(["mandoc", "-Tlint", "-W", "warning", page], capture_output=True, text=True, timeout=60, check=False)
                self.assertEqual([line for line in lint.stdout.splitlines() if ALLOWED not in line], [])
                groff = subprocess.run(["groff", "-ww", "-man", "-Tutf8", page], capture_output=True, text=True, timeout=60, check=True)
                self.assertEqual(groff.stderr, "")

    def test_they_say_what_the_help_says(self):
        shown = subprocess.run(["mandoc", "-Tascii", "-O", "width=200", self.pages["procedura"]], capture_output=True, text=True, timeout=60,
                               check=True).stdout
        shown = re.sub(r".\x08", "", shown)
        for text in ("SYNOPSIS", "EXIT CODES", "ENVIRONMENT", "PROCEDURA_ACK_TIMEOUT", "--tls-min VERSION", "130  interrupted with Ctrl-C",
                     '"url": "wss://staging.example"'):
            self.assertIn(text, shown)

    def test_nothing_of_this_machine_is_in_them(self):
        for name, page in self.pages.items():
            for path in (support.ROOT, support.BIN, pathlib.Path.home(), page.parent):
                self.assertNotIn(f"{path}/", page.read_text(), name)


if __name__ == "__main__":
    support.main()
