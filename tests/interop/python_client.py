#!/usr/bin/env python3
"""A Procedura client in the way of the published Python SDK, as a small library and a program.

It is written from the protocol's description and the SDK's README alone, on the `websockets` package, so that it shares no
mistake with this project's own client: 8 hexadecimal digits as ids, the module's arguments without its name (*bare*), one
connection per call, and whatever token there is on every connection, the one that logs in included.

    python_client.py --url ws://127.0.0.1:8765 login "admin@procedura.org:secret123" --ttl 7200
    python_client.py --url ws://127.0.0.1:8765 run worldstate_snapshot -- --terse
    python_client.py --url ws://127.0.0.1:8765 stream place_ooi_sprites -- --dry-run --n 4

The program is in python_client_program.py.
"""

import asyncio
import json
import logging
import os
import pathlib
import re
import secrets
import ssl
import sys

# The asyncio client that websockets has had since its first version: 10.4 in Debian 12 has no other.
from websockets.exceptions import ConnectionClosed, SecurityError
from websockets.legacy.client import Connect

from python_agent.requests import nests_too_deep, refuse_constant

CONNECT_TIMEOUT_S = 5
ACK_TIMEOUT_S = 10
FINAL_TIMEOUT_S = 600
STREAM_IDLE_TIMEOUT_S = 3600
PING_INTERVAL_S = 120
PONG_TIMEOUT_S = 300
CLOSE_STEP_TIMEOUT_S = 0.3  # the library takes up to five such steps to leave an agent that does not answer a Close
MAX_MESSAGE_BYTES = 8 * 1024 * 1024

TERMINAL = ("finished", "error")
LEGAL_SUBPROTOCOL = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
VISIBLE = re.compile(r"[\x21-\x7e]+")
FIRST_MEMBER_ID = re.compile(r'\s*\{\s*"id"\s*:\s*("(?:[^"\\]|\\.){0,2000}")')

log = logging.getLogger("python_client")


class AgentError(Exception):
    """The agent ended the request with an error; `frame` is all that it said."""

    def __init__(self, frame):
        super().__init__(f"{frame.get('code', 'ERROR')}: {frame.get('message', '')}")
        self.frame = frame


class Trouble(Exception):
    """An error of our own, with the protocol's name for it."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class NoAnswer(Trouble):
    """The agent did not answer in time."""


class ConnectOnce(Connect):
    """The library follows redirects to other hosts, token and all; we follow none (AUT-8)."""

    def handle_redirect(self, uri):
        raise SecurityError("the agent sends us elsewhere, and no token goes there")


class TokenFile:
    """`~/.procedura/token`, or what PROCEDURA_TOKEN_FILE names."""

    def __init__(self, path=None):
        default = pathlib.Path.home() / ".procedura" / "token"
        self.path = pathlib.Path(path or os.environ.get("PROCEDURA_TOKEN_FILE") or default)

    def read(self):
        """The token, or nothing. What is odd about the file is logged; one that cannot be read is a Trouble."""
        try:
            if self.path.stat().st_mode & 0o077:
                log.warning("%s can be read by others: chmod 600 it, or log in again", self.path)
            token = self.path.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise Trouble("TOKEN", f"{self.path} cannot be read ({type(error).__name__}); mend it, or name another") from error
        if not token:
            log.warning("%s is empty: going on without a token; log in to fill it", self.path)
        return token or None

    def write(self, token):
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}")
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
                out.write(token + "\n")
            part.replace(self.path)
        finally:
            part.unlink(missing_ok=True)


def read_frame(message):
    """A frame as an object, or nothing if it is for nobody. Raises ValueError with the id, if there is one to be read."""
    if isinstance(message, bytes):
        return None
    try:
        frame = None if nests_too_deep(message) else json.loads(message, parse_constant=refuse_constant)
    except ValueError:
        frame = None
    if not isinstance(frame, dict):
        begins = FIRST_MEMBER_ID.match(message)
        raise ValueError(json.loads(begins.group(1)) if begins else None)
    if not all(isinstance(frame.get(name, ""), str) for name in ("id", "job_id")) or not isinstance(frame.get("status"), str):
        raise ValueError(frame.get("id"))
    return frame


class Exchange:
    """One request on a connection: tells its frames from everybody else's."""

    def __init__(self, mode):
        self.id = secrets.token_hex(4)
        self.mode = mode
        self.job_id = None

    def owns(self, frame):
        if "id" in frame:
            mine = frame["id"] == self.id
        elif "job_id" in frame and self.job_id is not None:
            mine = frame["job_id"] == self.job_id
        else:
            # An agent may leave the id out of its `started`; there is one request here, so it can only be ours.
            mine = self.mode == "async" and frame.get("status") == "started" and "job_id" in frame
        if mine and frame.get("job_id") is not None:
            self.job_id = frame["job_id"]
        return mine


