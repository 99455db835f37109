"""An agent that misbehaves at a stage of one's choice: a proxy before a mock, that passes everything on until its moment has come.

A misbehaviour is a class with a few of `on_accept`, `on_head`, `on_request`, `on_reply`, `on_pong` and `on_close`. Each of them may write
what it likes to the client (`self.client`), may wait for ever (`self.hang()`), and ends the connection with `raise Over`. What it returns
true for is not passed on. Nothing here knows of WebSocket more than it takes to find where frames begin.
"""

import asyncio
import base64
import contextlib
import hashlib
import itertools
import json
import os
import random
import socket
import struct
import threading
from urllib.parse import urlsplit

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Over(Exception):
    """This connection is to end now."""


def frame(opcode, payload, claimed=None, fin=True, rsv=0, masked=False):
    """One frame; `claimed`: the length that its head tells, if that is a lie."""
    length = len(payload) if claimed is None else claimed
    head = bytes([(0x80 if fin else 0) | rsv | opcode])
    mask_bit = 0x80 if masked else 0
    if length < 126:
        head += bytes([mask_bit | length])
    elif length < 65536:
        head += bytes([mask_bit | 126]) + struct.pack(">H", length)
    else:
        head += bytes([mask_bit | 127]) + struct.pack(">Q", length)
    return head + (b"\0\0\0\0" if masked else b"") + payload


