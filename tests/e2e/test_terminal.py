"""What a person sees at a terminal: progress, waiting, the hidden prompt, colours, and nothing that an agent could do to it."""

import json
import re
import signal

import support


class Progress(support.E2eTest):
    def test_a_bar_on_stderr_and_clean_data_on_stdout(self):
        with support.Mock("slow-agent", options=["--time-scale", "0.1"]) as mock:
            with support.Terminal(self.home, "--url", mock.url, "--output", "ndjson", "stream", "slow_stream", on=("stderr",)) as terminal:
                terminal.wait_for_text("slow_stream [")
                out = terminal.process.stdout.read()
                self.assertEqual(terminal.wait(), 0)
                events = [json.loads(line) for line in out.splitlines()]
                self.assertEqual(len(events), 12)
                self.assertRegex(terminal.text, r"slow_stream \[.*#+.*\] \d+%  [\d.]+/s  \d+:\d\d left")
                self.assertTrue(terminal.text.endswith("\r\x1b[J"), "the line is gone at the end")

    def test_a_spinner_with_the_latest_fields(self):
        scenario = {"stubs": [{"name": "s", "match": {"cmd": "spin"}, "reply": [
            "accept", {"running": {"step": "mixing"}}, {"delay": "24h"}, {"finished": None}]}]}
        with support.Mock(scenario) as mock:
            with support.Terminal(self.home, "--url", mock.url, "stream", "spin", on=("stderr",)) as terminal:
                terminal.wait_for_text('spin 0:00 step="mixing"')
                terminal.process.send_signal(signal.SIGINT)
                self.assertEqual(terminal.wait(), 130)
                self.assertIn("may still run", terminal.text)

    def test_never_wider_than_the_terminal(self):
        with support.Mock("slow-agent", options=["--time-scale", "0.05"]) as mock:
            with support.Terminal(self.home, "--url", mock.url, "stream", "slow_stream", on=("stderr",), columns=30, env={"NO_COLOR": "1"}) as terminal:
                terminal.process.stdout.read()
                self.assertEqual(terminal.wait(), 0)
                drawn = [line for line in re.split(r"\r|\x1b\[(?:J|\?7[lh])", terminal.text) if line]
                self.assertTrue(drawn)
                self.assertLess(max(map(len, drawn)), 30, drawn)

    def test_none_when_stderr_is_no_terminal_or_a_dumb_one_or_quiet(self):
        with support.Mock("demo-world") as mock:
            words = ["--url", mock.url, "--token", support.TOKEN, "stream", "place_ooi_sprites", "--n", "3"]
            with support.Terminal(self.home, *words, on=("stdin", "stdout")) as terminal:
                self.assertEqual(terminal.process.stderr.read(), b"")
                self.assertEqual(terminal.wait(), 0)
            for extra, env in ((["-q"], {}), ([], {"TERM": "dumb"})):
                with support.Terminal(self.home, *extra, *words, on=("stderr",), env=env) as terminal:
                    terminal.process.stdout.read()
                    self.assertEqual(terminal.wait(), 0)
                    self.assertEqual(terminal.text, "")

    def test_run_says_what_it_waits_for(self):
        with support.Mock("slow-agent") as mock:
            with support.Terminal(self.home, "--url", mock.url, "run", "slow_result", on=("stderr",)) as terminal:
                terminal.wait_for_text("waiting for the result of slow_result, 0:01")
                terminal.process.send_signal(signal.SIGINT)
                self.assertEqual(terminal.wait(), 130)
            with support.Terminal(self.home, "--url", mock.url, "run", "slow_ack", on=("stderr",)) as terminal:
                terminal.wait_for_text("waiting for the agent to take slow_ack, 0:01")
                terminal.type("\x03")  # the key, not the signal
                self.assertEqual(terminal.wait(), 130)
                self.assertIn("procedura:", terminal.text)


class Colors(support.E2eTest):
    def colored(self, *words, **env):
        with support.Terminal(self.home, *words, "--url", support.free_url(), "run", "m", env=env) as terminal:
            self.assertEqual(terminal.wait(), 3)
            return "\x1b[1m" in terminal.text

    def test_follow_flag_and_habits(self):
        self.assertTrue(self.colored())
        self.assertFalse(self.colored(NO_COLOR="1"))
        self.assertFalse(self.colored(TERM="dumb"))
        self.assertFalse(self.colored("--color", "never"))
        self.assertTrue(self.colored("--color", "always", NO_COLOR="1"))


class Untrusted(support.E2eTest):
    def test_agent_text_is_escaped_on_a_terminal_and_exact_in_a_pipe(self):
        nasty = "\u202eevil \u009b2J \u007f"

        async def behave(ws, request):
            await ws.send(json.dumps({"id": request["id"], "status": "finished", "result": nasty}, ensure_ascii=False))

        with support.Agent(behave) as agent:
            piped = self.home.run("--url", agent.url, "run", "m")
            self.assertEqual(json.loads(piped.stdout), nasty)
            self.assertEqual(piped.stdout, f'"{nasty}"\n')
            with support.Terminal(self.home, "--url", agent.url, "run", "m") as terminal:
                self.assertEqual(terminal.wait(), 0)
                for character in "\u202e\u009b\u007f":
                    self.assertNotIn(character, terminal.text)
                self.assertIn("evil", terminal.text)


class Prompt(support.E2eTest):
    def test_shows_nothing_of_the_credential(self):
        with support.Mock("demo-world") as mock:
            with support.Terminal(self.home, "--url", mock.url, "login") as terminal:
                terminal.wait_for_text("Credential (EMAIL:PASSWORD, not shown): ")
                support.wait_for(lambda: not terminal.echoes(), "terminal without echo")
                terminal.type(f"{support.CREDENTIAL}\n")
                self.assertEqual(terminal.wait(), 0)
                self.assertNotIn("secret123", terminal.text)
                self.assertNotIn("other users", terminal.text, "no hint where nothing was to be seen")
                self.assertTrue(terminal.echoes(), "echo is back")
            self.assertTrue(self.home.token_file.exists())

    def test_can_be_interrupted_and_gives_the_echo_back(self):
        with support.Terminal(self.home, "login") as terminal:
            terminal.wait_for_text("not shown): ")
            support.wait_for(lambda: not terminal.echoes(), "terminal without echo")
            terminal.type("half\x03")
            self.assertEqual(terminal.wait(), 130)
            self.assertTrue(terminal.echoes())
            self.assertNotIn("half", terminal.text)

    def test_end_of_input(self):
        with support.Terminal(self.home, "login") as terminal:
            terminal.wait_for_text("not shown): ")
            support.wait_for(lambda: not terminal.echoes(), "terminal without echo")
            terminal.type("\x04")
            self.assertIn(terminal.wait(), (2, 130))
            self.assertTrue(terminal.echoes())


if __name__ == "__main__":
    support.main()
