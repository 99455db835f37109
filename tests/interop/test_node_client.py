"""The Node client: what it decides by itself, and all of it against the Python agent, under each freedom. Neither has our code in it."""

import json
import pathlib
import stat
import unittest

import freedoms
import support
from support import ACCOUNT, CREDENTIAL, HERE, NODE, clean_home, run_program

CLIENT = HERE / "node_client" / "client.mjs"

# What a client could trip over; the suite's client direction has the rest, one by one.
ALONE = ("as it comes", "targeted by job_id", "started without id", "token not echoed", "late ack", "no ack")


class NodeClient(unittest.TestCase):
    def client(self, env, peer, *words, exit_code=0):
        done = run_program([NODE, CLIENT, "--url", peer.url, *words], env=env)
        self.assertEqual(done.returncode, exit_code, done.stderr)
        return done

    def test_what_it_decides_by_itself(self):
        done = run_program([NODE, "--test", HERE / "node_client" / "test"])
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_the_freedoms_of_an_agent(self):
        def use(switches):
            with clean_home() as env, support.agent("python", *switches) as peer:
                self.everything(env, peer)

        freedoms.each(self, use, {name: freedoms.ALL[name] for name in (*ALONE, *freedoms.TOGETHER)})

    def everything(self, env, peer):
        refused = self.client(env, peer, "run", "whoami", exit_code=1)
        self.assertIn("AUTH_REQUIRED", refused.stderr)
        login = self.client(env, peer, "login", CREDENTIAL, "--device", "cli", "--ttl", "60")
        token = pathlib.Path(env["HOME"]) / ".procedura" / "token"
        secret = token.read_text(encoding="utf-8").strip()
        self.assertEqual(json.loads(login.stdout)["session_token"], "<redacted>")
        self.assertNotIn(secret, login.stdout + login.stderr)
        self.assertEqual([stat.S_IMODE(path.stat().st_mode) for path in (token, token.parent)], [0o600, 0o700])
        self.assertEqual(json.loads(self.client(env, peer, "run", "whoami").stdout), {"user": ACCOUNT})
        frames = [json.loads(line) for line in
                  self.client(env, peer, "stream", "place_ooi_sprites", "--", "--n", "3", "--delay", "0").stdout.strip().split("\n")]
        self.assertEqual([frame["status"] for frame in frames], ["started", "running", "running", "running", "finished"])
        self.assertEqual(json.loads(self.client(env, peer, "run", "raw", "--", '{"n": 1.50, "big": 12345678901234567890}').stdout)["big"],
                         12345678901234567890)
        for args in ["--first"], ["--n", "2"]:
            self.assertIn("OUT_OF_SPRITES", self.client(env, peer, "run", "fail", "--", *args, exit_code=1).stderr)
        results = [json.loads(line)["cmd"] for line in self.client(env, peer, "several", "slow", "echo", "whoami").stdout.splitlines()]
        self.assertEqual((sorted(results), results[-1]), (["echo", "slow", "whoami"], "slow"))

    def test_a_saved_token_is_for_its_agent_alone(self):
        with clean_home() as env, support.agent("python") as peer, support.agent("python") as other:
            self.client(env, peer, "login", CREDENTIAL)
            self.assertIn("the saved token is for", self.client(env, other, "run", "whoami", exit_code=4).stderr)
            self.assertIn("AUTH_REQUIRED", self.client(env, other, "--token", "mine", "run", "whoami", exit_code=1).stderr)

    def test_a_token_that_cannot_be_a_subprotocol_goes_as_bearer(self):
        with clean_home() as env, support.agent("python", "--grant", "a/b==") as peer:
            done = self.client(env, peer, "--token", "a/b==", "run", "__diag_auth")
            self.assertEqual(json.loads(done.stdout)["via"], "bearer")
            self.assertIn("no legal subprotocol", done.stderr)


if __name__ == "__main__":
    unittest.main()
