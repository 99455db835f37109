#!/usr/bin/env python3
"""The program `procedura` against the Node agent, as its users see it: output, messages and exit codes."""

import json
import pathlib
import re
import signal
import stat
import subprocess
import unittest

import freedoms
from support import ACCOUNT, CREDENTIAL, PYTHON, PYTHON_CLIENT, clean_home, line_within, node_agent, program_from, run_program

PROCEDURA = program_from("INTEROP_PROCEDURA")
OK, FAILED, USAGE, NO_CONNECTION, LOGIN_NEEDED, TIMEOUT, BROKEN_PROTOCOL, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 130


def objects(output):
    """The JSON objects that stand one after the other in a text."""
    decoder, found, rest = json.JSONDecoder(), [], output.lstrip()
    while rest:
        value, end = decoder.raw_decode(rest)
        found.append(value)
        rest = rest[end:].lstrip()
    return found


def without_ids(output):
    return re.sub(r'"(id|job_id)": "([0-9a-f]{8}|job-[0-9]+)"', r'"\1": "..."', output)


class Person:
    """Somebody with a home folder and the program, who complains through `test`."""

    def __init__(self, test):
        home = clean_home()
        self.test = test
        self.env = home.__enter__()
        self.token_file = pathlib.Path(self.env["HOME"]) / ".procedura" / "token"
        test.addCleanup(home.__exit__, None, None, None)

    def command(self, peer, *words):
        return [PROCEDURA, "--url", peer.url, *words]

    def procedura(self, peer, *words, exits=OK, stdin="", env=None):
        done = run_program(self.command(peer, *words), env={**self.env, **(env or {})}, stdin=stdin)
        self.test.assertEqual(done.returncode, exits, f"procedura {words}\nstdout: {done.stdout}\nstderr: {done.stderr}")
        self.test.assertNotIn("secret123", done.stdout + done.stderr)
        if exits != OK:
            self.test.assertNotEqual(done.stderr.strip(), "", "a failure has a line for people")
        return done

    def log_in(self, peer, *words):
        return json.loads(self.procedura(peer, "login", CREDENTIAL, *words).stdout)


class ByOnePerson(unittest.TestCase):
    def setUp(self):
        self.me = Person(self)


class UnderEveryFreedom(unittest.TestCase):
    def test_each(self):
        def use(switches):
            with node_agent("--expired", "over", *switches) as peer:
                self.everything(Person(self), peer)

        freedoms.each(self, use)

    def everything(self, me, peer):
        refused = me.procedura(peer, "run", "worldstate_snapshot", exits=LOGIN_NEEDED)
        self.assertEqual(json.loads(refused.stdout)["code"], "AUTH_REQUIRED")

        wrong = me.procedura(peer, "login", "-", stdin=f"{ACCOUNT}:wrong\n", exits=LOGIN_NEEDED)
        self.assertEqual(json.loads(wrong.stdout)["code"], "AUTH_FAILED")
        self.assertFalse(me.token_file.exists())

        login = me.log_in(peer, "--device", "cli", "--ttl", "60")
        token = me.token_file.read_text(encoding="utf-8").strip()
        self.assertEqual((login["session_token"], login["user"], login["expires_in"]), ("<redacted>", ACCOUNT, 60))
        self.assertEqual(stat.S_IMODE(me.token_file.stat().st_mode), 0o600)

        self.assertEqual(me.procedura(peer, "run", "whoami").stdout, f'{{\n  "user": "{ACCOUNT}"\n}}\n')
        world = json.loads(me.procedura(peer, "run", "worldstate_snapshot").stdout)
        self.assertEqual(world["environment"]["weather"], "schöner Regen")
        echoed = me.procedura(peer, "run", "echo", "--", "--url", "", "[a,b]", "--", "ü")
        self.assertEqual(json.loads(echoed.stdout), {"args": ["--url", "", "[a,b]", "--", "ü"]})

        streamed = me.procedura(peer, "stream", "place_ooi_sprites", "--", "--dry-run", "--n", "3", "--radius=40")
        events = objects(streamed.stdout)
        self.assertEqual([event["phase"] for event in events], ["started", "running", "running", "running", "finished"])
        self.assertEqual({list(event)[0] for event in events}, {"phase"})
        self.assertEqual([event["placed"] for event in events[1:-1]], [1, 2, 3])
        self.assertEqual(events[-1]["result"], {"placed": 3, "radius": 40, "dry_run": True})

        for args, code in (["--first"], "REFUSED"), ([], "OUT_OF_SPRITES"), (["--n", "2"], "OUT_OF_SPRITES"):
            self.assertEqual(json.loads(me.procedura(peer, "run", "fail", "--", *args, exits=FAILED).stdout)["code"], code)
            last = objects(me.procedura(peer, "stream", "fail", "--", *args, exits=FAILED).stdout)[-1]
            self.assertEqual((last["phase"], last["code"]), ("error", code))

        for words in ["run", "slow", "--final-timeout", "0.4"], ["stream", "slow", "--idle-timeout", "0.4"]:
            late = me.procedura(peer, *words, "--ack-timeout", "0.4", "--", "--ms", "60000", exits=TIMEOUT)
            self.assertIn("_TIMEOUT", objects(late.stdout)[-1]["code"])
        me.procedura(peer, "--token", "over", "run", "whoami", exits=LOGIN_NEEDED)

        auth = json.loads(me.procedura(peer, "run", "__diag_auth").stdout)
        self.assertEqual((auth["authenticated"], auth["via"]), (True, "subprotocol"))
        self.assertNotIn(token, json.dumps(auth))


