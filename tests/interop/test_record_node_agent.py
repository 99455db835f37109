#!/usr/bin/env python3
"""`mock-agent record` in front of the Node agent: what it writes replays the same frames, and holds no secret."""

import asyncio
import base64
import json
import pathlib
import stat
import tempfile
import time
import unittest
import urllib.parse

import freedoms
from session_frames import session
from support import ACCOUNT, Peer, node_agent, program_from, run_program

MOCK_AGENT = program_from("INTEROP_MOCK_AGENT")

# Nothing that occurs in a recording by chance, with characters that every way of writing it has to escape.
PASSWORD = 'geh"eim/ü+42'
GRANTED = "granted-token.of-before"
PIN = "4711-0815"
CREDENTIAL = f"{ACCOUNT}:{PASSWORD}"


async def drive(url, prefix):
    """What a client does: a login, then everything at once, on this connection and on one with the token."""
    async def log_in(connection):
        await connection.send("whoami")
        await connection.send("login_password", "login_password", CREDENTIAL, "--device=cli", "--replace")

    first = await session(url, prefix + "a", log_in)
    token = first.requests[1].frames[-1]["result"]["session_token"]

    async def work(connection):
        for name, args, mode in (
            ("place_ooi_sprites", ["--n", "3", "--delay", "5"], "async"),
            ("worldstate_snapshot", [], "sync"),
            ("fail", ["--n", "2"], "async"),
            ("place_ooi_sprites", ["--dry-run", "--n", "2", "--delay", "9"], "async"),
            ("fail", ["--first"], "sync"),
            ("worldstate_snapshot", ["--terse"], "sync"),
            ("slow", ["--ms", "25"], "async"),
            ("nonsense", ["x"], "sync"),
            ("echo", ["worldstate", "--pin=" + PIN, "--", "--n", "${id} ü\n"], "sync"),
            ("raw", [f'{{"home_address": "{PIN}", "digits": [1.50, 1e3], "at": "{PIN}!"}}'], "async"),
            ("whoami", [], "sync"),
            ("whoami", [], "sync"),
            ("echo", [base64.b64encode(CREDENTIAL.encode()).decode(), token, "of " + token], "sync"),
            ("__diag_auth", [], "sync"),
        ):
            await connection.send(name, *args, mode=mode)

    second = await session(url, prefix + "b", work, token)
    third = await session(url, prefix + "c", lambda connection: connection.send("whoami"), GRANTED)
    return [first, second, third], token


def forms_of(secret):
    """Every way in which a secret may be written: as it is, percent-encoded, in JSON, and within any base64."""
    raw = secret.encode()
    yield raw
    yield urllib.parse.quote(secret, safe="").encode()
    yield json.dumps(secret)[1:-1].encode()
    yield json.dumps(secret, ensure_ascii=False)[1:-1].encode()
    for lead in range(3):
        text = base64.b64encode(b"\0" * lead + raw)
        yield text[-(-lead * 8 // 6):(lead + len(raw)) * 8 // 6]


def files_with(folder, secrets):
    found = []
    for path in pathlib.Path(folder).rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        found += [path.name for secret in secrets for form in forms_of(secret) if form in content]
    return sorted(set(found))


class Recorded(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="procedura-record-")))

    def record(self, folder, *switches):
        """The sessions of a client with the Node agent through the recorder, its token, and the scenario."""
        scenario = folder / "recorded.json"
        with node_agent("--user", CREDENTIAL, "--grant", GRANTED, *switches) as agent:
            words = [MOCK_AGENT, "record", "--upstream", agent.url, "--listen", "ws://127.0.0.1:0", "--out", scenario,
                     "--redact", "pin", "home-address"]
            with Peer(words) as recorder:
                sessions, token = asyncio.run(drive(recorder.url, "recorded"))
                self.assertEqual(list(folder.iterdir()), [], "nothing is written before the end")
        self.assertEqual(run_program([MOCK_AGENT, "check", scenario]).returncode, 0)
        return sessions, token, scenario

    def replay(self, scenario, *switches):
        with Peer([MOCK_AGENT, "--script", scenario, "--port", "0", *switches]) as agent:
            return asyncio.run(drive(agent.url, "replayed"))[0]

    def compare(self, recorded, replayed, secrets):
        for before, after in zip(recorded, replayed):
            for one, other in zip(before.requests, after.requests):
                self.assertEqual(self.redacted(one, secrets), other.normalised(), (one.cmd, one.args))
            count = lambda connection: sorted(json.dumps(frame, sort_keys=True) for frame in connection.untargeted)
            self.assertEqual(count(before), count(after))

    @staticmethod
    def redacted(request, secrets):
        """What a replay of the request has to look like."""
        frames = request.normalised()

        def walk(value, name=None):
            if isinstance(value, dict):
                return {key: walk(item, key) for key, item in value.items()}
            if isinstance(value, list):
                return [walk(item) for item in value]
            if name == "session_token":
                return "recorded-token-1"
            if name in ("pin", "home_address"):
                return "<redacted>"
            for secret in secrets if isinstance(value, str) else ():
                value = value.replace(secret, "<redacted>")
            return value

        return [walk(frame) for frame in frames]

    def test_every_freedom(self):
        def use(switches):
            with tempfile.TemporaryDirectory(dir=self.folder) as name:
                folder = pathlib.Path(name)
                recorded, token, scenario = self.record(folder, *switches)
                secrets = [base64.b64encode(CREDENTIAL.encode()).decode(), token, GRANTED, PASSWORD, PIN]
                self.compare(recorded, self.replay(scenario), secrets)
                self.compare(recorded, self.replay(scenario, "--time-scale", "0"), secrets)
                self.assertEqual(files_with(folder, secrets + [CREDENTIAL]), [])

        freedoms.each(self, use)

    def test_the_search_finds_what_it_looks_for(self):
        for number, form in enumerate(forms_of(CREDENTIAL)):
            canary = self.folder / f"canary-{number}"
            canary.write_bytes(b"{\"x\": \"" + form + b"\"}")
            self.assertEqual(files_with(self.folder, [CREDENTIAL]), [canary.name])
            canary.unlink()
        (self.folder / "deep").mkdir()
        (self.folder / "deep" / "canary").write_bytes(base64.b64encode(b"Bearer " + GRANTED.encode() + b"\n"))
        self.assertEqual(files_with(self.folder, [GRANTED, PIN]), ["canary"])

    def test_the_file_is_for_its_owner_and_for_reviewers(self):
        _, token, scenario = self.record(self.folder)
        self.assertEqual(stat.S_IMODE(scenario.stat().st_mode), 0o600)
        text = scenario.read_text(encoding="utf-8")
        self.assertTrue(text.startswith("// Recorded by mock-agent record from ws://127.0.0.1:"))
        self.assertLess(max(len(line) for line in text.splitlines()), 140)
        self.assertNotIn(token, text)

    def test_delays_are_kept(self):
        with node_agent() as agent:
            words = [MOCK_AGENT, "record", "--upstream", agent.url, "--listen", "ws://127.0.0.1:0", "--out",
                     self.folder / "recorded.json"]
            slow = lambda connection: connection.send("slow", "--ms", "300")
            with Peer(words) as recorder:
                asyncio.run(session(recorder.url, "recorded", slow))
        with Peer([MOCK_AGENT, "--script", self.folder / "recorded.json", "--port", "0"]) as mock:
            begun = time.monotonic()
            asyncio.run(session(mock.url, "replayed", slow))
            self.assertGreater(time.monotonic() - begun, 0.29)


if __name__ == "__main__":
    unittest.main()
