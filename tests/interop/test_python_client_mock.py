#!/usr/bin/env python3
"""The Python client, in the way of the published SDK, against our `mock-agent`, and what the mock says about it afterwards."""

import asyncio
import json
import pathlib
import tempfile
import unittest

from websockets.exceptions import InvalidHandshake, InvalidStatusCode

from python_client import AgentError, RemoteAgent
from support import CREDENTIAL, HERE, PYTHON, PYTHON_CLIENT, Peer, clean_home, program_from, run_program

MOCK_AGENT = program_from("INTEROP_MOCK_AGENT")
SCENARIOS = HERE.parents[1] / "mockserver" / "scenarios"
DEMO_WORLD = SCENARIOS / "demo-world.json"
MET, UNMET = 0, 1

EXPECTATIONS = [
    {"name": "logged in once", "request": {"cmd": "login_password"}, "count": 1},
    {"name": "a snapshot after the login", "order": [{"cmd": "login_password"}, {"cmd": "worldstate_snapshot"}]},
    {"name": "sprites were streamed", "request": {"cmd": "place_ooi_sprites", "mode": "async"}},
    {"name": "clean goodbye", "close": {"code": 1000}},
]


class AgainstTheMock(unittest.TestCase):
    def setUp(self):
        home = clean_home()
        self.env = home.__enter__()
        self.addCleanup(home.__exit__, None, None, None)
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def mock(self, *scripts, expected_exit=MET, **overrides):
        """mock-agent with the demo scenario, then `scripts`, then a script of these settings."""
        words = [MOCK_AGENT, "--script", DEMO_WORLD, "--port", "0", "--time-scale", "0"]
        for number, content in enumerate([*scripts, *([overrides] if overrides else [])]):
            path = self.folder / f"{number}.json"
            path.write_text(json.dumps({"version": 1, "name": f"interop-{number}", **content}), encoding="utf-8")
            words += ["--script", path]
        return Peer(words, expected_exit=expected_exit)

    def client(self, peer, token=None):
        return RemoteAgent(peer.url, token, self.folder / "token", final_timeout=15)

    def stream(self, agent, module, args):
        async def collect():
            return [event async for event in agent.run_async_stream(module, args)]

        return asyncio.run(asyncio.wait_for(collect(), 20))

    def use(self, agent):
        """What the SDK's README does."""
        agent.login_password(CREDENTIAL, device="cli", ttl=3600)
        self.assertLessEqual({"meta", "entities"}, set(agent.worldstate_snapshot(terse=True)))
        events = self.stream(agent, "place_ooi_sprites", ["--dry-run", "--n", "4"])
        self.assertEqual([event["phase"] for event in events], ["started"] + ["running"] * 4 + ["finished"])
        self.assertEqual(len({event.get("job_id") for event in events if "job_id" in event}), 1)
        return events

    def test_the_readme_of_the_published_sdk_and_the_verdict(self):
        with self.mock({"expect": EXPECTATIONS}, expected_exit=MET) as peer:
            agent = self.client(peer)
            self.use(agent)
            self.assertEqual(agent.echoed, agent.token)

    def test_the_expectations_that_come_with_the_scenario(self):
        words = [MOCK_AGENT, "--script", DEMO_WORLD, "--script", SCENARIOS / "demo-world.expect.json", "--port", "0", "--time-scale", "0"]
        with Peer(words, expected_exit=MET) as peer:
            self.use(self.client(peer))
        with Peer(words, expected_exit=UNMET) as peer:
            self.client(peer).login_password(CREDENTIAL)

    def test_what_was_not_met_fails_the_mock(self):
        with self.mock({"expect": EXPECTATIONS}, expected_exit=UNMET) as peer:
            self.client(peer).login_password(CREDENTIAL)
        with self.mock({"expect": EXPECTATIONS}, expected_exit=UNMET) as peer:
            agent = self.client(peer)
            self.use(agent)
            self.use(agent)  # logs in a second time

    def test_through_the_clients_program(self):
        with self.mock({"expect": EXPECTATIONS}, expected_exit=MET) as peer:
            def client(*words):
                done = run_program([PYTHON, PYTHON_CLIENT, "--url", peer.url, *words], env=self.env)
                self.assertEqual(done.returncode, 0, done.stderr)
                return done.stdout

            client("login", CREDENTIAL, "--ttl", "7200")
            json.loads(client("run", "worldstate_snapshot", "--", "--terse"))
            self.assertIn('"phase": "finished"', client("stream", "place_ooi_sprites", "--", "--dry-run", "--n", "4", "--radius", "400"))

    def test_under_the_mocks_settings(self):
        for settings in ({"target": "id"}, {"target": "job_id"}, {"target": "both"}, {"args_style": "bare"}, {"args_style": "auto"},
                         {"auth": {"echo": "never"}}, {"auth": {"echo": "offered"}}, {"auth": {"replace": "close-4001"}}):
            with self.subTest(settings), self.mock(settings) as peer:
                (self.folder / "token").unlink(missing_ok=True)
                self.use(self.client(peer))

    def test_a_module_first_mock_refuses_the_bare_login(self):
        with self.mock({"args_style": "module-first"}) as peer, self.assertRaises(AgentError) as refused:
            self.client(peer).login_password(CREDENTIAL)
        self.assertIn(refused.exception.frame["code"], ("BAD_REQUEST", "AUTH_FAILED"))

    def test_errors_of_authentication(self):
        with self.mock() as peer:
            with self.assertRaises(AgentError) as refused:
                self.client(peer).worldstate_snapshot()
            self.assertEqual(refused.exception.frame["code"], "AUTH_REQUIRED")
            with self.assertRaises(AgentError) as refused:
                self.client(peer).login_password(CREDENTIAL + "4")
            self.assertEqual(refused.exception.frame["code"], "AUTH_FAILED")

    def test_a_dead_token_does_not_stop_the_login_that_it_comes_with(self):
        with self.mock() as peer:
            agent = self.client(peer, token="dead")
            with self.assertRaises(AgentError) as refused:
                agent.worldstate_snapshot()
            self.assertEqual(refused.exception.frame["code"], "AUTH_REQUIRED")
            self.use(agent)

    def test_an_upgrade_that_is_refused_for_a_dead_token(self):
        with self.mock({"auth": {"refuse": "http-401"}}) as peer:
            with self.assertRaises(InvalidStatusCode) as refused:
                self.client(peer, token="dead").worldstate_snapshot()
            self.assertEqual(refused.exception.status_code, 401)
            self.use(self.client(peer))

    def test_a_subprotocol_that_was_not_offered_fails_the_handshake(self):
        with self.mock({"auth": {"echo": "something-else"}}) as peer:
            for token in None, "offered":
                with self.assertRaises(InvalidHandshake):
                    self.client(peer, token).run("__keepalive")

    def test_a_device_keeps_its_token(self):
        with self.mock() as peer:
            tokens = [self.client(peer).login_password(CREDENTIAL, device=device)["session_token"]
                      for device in ("cli", "cli", "other", None, None)]
            self.assertEqual(tokens[0], tokens[1])
            self.assertEqual(len(set(tokens)), 4)

    def test_the_built_ins(self):
        with self.mock() as peer:
            agent = self.client(peer)
            self.assertIs(agent.run("__keepalive")["ok"], True)
            self.assertEqual(agent.run("__diag_auth")["authenticated"], False)
            agent.login_password(CREDENTIAL, device="cli")
            auth = agent.run("__diag_auth")
            self.assertEqual((auth["authenticated"], auth["device"], auth["via"]), (True, "cli", "subprotocol"))
            self.assertNotIn(agent.token, json.dumps(auth))
            metrics = agent.run("__diag_ws_metrics")
            self.assertEqual(set(metrics), {"uptime_s", "connections", "frames", "bytes", "jobs", "errors"})
            self.assertEqual(metrics["connections"], {"open": 1, "total": 5})


if __name__ == "__main__":
    unittest.main()
