"""procedura-bench as its users run it: against the mock, against nobody, and with command lines that are wrong."""

import asyncio
import json
import re
import shlex
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
    (["run", "--url", "ws://127.0.0.1:1", "--module", "m", "--rate", "1", "--jobs", "/no/such/folder/x"], "--jobs: cannot write"),
    (["run", "--url", "ws://127.0.0.1:1", "--module", "m", "--rate", "1", "--out", "/tmp/same", "--jobs", "/tmp/./same"],
     "--jobs /tmp/./same is the file of --out too"),
    (["run", "--url", "ws://127.0.0.1:1", "--module", "m", "--rate", "1", "--token-file", "/no/such/file"], "cannot be read"),
    (["run", "--url", "ws://127.0.0.1:1", "--module", "m", "--rate", "1", "--insecure"], "wss://"),
    (["run", "--url", "wss://127.0.0.1:1", "--module", "m", "--rate", "1", "--ca", "/no/such/file"], "/no/such/file"),
    (["run", "--url", "ws://127.0.0.1:1", "--module", "m", "--find-capacity"], "needs an --slo to keep"),
    (["run", "--url", "ws://127.0.0.1:1", "--module", "m", "--rate", "1", "--credential-env", "NOT_SET"], "there is no such variable"),
    (["run", "--url", "ws://127.0.0.1:1", "--module", "m", "--rate", "1", "--credential-env", "a@b.org:geheim"], "give the name of an environment variable"),
    (["run", "--url", "ws://127.0.0.1:1", "--module", "m", "--rate", "1", "--token=geheim"], "unknown argument '--token'"),
    (["run", "--url", "ws://127.0.0.1:1", "--module", "m", "--rate", "\x1b[31m"], "'\\x1b[31m'"),
    (["run", "--url", "ws://127.0.0.1:1", "--module", "m", "--rate", "1", "--hdr", "run.txt"], "has to end in .hlog"),
    (["run", "--url", "ws://127.0.0.1:1", "--module", "m", "--rate", "1", "--start-at", "9999-12-31T23:59:59Z"], "more than 720h away"),
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
                self.assertNotIn("geheim", done.stderr)

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

    def test_makes_a_page_of_a_run_now_or_later(self):
        report, now, later = (self.home.path / name for name in ("run.json", "now.html", "later.html"))
        with support.Mock(SCENARIO) as mock:
            done = self.bench("run", "--url", mock.url, "--module", "quick", "--concurrency", "2", "--out", report, "--html", now, *QUICK)
        again = self.bench("report", report, "--html", later)
        self.assertExit(again, 0)  # shown, whatever the verdict was
        self.assertEqual(again.stdout, done.stdout)
        self.assertIn("</html>", now.read_text())
        self.assertEqual(later.read_text(), now.read_text())

    def test_writes_no_report_over_what_it_reads(self):
        token = self.home.path / "token"
        token.write_text("geheim\n")
        (self.home.path / "link.hlog").symlink_to("token")
        for option in ("--out", "--html", "--hdr", "--jobs"):
            done = self.bench("run", "--url", "ws://127.0.0.1:1", "--module", "m", "--rate", "1", "--token-file", token, option, self.home.path / "link.hlog")
            self.assertExit(done, 2)
            self.assertIn(f"{option} {self.home.path}/link.hlog would overwrite what --token-file reads", done.stderr)
        self.assertEqual(token.read_text(), "geheim\n")

    def test_writes_into_pipes_whatever_they_are_called(self):
        with support.Mock(SCENARIO) as mock:
            run = ["run", "--url", mock.url, "--module", "quick", "--rate", "100", "--no-floor", *QUICK]
            done = self.bench(*run, "--out", "/dev/stdout")
            text, json_of_it = done.stdout[:done.stdout.index("{\n")], done.stdout[done.stdout.index("{\n"):]
            self.assertIn("verdict", text)
            self.assertExit(done, json.loads(json_of_it)["verdict"]["exit_code"])
            script = 'exec "$0" "$@" --out >(cat >piped.json) --html >(cat >piped.html)'
            subprocess.run(["bash", "-c", script, BENCH, *run], cwd=self.home.path, env=self.home.env, stdin=subprocess.DEVNULL,
                           capture_output=True, timeout=support.DEADLINE_S, check=False)
            support.wait_for(lambda: (self.home.path / "piped.html").read_text().endswith("</html>\n"), "page from the pipe")
            json.loads((self.home.path / "piped.json").read_text())

    def test_writes_no_report_over_what_its_own_output_goes_to(self):
        for stream, name in (("stdout", "standard output"), ("stderr", "standard error")):
            file = self.home.path / stream
            with file.open("wb") as opened:
                done = subprocess.run([BENCH, "run", "--url", "ws://127.0.0.1:1", "--module", "m", "--rate", "1", "--html", file],
                                      stdin=subprocess.DEVNULL, env=self.home.env, timeout=support.DEADLINE_S, check=False,
                                      **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: opened})
            self.assertEqual(done.returncode, 2)
            said = file.read_text() + ((done.stderr or b"") + (done.stdout or b"")).decode()
            self.assertIn(f"--html {file} is the file that {name} goes to", said)

    def test_nobody_who_reads_costs_no_report(self):
        with support.Mock(SCENARIO) as mock:
            run = shlex.join([str(BENCH), "run", "--url", mock.url, "--module", "quick", "--rate", "100", "--no-floor", *QUICK, "--out", "run.json",
                              "--html", "run.html"])
            for how in (f"({run}; echo $? >code) | true", f"({run} >&-; echo $? >code)", f"({run} >/dev/full; echo $? >code)"):
                with self.subTest(how=how):
                    done = subprocess.run(["bash", "-c", how], cwd=self.home.path, env=self.home.env, stdin=subprocess.DEVNULL,
                                          stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, timeout=support.DEADLINE_S, check=False)
                    self.assertIn(b"procedura-bench: cannot write to standard output", done.stderr)
                    self.assertEqual((self.home.path / "code").read_text(), "1\n")
                    self.assertTrue(json.loads((self.home.path / "run.json").read_text())["complete"])
                    self.assertIn("</html>", (self.home.path / "run.html").read_text())
                    (self.home.path / "run.json").unlink()

    def test_a_log_of_jobs_that_cannot_be_written_costs_no_report(self):
        with support.Mock(SCENARIO) as mock:
            done = self.bench("run", "--url", mock.url, "--module", "quick", "--rate", "100", "--no-floor", *QUICK, "--jobs", "/dev/full")
        self.assertExit(done, 1)
        self.assertIn("verdict   PASS", done.stdout)
        self.assertOneLine(done.stderr)
        self.assertIn("--jobs: cannot write /dev/full", done.stderr)

    def test_a_plain_line_now_and_then_where_stderr_is_no_terminal(self):
        with support.Mock(SCENARIO) as mock:
            process = subprocess.Popen([BENCH, "run", "--url", mock.url, "--module", "quick", "--rate", "100", "--warm-up", "0s", "--duration",
                                        "1h", "--no-floor"], env=self.home.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.PIPE)
            line = process.stderr.readline().decode()
            process.send_signal(signal.SIGINT)
            rest = process.communicate(timeout=support.DEADLINE_S)[1].decode()
        self.assertRegex(line, r"^\d+ s left, \d+ in flight, \d+ finished")
        self.assertNotIn("\x1b", line + rest)

    def test_finds_no_capacity_where_nothing_is_kept(self):
        report = self.home.path / "run.json"
        with support.Mock(SCENARIO) as mock:
            done = self.bench("run", "--url", mock.url, "--module", "no_such_module", "--find-capacity", "--rate", "1000", "--slo", "failed<=0%",
                              "--duration", "20ms", "--warm-up", "0s", "--max-send-lag", "1h", "--out", report)
        self.assertExit(done, 98)
        self.assertIn("capacity  none: not even the lowest rate below was kept", done.stdout)
        steps = [line for line in done.stderr.splitlines() if "jobs/s: broken, " in line]
        self.assertEqual(len(steps), 11, done.stderr)
        self.assertTrue(steps[0].startswith("procedura-bench: 1000 jobs/s: broken, no job finished"), steps[0])

    def test_finds_the_capacity_of_an_agent_that_takes_one_job_after_the_other(self):
        async def behave(socket, request):
            await asyncio.sleep(0.004)
            await socket.send(json.dumps({"id": request["id"], "status": "finished", "data": {}}))

        report = self.home.path / "run.json"
        with support.Agent(behave) as agent:
            done = self.bench("run", "--url", agent.url, "--module", "m", "--find-capacity", "--rate", "200", "--slo", "p50<40ms", "--duration",
                              "1500ms", "--warm-up", "0s", "--max-send-lag", "1h", "--no-floor", "--out", report)
        written = json.loads(report.read_text())
        self.assertEqual(written["verdict"]["exit_code"], done.returncode)
        found = re.search(r"^capacity  ([\d.]+) jobs/s", done.stdout, re.MULTILINE)
        self.assertTrue(found, done.stdout)
        self.assertLess(float(found.group(1)), 270, "4 ms for each is at most 250 a second")
        self.assertRegex(done.stderr, "jobs/s: broken, (p50<40ms: |jobs in flight grew until the end)")
        self.assertEqual(written["capacity"]["rate"], float(found.group(1)))
        self.assertEqual(len(written["capacity"]["steps"]), done.stderr.count(" jobs/s: "))

    def test_ctrl_c_ends_the_window_and_a_second_one_the_wait(self):
        with support.Mock(SCENARIO) as mock, support.Terminal(
                self.home, "run", "--url", mock.url, "--module", "never", "--rate", "100", "--warm-up", "0s", "--duration", "1h",
                "--cut-off", "1h", on=("stderr",), program=BENCH) as terminal:
            terminal.wait_for_text("0 finished, 1")  # jobs are in flight
            terminal.process.send_signal(signal.SIGINT)
            terminal.wait_for_text("waiting for jobs in flight")
            terminal.process.send_signal(signal.SIGINT)
            self.assertEqual(terminal.wait(), 98)
            report = terminal.process.stdout.read().decode()
            self.assertTrue(terminal.text.endswith("\r\x1b[J"), "the live view is wiped")
        self.assertIn("INTERRUPTED", report)
        self.assertNotIn(" 0 unfinished", report)


if __name__ == "__main__":
    support.main()