class Output(ByOnePerson):
    def test_ws_diag_and_ping_find_all_well(self):
        with node_agent() as peer:
            self.me.log_in(peer)
            report = json.loads(self.me.procedura(peer, "--output", "json", "ws", "diag").stdout)
            states = {name: check["state"] for name, check in report.items() if isinstance(check, dict)}
            for name in ("token", "websocket", "who_am_i", "ping", "__keepalive", "metrics"):
                self.assertEqual(states[name], "ok", report[name])
            self.assertEqual(report["who_am_i"]["reply"]["user"], ACCOUNT)
            summary = json.loads(self.me.procedura(peer, "--output", "json", "ws", "ping", "--count", "3", "--interval", "0.01").stdout)
            self.assertEqual((summary["sent"], summary["received"]), (3, 3))

    def test_numbers_order_and_escapes_are_the_agents_own(self):
        text = '{"z":1.0,"a":[1e3,12345678901234567890123,-0.0],"10":null,"2":"é\\u0001\\"","empty":[{},[]],"deep":{"x":[true]}}'
        pretty = """{
  "z": 1.0,
  "a": [
    1e3,
    12345678901234567890123,
    -0.0
  ],
  "10": null,
  "2": "é\\u0001\\"",
  "empty": [
    {},
    []
  ],
  "deep": {
    "x": [
      true
    ]
  }
}
"""
        with node_agent() as peer:
            self.assertEqual(self.me.procedura(peer, "run", "raw", "--", text).stdout, pretty)
            self.assertEqual(self.me.procedura(peer, "--output", "json", "run", "raw", "--", text).stdout, text + "\n")
            for scalar in "null", "-7", '"text"', "1.50", "true", "[]":
                self.assertEqual(self.me.procedura(peer, "run", "raw", "--", scalar).stdout, scalar + "\n")

    def test_ndjson_has_one_line_per_event(self):
        with node_agent("--json", "spread", "--grant", "good") as peer:
            done = self.me.procedura(peer, "--output", "ndjson", "stream", "place_ooi_sprites", env={"PROCEDURA_TOKEN": "good"})
            self.assertEqual([json.loads(line)["phase"] for line in done.stdout.splitlines()],
                             ["started", "running", "running", "running", "running", "finished"])

    def test_a_large_result_arrives_whole(self):
        almost = 8 * 1024 * 1024 - 200
        for switches in [], ["--split"], ["--fragment"]:
            with self.subTest(switches), node_agent(*switches) as peer:
                done = self.me.procedura(peer, "run", "big", "--", "--bytes", str(almost))
                self.assertEqual(len(json.loads(done.stdout)["filler"]), almost)

    def test_a_message_over_the_limit_is_an_error_and_no_hang(self):
        with node_agent() as peer:
            done = run_program(self.me.command(peer, "run", "big", "--", "--bytes", str(16 * 1024 * 1024)), env=self.me.env)
            self.assertNotEqual(done.returncode, OK, done.stderr)
            self.assertIn("MESSAGE_TOO_BIG", done.stdout + done.stderr)

    def test_an_empty_world_is_pointed_out_and_delivered(self):
        with node_agent("--empty-world", "--grant", "good") as peer:
            done = self.me.procedura(peer, "--token", "good", "run", "worldstate_snapshot")
            self.assertEqual(json.loads(done.stdout)["entities"], {})
            self.assertIn("world", done.stderr)


    def test_scripts_move_over_from_the_python_program(self):
        """Byte for byte what the Python client prints, but for the ids."""
        odd = '{"b":[1.5,-3,0,[],{}],"a":{"nested":{"x":null}},"text":"é \\u20ac \\u0001 \\"quoted\\" \\/","empty":""}'
        for switches in [], ["--extra-members"], ["--target", "job_id", "--json", "python"], ["--order", "reversed", "--json", "spread"]:
            with self.subTest(switches), node_agent("--grant", "good", *switches) as peer:
                for words in (["run", "worldstate_snapshot", "--", "--terse"], ["run", "raw", "--", odd], ["run", "raw", "--", '"é"'],
                              ["run", "fail"], ["run", "fail", "--", "--first"], ["stream", "fail", "--", "--n", "1"],
                              ["stream", "place_ooi_sprites", "--", "--dry-run", "--n", "3"], ["run", "levitate"]):
                    ours, theirs = [run_program([*program, "--url", peer.url, "--token", "good", *words], env=self.me.env)
                                    for program in ([PROCEDURA], [PYTHON, PYTHON_CLIENT])]
                    self.assertEqual(without_ids(ours.stdout), without_ids(theirs.stdout))
                    self.assertEqual(ours.returncode, theirs.returncode, (words, ours.stderr, theirs.stderr))


