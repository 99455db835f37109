"""procedura-conformance against the mock: one that keeps the rules, some that break one each, and peers that are no agents."""

import json
import os
import pathlib
import pty
import subprocess
import tempfile
import time
import unittest

import conformance
import support
from authority import Certificate
from conformance import REFERENCE, Run, all_checks

PROFILE = conformance.PROFILES / "mock.json"


def stub(name, cmd, reply, **more):
    return {"stubs": [{"name": name, "match": {"cmd": cmd}, "reply": reply, **more}]}


def acked(*steps):
    return ["accept", *steps]


FINISHED = {"finished": {"meta": {}, "entities": {}}}
# What the stub is, and the check that must turn red.
BROKEN = {
    "wrong id": (stub("quick", "worldstate_snapshot", [{"send": {"id": "1${id}", "status": "ack"}},
                                                       {"send": {"id": "1${id}", "status": "finished", "result": {}}}], accept=False),
                 "sync/lifecycle:finished", "FAIL"),
    "missing ack": (stub("quick", "worldstate_snapshot", [FINISHED], accept=False), "sync/lifecycle:ack-first", "FAIL"),
    "frames after the terminal one": (
        stub("quick", "worldstate_snapshot", acked({"send": {"id": "${id}", "status": "finished", "result": {"meta": 1, "entities": 1}}},
                                                   {"send": {"id": "${id}", "status": "finished", "result": {"meta": 1, "entities": 1}}})),
        "sync/lifecycle:silence", "FAIL"),
    "two acks": (stub("quick", "worldstate_snapshot", ["ack", "ack", FINISHED]), "sync/lifecycle:order", "FAIL"),
    "one job_id for all": (
        stub("slow", "slow", [{"send": {"id": "${id}", "job_id": "same", "status": "started"}}, {"delay": "50ms"},
                              {"send": {"id": "${id}", "job_id": "same", "status": "finished", "result": 1}}], accept=False),
        "async/job-ids:unique", "WARN"),
    "never finishes": (stub("quick", "worldstate_snapshot", ["accept"]), "sync/lifecycle:finished", "FAIL"),
    "silent": (stub("quick", "worldstate_snapshot", [{"delay": "1h"}], accept=False), "sync/lifecycle:finished", "FAIL"),
    "too few updates": (stub("streaming", "place_ooi_sprites", acked({"running": {"n": 1}}, {"finished": {}})),
                        "async/lifecycle:updates", "FAIL"),
    "no job_id": (stub("streaming", "place_ooi_sprites", [{"send": {"id": "${id}", "status": "started"}},
                                                          {"repeat": 4, "steps": [{"send": {"id": "${id}", "status": "running"}}]},
                                                          {"send": {"id": "${id}", "status": "finished", "result": 1}}], accept=False),
                  "async/lifecycle:job-id", "FAIL"),
    "no reason": (stub("failing", "failing", acked({"send": {"id": "${id}", "status": "error", "code": "OUT_OF_SPRITES"}})),
                  "sync/failure:reason", "FAIL"),
    "the same result for all": (stub("echo", "echo", [{"finished": {"args": ["mine"]}}]), "concurrency/own-results:own", "FAIL"),
    "ack held back": (stub("slow", "slow", [{"delay": "400ms"}, "ack", {"finished": 1}], accept=False),
                      "sync/ack-early:not-held-back", "WARN"),
}

HOSTILE = "\u001b[31mred\u202e <&\"'> ]]> \u0000 \ufffe"


class ConformanceTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory(prefix="procedura-conformance-"))

    def judge(self, url, *options, profile=PROFILE, env=None):
        return Run(self.folder, url, profile, *options, env=env)

    def impatient(self, answer_ms=300):
        """The mock's profile for agents that say nothing."""
        profile = json.loads(PROFILE.read_text(encoding="utf-8"))
        profile["limits"] = {"slow_ms": 400, "answer_ms": answer_ms}
        path = os.path.join(self.folder, "profile.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(profile, file)
        return path

    def assertComplete(self, run):
        self.assertEqual(set(run.outcomes()), all_checks())
        self.assertEqual(len(run.junit.findall(".//testcase")), int(run.junit.get("tests")))
        told = [case for case in run.junit.iter("testcase") if case.get("classname") != "run"]  # that is about the run as a whole
        self.assertEqual(len(told), len(all_checks()))

    def test_the_mock_keeps_every_clause(self):
        for jobs in ("1", "8"):
            with self.subTest(jobs=jobs), support.Mock(REFERENCE) as mock:
                run = self.judge(mock.url, "--strict", "--jobs", jobs)
                self.assertEqual(run.these("FAIL", "WARN", "UNTESTABLE", "HARNESS"), {})
                self.assertEqual(run.these("N/A", but=conformance.NOT_OF_THE_MOCK), {})
                self.assertEqual(run.exit_code, 0, run.text)
                self.assertComplete(run)
                self.assertEqual(mock.stop()[0], 0)

    def over_tls(self, authority):
        """The mock's profile for an agent over wss://."""
        profile = json.loads(PROFILE.read_text(encoding="utf-8"))
        profile["tls"] = {"ca": os.path.relpath(authority, self.folder)}  # found from where the profile is
        profile["limits"]["answer_ms"] = 30000  # 8 MiB take their time through TLS
        path = os.path.join(self.folder, "tls.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(profile, file)
        return path

    def test_the_mock_keeps_every_clause_over_tls(self):
        folder = pathlib.Path(self.folder)
        root, stranger = Certificate(folder, "root"), Certificate(folder, "stranger")
        own = Certificate(folder, "own", issuer=root)
        with support.Mock(REFERENCE, options=("--tls-cert", own.pem, "--tls-key", own.key_file)) as mock:
            run = self.judge(mock.url, "--strict", "--jobs", "4", profile=self.over_tls(root.pem))
            self.assertEqual(run.these("FAIL", "WARN", "UNTESTABLE", "HARNESS"), {})
            self.assertEqual(run.these("N/A", but=("security/public-modules:",)), {})
            self.assertEqual(run.exit_code, 0, run.text)
            # Whom the client does not trust it does not speak to, and there is one cause for all.
            run = self.judge(mock.url, profile=self.over_tls(stranger.pem))
            self.assertEqual(set(run.these("FAIL")), {"handshake/upgrade:accepted", "tls/certificate:chain"})
            self.assertEqual(run.exit_code, 1, run.text)

    def test_an_authority_that_cannot_be_read_is_told_before_anything_is_sent(self):
        run = self.judge("wss://127.0.0.1:1", profile=self.over_tls(os.path.join(self.folder, "no.pem")))
        self.assertEqual(run.exit_code, 2)
        self.assertIn("/tls/ca: ", run.errors)

    def test_whatever_the_profile_leaves_out_is_not_held_against_the_agent(self):
        profile = json.loads(PROFILE.read_text(encoding="utf-8"))
        for key in ("declares", "credentials", "limits"):
            del profile[key]
        profile["modules"] = {"quick": {"cmd": "worldstate_snapshot"}}
        path = os.path.join(self.folder, "profile.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(profile, file)
        quick = stub("quick", "worldstate_snapshot", [FINISHED])
        with support.Mock({"auth": {"required": False}, **quick}) as mock:
            run = self.judge(mock.url, profile=path)
        self.assertEqual(run.these("FAIL", "WARN", "UNTESTABLE"), {})
        self.assertEqual(run.exit_code, 0, run.text)
        self.assertIn("the profile has no modules.slow", run.text)
        self.assertComplete(run)

    def test_each_broken_agent_turns_its_check_red(self):
        for name, (scenario, check, outcome) in BROKEN.items():
            with self.subTest(name), support.Mock(REFERENCE, scenario) as mock:
                run = self.judge(mock.url, "--strict", "--jobs", "4", profile=self.impatient())
                self.assertEqual(run.outcomes()[check], outcome, run.text)
                self.assertEqual(run.exit_code, 1)
                self.assertComplete(run)

    def test_a_failure_shows_all_that_it_takes_to_understand_it(self):
        with support.Mock(REFERENCE, BROKEN["missing ack"][0]) as mock:
            run = self.judge(mock.url, "--select", "sync/lifecycle", "--seed", "5")
        self.assertTrue(run.text.splitlines()[0].endswith("because"), run.text)
        for part in ("FAIL SYN-1 (MUST, documented)  sync/lifecycle:ack-first", "Sync: first `{\"id\",\"status\":\"ack\"}`",
                     "allowed  an ack before anything else", "came     finished", "handshake with Sec-WebSocket-Protocol: <redacted>",
                     '"cmd":"worldstate_snapshot"', f"--url {mock.url}", "--seed 5 --select sync/lifecycle"):
            self.assertIn(part, run.text)
        failure = run.junit.find(".//testcase[@name='ack-first']/failure")
        self.assertIn("<redacted>", failure.text)
        # The one command: paste it, and it fails the same way.
        again = run.text.split("again    procedura-conformance ")[1].splitlines()[0].split()
        env = {**os.environ, **conformance.CREDENTIALS}
        with support.Mock(REFERENCE, BROKEN["missing ack"][0]) as mock:
            again[again.index("--url") + 1] = mock.url
            done = subprocess.run([conformance.PROGRAM, *again], capture_output=True, text=True, env=env, timeout=60, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("FAIL SYN-1 (MUST, documented)  sync/lifecycle:ack-first", done.stdout)

    def test_hostile_words_stay_words(self):
        scenario = stub("failing", "failing", acked({"error": {"code": "X" + HOSTILE, "message": HOSTILE * 50}}))
        with support.Mock(REFERENCE, scenario) as mock:
            run = self.judge(mock.url, "--verbose", "--select", "sync/**")
        self.assertEqual(run.these("WARN").keys(), {"sync/failure:code"})
        for text in (run.text, run.junit_file.read_text(encoding="utf-8")):
            for forbidden in ("\x1b", "\u202e", "\x00"):
                self.assertNotIn(forbidden, text)
        self.assertIn("red", run.text)
        self.assertIn("\\ufffe", "".join(run.junit.itertext()), "XML cannot hold it")

    def test_no_report_shows_a_secret(self):
        leak = stub("failing", "failing", acked({"error": {"code": "X", "message": "secret123 of admin@procedura.org:secret123"}}))
        with support.Mock(REFERENCE, leak) as mock:
            run = self.judge(mock.url, "--verbose")
        for text in (run.text, run.errors, run.junit_file.read_text(encoding="utf-8"), run.json_file.read_text(encoding="utf-8")):
            self.assertNotIn("secret123", text)
        self.assertIn("<redacted>", run.text)

    def test_peers_that_are_no_agents_cost_one_patience(self):
        peers = {
            "never answers": support.Listener(),
            "closes at once": support.Listener(b""),
            "is no WebSocket server": support.Listener(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
            "speaks something else": support.Listener(b"220 mail.example.org ESMTP\r\n"),
            "never ends its headers": support.Listener(b"HTTP/1.1 101 Switching Protocols\r\nX: " + b"x" * 100000, close=False),
        }
        for name, peer in peers.items():
            with self.subTest(name), peer:
                begun = time.monotonic()
                run = self.judge(peer.url, profile=self.impatient(1000))
                self.assertLess(time.monotonic() - begun, 20)
                self.assertEqual(run.outcomes()["handshake/upgrade:accepted"], "FAIL", run.text)
                self.assertEqual(run.exit_code, 1, run.text)
                self.assertComplete(run)

    def test_agents_that_misbehave_cost_their_cases(self):
        async def hang_up(ws, _request):
            await ws.close(1011, "gone\x1b[2J")

        async def echo(ws, request):
            await ws.send(json.dumps(request))

        async def finish_everything(ws, request):
            await ws.send(json.dumps({"id": request["id"], "status": "finished", "result": None}))

        async def junk(ws, _request):
            for frame in ("", "{", "[]", "nul", '{"status":7}', '{"id":1,"status":"ack"}', b"\x00\xff", "[" * 5000):
                await ws.send(frame)

        async def flood(ws, _request):
            for _ in range(3000):
                await ws.send('{"status":"tick"}')

        for behave in (hang_up, echo, finish_everything, junk, flood):
            with self.subTest(behave.__name__), support.Agent(behave) as agent:
                run = self.judge(agent.url, profile=self.impatient())
                self.assertEqual(run.outcomes()["handshake/upgrade:accepted"], "PASS", run.text)
                self.assertEqual(run.outcomes()["login/token:issued"], "FAIL", run.text)
                self.assertEqual(run.exit_code, 1)
                self.assertComplete(run)
                self.assertNotIn("\x1b", run.text)

    def test_the_end_of_the_time_ends_the_run_with_a_complete_report(self):
        slow = stub("quick", "worldstate_snapshot", acked({"delay": "700ms"}, FINISHED))
        with support.Mock(REFERENCE, slow) as mock:
            begun = time.monotonic()
            run = self.judge(mock.url, "--max-time", "2")
        self.assertLess(time.monotonic() - begun, 6)
        self.assertEqual(run.exit_code, 1)
        self.assertComplete(run)
        self.assertEqual(run.these("FAIL"), {})
        self.assertIn("not reached: the run's time was over (--max-time)", run.these("UNTESTABLE").values())

    def test_nobody_there_is_exit_3(self):
        run = self.judge(support.free_url())
        self.assertEqual(run.exit_code, 3)
        self.assertIn("nobody answered at", run.text)
        self.assertComplete(run)

    def test_nothing_to_judge_is_exit_3(self):
        profile = json.loads(PROFILE.read_text(encoding="utf-8"))
        del profile["declares"]
        path = os.path.join(self.folder, "profile.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(profile, file)
        with support.Mock(REFERENCE) as mock:
            run = self.judge(mock.url, "--select", "errors/bad-frames", profile=path)
        self.assertEqual(run.exit_code, 3, run.text)
        self.assertIn("nothing was judged", run.text)

    def test_bad_usage_is_exit_2_and_says_what_to_do(self):
        bad_profile = os.path.join(self.folder, "bad.json")
        with open(bad_profile, "w", encoding="utf-8") as file:
            file.write('{"agent": 7, "modules": {"quick": {"cmd": "x", "arg": []}}, "declare": "all"}')
        url = ["--url", "ws://127.0.0.1:1", "--profile", str(PROFILE)]
        lines = {
            ("server",): "--",
            ("nonsense",): "nonsense",
            (): "subcommand",
            ("server", "--url", "http://x", "--profile", str(PROFILE)): "ws://",
            ("server", "--url", "ws://127.0.0.1:1", "--profile", "/no/such/file"): "/no/such/file cannot be read",
            ("server", *url, "--select", "nothing/*"): "matches no case",
            ("server", *url, "--jobs", "0"): "--jobs",
            ("server", *url, "--max-time", "0"): "--max-time",
            ("server", *url, "--max-time", "nan"): "--max-time",
            ("server", *url, "--time-scale", "0"): "--time-scale",
            ("server", *url, "--time-scale", "nan"): "--time-scale",
            ("server", *url, "--time-scale", "1000"): "--time-scale",
            ("server", *url, "--seed", "x"): "--seed",
            ("server", *url, "--junit", "/no/such/folder/x.xml"): "cannot be written",
            ("server", "--url", "ws://127.0.0.1:1", "--profile", bad_profile): "/modules/quick/arg: unknown key",
        }
        env = {**os.environ, **conformance.CREDENTIALS}
        for words, part in lines.items():
            with self.subTest(words):
                done = subprocess.run([conformance.PROGRAM, *words], capture_output=True, text=True, env=env, timeout=30, check=False)
                self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
                self.assertIn(part, done.stderr)
                self.assertTrue(all(line.startswith("procedura-conformance: ") for line in done.stderr.splitlines()), done.stderr)
        done = subprocess.run([conformance.PROGRAM, "server", *url], capture_output=True, text=True, timeout=30, check=False,
                              env={k: v for k, v in os.environ.items() if k not in conformance.CREDENTIALS})
        self.assertEqual(done.returncode, 2)
        self.assertIn(f"/credentials/0/env: the environment variable {conformance.VARIABLE} is not set", done.stderr)

    def test_a_report_that_cannot_be_written_is_told(self):
        env = {**os.environ, **conformance.CREDENTIALS}
        words = [conformance.PROGRAM, "server", "--profile", PROFILE, "--select", "sync/lifecycle"]
        with support.Mock(REFERENCE) as mock, open("/dev/full", "wb") as full:
            done = subprocess.run([*words, "--url", mock.url], stdout=full, stderr=subprocess.PIPE, env=env, timeout=60, check=False)
            self.assertEqual((done.returncode, done.stderr), (2, b"procedura-conformance: the report could not be written to stdout\n"))
            done = subprocess.run([*words, "--url", mock.url, "--junit", "/dev/full"], capture_output=True, env=env, timeout=60, check=False)
            self.assertEqual((done.returncode, done.stderr), (2, b"procedura-conformance: the report /dev/full could not be written\n"))

    def test_a_token_in_the_url_is_never_shown(self):
        with support.Mock(REFERENCE) as mock:
            run = self.judge(mock.url + "/?token=tok-12345", "--select", "handshake/upgrade")
        self.assertEqual(run.exit_code, 0, run.text)
        self.assertIn("procedura-conformance: ", run.errors)
        for text in (run.text, run.errors, run.json_file.read_text(encoding="utf-8"), run.junit_file.read_text(encoding="utf-8")):
            self.assertNotIn("tok-12345", text)

    def test_help_and_version_and_list(self):
        for words, part in {("--help",): "Examples:", ("server", "--help"): "Examples:", ("--version",): ".", ("list",): "SYN-1"}.items():
            done = subprocess.run([conformance.PROGRAM, *words], capture_output=True, text=True, timeout=30, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""), words)
            self.assertIn(part, done.stdout)

    def test_colours_are_for_terminals(self):
        def on_terminal(env):
            master, slave = pty.openpty()
            environment = {**os.environ, **conformance.CREDENTIALS, "TERM": "xterm", **env}
            with support.Mock(REFERENCE) as mock:
                process = subprocess.Popen([conformance.PROGRAM, "server", "--url", mock.url, "--profile", PROFILE, "--select", "sync/*"],
                                           stdout=slave, stderr=subprocess.DEVNULL, env=environment)
                os.close(slave)
                seen = b""
                try:
                    while chunk := os.read(master, 65536):
                        seen += chunk
                except OSError:
                    pass
                os.close(master)
                self.assertEqual(process.wait(30), 0)
            return seen.decode()

        self.assertIn("\x1b[32mPASS", on_terminal({"NO_COLOR": ""}))
        for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            seen = on_terminal(env)
            self.assertNotIn("\x1b", seen)
            self.assertIn("PASS", seen)


if __name__ == "__main__":
    unittest.main(verbosity=2)
