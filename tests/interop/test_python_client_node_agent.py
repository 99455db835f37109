#!/usr/bin/env python3
"""The two independent peers against each other: what fails here is a peer's mistake or the protocol's, never our programs'."""

import asyncio
import json
import pathlib
import tempfile
import unittest

import freedoms
from python_client import AgentError, NoAnswer, RemoteAgent
from support import ACCOUNT, CREDENTIAL, PYTHON, PYTHON_CLIENT, clean_home, node_agent, run_program


def streamed(agent, module, args, **timeouts):
    async def collect():
        return [event async for event in agent.run_async_stream(module, args, **timeouts)]

    return asyncio.run(asyncio.wait_for(collect(), 20))


class ThroughTheLibrary(unittest.TestCase):
    def setUp(self):
        home = clean_home()
        self.addCleanup(home.__exit__, None, None, None)
        self.token_file = pathlib.Path(home.__enter__()["HOME"]) / "made" / "token"

    def client(self, url, token=None):
        return RemoteAgent(url, token, self.token_file, final_timeout=15)

    def test_every_freedom(self):
        def use(switches):
            with tempfile.TemporaryDirectory() as folder, node_agent(*switches) as peer:
                token_file = pathlib.Path(folder) / "made" / "token"
                agent = RemoteAgent(peer.url, token_file=token_file, final_timeout=15)
                self.everything(agent, token_file, echoes="--no-echo" not in switches)

        freedoms.each(self, use)

    def everything(self, agent, token_file, echoes):
        with self.assertRaises(AgentError) as refused:
            agent.worldstate_snapshot()
        self.assertEqual(refused.exception.frame["code"], "AUTH_REQUIRED")

        login = agent.login_password(CREDENTIAL, device="cli", ttl=60)
        self.assertEqual((login["user"], login["device"], login["attached"]), (ACCOUNT, "cli", False))
        self.assertEqual(token_file.read_text(encoding="utf-8").strip(), login["session_token"])

        self.assertEqual(sorted(agent.worldstate_snapshot()), ["entities", "environment", "location", "meta"])
        self.assertEqual(agent.echoed, login["session_token"] if echoes else None)
        self.assertEqual(agent.run("echo", ["--flag", "", "ü\n\"", "a b"]), {"args": ["--flag", "", "ü\n\"", "a b"]})

        events = streamed(agent, "place_ooi_sprites", ["--dry-run", "--n", "3", "--radius=40"])
        self.assertEqual([event["phase"] for event in events], ["started", "running", "running", "running", "finished"])
        self.assertEqual([event["placed"] for event in events[1:-1]], [1, 2, 3])
        self.assertEqual(events[-1]["result"], {"placed": 3, "radius": 40, "dry_run": True})

        for args, code in (["--first"], "REFUSED"), ([], "OUT_OF_SPRITES"), (["--n", "2"], "OUT_OF_SPRITES"):
            with self.assertRaises(AgentError) as failed:
                agent.run("fail", args)
            self.assertEqual(failed.exception.frame["code"], code)
            self.assertEqual(streamed(agent, "fail", args)[-1]["code"], code)

    def test_the_token_of_a_login_is_found_again_by_the_next_client(self):
        with node_agent() as peer:
            first = self.client(peer.url).login_password(CREDENTIAL, device="cli")
            self.assertEqual(self.client(peer.url).run("whoami"), {"user": ACCOUNT})
            again = self.client(peer.url).login_password(CREDENTIAL, device="cli")
        self.assertEqual(first["session_token"], again["session_token"])
        self.assertTrue(again["attached"])

    def test_a_dead_token_and_the_login_that_renews_it(self):
        with node_agent("--expired", "over") as peer:
            agent = self.client(peer.url, token="over")
            with self.assertRaises(AgentError) as expired:
                agent.run("whoami")
            self.assertEqual(expired.exception.frame["code"], "AUTH_EXPIRED")
            agent.login_password(CREDENTIAL)  # the dead token comes along, as with the published client
            self.assertEqual(agent.run("whoami"), {"user": ACCOUNT})

    def test_a_token_that_cannot_be_a_subprotocol_goes_as_bearer(self):
        with node_agent("--grant", "a/b==") as peer:
            self.assertEqual(self.client(peer.url, token="a/b==").run("__diag_auth")["via"], "bearer")

    def test_an_agent_that_says_nothing_is_given_up(self):
        with node_agent("--ack", "late") as peer, self.assertRaises(NoAnswer):
            self.client(peer.url).run("slow", ["--ms", "60000"], ack=0.2)
        with node_agent() as peer, self.assertRaises(NoAnswer):
            self.client(peer.url).run("slow", ["--ms", "60000"], idle=0.2)

    def test_eight_mebibytes_arrive(self):
        almost = 8 * 1024 * 1024 - 200
        for switches in [], ["--split"], ["--fragment"]:
            with self.subTest(switches), node_agent(*switches) as peer:
                self.assertEqual(len(self.client(peer.url).run("big", ["--bytes", str(almost)])["filler"]), almost)


class ThroughTheProgram(unittest.TestCase):
    def test_login_run_and_stream(self):
        with clean_home() as env, node_agent() as peer:
            def client(*words):
                done = run_program([PYTHON, PYTHON_CLIENT, "--url", peer.url, *words], env=env)
                return done.returncode, done.stdout

            code, output = client("run", "whoami")
            self.assertEqual((code, json.loads(output)["code"]), (1, "AUTH_REQUIRED"))
            code, output = client("login", CREDENTIAL, "--device", "cli", "--ttl", "7200")
            self.assertEqual((code, json.loads(output)["expires_in"]), (0, 7200))
            self.assertEqual(client("run", "whoami"), (0, f'{{\n  "user": "{ACCOUNT}"\n}}\n'))
            self.assertEqual(client("run", "echo", "--", "--", "--url", "ß"),
                             (0, '{\n  "args": [\n    "--",\n    "--url",\n    "ß"\n  ]\n}\n'))
            code, output = client("stream", "fail", "--", "--first")
            self.assertEqual((code, list(json.loads(output))[0]), (1, "phase"))

    def test_nobody_listens(self):
        with clean_home() as env:
            done = run_program([PYTHON, PYTHON_CLIENT, "--url", "ws://127.0.0.1:1", "run", "whoami"], env=env)
        self.assertEqual((done.returncode, done.stdout), (3, ""))


if __name__ == "__main__":
    unittest.main()
