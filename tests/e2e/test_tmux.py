"""What people see at a terminal: the program in tmux, its screens compared with those in screens/."""

import re
import signal
import subprocess

import support
import tmux


def holding(cmd, *frames):
    """A stub that sends these frames and then nothing for a day."""
    return {"name": cmd, "match": {"cmd": cmd}, "reply": ["accept", *({"running": frame} for frame in frames), {"delay": "24h"}, {"finished": None}]}


SCENARIO = {"stubs": [
    holding("n_of_total", {"n": 1, "total": 4}),
    holding("fraction", {"progress": 0.5}),
    holding("percentage", {"percent": 40}),
    holding("fields", {"step": "mixing", "colour": "grün"}),
    holding("wide", {"where": "世界の果て", "who": "👩‍👩‍👧 und é"}),
    holding("long_fields", {"text": "abcdefghij " * 30}),
    holding("nasty", {"text": "\x1b]0;owned\x07\x1b[2J\x1b[31mred\u202e\u009b31m"}),
    holding("hang"),
    {"name": "never taken", "match": {"cmd": "never_taken"}, "accept": False, "reply": [{"delay": "24h"}, {"finished": None}]},
    {"name": "short", "match": {"cmd": "short"}, "reply": ["accept", {"running": {"n": 1, "total": 1}}, {"delay": "300ms"}, {"finished": {"placed": 1}}]},
    {"name": "tick", "match": {"cmd": "tick"}, "reply": [{"broadcast": {"status": "world_saved", "slot": 3}}, {"finished": None}]},
]}


class Drawn(tmux.ScreenTest):
    def setUp(self):
        super().setUp()
        self.mock = self.enterContext(support.Mock(SCENARIO))
        self.home.env["PROCEDURA_URL"] = self.mock.url

    def screen(self, **options):
        return self.enterContext(tmux.Screen(self.home, **options))


class Progress(Drawn):
    def test_a_bar_for_each_form_of_progress(self):
        screen = self.screen()
        for module in ("n_of_total", "fraction", "percentage"):
            screen.clear()
            screen.run("stream", module, then=" > /dev/null")
            screen.wait_for_text(rf"^{module} \[#+\.+\] \d+%")
            self.assertScreen(screen.text(), f"bar_{module}")
            screen.keys("C-c")
            self.assertEqual(screen.wait_for_prompt(), 130)

    def test_a_spinner_with_the_latest_fields(self):
        screen = self.screen()
        screen.run("stream", "fields", then=" > /dev/null")
        screen.wait_for_text(r"^[|/\\-] fields \d:\d\d step=\"mixing\"")
        self.assertScreen(screen.text(), "spinner")
        first = screen.text()[:40]
        screen.wait_for(lambda: screen.text()[:40] != first or "0:01" in screen.text(), "turning spinner")

    def test_the_line_goes_when_the_job_ends(self):
        screen = self.screen()
        screen.run("--output", "ndjson", "stream", "short")
        screen.wait_for_text(r"^short \[#+\] 100%")
        self.assertEqual(screen.wait_for_prompt(), 0)
        self.assertScreen(screen.shown, "finished")

    def test_data_and_bar_on_one_terminal(self):
        screen = self.screen()
        screen.run("stream", "n_of_total")
        screen.wait_for_text(r"^n_of_total \[#+\.+\] 25%")
        self.assertScreen(screen.text(), "data_and_bar")

    def test_colors(self):
        screen = self.screen()
        screen.run("stream", "n_of_total", then=" > /dev/null")
        screen.wait_for_text(r"^n_of_total \[#+\.+\] 25%")
        self.assertRegex(screen.text(colors=True), r"n_of_total \[\x1b\[32m#+\x1b\[39m\.+\] 25%")
        screen.keys("C-c")
        screen.wait_for_prompt()
        screen.clear("export NO_COLOR=1")
        screen.run("stream", "n_of_total", then=" > /dev/null")
        screen.wait_for_text(r"^n_of_total \[#+\.+\] 25%")
        self.assertNotIn("\x1b", screen.text(colors=True))

    def test_of_ws_diag(self):
        screen = self.screen(columns=100, rows=24)
        screen.run("ws", "diag")
        screen.wait_for_prompt()
        shown = re.sub(r"^(ok +)(up for|connections|frames|bytes|jobs).*", r"\1\2 ...", screen.shown, flags=re.MULTILINE)
        shown = re.sub(r"^( +)(connections|frames|bytes|jobs) .*", r"\1\2 ...", shown, flags=re.MULTILINE)
        self.assertScreen(re.sub(r"up for .*", "up for ...", shown), "ws_diag")
        self.assertIn("\x1b[32mok", screen.text(colors=True))
        screen.clear()
        screen.run("--url", support.free_url(), "ws", "diag")
        screen.wait_for_prompt()
        self.assertRegex(screen.text(colors=True), r"\x1b\[1m\x1b\[31mFAIL")


