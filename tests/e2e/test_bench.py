"""procedura-bench as its users run it: against the mock, against nobody, and with command lines that are wrong."""

import json
import signal
import subprocess

import support

BENCH = support.BIN / "procedura-bench"
# How late a busy machine sends, and how busy a generator is that does nothing else, is not what is tested here.
QUICK = ["--duration", "400ms", "--warm-up", "100ms", "--max-send-lag", "1h"]
SCENARIO = {
    "name": "bench",
    "stubs": [
        {"name": "quick", "match": {"cmd": "quick"}, "reply": ["accept", {"finished": {"entities": {}}}]},
        {"name": "never", "match": {"cmd": "never"}, "reply": ["accept", {"delay": "1h"}, {"finished": 1}]},
    ],
}

WRONG = [
    # (words, what the line says)
    ([], "what to do? 'procedura-bench run --help'"),
    (["walk"], "unknown command 'walk'"),
    (["run"], "--url is needed, for example --url ws://127.0.0.1:8765"),
    (["run", "--url", "ws://127.0.0.1:1"], "--module is needed"),
    (["run", "--url", "ws://127.0.0.1:1", "--module", "m"], "--rate R (jobs per second, open loop) or --concurrency C"),
    (["run", "--url", "ws://127.0.0.1:1", "--module", "m", "--rate", "1", "--terse"], "a module's own arguments stand behind --"),
    (["run", "--url", "127.0.0.1:1", "--module", "m", "--rate", "1"], "--url: "),
    (["run", "--url", "ws://127.0.0.1:1", "--module", "m", "--rate", "1", "--slo", "p99=1ms"], "write it as 'p99<20ms'"),
    (["run", "--url", "ws://127.0.0.1:1", "--module", "m", "--rate", "1", "--out", "/no/such/folder/x"], "--out: cannot write"),
    (["run", "--url", "ws://127.0.0.1:1", "--module", "m", "--rate", "1", "--token-file", "/no/such/file"], "cannot be read"),
    (["run", "--url", "ws://127.0.0.1:1", "--module", "m", "--rate", "1", "--credential-env", "NOT_SET"], "there is no such variable"),
    (["run", "--url", "ws://127.0.0.1:1", "--module", "m", "--rate", "\x1b[31m"], "'\\x1b[31m'"),
]


class Bench(support.E2eTest):
    def bench(self, *words, env=None):
        done = subprocess.run([BENCH, *words], capture_output=True, stdin=subprocess.DEVNULL, env={**self.home.env, **(env or {})},
                              timeout=support.DEADLINE_S, check=False)
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        return done

    def test_wrong_command_lines_exit_2_with_one_line(self):
        for words, says in WRONG:
            with self.subTest(words=words):
                done = self.bench(*words)
                self.assertExit(done, 2)
                self.assertEqual(done.stdout, "")
                self.assertOneLine(done.stderr)
                self.assertTrue(done.stderr.startswith("procedura-bench: "), done.stderr)
                self.assertIn(says, done.stderr)

    def test_help_goes_to_stdout_and_begins_with_examples(self):
        for words in (["--help"], ["help"], ["run", "--help"], ["run", "--rate", "-h"]):
            done = self.bench(*words)
            self.assertExit(done, 0)
            self.assertTrue(done.stdout.startswith("Examples:\n"), done.stdout)
            self.assertEqual(done.stderr, "")

    def test_measures_a_protected_module_after_a_login(self):
        report = self.home.path / "run.json"
        with support.Mock("demo-world") as mock:
            done = self.bench("run", "--url", mock.url, "--module", "worldstate_snapshot", "--rate", "200", "--connections", "2",
                              "--credential-env", "WHO", "--out", report, "--slo", "failed<=0%", *QUICK, "--", "--terse",
                              env={"WHO": support.CREDENTIAL})
            self.assertExit(done, 0)
            exit_code, said = mock.stop()
        self.assertEqual(exit_code, 0, said)
        self.assertIn("verdict   PASS", done.stdout)
        written = json.loads(report.read_text())
        self.assertEqual(written["verdict"]["kind"], "pass")
        self.assertEqual(written["plan"]["args"], ["--terse"])
        self.assertGreater(written["jobs"]["finished"], 0)
        self.assertEqual(written["latency_ns"]["response"]["count"], written["jobs"]["finished"])
        for text in (done.stdout, done.stderr, report.read_text()):
            self.assertNotIn("secret123", text)

    def test_exits_as_the_verdict_says(self):
        with support.Mock(SCENARIO) as mock:
            for module, slo, code in (("quick", "p50<1ns", 99), ("quick", "p99.9999<1h", 97), ("no_such_module", "p50<1h", 98)):
                done = self.bench("run", "--url", mock.url, "--module", module, "--rate", "1000", "--slo", slo, *QUICK)
                self.assertExit(done, code)

    def test_says_what_is_wrong_with_the_peer(self):
        here = ["--module", "quick", "--rate", "10", *QUICK]
        with support.Listener(answer=b"220 mail.example ESMTP\r\n") as mail, support.Listener(answer=b"HTTP/1.1 404 Not Found\r\n\r\n") as web:
            for url, says in ((support.free_url(), "CONNECT_FAILED"), (mail.url, "HANDSHAKE_REFUSED"), (web.url, "404")):
                done = self.bench("run", "--url", url, *here)
                self.assertExit(done, 1)
                self.assertEqual(done.stdout, "")
                self.assertOneLine(done.stderr)
                self.assertIn(says, done.stderr)

    def test_ctrl_c_ends_the_window_and_a_second_one_the_wait(self):
        with support.Mock(SCENARIO) as mock, support.Terminal(
                self.home, "run", "--url", mock.url, "--module", "never", "--rate", "100", "--warm-up", "0s", "--duration", "1h",
                "--cut-off", "1h", on=("stderr",), program=BENCH) as terminal:
            terminal.wait_for_text("left, 1")  # jobs are in flight
            terminal.process.send_signal(signal.SIGINT)
            terminal.wait_for_text("waiting for jobs in flight")
            terminal.process.send_signal(signal.SIGINT)
            self.assertEqual(terminal.wait(), 98)
            report = terminal.process.stdout.read().decode()
            self.assertTrue(terminal.text.endswith("\r\x1b[K"), "the live line is wiped")
        self.assertIn("INTERRUPTED", report)
        self.assertNotIn(" 0 unfinished", report)


if __name__ == "__main__":
    support.main()