class Authentication(ByOnePerson):
    def test_a_dead_token_needs_a_login_and_the_login_does_not_send_it(self):
        for switches in ["--refuse", "error"], ["--refuse", "http-401"]:
            with self.subTest(switches), node_agent(*switches, "--expired", "over") as peer:
                self.me = Person(self)
                self.me.token_file.parent.mkdir(mode=0o700)
                self.me.token_file.write_text("over\n", encoding="utf-8")
                self.me.token_file.chmod(0o600)
                done = self.me.procedura(peer, "run", "whoami", exits=LOGIN_NEEDED)
                self.assertIn("procedura login", done.stderr)
                self.me.log_in(peer)
                self.me.procedura(peer, "run", "whoami")

    def test_a_session_that_ends_by_itself(self):
        with node_agent() as peer:
            self.me.log_in(peer, "--ttl", "1")
            done = run_program(self.me.command(peer, "run", "whoami"), env=self.me.env)
            while done.returncode == OK:
                done = run_program(self.me.command(peer, "run", "whoami"), env=self.me.env)
            self.assertEqual(done.returncode, LOGIN_NEEDED, done.stderr)

    def test_a_token_that_cannot_be_a_subprotocol_goes_as_bearer(self):
        with node_agent("--grant", "a/b==") as peer:
            done = self.me.procedura(peer, "--token", "a/b==", "run", "__diag_auth")
            self.assertEqual(json.loads(done.stdout)["via"], "bearer")

    def test_logout_forgets(self):
        with node_agent() as peer:
            self.me.log_in(peer)
            self.me.procedura(peer, "logout")
            self.me.procedura(peer, "run", "whoami", exits=LOGIN_NEEDED)


