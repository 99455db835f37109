"""A terminal that people use: a program inside tmux, keys typed into it, and its screen as text."""

import contextlib
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile

import support

SCREENS = support.HERE / "screens"


class Screen(contextlib.AbstractContextManager):
    """A tmux server of its own with one window: a shell with a prompt `$ `, and whatever is run from it."""

    def __init__(self, home, columns=80, rows=12, **variables):
        self.folder = tempfile.TemporaryDirectory(prefix="procedura-tmux-")
        folder = pathlib.Path(self.folder.name)
        self.socket = folder / "tmux"
        config = folder / "tmux.conf"
        config.write_text("set -g status off\nset -g default-terminal screen-256color\nset -g remain-on-exit on\nset -g escape-time 0\n"
                          "set -g allow-rename on\nset -g set-titles on\n")
        shell = folder / "shell.rc"
        shell.write_text("PS1='$ '\nPROMPT_COMMAND=\nunset HISTFILE\nbind 'set enable-bracketed-paste off'\n")
        self.env = {**home.env, "LC_ALL": "C.UTF-8", **variables}
        self.env.pop("TMUX", None)
        self.tmux("-f", config, "new-session", "-d", "-x", columns, "-y", rows, "bash", "--noprofile", "--rcfile", shell, "-i")
        try:
            self.wait_for(lambda: self.text() == "$", "prompt of the shell")
        except BaseException:
            self.__exit__()
            raise

    def tmux(self, *words):
        done = subprocess.run(["tmux", "-u", "-S", self.socket, *map(str, words)], env=self.env, capture_output=True, timeout=support.DEADLINE_S,
                              check=False)
        assert done.returncode == 0, (words, done.stderr)
        return done.stdout.decode()

    def run(self, *words, then=""):
        """Types a command line for `procedura`, and Enter."""
        self.shell(f"procedura {shlex.join(map(str, words))}{then}")

    def shell(self, line):
        self.tmux("send-keys", "-l", line)
        self.keys("Enter")

    def clear(self, command="true"):
        """Runs a shell command, and waits for an empty screen with a prompt: what is typed sooner is shown twice."""
        self.shell(f"{command}; clear")
        self.wait_for(lambda: self.text() == "$", "empty screen")

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def resize(self, columns, rows=12):
        self.tmux("resize-window", "-x", columns, "-y", rows)

    def text(self, colors=False):
        """The screen, without the room right of and below the text. With colors, escape sequences stand in it."""
        shown = self.tmux("capture-pane", "-p", *(["-e"] if colors else []))
        return "\n".join(line.rstrip() for line in shown.rstrip("\n").split("\n")).rstrip()

    def history(self):
        """All that was ever shown, without what was drawn over."""
        return self.tmux("capture-pane", "-p", "-S", "-", "-J").rstrip()

    def title(self):
        return self.tmux("display-message", "-p", "#{pane_title}").rstrip("\n")

    def wait_for(self, condition, what):
        last = ""

        def met():
            nonlocal last
            last = self.text()
            return condition()

        try:
            return support.wait_for(met, what)
        except AssertionError as late:
            raise AssertionError(f"{late}; the screen is:\n{last}") from None

    def wait_for_text(self, pattern):
        return self.wait_for(lambda: re.search(pattern, self.text(), re.MULTILINE), f"{pattern!r} on the screen")

    def wait_for_prompt(self):
        """Until the last line is the shell's prompt again, and returns the exit code of what ran."""
        self.wait_for(lambda: self.text().split("\n")[-1] == "$", "prompt after the command")
        shown = self.text()
        self.shell("echo exit code $?")
        code = self.wait_for_text(r"^exit code (\d+)$")
        self.shown = shown
        return int(code.group(1))

    def __exit__(self, *_):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], env=self.env, capture_output=True, timeout=support.DEADLINE_S, check=False)
        self.folder.cleanup()


# What differs from run to run. Applied in this order, and to nothing else.
VOLATILE = (
    (r"ws://127\.0\.0\.1:\d+", "ws://127.0.0.1:PORT"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r"/tmp/procedura-e2e-\w+", "HOME"),
    (r'"id": ?"[0-9a-f]{8}"', '"id": "ID"'),
    (r"job-\d+-\d+", "JOB"),
    (r"\d+(\.\d+)? ms\b", "N ms"),
    (r"\d+\.\d+(/\d+\.\d+)+ ms|(\d+\.\d+/)+N ms", "N ms"),
    (r"time=N ms", "time=N ms"),
    (r"\d+(\.\d+)?(%?)/s", r"N\2/s"),
    (r"\b\d+:\d\d\b", "M:SS"),
    (r"^[|/\\-] ", "* "),
)


def normal(screen):
    for pattern, stands_for in VOLATILE:
        screen = re.sub(pattern, stands_for, screen, flags=re.MULTILINE)
    return screen + "\n"


class ScreenTest(support.E2eTest):
    """Screens are compared with the files of screens/. PROCEDURA_WRITE_SCREENS=1 writes what is seen instead: look at it."""

    @classmethod
    def setUpClass(cls):
        if not shutil.which("tmux"):
            raise AssertionError("tmux is not installed: ./dev test installs it, or apt-get install tmux")

    def assertScreen(self, screen, name):
        seen = normal(screen)
        file = SCREENS / f"{name}.txt"
        if os.environ.get("PROCEDURA_WRITE_SCREENS"):
            SCREENS.mkdir(exist_ok=True)
            file.write_text(seen, encoding="utf-8")
        self.assertEqual(seen, file.read_text(encoding="utf-8"), f"{file} is different")
