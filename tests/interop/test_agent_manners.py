#!/usr/bin/env python3
"""The own manners of the agents here, frame by frame: a client's test is worth what its peer is worth. INTEROP_AGENT says which."""

import asyncio
import base64
import contextlib
import itertools
import json
import logging
import os
import pathlib
import signal
import ssl
import subprocess
import tempfile
import unittest
import warnings

from websockets.exceptions import ConnectionClosed, InvalidStatusCode
from websockets.legacy.client import connect

import support
from support import ACCOUNT, CREDENTIAL

logging.getLogger("asyncio").setLevel(logging.ERROR)  # not interested in how long the start of a peer takes
WITHIN_S = 10
MAX_MESSAGE_BYTES = 8 * 1024 * 1024
STACK = os.environ.get("INTEROP_AGENT", "node")


def start(*switches):
    return support.agent(STACK, *switches)


class Wire:
    """A connection on which any frame can be said."""

    def __init__(self, socket):
        self.socket = socket
        self._ids = itertools.count(1)

    async def say(self, frame):
        await self.socket.send(frame if isinstance(frame, (str, bytes)) else json.dumps(frame))

    async def hear(self):
        return json.loads(await asyncio.wait_for(self.socket.recv(), WITHIN_S))

    async def request(self, cmd, *args, mode="sync", **members):
        frame = {"id": f"r{next(self._ids)}", "cmd": cmd, "args": [cmd, *args], "mode": mode, **members}
        await self.say(frame)
        return frame["id"]

    async def ask(self, cmd, *args, mode="sync"):
        """The last frame of a request."""
        await self.request(cmd, *args, mode=mode)
        while True:
            frame = await self.hear()
            if frame["status"] in ("finished", "error"):
                return frame

    async def closed(self):
        """The close code, once everything before it is read."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                await asyncio.wait_for(self.socket.recv(), WITHIN_S)
        return self.socket.close_code


@contextlib.asynccontextmanager
async def wire(peer, token=None, subprotocol=None, **headers):
    if token:
        headers["Authorization"] = f"Bearer {token}"
    async with connect(peer.url, extra_headers=headers, subprotocols=[subprotocol] if subprotocol else None,
                       max_size=None) as socket:
        yield Wire(socket)


class Frames(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.peer = self.enterContext(start())
        self.wire = await self.enterAsyncContext(wire(self.peer))

    async def test_what_is_no_object_gets_bad_frame_and_the_connection_lives(self):
        deep = '{"id":"deep","x":' + "[" * 256 + "]" * 256 + "}"
        for frame in (b"\x00\x01", b'{"id":"a"}', "", "nonsense", "[]", "null", '{"id":"a"', '{"id":"a"}{}', deep):
            with self.subTest(frame[:20]):
                await self.wire.say(frame)
                answer = await self.wire.hear()
                self.assertEqual((answer["status"], answer["code"]), ("error", "BAD_FRAME"))
                self.assertNotIn("id", answer)
        await self.wire.request("echo", unknown=json.loads("[" * 255 + "]" * 255))
        self.assertEqual((await self.wire.hear())["status"], "ack")

    async def test_broken_members(self):
        good = {"id": "a", "cmd": "echo", "args": [], "mode": "sync"}
        broken = [{**good, "id": 7}, {**good, "id": ""}, {**good, "id": "x" * 257}, {**good, "cmd": None}, {**good, "args": "echo"},
                  {**good, "args": [1]}, {**good, "mode": "later"}] + [
                      {k: v for k, v in good.items() if k != missing} for missing in good]
        for frame in broken:
            with self.subTest(frame):
                await self.wire.say(frame)
                answer = await self.wire.hear()
                self.assertEqual(answer["code"], "BAD_REQUEST")
                self.assertEqual(answer.get("id"), frame["id"] if isinstance(frame.get("id"), str) else None)

    async def test_a_live_id_is_refused_without_ending_its_request(self):
        await self.wire.request("slow", "--ms", "50", id="twice")
        await self.wire.request("echo", id="twice")
        await self.wire.say({"id": "twice"})
        frames = [await self.wire.hear() for _ in range(4)]
        self.assertEqual([f["status"] for f in frames], ["ack", "error", "error", "finished"])
        self.assertEqual([f.get("id") for f in frames], ["twice", None, None, "twice"])
        self.assertEqual((frames[1]["code"], frames[1]["ref"]), ("DUPLICATE_ID", "twice"))
        await self.wire.request("echo", id="twice")  # free again
        self.assertEqual((await self.wire.hear())["status"], "ack")

    async def test_unknown_module(self):
        first = {"node": "AUTH_REQUIRED", "python": "UNKNOWN_MODULE"}[STACK]  # either may be looked at first (REQ-8)
        self.assertEqual((await self.wire.ask("levitate"))["code"], first)
        await self.wire.ask("login_password", CREDENTIAL)
        self.assertEqual((await self.wire.ask("levitate"))["code"], "UNKNOWN_MODULE")

    async def test_requests_do_not_wait_for_each_other_and_pings_are_answered(self):
        slow = await self.wire.request("slow", "--ms", "300", mode="async")
        self.assertEqual((await self.wire.hear())["status"], "started")
        await asyncio.wait_for(await self.wire.socket.ping(), WITHIN_S)
        self.assertEqual((await self.wire.ask("echo", "quick"))["result"], {"args": ["quick"]})
        self.assertEqual((await self.wire.hear())["id"], slow)

    async def test_what_becomes_of_the_jobs_of_a_connection_that_is_gone(self):
        async def jobs():
            return (await self.wire.ask("__diag_ws_metrics"))["result"]["jobs"]

        async with wire(self.peer) as other:
            await other.request("slow", "--ms", "300", mode="async")
            await other.hear()
        alone = 1  # the question itself is one
        if STACK == "python":  # they go on, unheard, to their end
            self.assertEqual((await jobs())["live"], 1 + alone)
        async with asyncio.timeout(WITHIN_S):
            while (counts := await jobs())["live"] > alone:
                pass

    async def test_what_the_connection_does_not_survive(self):
        await self.wire.socket.write_frame(True, 1, b'{"id":"\xff"}')
        self.assertEqual(await self.wire.closed(), 1007)
        async with wire(self.peer) as other:
            await other.say("x" * (MAX_MESSAGE_BYTES + 1))
            self.assertEqual(await other.closed(), 1009)
        async with wire(self.peer) as other:
            padding = "x" * (MAX_MESSAGE_BYTES - 100)
            await other.request("echo", padding=padding)
            self.assertEqual((await other.hear())["status"], "ack")


class Logins(unittest.IsolatedAsyncioTestCase):
    async def test_credentials(self):
        b64 = base64.b64encode(CREDENTIAL.encode()).decode()
        with start() as peer:
            async with wire(peer) as w:
                for credential in CREDENTIAL, b64, f"b64:{b64}":
                    with self.subTest(credential):
                        answer = await w.ask("login_password", credential)
                        self.assertEqual(answer["result"]["user"], ACCOUNT)
                refused = [await w.ask("login_password", c) for c in
                           (f"{ACCOUNT}:wrong", "nobody@x:secret123", ":", "", "no base64", "b64:" + CREDENTIAL, "b64:", "////")]
                self.assertEqual({(a["code"], a["message"]) for a in refused}, {("AUTH_FAILED", refused[0]["message"])})
                self.assertFalse(any("session_token" in json.dumps(answer) for answer in refused))

    async def test_a_password_may_have_colons(self):
        with start("--user", "a@b:c:d:") as peer:
            async with wire(peer) as w:
                self.assertEqual((await w.ask("login_password", "a@b:c:d:"))["result"]["user"], "a@b")

    async def test_tokens_devices_and_times(self):
        with start() as peer:
            async with wire(peer) as w:
                async def login(*options):
                    return await w.ask("login_password", CREDENTIAL, *options)

                cli, again = [(await login("--replace", "--device=cli"))["result"] for _ in range(2)]
                other = (await login("--attach", "--device=other", "--ttl=31536000"))["result"]
                nameless = [(await login())["result"]["session_token"] for _ in range(2)]
                self.assertEqual(cli["session_token"], again["session_token"])
                self.assertEqual((cli["attached"], again["attached"]), (False, True))
                self.assertEqual(len({cli["session_token"], other["session_token"], *nameless}), 4)
                self.assertEqual((other["device"], other["expires_in"]), ("other", 31_536_000))
                for ttl in "0", "31536001", "-1", "1.5", "", "soon":
                    self.assertEqual((await login(f"--ttl={ttl}"))["code"], "BAD_REQUEST", ttl)
                for options in ["--replace", "--attach"], ["--device"], ["device=x"], ["--bogus=1"]:
                    self.assertEqual((await login(*options))["code"], "BAD_REQUEST", options)
                self.assertEqual((await w.ask("__diag_auth"))["result"]["via"], "login")

    async def test_a_session_ends(self):
        with start() as peer:
            async with wire(peer) as w:
                await w.ask("login_password", CREDENTIAL, "--ttl=1")
                self.assertIn("result", await w.ask("whoami"))
                async with asyncio.timeout(WITHIN_S):
                    while "result" in (answer := await w.ask("whoami")):
                        pass
                self.assertEqual(answer["code"], "AUTH_EXPIRED")
                self.assertFalse((await w.ask("__diag_auth"))["result"]["authenticated"])

    async def test_replace_closes_the_others_of_that_session(self):
        with start("--replace", "close") as peer:
            async with wire(peer) as first, wire(peer) as second:
                await first.ask("login_password", CREDENTIAL, "--attach", "--device=cli")
                await second.ask("login_password", CREDENTIAL, "--attach", "--device=cli")
                self.assertIn("result", await first.ask("whoami"))
                await second.ask("login_password", CREDENTIAL, "--replace", "--device=cli")
                self.assertEqual(await first.closed(), 4001)
                self.assertIn("result", await second.ask("whoami"))


class Handshakes(unittest.IsolatedAsyncioTestCase):
    async def via(self, peer, **offer):
        async with wire(peer, **offer) as w:
            diag = (await w.ask("__diag_auth"))["result"]
            return diag["via"], w.socket.subprotocol

    async def test_either_path_and_the_subprotocol_first(self):
        with start("--grant", "good") as peer:
            self.assertEqual(await self.via(peer), (None, None))
            self.assertEqual(await self.via(peer, token="good"), ("bearer", None))
            self.assertEqual(await self.via(peer, subprotocol="good"), ("subprotocol", "good"))
            self.assertEqual(await self.via(peer, subprotocol="good", token="bad"), ("subprotocol", "good"))
            self.assertEqual(await self.via(peer, subprotocol="bad", token="good"), (None, "bad"))
        with start("--grant", "good", "--no-echo") as peer:
            self.assertEqual(await self.via(peer, subprotocol="good"), ("subprotocol", None))

    async def test_refused_upgrades(self):
        with start("--refuse", "http-401", "--expired", "over") as peer:
            for offer in {"token": "bad"}, {"subprotocol": "bad"}, {"subprotocol": "over"}:
                with self.subTest(offer), self.assertRaises(InvalidStatusCode) as refused:
                    await self.via(peer, **offer)
                self.assertEqual(refused.exception.status_code, 401)
            self.assertEqual(await self.via(peer), (None, None))
            with self.assertRaises(InvalidStatusCode) as refused:
                await self.via(peer, Origin="https://elsewhere.example")
            self.assertEqual(refused.exception.status_code, 403)
            self.assertEqual(await self.via(peer, Origin="http://localhost:3000"), (None, None))

    async def test_args_styles(self):
        for style, works in ("module-first", [True, False]), ("bare", [False, True]), ("either", [True, True]):
            with self.subTest(style), start("--args-style", style) as peer:
                async with wire(peer) as w:
                    for args, expected in zip((["login_password", CREDENTIAL], [CREDENTIAL]), works):
                        await w.say({"id": "l", "cmd": "login_password", "args": args, "mode": "async"})
                        while (answer := await w.hear())["status"] == "started":
                            pass
                        self.assertEqual("result" in answer, expected)


@unittest.skipUnless(STACK == "python", "switches of the Python agent")
class OwnSwitches(unittest.IsolatedAsyncioTestCase):
    async def test_tls(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        chain, key = folder / "agent.pem", folder / "agent.key"
        make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", chain]
        subprocess.run(make, check=True, capture_output=True, timeout=WITHIN_S)
        with start("--tls-cert", chain, "--tls-key", key) as peer:
            self.assertTrue(peer.url.startswith("wss://127.0.0.1:"))
            async with connect(peer.url, ssl=ssl.create_default_context(cafile=chain)) as socket:
                answer = await Wire(socket).ask("login_password", CREDENTIAL)
                self.assertEqual(answer["result"]["user"], ACCOUNT)
                await socket.send("x" * (MAX_MESSAGE_BYTES + 1))
                self.assertEqual(await Wire(socket).closed(), 1009)
            old = ssl.create_default_context(cafile=chain)
            old.set_ciphers("DEFAULT:@SECLEVEL=0")
            with warnings.catch_warnings(action="ignore"):
                old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
            with self.assertRaises((ssl.SSLError, ConnectionResetError)):
                await connect(peer.url, ssl=old)

    async def test_a_smaller_limit_is_told_to_one_who_only_writes(self):
        with start("--max-message", "1000") as peer:
            async with wire(peer) as w:
                await w.request("echo", padding="x" * 850)
                self.assertEqual((await w.hear())["status"], "ack")
                await w.say("x" * (4 * MAX_MESSAGE_BYTES))
                self.assertEqual(await w.closed(), 1009)

    async def test_an_origin_can_be_let_in(self):
        with start("--allow-origin", "https://elsewhere.example") as peer:
            async with wire(peer, Origin="https://elsewhere.example") as w:
                self.assertIn("result", await w.ask("__keepalive"))

    async def test_half_a_key_pair_and_a_port_that_is_taken(self):
        for switches, code in (["--tls-cert", "x.pem"], 2), (["--tls-cert", "/nowhere.pem", "--tls-key", "/nowhere.key", "--port", "0"], 3):
            done = support.run_program([*support.AGENTS[STACK], *switches])
            self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
        with start() as peer:
            done = support.run_program([*support.AGENTS[STACK], "--port", peer.url.rpartition(":")[2]])
            self.assertEqual(done.returncode, 3)


class Process(unittest.IsolatedAsyncioTestCase):
    async def test_it_says_goodbye(self):
        peer = self.enterContext(start())
        async with wire(peer) as w:
            peer.process.send_signal(signal.SIGTERM)
            self.assertEqual(await w.closed(), 1001)
        # Not by another SIGTERM: one that came while node winds up would kill it.
        self.assertEqual(peer.process.wait(WITHIN_S), 0)

    def test_ready_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "ready"
            with start("--ready-file", str(path)) as peer:
                self.assertEqual(json.loads(path.read_text(encoding="utf-8")), peer.ready)
            self.assertEqual(os.listdir(folder), ["ready"])

    def test_wrong_command_lines(self):
        for switches in (["--nonsense"], ["--target"], ["--target", "nobody"], ["--port", "x"], ["--port", "65536"], ["word"],
                         ["--echo", "--no-echo"], ["--user", "no colon"]):
            with self.subTest(switches):
                done = subprocess.run([*support.AGENTS[STACK], *switches], capture_output=True, text=True, timeout=WITHIN_S, check=False)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn("--help", done.stderr)


if __name__ == "__main__":
    unittest.main()
