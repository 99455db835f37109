#!/usr/bin/env python3
"""`mock-agent record` as a proxy: what it passes on, and what becomes of it, with agents that are a few lines of Python."""

import asyncio
import contextlib
import datetime
import http
import ipaddress
import json
import os
import pathlib
import signal
import socket
import ssl
import tempfile
import time
import unittest

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.exceptions import ConnectionClosed, InvalidStatusCode
from websockets.legacy.client import connect
from websockets.legacy.server import serve

from support import program_from

MOCK_AGENT = program_from("INTEROP_MOCK_AGENT")
DEADLINE_S = 30
MIB = 1024 * 1024


def certificate(name, issuer=None, names=(), ca=False):
    """(certificate, key), signed by itself or by `issuer`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.utcnow()
    builder = (x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())
               .issuer_name(issuer[0].subject if issuer else subject).serial_number(x509.random_serial_number())
               .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(days=1))
               .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(list(names)), critical=False)
    return builder.sign(issuer[1] if issuer else key, hashes.SHA256()), key


def write_pem(path, *parts):
    path.write_bytes(b"".join(
        part.public_bytes(serialization.Encoding.PEM) if isinstance(part, x509.Certificate) else
        part.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        for part in parts))
    return path


async def echo(websocket, _path):
    async for message in websocket:
        await websocket.send(message)


class Recorder:
    """The program while it records; `said` and `scenario` when it has been stopped."""

    def __init__(self, folder):
        self.out = folder / "recorded.json"
        self.said = self.process = self.url = None

    @contextlib.asynccontextmanager
    async def of(self, upstream, *switches):
        self.process = await asyncio.create_subprocess_exec(
            MOCK_AGENT, "record", "--upstream", upstream, "--listen", "ws://127.0.0.1:0", "--out", str(self.out), *switches,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
        try:
            line = await asyncio.wait_for(self.process.stdout.readline(), DEADLINE_S)
            self.url = json.loads(line)["listening"]
            yield self
        finally:
            if self.process.returncode is None:
                await self.stop()

    async def stop(self, *signals):
        for number in signals or [signal.SIGTERM]:
            self.process.send_signal(number)
        _, said = await asyncio.wait_for(self.process.communicate(), DEADLINE_S)
        self.said = said.decode()
        return self.process.returncode

    async def no_connection(self):
        """Comes back once it has no connection to anybody."""
        def established():
            held = {os.readlink(link) for link in pathlib.Path(f"/proc/{self.process.pid}/fd").iterdir()}
            lines = pathlib.Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
            return [line for line in map(str.split, lines) if f"socket:[{line[9]}]" in held and line[3] != "0A"]  # LISTEN
        while established():
            await asyncio.sleep(0.02)

    @property
    def stubs(self):
        text = "".join(line for line in self.out.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("//"))
        return json.loads(text)["stubs"]


def url_of(server, scheme="ws"):
    return f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def frame(first, payload):
    """A client's frame, of up to 125 bytes."""
    return bytes([first, 0x80 | len(payload), 0, 0, 0, 0]) + payload