def accepted(head, **headers):
    """The response that a handshake is due."""
    key = next(line.split(":", 1)[1].strip() for line in head.decode("latin-1").split("\r\n") if line.lower().startswith("sec-websocket-key:"))
    accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
    lines = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": accept, **headers}
    return ("HTTP/1.1 101 Switching Protocols\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items()) + "\r\n").encode()


async def read_frame(reader):
    """(opcode, payload, the bytes as they came)"""
    raw = await reader.readexactly(2)
    length = raw[1] & 0x7F
    if length >= 126:
        more = await reader.readexactly(2 if length == 126 else 8)
        raw += more
        length = int.from_bytes(more, "big")
    mask = b""
    if raw[1] & 0x80:
        mask = await reader.readexactly(4)
        raw += mask
    payload = await reader.readexactly(length)
    raw += payload
    if mask:
        whole = int.from_bytes(payload, "big") ^ int.from_bytes((mask * (length // 4 + 1))[:length], "big") if length else 0
        payload = whole.to_bytes(length, "big")
    return raw[0] & 0x0F, payload, raw


class Honest:
    """Passes everything on. One object for each connection."""

    nth = 0  # of this connection, from 1

    def __init__(self, agent, client, server):
        self.agent, self.client, self.server = agent, client, server
        self.nth = next(agent.counter)
        self.chosen = agent.victim is None  # whether its moment may come on this connection

    async def hang(self):
        await asyncio.Event().wait()

    async def say(self, data):
        self.client.write(data)
        await self.client.drain()

    def reset(self):
        """Ends the connection without a goodbye."""
        sock = self.client.get_extra_info("socket")
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.client.transport.abort()
        raise Over

    async def on_accept(self):
        pass

    async def on_head(self, head):
        pass

    async def on_request(self, request):
        pass

    async def on_reply(self, reply, raw):
        pass

    async def on_close(self):
        pass

    async def on_pong(self, payload):
        pass

    async def run(self, reader, from_server):
        await self.on_accept()
        head = await reader.readuntil(b"\r\n\r\n")
        self.chosen = self.chosen or any(token in head for token in self.agent.tokens)
        if await self.on_head(head):
            return
        self.server.write(head)
        await asyncio.gather(self._requests(reader), self._replies(from_server))

    async def _requests(self, reader):
        while True:
            opcode, payload, raw = await read_frame(reader)
            if opcode == CLOSE and await self.on_close():
                continue
            if opcode == PONG and await self.on_pong(payload):
                continue
            if opcode == TEXT:
                with contextlib.suppress(ValueError):
                    request = json.loads(payload)
                    if isinstance(request, dict):
                        victim = self.agent.victim
                        self.chosen = self.chosen or (victim is not None and f"--device=conformance-{victim}-" in payload.decode())
                        if self.chosen and await self.on_request(request):
                            continue
            self.server.write(raw)
            await self.server.drain()

    async def _replies(self, reader):
        await self.say(await reader.readuntil(b"\r\n\r\n"))
        while True:
            opcode, payload, raw = await read_frame(reader)
            if opcode == TEXT and self.chosen:
                with contextlib.suppress(ValueError):
                    reply = json.loads(payload)
                    if isinstance(reply, dict) and is_login(reply) and self.agent.victim is not None:
                        self.agent.tokens.add(reply["result"]["session_token"].encode())
                    if isinstance(reply, dict) and await self.on_reply(reply, raw):
                        continue
            await self.say(raw)


class MisbehavingAgent(contextlib.AbstractContextManager):
    """Listens before the mock at `mock_url`. `victim`: the case ("sync-lifecycle") on whose connections it misbehaves; None: on all."""

    def __init__(self, mock_url, behaviour, victim=None, seed=1):
        self.behaviour, self.victim = behaviour, victim
        self.random = random.Random(seed)
        self.counter = itertools.count(1)
        self.tokens = set()  # of the victim's session: its next connections bear them
        self.mock = urlsplit(mock_url)
        self.loop = asyncio.new_event_loop()
        self.writers = set()
        started = threading.Event()
        self.thread = threading.Thread(target=self._serve, args=[started], daemon=True)
        self.thread.start()
        assert started.wait(30)

    def _serve(self, started):
        async def serve():
            self.stopped = asyncio.Event()
            self.server = await asyncio.start_server(self._connection, "127.0.0.1", 0, limit=1 << 26)
            self.url = "ws://127.0.0.1:%d" % self.server.sockets[0].getsockname()[1]
            started.set()
            await self.stopped.wait()
            self.server.close()

        self.loop.set_exception_handler(lambda *_: None)
        self.loop.run_until_complete(serve())
        async def leave():
            left = asyncio.all_tasks() - {asyncio.current_task()}
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

        self.loop.run_until_complete(leave())
        self.loop.close()

    async def _connection(self, reader, client):
        self.writers.add(client)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, Over):
            from_server, server = await asyncio.open_connection(self.mock.hostname, self.mock.port, limit=1 << 26)
            try:
                await self.behaviour(self, client, server).run(reader, from_server)
            finally:
                server.close()
        self.writers.discard(client)
        client.close()

    def die(self):
        """Nobody listens any more, and whoever was connected is not."""
        self.server.close()
        for writer in list(self.writers):
            with contextlib.suppress(OSError):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.stopped.set)
        self.thread.join(30)


# Hangs, stage by stage.

class HangsAtAccept(Honest):
    async def on_accept(self):
        await self.hang()


class HangsAfterTheHead(Honest):
    async def on_head(self, head):
        await self.hang()


class HangsInItsOwnHead(Honest):
    async def on_head(self, head):
        await self.say(accepted(head)[:40])
        await self.hang()


class HangsAfterTheUpgrade(Honest):
    async def on_head(self, head):
        await self.say(accepted(head))
        await self.hang()


def is_login(frame_):
    return "session_token" in str(frame_.get("result"))


class HangsAfterTheLogin(Honest):
    silent = False

    async def on_request(self, request):
        self.silent = request.get("cmd") != "login_password"
        return self.silent


class HangsAfterTheAck(Honest):
    async def on_reply(self, reply, raw):
        return reply.get("status") not in ("ack", "started") and not is_login(reply)


class HangsInAFrame(Honest):
    async def on_reply(self, reply, raw):
        if not is_login(reply) and reply.get("status") == "finished":
            await self.say(raw[:len(raw) // 2])
            await self.hang()


class HangsAtTheClose(Honest):
    async def on_close(self):
        return True


# Too much of everything.

class FloodsWithFrames(Honest):
    async def on_request(self, request):
        if request.get("cmd") != "login_password":
            many = frame(TEXT, b'{"status":"tick"}') * 1000
            while True:
                await self.say(many)


class FloodsWithUpdates(Honest):
    logged_in = False

    async def on_request(self, request):
        self.logged_in = request.get("cmd") != "login_password"

    async def on_reply(self, reply, raw):
        if reply.get("status") in ("ack", "started") and self.logged_in:
            await self.say(raw)
            update = {key: reply[key] for key in ("id", "job_id") if key in reply}
            many = frame(TEXT, json.dumps({**update, "status": "running", "text": "x" * 3000}).encode()) * 100
            while True:
                await self.say(many)


class FloodsWithControlFrames(Honest):
    async def on_request(self, request):
        if request.get("cmd") != "login_password":
            many = (frame(PING, b"x" * 125) + frame(PONG, b"y" * 125)) * 500
            while True:
                await self.say(many)


class SendsAGigabyte(Honest):
    """In one message of one frame."""

    async def on_request(self, request):
        if request.get("cmd") != "login_password":
            await self.say(frame(TEXT, b"", claimed=1 << 30))
            piece = b"x" * (1 << 20)
            for _ in range(1 << 10):
                await self.say(piece)


class SendsAGigabyteInFragments(Honest):
    async def on_request(self, request):
        if request.get("cmd") != "login_password":
            piece = b"x" * (1 << 20)
            await self.say(frame(TEXT, piece, fin=False))
            for _ in range(1 << 10):
                await self.say(frame(0, piece, fin=False))


class SendsAGigabyteOfMessages(Honest):
    """Each of them within the limits."""

    async def on_request(self, request):
        if request.get("cmd") != "login_password":
            piece = frame(TEXT, b'{"status":"tick","x":"' + b"x" * 1_000_000 + b'"}')
            for _ in range(1 << 10):
                await self.say(piece)


class AnswersWithoutAnEndOfItsHead(Honest):
    async def on_head(self, head):
        await self.say(b"HTTP/1.1 101 Switching Protocols\r\n")
        while True:
            await self.say(b"X-More: " + b"x" * 1000 + b"\r\n")


# Ends.

class ClosesAtRandom(Honest):
    async def on_reply(self, reply, raw):
        dice = self.agent.random.random()
        if dice < 0.05:
            self.reset()
        if dice < 0.10:
            await self.say(raw[:self.agent.random.randrange(len(raw))])
            raise Over
        if dice < 0.15:
            await self.say(frame(CLOSE, struct.pack(">H", self.agent.random.choice([1000, 1001, 1011, 3000, 4001])) + b"bye\x1b[2J"))
            raise Over


class ResetsAtAccept(Honest):
    async def on_accept(self):
        self.reset()


class DiesInMidRun(Honest):
    async def on_accept(self):
        if self.nth > 12:
            self.agent.die()
            raise Over


# Lies in the handshake.

def says(make):
    class Says(Honest):
        async def on_head(self, head):
            await self.say(make(head))
            raise Over
    return Says


BIG = "x" * 200_000
LIES = {
    "wrong accept": lambda head: accepted(head, **{"Sec-WebSocket-Accept": "AAAAAAAAAAAAAAAAAAAAAAAAAAA="}),
    "two hundred thousand bytes of header": lambda head: accepted(head, **{"X-Big": BIG}),
    "ten thousand headers": lambda head: accepted(head, **{f"X-{i}": "y" for i in range(10_000)}),
    "redirect": lambda head: b"HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\x1b[2J\r\nContent-Length: 0\r\n\r\n",
    "200": lambda head: b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 28\r\n\r\n<script>alert('1')</script>\r\n",
    "foreign subprotocol": lambda head: accepted(head, **{"Sec-WebSocket-Protocol": "never-offered"}),
    "an extension that was not offered": lambda head: accepted(head, **{"Sec-WebSocket-Extensions": "permessage-deflate"}),
    "no upgrade header": lambda head: accepted(head).replace(b"Upgrade: websocket\r\n", b""),
    "bytes": lambda head: bytes(range(256)) * 40,
    "HTTP/0.9": lambda head: b"hello\r\n",
    "an endless chunk": lambda head: b"HTTP/1.1 401 No\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx",
    "a length beyond all": lambda head: b"HTTP/1.1 401 No\r\nContent-Length: 18446744073709551615\r\n\r\nx",
}


# Frames that are none.

def breaks(data):
    class Breaks(Honest):
        async def on_request(self, request):
            if request.get("cmd") != "login_password":
                await self.say(data)
    return Breaks


WRONG_FRAMES = {
    "masked": frame(TEXT, b"{}", masked=True),
    "reserved bit": frame(TEXT, b"{}", rsv=0x40),
    "reserved opcode": frame(3, b"{}"),
    "fragmented ping": frame(PING, b"x", fin=False),
    "long ping": frame(PING, b"x" * 126),
    "continuation of nothing": frame(0, b"{}"),
    "invalid UTF-8": frame(TEXT, b'{"status":"\xff\xfe"}'),
    "length of 63 bits": frame(TEXT, b"", claimed=(1 << 63) - 1),
    "length of 64 bits": frame(TEXT, b"", claimed=(1 << 64) - 1),
    "Close of one byte": frame(CLOSE, b"\x03"),
    "Close with 1005": frame(CLOSE, struct.pack(">H", 1005)),
    "Close with broken UTF-8": frame(CLOSE, struct.pack(">H", 1000) + b"\xff\xfe"),
    "deep": frame(TEXT, b"[" * 1_000_000),
    "random": frame(BINARY, os.urandom(4096)) + os.urandom(4096),
}