class NoDrawing(Drawn):
    def test_where_stderr_is_no_terminal(self):
        screen = self.screen()
        screen.clear(f"cd {self.home.path}")
        screen.run("--output", "ndjson", "stream", "short", then=" 2> err; wc -c < err")
        screen.wait_for_prompt()
        self.assertScreen(screen.shown, "stderr_to_a_file")

    def test_on_a_dumb_terminal_or_when_quiet(self):
        screen = self.screen()
        screen.clear(f"cd {self.home.path}")
        screen.run("-q", "--output", "ndjson", "stream", "short", then=" | sed s/.*/event/; TERM=dumb procedura stream short > out; wc -l < out")
        screen.wait_for_prompt()
        self.assertNotIn("100%", screen.history())
        self.assertScreen(screen.shown, "quiet_and_dumb")

    def test_in_the_background(self):
        screen = self.screen()
        screen.shell(f"cd {self.home.path}")
        screen.run("stream", "n_of_total", then=" > events &")
        screen.wait_for_text(r"^\[1\] \d+")
        screen.shell("until grep -q running events; do :; done; echo came")
        screen.wait_for_text(r"^came$")
        self.assertNotIn("25%", screen.history())
        screen.shell("fg")
        screen.wait_for_text(r"^n_of_total \[#+\.+\] 25%")
        screen.keys("C-c")
        self.assertEqual(screen.wait_for_prompt(), 130)


class Widths(Drawn):
    def test_a_narrower_terminal_leaves_no_rubbish(self):
        screen = self.screen(columns=80)
        screen.run("stream", "n_of_total", then=" > /dev/null")
        screen.wait_for_text(r"^n_of_total \[#+\.+\] 25%")
        for columns in (50, 30, 20, 79, 12, 80):
            screen.resize(columns)
            # What tmux has moved into its history by then, nobody can erase.
            screen.wait_for(lambda: len(re.findall(r"(?m)^.*(?:25%|\[#|\.\.\.\.).*$", screen.text())) == 1
                            and re.search(r"(?m)^n_of_\S* .*25%.*\Z", screen.text()), f"one line at {columns} columns")
        screen.keys("C-c")
        self.assertEqual(screen.wait_for_prompt(), 130)
        self.assertNotIn("25%", screen.shown)

    @staticmethod
    def rows_below_the_command(screen):
        """The command line itself wraps too, and tmux moves it into the history; all that follows `/dev/null` is ours."""
        return len(screen.history().split("/dev/null", 1)[1].strip("\n").split("\n"))

    def test_a_spinner_with_long_fields_too(self):
        screen = self.screen(columns=80)
        screen.run("stream", "long_fields", then=" > /dev/null")
        screen.wait_for_text(r"long_fields \d:\d\d text=")
        for columns in (41, 20, 40, 10, 80):
            screen.resize(columns)
            screen.wait_for(lambda: self.rows_below_the_command(screen) == 1 and len(re.findall(r"^[|/\\-] long", screen.text(), re.MULTILINE)) == 1,
                            f"one line at {columns} columns")

    def test_very_narrow(self):
        screen = self.screen(columns=60)
        screen.resize(12)
        screen.clear()
        screen.run("stream", "n_of_total", then=" >/dev/null")
        screen.wait_for_text(r"^n_of_to 25%$")
        self.assertScreen(screen.text(), "very_narrow")

    def test_wide_letters_do_not_wrap(self):
        screen = self.screen(columns=80)
        screen.run("stream", "wide", then=" > /dev/null")
        screen.wait_for_text(r"wide \d:\d\d where=")
        self.assertScreen(screen.text(), "wide_letters")
        for columns in range(32, 22, -1):
            screen.resize(columns)
            screen.wait_for(lambda: self.rows_below_the_command(screen) == 1, f"one line at {columns} columns")