async def upgraded(url):
    """(reader, writer) of a WebSocket connection with no library behind it, so that it can be rude."""
    host, port = url.removeprefix("ws://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                 b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), DEADLINE_S)
    assert head.startswith(b"HTTP/1.1 101"), head
    return reader, writer


def request(ident, cmd):
    return json.dumps({"id": ident, "cmd": cmd, "args": [], "mode": "sync"})


class PassesOn(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="procedura-record-")))
        self.recorder = Recorder(self.folder)

    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)  # it tells of every step that takes 100 ms

    async def test_the_path_and_what_shows_who_asks(self):
        seen = []

        async def agent(websocket, path):
            seen.append((path, websocket.request_headers))
            await websocket.wait_closed()

        select = lambda offered, _: offered[0] if offered else None
        async with serve(agent, "127.0.0.1", 0, select_subprotocol=select, subprotocols=["x"]) as server:
            async with self.recorder.of(url_of(server) + "/v2") as recorder:
                headers = {"Authorization": "Bearer tok-en", "Origin": "http://localhost", "Cookie": "none=1"}
                async with connect(recorder.url + "/p/one?x=1", subprotocols=["tok-en"], extra_headers=headers) as client:
                    self.assertEqual(client.subprotocol, "tok-en")
                async with connect(recorder.url) as client:
                    self.assertIsNone(client.subprotocol)
        path, headers = seen[0]
        self.assertEqual(path, "/v2/p/one?x=1")
        self.assertEqual(headers.get_all("Sec-WebSocket-Protocol"), ["tok-en"])
        self.assertEqual((headers["Authorization"], headers["Origin"]), ("Bearer tok-en", "http://localhost"))
        self.assertNotIn("Cookie", headers)
        path, headers = seen[1]
        self.assertEqual(path, "/v2")
        self.assertNotIn("Authorization", headers)

    async def test_messages_of_either_kind_and_every_size_in_their_order(self):
        messages = ["", "ü", b"", b"\x00\xff", "x" * 125, "x" * 126, "x" * 65535, b"y" * 65536, "z" * (17 * MIB), "last"]
        async with serve(echo, "127.0.0.1", 0, max_size=None) as server, self.recorder.of(url_of(server)) as recorder:
            async with connect(recorder.url, max_size=None) as client:
                for message in messages:
                    await client.send(message)
                for message in messages:
                    self.assertEqual(await asyncio.wait_for(client.recv(), DEADLINE_S), message)
                await asyncio.wait_for(await client.ping(), DEADLINE_S)

    async def test_close_codes_both_ways(self):
        told = asyncio.Queue()

        async def agent(websocket, _path):
            try:
                code = int(await websocket.recv())
                await websocket.close(code, "the agent's reason")
            except ConnectionClosed as closed:
                await told.put((closed.rcvd and closed.rcvd.code, closed.rcvd and closed.rcvd.reason))

        async with serve(agent, "127.0.0.1", 0) as server, self.recorder.of(url_of(server)) as recorder:
            for code in 1000, 1001, 1011, 3000, 4001, 4999:
                async with connect(recorder.url) as client:
                    await client.send(str(code))
                    with self.assertRaises(ConnectionClosed) as closed:
                        await asyncio.wait_for(client.recv(), DEADLINE_S)
                    self.assertEqual((closed.exception.rcvd.code, closed.exception.rcvd.reason), (code, "the agent's reason"))
                async with connect(recorder.url) as client:
                    await client.close(code, "the client's reason")
                self.assertEqual(await asyncio.wait_for(told.get(), DEADLINE_S), (code, "the client's reason"))

    async def test_a_close_reaches_the_other_side_though_nobody_hangs_up_after_it(self):
        told = asyncio.get_running_loop().create_future()

        async def agent(websocket, _path):
            await websocket.wait_closed()
            told.set_result(websocket.close_code)

        async with serve(agent, "127.0.0.1", 0) as server, self.recorder.of(url_of(server)) as recorder:
            reader, writer = await upgraded(recorder.url)
            writer.write(frame(0x88, (4001).to_bytes(2, "big")))
            self.assertEqual(await asyncio.wait_for(told, 2), 4001)
            self.assertEqual(await asyncio.wait_for(reader.readexactly(4), DEADLINE_S), b"\x88\x02\x0f\xa1")
            await asyncio.wait_for(recorder.no_connection(), DEADLINE_S)
            writer.close()

    async def test_an_agent_that_hangs_up_without_a_word_is_one_to_its_client_too(self):
        async def agent(websocket, _path):
            await websocket.recv()
            websocket.transport.abort()

        async with serve(agent, "127.0.0.1", 0) as server, self.recorder.of(url_of(server)) as recorder:
            async with connect(recorder.url) as client:
                await client.send(request("q1", "doomed"))
                with self.assertRaises(ConnectionClosed) as closed:
                    await asyncio.wait_for(client.recv(), DEADLINE_S)
                self.assertIsNone(closed.exception.rcvd)
            self.assertEqual(await recorder.stop(), 0)
        self.assertEqual(recorder.stubs[0]["reply"][-1], {"fault": "drop"})

    async def test_a_refusal_of_the_agent_with_its_body(self):
        async def refuse(_path, headers):
            if "Authorization" in headers:
                return http.HTTPStatus.UNAUTHORIZED, [("WWW-Authenticate", "Bearer"), ("Content-Type", "text/x-own")], b"not you\n"
            return None

        async with serve(echo, "127.0.0.1", 0, process_request=refuse) as server, self.recorder.of(url_of(server)) as recorder:
            status, headers, body = await self.upgrade(recorder.url, "Authorization: Bearer secret-token")
            self.assertEqual((status, body), (401, b"not you\n"))
            self.assertIn(b"www-authenticate: bearer", headers.lower())
            self.assertIn(b"content-type: text/x-own", headers.lower())
            async with connect(recorder.url) as client:
                await client.send("still here")
                self.assertEqual(await client.recv(), "still here")
            self.assertEqual(await recorder.stop(), 0)
        self.assertIn("refused an upgrade with HTTP 401", recorder.said)
        self.assertIn("1 upgrade that the agent refused", recorder.out.read_text(encoding="utf-8"))
        self.assertNotIn("secret-token", recorder.said + recorder.out.read_text(encoding="utf-8"))

    async def ask_for_upgrade(self, url, *headers):
        host, port = url.removeprefix("ws://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        lines = ["GET / HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", *headers]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        return reader, writer

    async def upgrade(self, url, *headers):
        """The answer to an upgrade request that is refused: (status, head, body)."""
        reader, writer = await self.ask_for_upgrade(url, *headers)
        head, _, body = (await asyncio.wait_for(reader.read(), DEADLINE_S)).partition(b"\r\n\r\n")
        writer.close()
        return int(head.split()[1]), head, body

    async def test_an_agent_that_cannot_be_reached_is_a_502_and_no_end(self):
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            port = nobody.getsockname()[1]
        async with self.recorder.of(f"ws://127.0.0.1:{port}") as recorder:
            status, _, body = await self.upgrade(recorder.url)
            self.assertEqual(status, 502)
            self.assertEqual(body.decode(), f"the agent at 127.0.0.1:{port} cannot be reached: Connection refused; is it running?\n")
            async with serve(echo, "127.0.0.1", port):
                async with connect(recorder.url) as client:
                    await client.send("now")
                    self.assertEqual(await client.recv(), "now")
            self.assertEqual(await recorder.stop(), 0)
        self.assertIn("mock-agent: the agent at", recorder.said)

    async def test_what_speaks_no_websocket(self):
        async def garbage(reader, writer):
            await reader.readline()
            writer.write(b"220 mail.example ESMTP\r\n")
            writer.close()

        server = await asyncio.start_server(garbage, "127.0.0.1", 0)
        async with server, self.recorder.of(url_of(server)) as recorder:
            status, _, body = await self.upgrade(recorder.url)
            self.assertEqual(status, 502)
            self.assertIn(b"does not speak WebSocket with us", body)
            host, port = recorder.url.removeprefix("ws://").split(":")
            for sent, answer in ((b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"HTTP/1.1 426"), (b"\x00\x01\r\n\r\n", b"")):
                reader, writer = await asyncio.open_connection(host, int(port))
                writer.write(sent)
                self.assertTrue((await asyncio.wait_for(reader.read(), DEADLINE_S)).startswith(answer))
                writer.close()

    async def test_a_message_that_is_too_long_is_a_1009_on_both_sides(self):
        told = asyncio.get_running_loop().create_future()

        async def agent(websocket, _path):
            await websocket.wait_closed()
            told.set_result(websocket.close_code)

        async with serve(agent, "127.0.0.1", 0, max_size=None) as server, self.recorder.of(url_of(server)) as recorder:
            async with connect(recorder.url, max_size=None) as client:
                with contextlib.suppress(ConnectionClosed):
                    await client.send("x" * (64 * MIB + 1))
                with self.assertRaises(ConnectionClosed) as closed:
                    await asyncio.wait_for(client.recv(), DEADLINE_S)
                self.assertEqual(closed.exception.rcvd.code, 1009)
            self.assertEqual(await asyncio.wait_for(told, DEADLINE_S), 1009)
            await recorder.stop()
        self.assertIn("sent a message of more than 67108864 bytes", recorder.said)

    async def test_a_reader_that_is_slow_slows_its_writer_down(self):
        taken = asyncio.get_running_loop().create_future()

        async def agent(websocket, _path):
            await websocket.recv()
            for number in range(1000):
                try:
                    await asyncio.wait_for(websocket.send("x" * MIB), 2)
                except asyncio.TimeoutError:
                    taken.set_result(number)
                    websocket.transport.abort()
                    return

        async with serve(agent, "127.0.0.1", 0) as server, self.recorder.of(url_of(server)) as recorder:
            async with connect(recorder.url, max_queue=1, close_timeout=0.1) as client:
                await client.send(request("q1", "flood"))
                self.assertLess(await asyncio.wait_for(taken, DEADLINE_S), 40)
                client.transport.abort()
            self.assertEqual(await recorder.stop(), 0)

    async def test_who_is_there_when_it_stops_gets_a_1001(self):
        told = asyncio.get_running_loop().create_future()

        async def agent(websocket, _path):
            await websocket.send(json.dumps({"id": "q1", "status": "ack"}))
            await websocket.wait_closed()
            told.set_result(websocket.close_code)

        async with serve(agent, "127.0.0.1", 0) as server, self.recorder.of(url_of(server)) as recorder:
            async with connect(recorder.url) as client:
                await client.send(request("q1", "long"))
                await client.recv()
                stopped = asyncio.create_task(recorder.stop())
                with self.assertRaises(ConnectionClosed) as closed:
                    await asyncio.wait_for(client.recv(), DEADLINE_S)
                self.assertEqual(closed.exception.rcvd.code, 1001)
                self.assertEqual(await stopped, 0)
            self.assertEqual(await asyncio.wait_for(told, DEADLINE_S), 1001)
        self.assertEqual(recorder.stubs[0]["match"]["cmd"], "long")

    async def test_an_impatient_second_signal_loses_nothing(self):
        async with serve(echo, "127.0.0.1", 0) as server, self.recorder.of(url_of(server)) as recorder:
            reader, writer = await self.ask_for_upgrade(recorder.url)
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), DEADLINE_S)  # and it will never answer a Close
            begun = time.monotonic()
            self.assertEqual(await recorder.stop(signal.SIGTERM, signal.SIGINT), 0)
            self.assertLess(time.monotonic() - begun, 2.5)
            writer.close()
        self.assertEqual(recorder.stubs, [])


