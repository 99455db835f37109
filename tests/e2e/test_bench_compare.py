"""procedura-bench compare as its users run it: agents that it starts, agents that will not start, and what it leaves behind."""

import json
import pathlib
import shlex
import signal
import subprocess
import sys

import support

BENCH = support.BIN / "procedura-bench"
# 20 pairs of short runs: 40 agents are started. What is concluded from so little is not what is tested here.
LOAD = ["--rate", "4000", "--pairs", "20", "--warm-up", "0s", "--max-send-lag", "1h"]
SHORT = [*LOAD, "--duration", "60ms"]
ENDLESS = [*LOAD, "--duration", "1h", "--cut-off", "1h"]
SCENARIO = {
    "version": 1,
    "name": "compare",
    "auth": {"required": False, "users": {"admin@procedura.org": "secret123"}},
    "stubs": [
        {"name": "quick", "match": {"cmd": "quick"}, "reply": ["accept", {"finished": {"entities": {}}}]},
        {"name": "never", "match": {"cmd": "never"}, "reply": ["accept", {"delay": "1h"}, {"finished": 1}]},
        {"name": "crash", "match": {"cmd": "crash"}, "reply": [{"error": {"code": "OUT_OF_MANA", "message": "no"}}]},
    ],
}
SLOW = json.loads(json.dumps(SCENARIO))
SLOW["stubs"][0]["reply"].insert(1, {"delay": "50ms"})  # far beyond what a busy machine adds


