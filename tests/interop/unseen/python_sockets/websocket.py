"""The server's side of RFC 6455 on asyncio streams: the opening handshake and the frames."""

import asyncio
import base64
import binascii
import codecs
import hashlib
import re
import struct
import sys
from http import HTTPStatus

MAX_MESSAGE = 16 * 1024 * 1024
MAX_HEAD = 64 * 1024
HANDSHAKE_SECONDS = 10
LINGER_SECONDS = 3

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_OUR_HOST = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]*)?", re.IGNORECASE)
_OUR_ORIGIN = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?", re.IGNORECASE)


class Refused(Exception):
    """The upgrade is not granted."""

    def __init__(self, status, why, *headers):
        super().__init__(why)
        self.status = HTTPStatus(status)
        self.headers = headers

    def response(self):
        body = f"{self}\n".encode()
        lines = [f"HTTP/1.1 {self.status.value} {self.status.phrase}", "Content-Type: text/plain; charset=utf-8",
                 f"Content-Length: {len(body)}", "Connection: close", *self.headers, "", ""]
        return "\r\n".join(lines).encode() + body


class Failed(Exception):
    """The connection has to be failed with this close code."""

    def __init__(self, code, why):
        super().__init__(why)
        self.code = code


# --- the opening handshake

class Upgrade:
    """A client's request to upgrade; Refused if it is none that this agent grants."""

    def __init__(self, head):
        self._headers = {}
        lines = head.decode("latin-1").split("\r\n")[:-2]
        words = lines[0].split(" ")
        if len(words) != 3 or not re.fullmatch(r"HTTP/[0-9]\.[0-9]", words[2]):
            raise Refused(400, "no HTTP request")
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if not colon or not _TOKEN.fullmatch(name) or re.search(r"[\r\n\0]", value):
                raise Refused(400, "a header line is malformed")
            self._headers.setdefault(name.lower(), []).append(value.strip(" \t"))

        host = self._single("host")
        if host is None:
            raise Refused(400, "no Host")
        if not _OUR_HOST.fullmatch(host):
            raise Refused(403, "this Host is not served here")
        if words[0] != "GET":
            raise Refused(405, "only GET", "Allow: GET")
        if words[2] < "HTTP/1.1":
            raise Refused(400, "a WebSocket needs HTTP/1.1")
        if "websocket" not in self._words("upgrade") or "upgrade" not in self._words("connection"):
            raise Refused(426, "this is a WebSocket endpoint", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
        if self._single("sec-websocket-version") != "13":
            raise Refused(426, "only version 13", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
        self._key = self._single("sec-websocket-key") or ""
        try:
            key_is_good = len(base64.b64decode(self._key, validate=True)) == 16
        except (binascii.Error, ValueError):
            key_is_good = False
        if not key_is_good:
            raise Refused(400, "Sec-WebSocket-Key is not 16 bytes in base64")
        origin = self._single("origin")
        if origin is not None and not _OUR_ORIGIN.fullmatch(origin):
            raise Refused(403, "this Origin is foreign")
        self.subprotocols = [p.strip(" \t") for v in self._headers.get("sec-websocket-protocol", [])
                             for p in v.split(",")]
        if not all(_TOKEN.fullmatch(p) for p in self.subprotocols):
            raise Refused(400, "a subprotocol is not a token")
        scheme, _, credentials = (self._single("authorization") or "").partition(" ")
        self.bearer = credentials.strip(" \t") or None if scheme.lower() == "bearer" else None

    def _single(self, name):
        values = self._headers.get(name, [])
        if len(values) > 1:
            raise Refused(400, f"more than one {name}")
        return values[0] if values else None

    def _words(self, name):
        return {word.strip(" \t").lower() for v in self._headers.get(name, []) for word in v.split(",")}

    def response(self, subprotocol):
        accept = base64.b64encode(hashlib.sha1(self._key.encode() + _GUID).digest()).decode()
        lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Accept: {accept}"]
        if subprotocol is not None:
            lines.append(f"Sec-WebSocket-Protocol: {subprotocol}")
        return "\r\n".join([*lines, "", ""]).encode()


async def read_upgrade(reader):
    """None if the client went away, or took too long."""
    try:
        async with asyncio.timeout(HANDSHAKE_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        raise Refused(431, "too long a head") from None
    except (asyncio.IncompleteReadError, OSError, TimeoutError):
        return None
    if len(head) > MAX_HEAD:
        raise Refused(431, "too long a head")
    return Upgrade(head)


# --- the frames

def unmask(payload, key):
    """XOR as one big number: a few milliseconds for a message of megabytes."""
    size = len(payload)
    if not size:
        return b""
    pad = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(pad, "little")).to_bytes(size, "little")


def header(opcode, size):
    if size < 126:
        return struct.pack("!BB", 0x80 | opcode, size)
    if size < 65536:
        return struct.pack("!BBH", 0x80 | opcode, 126, size)
    return struct.pack("!BBQ", 0x80 | opcode, 127, size)


def _check_close(payload):
    if not payload:
        return
    if len(payload) == 1:
        raise Failed(1002, "half a close code")
    code = int.from_bytes(payload[:2], "big")
    if not (1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999):
        raise Failed(1002, "this close code is never sent")
    try:
        payload[2:].decode("utf-8")
    except UnicodeDecodeError:
        raise Failed(1007, "invalid UTF-8") from None


class WebSocket:
    def __init__(self, reader, writer, counters):
        self._reader, self._writer, self._counters = reader, writer, counters
        self._close_sent = False

    def _send_frame(self, opcode, payload):
        if self._close_sent or self._writer.is_closing():
            return
        frame = header(opcode, len(payload)) + payload
        self._counters["frames_out"] += 1
        self._counters["bytes_out"] += len(frame)
        self._writer.write(frame)

    def send_text(self, text):
        self._send_frame(TEXT, text.encode("utf-8"))

    def close(self, code):
        self._send_frame(CLOSE, struct.pack("!H", code))
        self._close_sent = True

    async def drain(self):
        """Waits while too much lies unsent."""
        try:
            await self._writer.drain()
        except OSError:
            pass

    async def _read_frame(self, size_before):
        """(final, opcode, payload); size_before: what the message has so far, None outside of one."""
        first, second = await self._reader.readexactly(2)
        final, opcode, size, taken = bool(first & 0x80), first & 0x0F, second & 0x7F, 6
        if first & 0x70:
            raise Failed(1002, "a reserved bit is set")
        if not second & 0x80:
            raise Failed(1002, "a frame without a mask")
        if opcode >= CLOSE and (not final or size > 125):
            raise Failed(1002, "a control frame in pieces, or too long")
        if opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG):
            raise Failed(1002, "an unknown opcode")
        if opcode == CONTINUATION and size_before is None:
            raise Failed(1002, "nothing to continue")
        if opcode in (TEXT, BINARY) and size_before is not None:
            raise Failed(1002, "a message within a message")
        if size >= 126:
            width, least = (2, 126) if size == 126 else (8, 65536)
            size = int.from_bytes(await self._reader.readexactly(width), "big")
            taken += width
            if size < least or size >> 63:
                raise Failed(1002, "a length that is not written as it must be")
        if opcode < CLOSE and (size_before or 0) + size > MAX_MESSAGE:
            raise Failed(1009, "too big a message")
        key = await self._reader.readexactly(4)
        payload = unmask(await self._reader.readexactly(size), key)
        self._counters["frames_in"] += 1
        self._counters["bytes_in"] += taken + size
        return final, opcode, payload

    async def _read_message(self):
        """The text of the next message; None for a binary one. EOFError after a Close."""
        decoder, pieces, size = None, [], None
        while True:
            final, opcode, payload = await self._read_frame(size)
            if opcode == CLOSE:
                _check_close(payload)
                self._send_frame(CLOSE, payload[:2])
                self._close_sent = True
                raise EOFError
            if opcode == PING:
                self._send_frame(PONG, payload)
                await self.drain()
            if opcode >= CLOSE:
                continue
            if opcode == TEXT:
                decoder = codecs.getincrementaldecoder("utf-8")()
            size = (size or 0) + len(payload)
            if decoder:
                try:
                    if piece := decoder.decode(payload, final):
                        pieces.append(piece)
                except UnicodeDecodeError:
                    raise Failed(1007, "invalid UTF-8") from None
            if final:
                return "".join(pieces) if decoder else None

    async def run(self, on_message):
        """Hands over messages until the connection ends, then closes it."""
        try:
            while True:
                message = await self._read_message()
                if not self._close_sent:
                    on_message(message)
                await self.drain()
                await asyncio.sleep(0)  # much that came at once must not keep the others waiting
        except Failed as failure:
            self.close(failure.code)
            await self._linger()
        except (EOFError, OSError):  # a Close, or none and the end
            pass
        except Exception as error:
            print(f"a connection broke: {type(error).__name__}", file=sys.stderr)
            self.close(1011)
            await self._linger()
        finally:
            self._close_sent = True
            await hang_up(self._writer)

    async def _linger(self):
        """Reads on for a while: a reset at once could overtake the Close that tells why."""
        try:
            async with asyncio.timeout(LINGER_SECONDS):
                self._writer.write_eof()
                while await self._reader.read(1 << 16):
                    pass
        except (OSError, TimeoutError):
            pass


async def hang_up(writer):
    try:
        writer.close()
        async with asyncio.timeout(LINGER_SECONDS):
            await writer.wait_closed()
    except (OSError, TimeoutError):
        writer.transport.abort()
