"""RFC 6455 frames on a socket, written here rather than taken from a library, so that each of its rules can be broken."""

import os
import struct
import time

from failure import Failure

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
MAX_MESSAGE_BYTES = 16 * 1024 * 1024
GOODBYE_S = 1


def masked(payload, key):
    pattern = int.from_bytes((key * (len(payload) // 4 + 1))[:len(payload)], "big")
    return (int.from_bytes(payload, "big") ^ pattern).to_bytes(len(payload), "big")


def render(opcode, payload, key):
    """One frame, whole. Without a key it is not masked."""
    size, bit = len(payload), 0x80 if key is not None else 0
    head = bytes([0x80 | opcode])
    if size < 126:
        head += bytes([bit | size])
    elif size < 1 << 16:
        head += struct.pack("!BH", bit | 126, size)
    else:
        head += struct.pack("!BQ", bit | 127, size)
    return head + payload if key is None else head + key + masked(payload, key)


class Wire:
    """The messages of one connection. Pings and the agent's Close are answered on the way."""

    def __init__(self, connection, rest, faults, max_message):
        self.socket = connection
        self.buffer = bytearray(rest)
        self.faults = faults
        self.max_message = max_message
        self.parts = None  # of a message that has begun: its opcode and what there is of it
        self.closing = False  # a Close of ours is out
        self.answered = False  # and one of the agent's came after it

    # Sending

    def send(self, opcode, payload):
        key = os.urandom(4)
        if self.faults.breaks("unmasked-frames", "a frame went out unmasked"):
            key = None
        elif self.faults.breaks("one-mask", "a frame was masked with zeros"):
            key = bytes(4)
        try:
            self.socket.sendall(render(opcode, payload, key))
        except OSError:
            pass  # what there is to say about it, reading tells

    def ping(self, payload):
        self.send(PING, payload)

    # Receiving

    def receive(self, until):
        """(TEXT or BINARY or PONG, payload); None when `until` has come. Raises Failure at the end of the connection."""
        while True:
            event = self.next_event()
            if event is not None:
                return event
            if self.buffer and self.faults.breaks("whole-reads", "a frame that came in parts was thrown away"):
                self.buffer.clear()
            if not self.read(until):
                return None

    def read(self, until):
        remaining = until - time.monotonic()
        if remaining <= 0:
            return False
        self.socket.settimeout(remaining)
        try:
            data = self.socket.recv(1 << 16)
        except TimeoutError:
            return False
        except OSError as error:  # TLS that breaks off is one, too
            raise Failure("CONNECTION_LOST", f"the connection broke off, without a Close (1006): {error.strerror}") from None
        if not data:
            raise Failure("CONNECTION_LOST", "the agent ended the connection without a Close (1006)")
        self.buffer += data
        return True

    def next_event(self):
        """The next message or pong that is whole in the buffer."""
        while (frame := self.next_frame()) is not None:
            fin, opcode, payload = frame
            if opcode == PING:
                self.answer(payload)
            elif opcode == PONG:
                return PONG, payload
            elif opcode == CLOSE:
                self.take_close(payload)
            elif (message := self.joined(fin, opcode, payload)) is not None:
                return message
        return None

    def next_frame(self):
        """(fin, opcode, payload) of the next whole frame, taken from the buffer."""
        data = self.buffer
        if len(data) < 2:
            return None
        fin, opcode, size, at = bool(data[0] & 0x80), data[0] & 0x0F, data[1] & 0x7F, 2
        if data[0] & 0x70 or data[1] & 0x80:
            self.violated("the agent sent a frame with reserved bits, or masked")
        key_size = 4 if data[1] & 0x80 else 0
        if size >= 126:
            at = 4 if size == 126 else 10
            if len(data) < at:
                return None
            size = int.from_bytes(data[2:at], "big")
        if size >= 1 << 63:
            self.violated("the agent sent a frame with a length of more than 63 bits")
            size = 0
        if opcode >= 8 and (size > 125 or not fin):
            self.violated("the agent sent a control frame that is too long, or in fragments")
        self.check_size(size + (len(self.parts[1]) if self.parts and opcode < 8 else 0))
        begin, end = at + key_size, at + key_size + size
        if len(data) < end:
            return None
        payload = bytes(data[begin:end])
        if key_size:
            payload = masked(payload, bytes(data[at:begin]))
        del data[:end]
        return fin, opcode, payload

    def check_size(self, size):
        limit = self.max_message
        if size > 1 << 20 and limit > 1 << 20 and self.faults.breaks("small-limit", f"a message of {size} bytes met a limit of 1 MiB"):
            limit = 1 << 20
        if size > limit and not self.faults.breaks("no-size-limit", f"a message of {size} bytes was taken"):
            self.fail(1009, "MESSAGE_TOO_BIG", f"a message of {size} bytes is over the limit of {limit}")

    def joined(self, fin, opcode, payload):
        if (opcode == CONTINUATION) != (self.parts is not None) or opcode not in (CONTINUATION, TEXT, BINARY):
            self.violated("the agent sent a frame out of its order")
            return None
        if not fin and self.faults.breaks("no-fragments", "a fragment was taken for a protocol error"):
            self.fail(1002, "PROTOCOL_ERROR", "the agent sent a fragment")
        if self.parts is None:
            self.parts = (opcode, bytearray())
        self.parts[1].extend(payload)
        if not fin:
            return None
        opcode, whole = self.parts
        self.parts = None
        if opcode == TEXT:
            try:
                whole.decode()
            except UnicodeDecodeError:
                if not self.faults.breaks("any-utf8", "a text that is no UTF-8 was passed over"):
                    self.fail(1007, "PROTOCOL_ERROR", "the agent sent a text that is not UTF-8")
                return None
        return opcode, bytes(whole)

    def answer(self, payload):
        if self.faults.breaks("no-pong", "a ping was not answered"):
            return
        if self.faults.breaks("other-pong", "a ping was answered with another payload"):
            payload = b"pong"
        self.send(PONG, payload)

    # The end

    def take_close(self, payload):
        code = int.from_bytes(payload[:2], "big") if len(payload) >= 2 else 1005
        if self.closing:
            self.answered = True
            raise Failure("CONNECTION_LOST", f"the agent closed with {code}")
        if not self.faults.breaks("no-close-answer", f"the agent's Close {code} was not answered"):
            self.send(CLOSE, payload[:2])
        self.closing = True
        named = str(code)
        if self.faults.breaks("unnamed-close", f"the code {code} was kept from the user"):
            named = "some code"
        reason = payload[2:].decode(errors="replace")
        raise Failure("CONNECTION_LOST", f"the agent closed with {named}{': ' + reason if reason else ''}")

    def violated(self, words):
        if not self.faults.breaks("any-frame", f"it was taken that {words}"):
            self.fail(1002, "PROTOCOL_ERROR", words)

    def fail(self, close_code, code, words):
        if self.faults.breaks(f"no-{close_code}", f"a connection that failed was closed with 1000 instead of {close_code}"):
            close_code = 1000
        self.send(CLOSE, struct.pack("!H", close_code))
        self.closing = True
        raise Failure(code, words)

    def close(self):
        """The goodbye: a Close, unless there was one, and for a moment the wait for what the agent still says."""
        until = time.monotonic() + GOODBYE_S
        if not self.closing and not self.faults.breaks("no-close", "the connection was dropped without a Close"):
            self.closing = True
            self.send(CLOSE, struct.pack("!H", 1000))
            self.drain(lambda: self.receive(until) is not None)
            if not self.answered and self.faults.breaks("waits-for-close", "the answer to its Close did not come, and it waited on"):
                time.sleep(3600)
        elif self.closing:
            # If something unread were thrown away, the system would reset the connection, and our Close might be lost.
            self.drain(lambda: self.read(until))
        self.socket.close()

    @staticmethod
    def drain(more):
        try:
            while more():
                pass
        except (Failure, OSError):
            pass