def processes_with(text):
    """The processes whose command line has this text, but for ourselves and the benchmark."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in line and "procedura-bench" not in line:
            found.append(line)
    return found


class BenchCompare(support.E2eTest):
    def setUp(self):
        super().setUp()
        (self.home.path / "quick.json").write_text(json.dumps(SCENARIO))
        (self.home.path / "slow.json").write_text(json.dumps(SLOW))

    def tearDown(self):
        # Every path of a test lies in its home, so that every process that a test left behind shows it.
        support.wait_for(lambda: not processes_with(str(self.home.path)), "end of all agents", 10)

    def mock(self, scenario="quick"):
        return f"{shlex.quote(str(support.MOCK_AGENT))} --script {self.home.path / scenario}.json --port {{port}}"

    def python(self, name, program):
        path = self.home.path / f"{name}.py"
        path.write_text(program)
        return f"{shlex.quote(sys.executable)} {path} {{port}}"

    def command(self, a, b, *words):
        return [BENCH, "compare", "--a", a, "--b", b, *words]

    def compare(self, a, b, *words, env=None):
        done = subprocess.run(self.command(a, b, *words), capture_output=True, stdin=subprocess.DEVNULL,
                              env={**self.home.env, **(env or {})}, timeout=2 * support.DEADLINE_S, check=False)
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        return done

    def test_finds_the_slower_of_two_commands(self):
        report = self.home.path / "comparison.json"
        done = self.compare(self.mock("quick"), self.mock("slow"), "--module", "quick", *LOAD, "--duration", "200ms", "--out", report,
                            "--html", self.home.path / "comparison.html")
        self.assertExit(done, 99)
        self.assertIn("verdict   SLOWER: B is worse than A", done.stdout)
        self.assertIn("pair 1 of 20, ", done.stderr)
        written = json.loads(report.read_text())
        self.assertEqual(written["verdict"]["kind"], "slower")
        self.assertEqual(len(written["first"]), 20)
        self.assertEqual(set(written["first"]), {"a", "b"})
        metrics = {metric["name"]: metric for metric in written["metrics"]}
        self.assertEqual(metrics["response.p50"]["verdict"], "slower")
        self.assertGreater(metrics["response.p50"]["low"], 1.5)  # what A needs depends on who else runs
        self.assertEqual(len(metrics["cpu_per_job"]["a"]), 20)
        self.assertTrue(all(1_000 < cpu < 100_000_000 for cpu in metrics["cpu_per_job"]["a"] + metrics["cpu_per_job"]["b"]))
        self.assertEqual(metrics["bytes_per_job"]["verdict"], "equivalent")
        page = (self.home.path / "comparison.html").read_text()
        self.assertIn("<svg", page)
        self.assertIn("cpu_per_job", page)

    def test_compares_urls_without_their_cpu(self):
        with support.Mock(SCENARIO) as a, support.Mock(SCENARIO) as b:
            done = self.compare(a.url, b.url, "--module", "quick", *SHORT, "--out", "-")
        written = json.loads(done.stdout)
        self.assertExit(done, written["verdict"]["exit_code"])
        self.assertIn(written["verdict"]["kind"], ("equivalent", "faster", "slower", "inconclusive"))
        self.assertNotIn("cpu_per_job", [metric["name"] for metric in written["metrics"]])
        self.assertIn("CPU per job is not compared", done.stderr)

    def test_logs_in_at_each_agent_and_keeps_the_secret(self):
        done = self.compare(self.mock(), self.mock() + " --seed 7", "--module", "quick", *SHORT, "--credential-env", "WHO", "--out", "-",
                            env={"WHO": support.CREDENTIAL})
        written = json.loads(done.stdout)
        self.assertExit(done, written["verdict"]["exit_code"])
        self.assertEqual(written["a"]["jobs"]["failed"], 0)
        self.assertNotIn("secret123", done.stdout + done.stderr)

    def test_counts_the_cpu_of_what_a_command_starts(self):
        # The shell stays, and its child is the agent.
        done = self.compare(f"{self.mock()}; true", self.mock(), "--module", "quick", *SHORT, "--out", "-")
        written = json.loads(done.stdout)
        cpu = next(metric for metric in written["metrics"] if metric["name"] == "cpu_per_job")
        self.assertTrue(0.5 < cpu["ratio"] < 2, cpu)

    def test_counts_and_ends_an_agent_that_leaves_its_group(self):
        done = self.compare(f"setsid {self.mock()}; true", f"setsid sh -c '{self.mock()}; true'", "--module", "quick", *SHORT, "--out", "-")
        written = json.loads(done.stdout)
        cpu = next(metric for metric in written["metrics"] if metric["name"] == "cpu_per_job")
        self.assertEqual(len(cpu["a"]), 20)
        self.assertTrue(0.5 < cpu["ratio"] < 2, cpu)
        # and tearDown waits for the agents

    def test_leaves_no_daemon_behind(self):
        daemon = self.python("daemon", "import os, signal, sys, time\nif os.fork(): sys.exit(3)\nos.setsid()\nif os.fork(): sys.exit(0)\n"
                             "signal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(600)\n")
        done = self.compare(self.mock(), daemon, "--module", "quick", *SHORT)
        self.assertExit(done, 1)
        self.assertIn("it ended with exit code 3", done.stderr)

    def test_says_no_secret_that_an_agent_says(self):
        done = self.compare("echo $WHO; echo {port}; exit 4", self.mock(), "--module", "quick", *SHORT, "--credential-env", "WHO",
                            env={"WHO": support.CREDENTIAL})
        self.assertExit(done, 1)
        self.assertIn("A wrote last:\n<redacted>\n", done.stderr)
        self.assertNotIn("secret123", done.stderr)
        (self.home.path / "token").write_text("geheim-geheim\n")
        done = self.compare(f"cat {self.home.path}/token; echo {{port}}; exit 4", self.mock(), "--module", "quick", *SHORT,
                            "--token-file", self.home.path / "token")
        self.assertIn("A wrote last:\n<redacted>\n", done.stderr)

    def test_says_why_a_command_is_no_agent(self):
        deaf = self.python("deaf", "import time\nprint('no port for me', flush=True)\ntime.sleep(600)\n")
        stubborn = self.python("stubborn", "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                               "print('I stay', flush=True)\ntime.sleep(600)\n")
        flood = self.python("flood", "while True: print('all work and no play', flush=True)\n")
        crash = self.python("crash", "import os, signal, sys\nsys.stderr.write('\\x1b[31mout of ideas\\n')\nsys.stderr.flush()\n"
                            "os.kill(os.getpid(), signal.SIGSEGV)\n")
        for agent, says, last in ((deaf, "it accepts no connection on 127.0.0.1:", "no port for me\n"),
                                  (stubborn, "it accepts no connection on 127.0.0.1:", "I stay\n"),
                                  (flood, "it accepts no connection on 127.0.0.1:", "all work and no play\n"),
                                  (crash, "it was ended by signal 11", "\\x1b[31mout of ideas\n"),
                                  ("echo {port}", "it ended with exit code 0, and an agent has to stay in the foreground", "\n"),
                                  ("no-such-agent {port}", "it ended with exit code 127", "no-such-agent: not found\n")):
            with self.subTest(agent=agent):
                done = self.compare(self.mock(), agent, "--module", "quick", *SHORT, "--start-within", "1s")
                self.assertExit(done, 1)
                self.assertEqual(done.stdout, "")
                self.assertIn("procedura-bench: B wrote last:\n", done.stderr)
                self.assertIn(last, done.stderr)
                self.assertIn(f"procedura-bench: B ({agent}): {says}", done.stderr)
                self.assertLess(len(done.stderr), 8192)

    def test_ends_when_no_job_finishes(self):
        done = self.compare(self.mock(), self.mock(), "--module", "crash", *SHORT)
        self.assertExit(done, 98)
        self.assertIn("no job finished; ", done.stderr)
        self.assertIn("OUT_OF_MANA", done.stderr)

    def test_says_that_an_agent_ended_during_its_run(self):
        killed = f"timeout -s KILL 1 {self.mock()}"
        done = self.compare(killed, killed, "--module", "never", *ENDLESS)
        self.assertExit(done, 1)
        self.assertIn("during its run", done.stderr)

    def test_ctrl_c_ends_the_comparison_and_its_agents(self):
        process = subprocess.Popen(self.command(self.mock(), self.mock(), "--module", "never", *ENDLESS),
                                   env=self.home.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        support.wait_for(lambda: processes_with(str(self.home.path)), "agent")
        # The first ends the window, the second the wait for its jobs; whenever they come, nothing is left behind.
        support.wait_for(lambda: process.poll() is not None or process.send_signal(signal.SIGINT), "end of the comparison")
        out, err = process.communicate(timeout=support.DEADLINE_S)
        self.assertEqual(process.returncode, 98, err)
        self.assertIn("interrupted after 0 of 20 pairs", out.decode())

    def test_a_login_that_is_not_answered_can_be_left(self):
        async def silent(_socket, _request):
            pass

        with support.Agent(silent) as agent:
            process = subprocess.Popen(self.command(agent.url, agent.url, "--module", "m", *SHORT, "--credential-env", "WHO"),
                                       env={**self.home.env, "WHO": support.CREDENTIAL}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            support.wait_for(lambda: agent.handshakes, "handshake")
            support.wait_for(lambda: process.poll() is not None or process.send_signal(signal.SIGINT), "end of the comparison")
        self.assertEqual(process.returncode, -signal.SIGINT)

    def test_no_agent_outlives_a_killed_comparison(self):
        process = subprocess.Popen(self.command(self.mock(), self.mock(), "--module", "never", *ENDLESS),
                                   env=self.home.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        support.wait_for(lambda: processes_with(str(self.home.path)), "agent")
        process.kill()
        process.wait()  # and tearDown waits for the agent

    def test_the_proof_runs(self):
        # What it finds in so few short runs is not asked.
        kept = self.home.path / "proof.json"
        done = subprocess.run([sys.executable, "-B", support.ROOT / "bench" / "proof" / "compare_proof.py", "--bin", support.BIN, "--same", "1",
                               "--more", "1", "--pairs", "20", "--duration", "60ms", "--warm-up", "0s", "--json", kept], env=self.home.env,
                              capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=4 * support.DEADLINE_S, check=False)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        self.assertRegex(done.stdout, r"identical: [01] of 1 found a difference, [01] said equivalent")
        self.assertRegex(done.stdout, r"10 % more CPU: [01] of 1 said slower, on CPU")
        self.assertEqual([each["what"] for each in json.loads(kept.read_text())], ["calibration", "10 % more", "identical"])

    def test_wrong_command_lines_exit_2_with_one_line(self):
        for words, says in ((["--a", "agent {port}"], "--b is needed"),
                            (["--a", "agent", "--b", "ws://x"], "--a 'agent': a command has {port}"),
                            (["--a", "ws://x", "--b", "ws://y", "--module", "m", "--concurrency", "1", "--pairs", "5"], "--pairs '5'"),
                            (["--a", "ws://x", "--b", "ws://y:99999", "--module", "m", "--concurrency", "1"], "--b: "),
                            (["--a", "wss://x", "--b", "agent {port}", "--module", "m", "--concurrency", "1", "--insecure"],
                             "--insecure goes with two wss:// URLs, and nothing is encrypted on the way to --b")):
            done = subprocess.run([BENCH, "compare", *words], capture_output=True, text=True, env=self.home.env, timeout=support.DEADLINE_S,
                                  check=False)
            self.assertExit(done, 2)
            self.assertOneLine(done.stderr)
            self.assertIn(says, done.stderr)


if __name__ == "__main__":
    support.main()
