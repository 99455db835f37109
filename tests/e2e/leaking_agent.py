"""An agent that gives away what it was told: a proxy before a mock, that puts every secret it has seen into what it lets pass."""

import base64
import itertools
import json
import struct
import urllib.parse

import misbehaving_agent as proxy
from misbehaving_agent import BINARY, CLOSE, PING, PONG, TEXT, Honest, Over, frame


def forms_of(secret):
    """How it may be written, each in full: what is searched for may be less."""
    raw = secret.encode()
    forms = [secret, urllib.parse.quote(secret, safe=""), "".join(f"%{byte:02X}" for byte in raw),
             "".join(f"\\u{ord(char):04x}" for char in secret), json.dumps(secret), json.dumps(json.dumps(secret))]
    for encode in base64.b64encode, base64.urlsafe_b64encode:
        forms += [encode(before + raw + behind).decode() for before in (b"", b"x", b"xy", b"user:") for behind in (b"", b"z")]
    return forms


class Leaky(Honest):
    """Knows the password from the start, and every token that was read by whom it was issued to, on whichever connection.

    That it was read is known from a ping behind it: who answers has read the token. A case whose time was up, or that had seen
    enough, leaves without; that token stays between us and the mock, for whoever never saw it cannot know that it is secret.
    """

    def leak(self):
        """Every form of every secret."""
        return [form for secret in sorted(self.agent.secrets) for form in forms_of(secret)]

    async def run(self, reader, from_server):
        if not hasattr(self.agent, "secrets"):
            self.agent.secrets, self.agent.issued = {PASSWORD}, itertools.count()
        self.logins, self.unread = set(), []
        await super().run(reader, from_server)

    async def on_request(self, request):
        if request.get("cmd") == "login_password":
            self.logins.add(request.get("id"))

    async def on_reply(self, reply, raw):
        result = reply.get("result")
        if isinstance(result, dict) and isinstance(result.get("session_token"), str):
            await self.issue(result["session_token"], raw)
            return True
        if reply.get("id") in self.logins:  # what it is told by somebody who reads no answer, nobody knows to be secret
            return False
        changed = await self.change(reply)
        if changed is not None:
            await self.say(frame(TEXT, (changed if isinstance(changed, str) else json.dumps(changed)).encode()))
        return changed is not None

    async def issue(self, token, raw):
        self.unread.append(token)
        await self.say(raw + frame(PING, READ))

    async def on_pong(self, payload):
        if payload != READ or not self.unread:
            return False
        self.agent.secrets.add(self.unread.pop(0))
        return True

    async def change(self, reply):
        """What is said instead; None: what was to be said."""


READ = b"have you read it?"
PASSWORD = "secret123"


class InMembers(Leaky):
    async def change(self, reply):
        return {**reply, "note": self.leak(), "\\".join(self.leak()): 1}


class InErrors(Leaky):
    async def change(self, reply):
        return {"id": reply.get("id"), "status": "error", "code": " ".join(self.leak()), "message": " ".join(self.leak())}


class InReasonsAlone(Leaky):
    async def change(self, reply):
        return {**reply, "message": " ".join(self.leak())} if reply.get("status") == "error" else None


class InResults(Leaky):
    async def change(self, reply):
        return {**reply, "result": {"all": self.leak(), "json": json.dumps(json.dumps(self.leak()))}} if "result" in reply else None


class InEscapes(Leaky):
    """Each character as an escape, as no list of forms has it."""

    async def change(self, reply):
        mixed = ["".join(f"\\u{ord(c):04x}" if i % 2 else c for i, c in enumerate(secret)) for secret in self.agent.secrets]
        mixed += ["".join(f"%{ord(c):02x}" if i % 3 else c for i, c in enumerate(secret)) for secret in self.agent.secrets]
        members = ",".join(f'"x{i}":"{text}"' for i, text in enumerate(mixed))
        return json.dumps(reply)[:-1] + "," + members + "}"


class InJobIds(Leaky):
    async def change(self, reply):
        return {**reply, "job_id": self.leak()[-1]}


class InIds(Leaky):
    async def change(self, reply):
        return {**reply, "id": " ".join(self.leak()), "job_id": " ".join(self.leak())}


class InTheStatus(Leaky):
    async def change(self, reply):
        return {**reply, "status": " ".join(self.leak())}


class InEvents(Leaky):
    async def change(self, reply):
        for form in self.leak():
            await self.say(frame(TEXT, json.dumps({"status": "error", "code": form, "message": form, "id": form}).encode()))


class InJunk(Leaky):
    async def change(self, reply):
        for form in self.leak():
            await self.say(frame(TEXT, f'{{"status":"running","x":{form}'.encode()))
            await self.say(frame(BINARY, form.encode()))
            await self.say(frame(PONG, form.encode()[:125]))


class InTwoFrames(Leaky):
    """A fragmented message, and two messages with a half each."""

    async def change(self, reply):
        for secret in self.agent.secrets:
            event = json.dumps({"status": "event", "x": secret}).encode()
            cut = event.index(secret.encode()) + len(secret) // 2
            await self.say(frame(TEXT, event[:cut], fin=False))
            await self.say(frame(0, event[cut:]))
            for half in (secret[:len(secret) // 2], secret[len(secret) // 2:]):
                await self.say(frame(TEXT, json.dumps({"status": "event", "x": half}).encode()))


class InTheClose(Leaky):
    async def change(self, reply):
        if reply.get("status") in ("finished", "error"):
            form = self.agent.random.choice([form for form in self.leak() if len(form) <= 120])
            await self.say(frame(CLOSE, struct.pack(">H", 4000) + form.encode()))
            raise Over


class InHeads(Leaky):
    async def on_head(self, head):
        if self.nth % 3:
            return False
        forms = " ".join(self.leak())[:6000]
        await self.say(f"HTTP/1.1 401 {forms}\r\nServer: {forms}\r\nLocation: {forms}\r\nContent-Length: {len(forms)}\r\n\r\n{forms}".encode())
        raise Over


class InAcceptedHeads(Leaky):
    async def on_head(self, head):
        await self.say(proxy.accepted(head, Server=" ".join(self.leak())[:6000], **{"Sec-WebSocket-Protocol": self.leak()[-1]}))
        await self.hang()


class BeforeItIsIssued(Leaky):
    """Shows tokens that it issues only later: each login gets the next of a list that is known beforehand."""

    def leak(self):
        return [f"tomorrows-token-{i:04}-end" for i in range(200)]

    async def on_reply(self, reply, raw):
        result = reply.get("result")
        if isinstance(result, dict) and isinstance(result.get("session_token"), str):
            token = f"tomorrows-token-{next(self.agent.issued):04}-end"
            await self.issue(token, frame(TEXT, json.dumps({**reply, "result": {**result, "session_token": token}}).encode()))
            return True
        return await super().on_reply(reply, raw)

    async def change(self, reply):
        return {**reply, "note": self.leak()}


ALL = [InMembers, InErrors, InReasonsAlone, InResults, InEscapes, InJobIds, InIds, InTheStatus, InEvents, InJunk, InTwoFrames, InTheClose,
       InHeads, InAcceptedHeads, BeforeItIsIssued]
