"""`ws diag`, `ws ping` and `ws listen` against a mock that behaves, and against agents that do not."""

import contextlib
import json
import pathlib
import re
import signal
import socket
import tempfile
import threading
import time

import authority
import support

SECRET = "t0p-s3cret-t0ken"


def checks(done):
    """The states of a report, by check."""
    report = json.loads(done.stdout)
    return {name: check["state"] for name, check in report.items() if isinstance(check, dict)}


def broadcasting(*steps):
    """A scenario in which `run tick` makes the agent tell everybody something."""
    return {"stubs": [{"name": "tick", "match": {"cmd": "tick"}, "reply": [*steps, {"finished": None}]}]}


class Diag(support.E2eTest):
    def diag(self, url, *words, exits=0, **options):
        done = self.home.run("--url", url, "--output", "json", *words, "ws", "diag", **options)
        self.assertExit(done, exits)
        self.assertEqual(json.loads(done.stdout)["exit_code"], exits)
        return done

    def test_where_all_is_well(self):
        with support.Mock("demo-world") as mock:
            token = self.home.login(mock.url)
            done = self.home.run("--url", mock.url, "ws", "diag")
            self.assertExit(done, 0)
            self.assertEqual(done.stderr, "")
            self.assertNotIn(token, done.stdout)
            names = [line[6:19].strip() for line in done.stdout.splitlines()[1:] if line[:6].strip()]
            self.assertEqual(names, ["token", "DNS", "TCP", "proxy", "TLS", "WebSocket", "who am I", "ping", "__keepalive", "metrics"])
            self.assertNotIn("FAIL", done.stdout)
            self.assertNotIn("warn", done.stdout)
            self.assertIn("token sent and echoed as subprotocol", done.stdout)
            self.assertIn("admin@procedura.org, device cli, by subprotocol", done.stdout)
            self.assertNotIn("\x1b", done.stdout)

    def test_one_object_for_programs(self):
        with support.Mock("demo-world") as mock:
            token = self.home.login(mock.url)
            done = self.diag(mock.url)
            report = json.loads(done.stdout)
            self.assertTrue(report["ok"])
            self.assertEqual(done.stdout.count("\n"), 1)
            self.assertNotIn(token, done.stdout)
            self.assertEqual(report["websocket"]["status"], 101)
            self.assertTrue(report["websocket"]["token_echoed"])
            self.assertEqual(report["who_am_i"]["reply"]["user"], "admin@procedura.org")
            self.assertEqual(report["ping"]["received"], 5)
            self.assertGreater(report["ping"]["min_ms"], 0)
            self.assertEqual(report["metrics"]["reply"]["connections"]["open"], 1)

    def test_without_a_token(self):
        with support.Mock("demo-world") as mock:
            self.assertEqual(checks(self.diag(mock.url))["who_am_i"], "warning")

    def test_a_token_that_the_agent_does_not_know(self):
        with support.Mock("demo-world") as mock:
            done = self.diag(mock.url, "--token", SECRET, exits=4)
            self.assertEqual(checks(done)["who_am_i"], "failed")
            self.assertEqual(checks(done)["metrics"], "ok", "it goes on")
            self.assertIn("procedura login", json.loads(done.stdout)["who_am_i"]["summary"])
            self.assertNotIn(SECRET, done.stdout + done.stderr)

    def test_an_upgrade_that_is_refused(self):
        with support.Mock({"auth": {"required": True, "refuse": "http-401"}}) as mock:
            done = self.diag(mock.url, "--token", SECRET, exits=4)
            self.assertEqual(checks(done), {"token": "ok", "dns": "ok", "tcp": "ok", "proxy": "skipped", "tls": "skipped",
                                            "websocket": "failed", "who_am_i": "skipped", "ping": "skipped",
                                            "__keepalive": "skipped", "metrics": "skipped"})
            self.assertNotIn(SECRET, done.stdout + done.stderr)

    def test_a_saved_token_of_another_agent_stays_here(self):
        with support.Mock("demo-world") as mock:
            self.home.login(mock.url)
        handshakes = []

        async def behave(ws, request):
            handshakes.append(ws.request_headers)
            await ws.send(json.dumps({"id": request["id"], "status": "error", "code": "UNKNOWN_MODULE", "message": "no"}))

        meta = self.home.token_file.with_name("token.meta.json")
        meta.write_text(meta.read_text().replace("ws://127.0.0.1", "ws://elsewhere.example"))
        with support.Agent(behave) as agent:
            done = self.diag(agent.url, exits=4)
            self.assertEqual(checks(done)["token"], "failed")
            self.assertEqual(checks(done)["websocket"], "ok", "it goes on without the token")
            self.assertNotIn("Authorization", handshakes[0])

    def test_builtins_that_the_agent_does_not_know_are_no_failure(self):
        async def behave(ws, request):
            await ws.send(json.dumps({"id": request["id"], "status": "error", "code": "UNKNOWN_MODULE", "message": "no such module"}))

        with support.Agent(behave) as agent:
            found = checks(self.diag(agent.url))
            self.assertEqual([found[name] for name in ("who_am_i", "ping", "__keepalive", "metrics")], ["unknown", "ok", "unknown", "unknown"])

    def test_an_agent_that_says_nothing(self):
        async def behave(ws, request):
            pass

        with support.Agent(behave) as agent:
            done = self.home.run("--url", agent.url, "--output", "json", "ws", "diag", "--timeout", "0.2")
            self.assertExit(done, 5)
            found = checks(done)
            self.assertEqual([found[name] for name in ("who_am_i", "ping", "__keepalive", "metrics")], ["failed", "ok", "failed", "failed"])
            self.assertIn("--timeout SECS waits longer", json.loads(done.stdout)["metrics"]["summary"])

    def test_pings_that_nobody_answers(self):
        with support.Mock({"faults": [{"fault": "no-pong"}]}) as mock:
            done = self.home.run("--url", mock.url, "--output", "json", "ws", "diag", "--timeout", "0.2")
            self.assertExit(done, 5)
            self.assertEqual(checks(done)["ping"], "failed")
            self.assertEqual(checks(done)["metrics"], "ok")

    def test_a_connection_that_is_lost_in_between(self):
        async def behave(ws, request):
            ws.transport.abort()

        with support.Agent(behave) as agent:
            self.assertEqual(checks(self.diag(agent.url, exits=3))["who_am_i"], "failed")

    def test_nobody_there(self):
        done = self.diag(support.free_url(), exits=3)
        self.assertEqual(checks(done)["tcp"], "failed")
        self.assertEqual(checks(self.diag("ws://no-such-host.invalid:8765", exits=3))["dns"], "failed")

    def test_no_agent_but_a_web_server(self):
        with support.Listener(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n") as server:
            done = self.diag(server.url, exits=3)
            self.assertEqual(checks(done)["websocket"], "failed")
            self.assertEqual(json.loads(done.stdout)["websocket"]["status"], 404)

    def test_hostile_answers_reach_no_terminal(self):
        nasty = "\x1b]0;owned\x07\x1b[2J\u202e\u009b"

        async def behave(ws, request):
            result = {"authenticated": True, "user": nasty, "device": nasty, "via": nasty, "ok": True, "uptime_s": 1,
                      "errors": {nasty: 1}, "session_token": SECRET}
            await ws.send(json.dumps({"id": request["id"], "status": "finished", "result": result}))

        with support.Agent(behave) as agent:
            for form in ("pretty", "json"):
                with support.Terminal(self.home, "--url", agent.url, "--token", SECRET, "--color", "never", "--output", form,
                                      "ws", "diag") as terminal:
                    self.assertEqual(terminal.wait(), 0)
                    shown = support.without_drawing(terminal.text)
                    for character in "\x1b\x07\u202e\u009b":
                        self.assertNotIn(character, shown)
                    self.assertNotIn(SECRET, shown)
                    self.assertIn("owned", shown)

    def test_a_token_in_an_answer_does_not_reach_the_report(self):
        async def behave(ws, request):
            result = {"authenticated": True, "user": "me", "ok": True, "uptime_s": 1, "session_token": SECRET, "deep": {"token": SECRET}}
            await ws.send(json.dumps({"id": request["id"], "status": "finished", "result": result}))

        with support.Agent(behave) as agent:  # of somebody else, perhaps: we sent none, and do not know it
            done = self.diag(agent.url)
            self.assertNotIn(SECRET, done.stdout + done.stderr)
            self.assertEqual(json.loads(done.stdout)["who_am_i"]["reply"]["session_token"], "<redacted>")

    def test_it_waits_for_an_agent(self):
        url = support.free_url()
        started = []
        later = threading.Timer(0.3, lambda: started.append(support.Mock("demo-world", port=url.rsplit(":", 1)[1])))
        later.start()
        try:
            self.assertEqual(checks(self.diag(url, "--wait", "30"))["websocket"], "ok")
        finally:
            later.join()
            started[0].__exit__()


class DiagOverTls(support.E2eTest):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="procedura-diag-")
        cls.addClassCleanup(folder.cleanup)
        cls.ca = authority.Certificate(pathlib.Path(folder.name), "Test CA")
        cls.agent = authority.Certificate(pathlib.Path(folder.name), "agent", issuer=cls.ca)

    def report(self, *words, exits):
        options = ["--tls-cert", self.agent.pem, "--tls-key", self.agent.key_file]
        with support.Mock("demo-world", options=options) as mock:
            done = self.home.run("--url", mock.url, "--token", support.TOKEN, "--output", "json", *words, "ws", "diag")
            self.assertExit(done, exits)
            self.assertNotIn(support.TOKEN, done.stdout + done.stderr)
            return json.loads(done.stdout)

    def test_the_chain_and_a_pin_that_works(self):
        report = self.report("--ca", self.ca.pem, exits=0)
        self.assertTrue(report["tls"]["verified"])
        self.assertRegex(report["tls"]["version"], r"^TLSv1\.[23]$")
        pin = report["tls"]["chain"][0]["pin"]
        self.assertEqual(pin, self.agent.pin)
        self.assertIn("expires in", report["tls"]["summary"], "within the hour")
        self.report("--ca", self.ca.pem, "--pin", pin, exits=0)

    def test_a_chain_that_does_not_hold_is_shown_with_the_reason(self):
        report = self.report(exits=3)
        self.assertEqual(report["tls"]["state"], "failed")
        self.assertEqual(report["tls"]["error"]["code"], "TLS_FAILED")
        self.assertFalse(report["tls"]["verified"])
        self.assertIn("agent", report["tls"]["chain"][0]["subject"])
        self.assertEqual(report["websocket"]["state"], "skipped")

    def test_insecure_is_warned_of(self):
        self.assertEqual(self.report("--insecure", exits=0)["tls"]["state"], "warning")