class RemoteAgent:
    """Runs modules of the agent at `url`, each call on a connection of its own."""

    def __init__(self, url, token=None, token_file=None, final_timeout=FINAL_TIMEOUT_S, idle_timeout=STREAM_IDLE_TIMEOUT_S,
                 ack_timeout=ACK_TIMEOUT_S, connect_timeout=CONNECT_TIMEOUT_S, ping_interval=PING_INTERVAL_S,
                 pong_timeout=PONG_TIMEOUT_S, ca=None):
        self.url = url
        self.final_timeout = final_timeout  # seconds since the last frame of a request
        self.idle_timeout = idle_timeout  # the same, of a stream
        self.ack_timeout = ack_timeout
        self._library = {"open_timeout": connect_timeout, "ping_interval": ping_interval, "ping_timeout": pong_timeout,
                         "close_timeout": CLOSE_STEP_TIMEOUT_S, "max_size": MAX_MESSAGE_BYTES, "compression": None}
        if url.startswith("wss:"):
            self._library["ssl"] = ssl.create_default_context(cafile=ca)
        self._file = TokenFile(token_file)
        self.token = token or self._file.read()
        self.echoed = None  # the subprotocol that the agent selected on the latest connection

    # What the SDK's users call.

    def login_password(self, credential, replace=True, attach=False, device=None, ttl=None):
        """Logs in, saves the token and uses it from now on. Returns the result object."""
        args = [credential, "--attach" if attach or not replace else "--replace"]
        args += [f"--device={device}"] if device else []
        args += [f"--ttl={ttl}"] if ttl is not None else []
        result = self.run("login_password", args)
        self.token = result["session_token"]
        self._file.write(self.token)
        return result

    def run(self, module, args=(), **timeouts):
        """The result of a sync request. Raises AgentError, NoAnswer, OSError or WebSocketException."""

        async def last_frame():
            async for frame in self._exchange(module, args, "sync", **{"idle": self.final_timeout, "ack": self.ack_timeout, **timeouts}):
                last = frame
            return last

        frame = asyncio.run(last_frame())
        if frame["status"] == "error":
            raise AgentError(frame)
        return frame.get("result")

    def worldstate_snapshot(self, terse=False):
        return self.run("worldstate_snapshot", ["--terse"] if terse else [])

    async def run_async_stream(self, module, args=(), **timeouts):
        """The events of an async request, the last one `finished` or `error`, each with its status as `phase`."""
        patience = {"idle": self.idle_timeout, "ack": self.ack_timeout, **timeouts}
        async for frame in self._exchange(module, args, "async", **patience):
            yield {"phase": frame["status"], **frame}

    # How it is done.

    def _connect(self):
        headers, subprotocols = {}, None
        if self.token:
            if not VISIBLE.fullmatch(self.token):
                raise Trouble("TOKEN", "the token has characters that no header can carry; log in again")
            headers["Authorization"] = f"Bearer {self.token}"
            if LEGAL_SUBPROTOCOL.fullmatch(self.token):
                subprotocols = [self.token]
            else:
                log.warning("the token is no legal subprotocol: it is sent as Authorization alone")
        return ConnectOnce(self.url, extra_headers=headers, subprotocols=subprotocols, **self._library)

    async def _exchange(self, module, args, mode, idle, ack):
        """The frames of one request, until its last."""
        async with self._connect() as socket:
            self.echoed = socket.subprotocol
            exchange = Exchange(mode)
            request = {"id": exchange.id, "cmd": module, "args": list(args), "mode": mode}
            await socket.send(json.dumps(request))
            patience, code = ack, "ACK_TIMEOUT"
            while True:
                frame = await self._next_frame(socket, exchange, patience, code)
                patience, code = idle, "FINAL_TIMEOUT"
                if frame["status"] in ("ack", "started", "running", *TERMINAL):
                    yield frame
                if frame["status"] in TERMINAL:
                    return

    @staticmethod
    async def _next_frame(socket, exchange, patience, code):
        untargeted_error = None

        async def ours():
            nonlocal untargeted_error
            while True:
                try:
                    frame = read_frame(await socket.recv())
                except ValueError as broken:
                    if broken.args[0] == exchange.id:
                        raise Trouble("PROTOCOL_ERROR", "the agent sent a broken frame for this request") from None
                    continue
                if frame is None:
                    continue
                if exchange.owns(frame):
                    return frame
                if frame["status"] == "error" and not {"id", "job_id"} & set(frame):
                    untargeted_error = frame.get("message")

        try:
            return await asyncio.wait_for(ours(), patience)
        except ConnectionClosed as error:
            error.job_id = exchange.job_id  # it may still run
            raise
        except asyncio.TimeoutError as error:
            hint = f"; the agent said: {untargeted_error}" if untargeted_error else ""
            job = f"; job {exchange.job_id} may still run" if exchange.job_id else ""
            raise NoAnswer(code, f"nothing came for {patience} s{hint}{job}") from error


if __name__ == "__main__":
    from python_client_program import main

    sys.exit(main(sys.argv[1:]))