class CtrlC(Drawn):
    def phase(self, name, pattern, *words, code=130, key="C-c"):
        screen = self.screen()
        screen.run(*words)
        screen.wait_for_text(pattern)
        screen.keys(key)
        self.assertEqual(screen.wait_for_prompt(), code)
        self.assertScreen(screen.shown.split("\n", 1)[1].strip(), f"ctrl_c_{name}")

    def test_while_connecting(self):
        with support.Listener() as silent:
            for command in (["run", "m"], ["stream", "m"], ["ws", "ping"], ["ws", "listen"], ["ws", "diag"]):
                self.phase("connecting", r"^waiting for the connection, 0:01", "--url", silent.url, *command)

    def test_while_waiting_for_an_agent(self):
        self.phase("wait", r"^waiting for the connection, 0:01", "--url", support.free_url(), "--wait", "600", "run", "m")

    def test_while_logging_in(self):
        with support.Listener() as silent:
            self.phase("login", r"^waiting for the login, 0:01", "--url", silent.url, "login", "b64:YTpi")

    def test_while_waiting_for_the_ack(self):
        self.phase("ack", r"^waiting for the agent to take never_taken, 0:01", "run", "never_taken")

    def test_while_waiting_for_the_result(self):
        self.phase("result", r"^waiting for the result of hang, 0:01", "run", "hang")

    def test_while_streaming(self):
        self.phase("stream", r"^[|/\\-] hang \d:\d\d", "--output", "ndjson", "stream", "hang")

    def test_of_ws_listen_ends_well(self):
        self.phase("listen", r"^[|/\\-] listening \d:\d\d, 0 events", "ws", "listen", code=0)

    def test_of_ws_ping_sums_up(self):
        screen = self.screen()
        screen.run("ws", "ping", "--interval", "0.2")
        screen.wait_for_text(r"^pong: seq=2")
        screen.keys("C-c")
        self.assertEqual(screen.wait_for_prompt(), 0)
        shown = re.sub(r"(?m)^pong: seq=([3-9]|\d\d+) .*\n", "", screen.shown)
        self.assertScreen(re.sub(r"\b\d+ (sent|received)", r"N \1", shown).split("\n", 1)[1], "ctrl_c_ping")

    def test_a_termination_erases_the_line(self):
        screen = self.screen()
        screen.run("stream", "n_of_total", then=" > /dev/null")
        screen.wait_for_text(r"^n_of_total \[#+\.+\] 25%")
        self.signal(screen, signal.SIGTERM)
        self.assertEqual(screen.wait_for_prompt(), 143)
        self.assertScreen(screen.shown, "terminated")

    @staticmethod
    def signal(screen, number):
        shell = screen.tmux("display-message", "-p", "#{pane_pid}").strip()
        subprocess.run(["pkill", f"-{number.value}", "-P", shell, "-x", "procedura"], check=True, timeout=support.DEADLINE_S)