class Ping(support.E2eTest):
    def test_like_ping_8(self):
        with support.Mock("demo-world") as mock:
            done = self.home.run("--url", mock.url, "ws", "ping", "--count", "3", "--interval", "0.01")
            self.assertExit(done, 0)
            self.assertRegex(done.stdout, re.compile(
                r"""\APING ws://127\.0\.0\.1:\d+/\n(pong: seq=[123] time=[\d.]+ ms\n){3}--- ws://\S+ ---\n"""
                r"""3 sent, 3 received, 0% lost, [\d.]+ ms\nround trip min/avg/max/mdev = ([\d.]+/){3}[\d.]+ ms\n\Z"""))
            self.assertEqual(done.stderr, "")

    def test_for_programs(self):
        with support.Mock("demo-world") as mock:
            words = ["--url", mock.url, "ws", "ping", "--count", "2", "--interval", "0.01", "--output"]
            pings = [json.loads(line) for line in self.home.run(*words, "ndjson").stdout.splitlines()]
            self.assertEqual([ping["seq"] for ping in pings], [1, 2])
            self.assertTrue(all(ping["ms"] > 0 for ping in pings))
            summary = json.loads(self.home.run(*words, "json").stdout)
            self.assertEqual((summary["sent"], summary["received"], summary["loss_percent"]), (2, 2, 0))

    def test_the_interval_is_from_one_ping_to_the_next(self):
        with support.Mock("demo-world") as mock:
            done = self.home.run("--url", mock.url, "--output", "json", "ws", "ping", "--count", "4", "--interval", "0.1")
            self.assertGreaterEqual(json.loads(done.stdout)["took_ms"], 300)

    def test_nobody_answers(self):
        with support.Mock({"faults": [{"fault": "no-pong"}]}) as mock:
            done = self.home.run("--url", mock.url, "ws", "ping", "--count", "2", "--interval", "0.01", "--timeout", "0.1")
            self.assertExit(done, 5)
            self.assertIn("no pong: seq=2 ACK_TIMEOUT", done.stdout)
            self.assertIn("2 sent, 0 received, 100% lost", done.stdout)
            self.assertNotIn("min/avg", done.stdout)

    def test_ctrl_c_sums_up(self):
        with support.Mock("demo-world") as mock:
            with support.Terminal(self.home, "--url", mock.url, "ws", "ping", "--interval", "0.05") as terminal:
                terminal.wait_for_text("seq=3")
                terminal.type("\x03")
                self.assertEqual(terminal.wait(), 0)
                self.assertRegex(terminal.text, r"\d+ sent, \d+ received, 0% lost")
        with support.Mock({"faults": [{"fault": "no-pong"}]}) as mock:
            with support.Terminal(self.home, "--url", mock.url, "ws", "ping", "--interval", "0.05", "--timeout", "0.1") as terminal:
                terminal.wait_for_text("seq=2")
                terminal.type("\x03")
                self.assertEqual(terminal.wait(), 5)

    def test_sigterm_sums_up_too(self):
        with support.Mock("demo-world") as mock:
            process = self.home.start("--url", mock.url, "ws", "ping", "--interval", "0.05")
            process.stdout.readline()
            process.stdout.readline()
            process.send_signal(signal.SIGTERM)
            out, _ = process.communicate(timeout=support.DEADLINE_S)
            self.assertEqual(process.returncode, 0)
            self.assertIn(b"0% lost", out)

    def test_a_lost_connection_costs_a_ping_and_the_next_one_connects_again(self):
        with Dropping(after=2) as agent:
            done = self.home.run("--url", agent.url, "--output", "ndjson", "ws", "ping", "--count", "6", "--interval", "0.05")
            self.assertExit(done, 0)
            pings = [json.loads(line) for line in done.stdout.splitlines()]
            self.assertIn("CONNECTION_LOST", {ping["error"]["code"] for ping in pings if ping["ms"] is None})
            self.assertGreaterEqual(agent.connections, 2)
            self.assertIsNotNone(pings[1]["ms"])

    def test_nobody_there(self):
        self.assertFails(self.home.run("--url", support.free_url(), "ws", "ping", "--count", "1"), 3, "CONNECT_FAILED")

    def test_a_reader_that_has_had_enough(self):
        with support.Mock("demo-world") as mock:
            process = self.home.start("--url", mock.url, "ws", "ping", "--interval", "0.01")
            process.stdout.readline()
            process.stdout.close()
            self.assertEqual(process.wait(support.DEADLINE_S), 1)
            self.assertIn(b"its reader has gone", process.stderr.read())
            process.stderr.close()