class OverTls(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        cls.ca = certificate("the test's CA", ca=True)
        cls.good = certificate("agent", cls.ca, [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        cls.of_another_name = certificate("other", cls.ca, [x509.DNSName("other.example")])
        cls.of_nobody = certificate("self", None, [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="procedura-record-")))
        self.recorder = Recorder(self.folder)
        self.ca_file = write_pem(self.folder / "ca.pem", self.ca[0])

    async def asyncSetUp(self):
        loop = asyncio.get_running_loop()
        loop.set_debug(False)
        loop.set_exception_handler(lambda *_: None)  # handshakes that fail are what is tested

    def context(self, identity):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(write_pem(self.folder / "agent.pem", *identity))
        return context

    async def test_what_the_ca_has_signed_for_that_host_is_trusted(self):
        async def agent(websocket, _path):
            await websocket.recv()
            await websocket.send(json.dumps({"id": "q1", "status": "finished", "result": "x" * MIB}))
            await websocket.wait_closed()

        async with serve(agent, "127.0.0.1", 0, ssl=self.context(self.good)) as server:
            for host in "127.0.0.1", "localhost":
                url = url_of(server, "wss").replace("127.0.0.1", host)
                async with self.recorder.of(url, "--ca", str(self.ca_file)) as recorder:
                    async with connect(recorder.url, max_size=None) as client:
                        await client.send(request("q1", "big"))
                        self.assertEqual(len(json.loads(await client.recv())["result"]), MIB)
                    self.assertEqual(await recorder.stop(), 0)
                self.assertEqual(len(recorder.stubs[0]["reply"][-1]["finished"]), MIB)

    async def test_anything_else_is_a_502_that_says_why(self):
        for identity, switches, why in (
            (self.of_nobody, ["--ca", str(self.ca_file)], "is not trusted: self-signed certificate"),
            (self.good, [], "is not trusted: unable to get local issuer certificate"),
            (self.of_another_name, ["--ca", str(self.ca_file)], "is not trusted: IP address mismatch"),
        ):
            async with serve(echo, "127.0.0.1", 0, ssl=self.context(identity)) as server:
                async with self.recorder.of(url_of(server, "wss"), *switches) as recorder:
                    with self.assertRaises(InvalidStatusCode) as refused:
                        await connect(recorder.url)
                    self.assertEqual(refused.exception.status_code, 502)
                    self.assertEqual(await recorder.stop(), 0)
                self.assertIn(why, recorder.said)
                self.assertIn("--ca", recorder.said)

    async def test_an_agent_without_tls(self):
        async with serve(echo, "127.0.0.1", 0) as server:
            async with self.recorder.of(url_of(server, "wss")) as recorder:
                with self.assertRaises(InvalidStatusCode) as refused:
                    await connect(recorder.url)
                self.assertEqual(refused.exception.status_code, 502)
                await recorder.stop()
            self.assertIn("does not speak TLS with us: ", recorder.said)


if __name__ == "__main__":
    unittest.main()
