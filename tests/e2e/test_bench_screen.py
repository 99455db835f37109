"""The live view of procedura-bench on a terminal."""

import re
import shlex

import support
import tmux

SCENARIO = {
    "name": "bench",
    "stubs": [
        {"name": "never", "match": {"cmd": "never"}, "reply": ["accept", {"delay": "1h"}, {"finished": 1}]},
        {"name": "refuses", "match": {"cmd": "refuses"}, "reply": [{"error": {"code": "OUT_OF_MANA", "message": "no"}}]},
    ],
}
# The view is of a whole hour, so that all that moves are figures.
HOUR = ["--rate", "50", "--warm-up", "0s", "--duration", "1h", "--cut-off", "0s", "--no-floor"]


def still(screen):
    """The screen without the figures that move."""
    screen = re.sub(r"\d+ finished( \([\d.]+/s\))?, \d+ in flight", "N finished, N in flight", screen)
    screen = re.sub(r"failed    \d+(: \d+ x)?", lambda m: "failed    N" + (": N x" if m.group(1) else ""), screen)
    return re.sub(r"\[\S* \d:\d\d of", "[...] M:SS of", re.sub(r"\[\.+\]", "[...]", screen))


class LiveView(tmux.ScreenTest):
    def setUp(self):
        super().setUp()
        self.mock = self.enterContext(support.Mock(SCENARIO))

    def start(self, screen, module, before="", then=""):
        screen.shell(before + shlex.join(["procedura-bench", "run", "--url", self.mock.url, "--module", module, *HOUR]) + then)

    def screen(self, **options):
        return self.enterContext(tmux.Screen(self.home, **options))

    def test_is_drawn_over_itself(self):
        screen = self.screen(columns=90, rows=24)
        self.start(screen, "refuses", then=" > /dev/null")
        screen.wait_for_text(r"^failed    [1-9]\d*: \d+ x OUT_OF_MANA$")
        screen.wait_for_text(r"^\[\.+\] 0:0[1-9] of")
        self.assertScreen(still(screen.text().split("/dev/null\n", 1)[1]), "bench_live")
        screen.keys("C-c")
        screen.wait_for_prompt()
        self.assertNotIn("OUT_OF_MANA", screen.shown, "nothing of it is left")

    def test_keeps_its_place_when_the_terminal_becomes_narrow(self):
        screen = self.screen(columns=90, rows=24)
        self.start(screen, "never", then=" > /dev/null")
        screen.wait_for_text(r"^jobs .* \d+ in flight$")
        for columns in (60, 40, 70):
            screen.resize(columns, 24)
            screen.wait_for(lambda: len(re.findall(r"^jobs ", screen.text(), re.MULTILINE)) == 1 and
                            len(re.findall(r"^failed    0$", screen.text(), re.MULTILINE)) == 1, f"one view at {columns} columns")
        screen.keys("C-c")
        screen.wait_for_prompt()
        self.assertNotIn("in flight", screen.shown)

    def test_leaves_lines_out_on_a_low_terminal(self):
        screen = self.screen(columns=90, rows=5)
        self.start(screen, "never", then=" > /dev/null")
        screen.wait_for_text(r"^jobs .* \d+ in flight$")
        self.assertNotIn("so far", screen.text())
        self.assertRegex(screen.text(), r"(?m)^failed    0$")
        screen.keys("C-c")
        screen.wait_for_prompt()

    def test_is_no_drawing_on_a_dumb_terminal(self):
        screen = self.screen(columns=120, rows=24)
        self.start(screen, "never", before="TERM=dumb ", then=" > /dev/null")
        screen.wait_for_text(r"left, \d+ in flight, 0 finished.* 0 failed$")
        screen.keys("C-c")
        screen.wait_for_text(r"^(\^C)?\$$")  # nothing wipes what the terminal echoes
        self.assertRegex(screen.text(), r"left, \d+ in flight")


if __name__ == "__main__":
    support.main()