class Dropping(contextlib.AbstractContextManager):
    """An agent that answers `after` pings on each connection and then resets it."""

    def __init__(self, after):
        self.after, self.connections = after, 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = "ws://127.0.0.1:%d" % self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        import base64
        import hashlib
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self.socket.accept()
                self.connections += 1
                with peer, peer.makefile("rb") as stream:
                    key = b""
                    while (line := stream.readline().strip()):
                        name, _, value = line.partition(b":")
                        key = value.strip() if name.lower() == b"sec-websocket-key" else key
                    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
                    peer.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                 b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
                    for _ in range(self.after):
                        head = stream.read(2)
                        if len(head) < 2 or head[0] != 0x89:
                            break
                        size = head[1] & 0x7F
                        mask, body = stream.read(4), stream.read(size)
                        peer.sendall(bytes([0x8A, size]) + bytes(byte ^ mask[i % 4] for i, byte in enumerate(body)))
                    stream.read(2)

    def __exit__(self, *_):
        self.socket.close()


class Listen(support.E2eTest):
    @contextlib.contextmanager
    def listener(self, url, *words, **options):
        """`ws listen`, connected: the mock has told that it let it in."""
        process = self.home.start("--url", url, "--output", "ndjson", "-v", *words, **options)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            process.stdout.close()
            process.stderr.close()

    def tick_until(self, url, ended):
        """Lets the agent tell something, again and again: a listener that connects meanwhile misses what came before."""
        def once():
            self.home.run("--url", url, "run", "tick")
            return ended()
        support.wait_for(once, "end of the listener")

    def test_events_as_they_come(self):
        frame = {"status": "world_saved", "n": 1.0, "text": "grün \u001b[31m"}
        with support.Mock(broadcasting({"broadcast": frame})) as mock:
            with self.listener(mock.url, "ws", "listen", "--count", "2") as process:
                self.tick_until(mock.url, lambda: process.poll() is not None)
                self.assertEqual(process.returncode, 0)
                lines = process.stdout.read().decode().splitlines()
                self.assertEqual(len(lines), 2)
                self.assertEqual(json.loads(lines[0]), {"phase": "world_saved", **frame})
                self.assertTrue(lines[0].startswith('{"phase":"world_saved","status":'), lines[0])

    def test_ctrl_c_ends_it_with_0(self):
        with support.Mock(broadcasting({"broadcast": {"status": "notice"}})) as mock:
            with support.Terminal(self.home, "--url", mock.url, "ws", "listen") as terminal:
                terminal.wait_for_text("listening 0:0")
                self.home.run("--url", mock.url, "run", "tick")
                terminal.wait_for_text('"phase": "notice"')
                terminal.wait_for_text("1 event")
                terminal.type("\x03")
                self.assertEqual(terminal.wait(), 0)
                self.assertTrue(terminal.text.endswith("\r\x1b[J"), terminal.text[-80:])

    def test_it_ends_at_once(self):
        def seconds_to_the_end(url):
            with self.listener(url, "ws", "listen", "--count", "1") as process:
                process.stdout.readline()
                begun = time.monotonic()
                process.wait(support.DEADLINE_S)
                return time.monotonic() - begun

        async def greet(ws):
            await ws.send(json.dumps({"status": "notice"}))

        with Greeting(greet) as agent:
            # Once in five also on a busy machine; waiting for the next look at the reader takes a second each time.
            self.assertLess(min(seconds_to_the_end(agent.url) for _ in range(5)), 0.5)

    def test_a_reader_that_has_had_enough_ends_it_with_0(self):
        with support.Mock(broadcasting({"broadcast": {"status": "notice"}})) as mock:
            with self.listener(mock.url, "ws", "listen") as process:
                process.stdout.close()  # nothing is ever written: it finds out by itself
                self.assertEqual(process.wait(support.DEADLINE_S), 0)
            with self.listener(mock.url, "ws", "listen") as process:
                process.stdout.close()
                self.tick_until(mock.url, lambda: process.poll() is not None)
                self.assertEqual(process.returncode, 0)
                self.assertNotIn(b"cannot write", process.stderr.read())

    def test_a_lost_connection_is_exit_3(self):
        with support.Mock(broadcasting({"broadcast": {"status": "notice"}})) as mock:
            with self.listener(mock.url, "ws", "listen") as process:
                seen = []
                reader = threading.Thread(target=lambda: seen.append(process.stdout.readline()))
                reader.start()
                self.tick_until(mock.url, lambda: seen)
                reader.join()
                mock.process.kill()
                self.assertEqual(process.wait(support.DEADLINE_S), 3)
                last = json.loads(process.stdout.read().splitlines()[-1])
                self.assertEqual((last["phase"], last["code"]), ("error", "CONNECTION_LOST"))

    def test_with_reconnect_it_goes_on_and_says_so(self):
        port = support.free_url().rsplit(":", 1)[1]
        with support.Mock(broadcasting({"broadcast": {"status": "first"}}), port=port) as mock:
            with self.listener(mock.url, "ws", "listen", "--reconnect") as process:
                said = []
                threads = [threading.Thread(target=lambda: said.extend(iter(process.stderr.readline, b"")), daemon=True)]
                heard = []
                threads.append(threading.Thread(target=lambda: heard.extend(iter(process.stdout.readline, b"")), daemon=True))
                for thread in threads:
                    thread.start()
                self.tick_until(mock.url, lambda: heard)
                mock.process.kill()
                mock.process.wait()
                support.wait_for(lambda: any(b"connecting again in" in line for line in said), "word of the next try")
                with support.Mock(broadcasting({"broadcast": {"status": "second"}}), port=port):
                    support.wait_for(lambda: any(b"connected again" in line for line in said), "word of the new connection")
                    self.tick_until(mock.url, lambda: any(b"second" in line for line in heard))
                    process.send_signal(signal.SIGINT)
                    self.assertEqual(process.wait(support.DEADLINE_S), 0)
                for thread in threads:
                    thread.join()
                self.assertTrue(any(b"CONNECTION_LOST" in line for line in said), said)

    def test_nobody_there(self):
        self.assertFails(self.home.run("--url", support.free_url(), "ws", "listen"), 3, "CONNECT_FAILED")

    def test_escapes_in_events_reach_no_terminal(self):
        async def greet(ws):
            await ws.send('{"status":"hello\\u001b[2J","text":"evil\u202e\u009b\u007f"}')

        with Greeting(greet) as agent:
            for form in ("pretty", "json"):
                with support.Terminal(self.home, "--url", agent.url, "--color", "never", "--output", form, "ws", "listen", "--count", "1") as terminal:
                    self.assertEqual(terminal.wait(), 0)
                    shown = support.without_drawing(terminal.text)
                    for character in "\x1b\u202e\u009b\u007f":
                        self.assertNotIn(character, shown)
                    self.assertIn("evil", shown)


class Greeting(support.Agent):
    """An agent that speaks first."""

    def __init__(self, greet):
        self.greet = greet
        super().__init__(None)

    def _serve(self, started):
        import asyncio
        import websockets
        asyncio.set_event_loop(self.loop)

        async def handle(ws, _path=None):
            await self.greet(ws)
            with contextlib.suppress(websockets.ConnectionClosed):
                await ws.recv()

        async def serve():
            self.stopped = asyncio.Event()
            async with websockets.serve(handle, "127.0.0.1", 0, close_timeout=1) as server:
                self.url = "ws://127.0.0.1:%d" % server.sockets[0].getsockname()[1]
                started.set()
                await self.stopped.wait()

        self.loop.run_until_complete(serve())
        self.loop.close()


if __name__ == "__main__":
    support.main()