class CtrlZ(Drawn):
    def test_erases_the_line_and_fg_brings_it_back(self):
        screen = self.screen()
        screen.run("stream", "n_of_total", then=" > /dev/null")
        screen.wait_for_text(r"^n_of_total \[#+\.+\] 25%")
        screen.keys("C-z")
        screen.wait_for_text(r"Stopped")
        screen.wait_for(lambda: screen.text().endswith("\n$"), "prompt")
        self.assertScreen(screen.text(), "stopped")
        screen.shell("fg")
        screen.wait_for_text(r"^n_of_total \[#+\.+\] 25%")
        screen.keys("C-c")
        self.assertEqual(screen.wait_for_prompt(), 130)


class Untouched(Drawn):
    def test_the_title_and_the_screen_are_the_users(self):
        screen = self.screen()
        screen.shell(r"printf '\033]2;mine\033\\'")
        screen.wait_for(lambda: screen.title() == "mine", "title")
        screen.clear()
        for words in (["stream", "nasty"], ["--output", "json", "stream", "nasty"]):
            screen.run(*words)
            screen.wait_for_text(r"^[|/\\-] nasty \d:\d\d text=")
            screen.keys("C-c")
            self.assertEqual(screen.wait_for_prompt(), 130)
            self.assertEqual(screen.title(), "mine")
            self.assertNotIn("\x1b[31m", screen.text(colors=True))
            self.assertIn("owned", screen.history())


class Prompt(Drawn):
    asked = r"^Credential \(EMAIL:PASSWORD, not shown\):"

    def setUp(self):
        super().setUp()
        self.mock = self.enterContext(support.Mock("demo-world"))
        self.home.env["PROCEDURA_URL"] = self.mock.url

    def ask(self):
        screen = self.screen(rows=16)
        screen.run("login")
        self.wait_for_no_echo(screen)
        return screen

    def wait_for_no_echo(self, screen):
        screen.wait_for_text(self.asked)
        tty = screen.tmux("display-message", "-p", "#{pane_tty}").strip()
        screen.wait_for(lambda: b" -echo " in subprocess.run(["stty", "-F", tty, "-a"], capture_output=True, check=True).stdout, "no echo")

    def assertEchoIsBack(self, screen):
        """As a program that the shell starts next finds it; the shell's own editing has no echo."""
        screen.shell("stty -a | grep -ow -- '-\\?echo'")
        screen.wait_for_text(r"^-?echo$")
        self.assertRegex(screen.text(), r"(?m)^echo$")

    def test_shows_nothing_of_what_is_typed_and_knows_backspace(self):
        screen = self.ask()
        screen.type("admin@procedura.org:secret12x")
        screen.keys("BSpace")
        screen.type("3")
        self.assertScreen(screen.text(), "prompt")
        screen.keys("Enter")
        self.assertEqual(screen.wait_for_prompt(), 0)
        self.assertScreen(screen.shown, "prompt_answered")
        for part in ("secret", "admin@procedura.org:"):
            self.assertNotIn(part, screen.history())

    def test_ctrl_c_gives_the_echo_back(self):
        screen = self.ask()
        screen.type("half")
        screen.keys("C-c")
        self.assertEqual(screen.wait_for_prompt(), 130)
        self.assertNotIn("half", screen.history())
        self.assertEchoIsBack(screen)

    def test_ctrl_z_gives_the_echo_back_and_fg_asks_anew(self):
        screen = self.ask()
        screen.type("half")
        screen.keys("C-z")
        screen.wait_for_text("Stopped")
        self.assertEchoIsBack(screen)
        screen.shell("clear; fg")
        self.wait_for_no_echo(screen)
        screen.type(support.CREDENTIAL)
        screen.keys("Enter")
        self.assertEqual(screen.wait_for_prompt(), 0)
        self.assertNotIn("half", screen.history())
        self.assertNotIn("secret123", screen.history())

    def test_a_termination_gives_the_echo_back(self):
        screen = self.ask()
        screen.type("half")
        CtrlC.signal(screen, signal.SIGTERM)
        self.assertEqual(screen.wait_for_prompt(), 143)
        self.assertEchoIsBack(screen)
        self.assertNotIn("half", screen.history())


if __name__ == "__main__":
    support.main()