class ArgsStyle(ByOnePerson):
    def test_the_login_finds_out_and_later_runs_know(self):
        for style in "module-first", "bare", "either":
            with self.subTest(style), node_agent("--args-style", style) as peer:
                self.me = Person(self)
                self.me.log_in(peer)
                done = self.me.procedura(peer, "run", "worldstate_snapshot", "--", "--terse")
                self.assertEqual(json.loads(done.stdout)["location"], {})
                self.me.procedura(peer, "stream", "place_ooi_sprites", "--", "--n", "1")

    def test_by_word(self):
        with node_agent("--args-style", "bare") as peer:
            done = self.me.procedura(peer, "--args-style", "bare", "run", "echo", "x")
            self.assertEqual(json.loads(done.stdout), {"args": ["x"]})
            done = self.me.procedura(peer, "--args-style", "module-first", "run", "echo", "x")
            self.assertEqual(json.loads(done.stdout), {"args": ["echo", "x"]})

    def test_a_wrong_password_stays_wrong_in_either_style(self):
        for style in "module-first", "bare", "either":
            with self.subTest(style), node_agent("--args-style", style) as peer:
                done = self.me.procedura(peer, "login", f"{ACCOUNT}:wrong", exits=LOGIN_NEEDED)
                self.assertEqual(json.loads(done.stdout)["code"], "AUTH_FAILED")


class Waiting(ByOnePerson):
    def test_no_first_frame(self):
        with node_agent("--ack", "late") as peer:
            done = self.me.procedura(peer, "run", "slow", "--ack-timeout", "0.3", "--", "--ms", "60000", exits=TIMEOUT)
            self.assertIn("ACK_TIMEOUT", done.stdout)
            self.assertLess(done.seconds, 10)

    def test_no_last_frame(self):
        with node_agent("--ack-job-id") as peer:
            done = self.me.procedura(peer, "run", "slow", "--final-timeout", "0.3", "--", "--ms", "60000", exits=TIMEOUT)
            self.assertIn("FINAL_TIMEOUT", done.stdout)
            self.assertIn("job-1", done.stderr)
            done = self.me.procedura(peer, "stream", "slow", "--idle-timeout", "0.3", "--", "--ms", "60000", exits=TIMEOUT)
            self.assertEqual(objects(done.stdout)[0]["phase"], "started")
            self.assertIn("job-2", done.stderr)

    def test_slow_but_in_time(self):
        with node_agent() as peer:
            done = self.me.procedura(peer, "run", "slow", "--", "--ms", "700")
            self.assertEqual(json.loads(done.stdout), {"slept_ms": 700})

    def begin(self, peer, *words):
        """The program in the background, after its first event."""
        process = subprocess.Popen([str(word) for word in self.me.command(peer, "--output", "ndjson", *words)],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, env=self.me.env)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        started = json.loads(line_within(process, 20))
        self.assertEqual(started["phase"], "started")
        return process, started["job_id"]

    def test_the_agent_goes_down_in_the_middle(self):
        with node_agent() as peer:
            process, job = self.begin(peer, "stream", "slow", "--", "--ms", "60000")
            peer.stop()
            output, people = process.communicate(timeout=20)
            self.assertEqual(process.returncode, NO_CONNECTION, people)
            self.assertIn(b"CONNECTION_LOST", output)
            self.assertIn(job.encode(), people)

    def test_control_c(self):
        with node_agent() as peer:
            process, job = self.begin(peer, "stream", "slow", "--", "--ms", "60000")
            process.send_signal(signal.SIGINT)
            _, people = process.communicate(timeout=20)
            self.assertEqual(process.returncode, INTERRUPTED, people)
            self.assertIn(job.encode(), people)

    def test_nobody_there(self):
        with node_agent() as peer:
            pass
        done = self.me.procedura(peer, "run", "whoami", exits=NO_CONNECTION)
        self.assertLess(done.seconds, 10)


if __name__ == "__main__":
    unittest.main()
