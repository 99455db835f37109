#!/usr/bin/env python3
"""A Procedura client in the way of the published Python SDK, as a small library and a program.

It is written from the protocol's description and the SDK's README alone, on the `websockets` package, so that it shares no
mistake with this project's own client: 8 hexadecimal digits as ids, the module's arguments without its name (*bare*), one
connection per call, and whatever token there is on every connection, the one that logs in included.

    python_client.py --url ws://127.0.0.1:8765 login "admin@procedura.org:secret123" --ttl 7200
    python_client.py --url ws://127.0.0.1:8765 run worldstate_snapshot -- --terse
    python_client.py --url ws://127.0.0.1:8765 stream place_ooi_sprites -- --dry-run --n 4

It exits with 0, 1 (the agent answered with an error), 2 (usage), 3 (no connection, or one that was lost) or 5 (no answer in time).
"""

import argparse
import asyncio
import json
import os
import pathlib
import re
import secrets
import sys

# The asyncio client that websockets has had since its first version: 10.4 in Debian 12 has no other.
from websockets.exceptions import WebSocketException
from websockets.legacy.client import connect

CONNECT_TIMEOUT_S = 5
ACK_TIMEOUT_S = 10
FINAL_TIMEOUT_S = 600
STREAM_IDLE_TIMEOUT_S = 3600
PING_INTERVAL_S = 120
PONG_TIMEOUT_S = 300
MAX_MESSAGE_BYTES = 8 * 1024 * 1024

TERMINAL = ("finished", "error")
LEGAL_SUBPROTOCOL = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


class AgentError(Exception):
    """The agent ended the request with an error; `frame` is all that it said."""

    def __init__(self, frame):
        super().__init__(f"{frame.get('code', 'ERROR')}: {frame.get('message', '')}")
        self.frame = frame


class NoAnswer(Exception):
    """The agent did not answer in time."""


class TokenFile:
    """`~/.procedura/token`, or what PROCEDURA_TOKEN_FILE names."""

    def __init__(self, path=None):
        default = pathlib.Path.home() / ".procedura" / "token"
        self.path = pathlib.Path(path or os.environ.get("PROCEDURA_TOKEN_FILE") or default)

    def read(self):
        try:
            return self.path.read_text(encoding="utf-8").strip() or None
        except FileNotFoundError:
            return None

    def write(self, token):
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self.path.with_name(self.path.name + ".part")
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
            out.write(token + "\n")
        part.replace(self.path)


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

    def __init__(self, url, token=None, token_file=None, final_timeout=FINAL_TIMEOUT_S):
        self.url = url
        self.final_timeout = final_timeout  # seconds since the last frame of a request
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
            async for frame in self._exchange(module, args, "sync", **{"idle": self.final_timeout, **timeouts}):
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
        patience = {"idle": STREAM_IDLE_TIMEOUT_S, **timeouts}
        async for frame in self._exchange(module, args, "async", **patience):
            yield {"phase": frame["status"], **frame}

    # How it is done.

    def _connect(self):
        headers, subprotocols = {}, None
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
            if LEGAL_SUBPROTOCOL.fullmatch(self.token):
                subprotocols = [self.token]
        return connect(
            self.url,
            extra_headers=headers,
            subprotocols=subprotocols,
            open_timeout=CONNECT_TIMEOUT_S,
            ping_interval=PING_INTERVAL_S,
            ping_timeout=PONG_TIMEOUT_S,
            max_size=MAX_MESSAGE_BYTES,
        )

    async def _exchange(self, module, args, mode, idle, ack=ACK_TIMEOUT_S):
        """The frames of one request, until its last."""
        async with self._connect() as socket:
            self.echoed = socket.subprotocol
            exchange = Exchange(mode)
            request = {"id": exchange.id, "cmd": module, "args": list(args), "mode": mode}
            await socket.send(json.dumps(request))
            patience = ack
            while True:
                frame = await self._next_frame(socket, exchange, patience)
                patience = idle
                if frame["status"] in ("ack", "started", "running", *TERMINAL):
                    yield frame
                if frame["status"] in TERMINAL:
                    return

    @staticmethod
    async def _next_frame(socket, exchange, patience):
        async def ours():
            while True:
                message = await socket.recv()
                if isinstance(message, bytes):
                    continue
                try:
                    frame = json.loads(message)
                except ValueError:
                    continue
                if isinstance(frame, dict) and isinstance(frame.get("status"), str) and exchange.owns(frame):
                    return frame

        try:
            return await asyncio.wait_for(ours(), patience)
        except asyncio.TimeoutError as error:
            raise NoAnswer(f"nothing came for {patience} s") from error


def printed(value):
    print(json.dumps(value, indent=2, ensure_ascii=False), flush=True)


async def print_stream(agent, module, args):
    async for event in agent.run_async_stream(module, args):
        printed(event)
    return 0 if event["phase"] == "finished" else 1


def parse(argv):
    """The options, and the module's arguments verbatim: argparse must not take them for its own."""
    parser = argparse.ArgumentParser(prog="python_client.py", description="A client in the way of the published Python SDK.")
    parser.add_argument("--url", default="ws://127.0.0.1:8765")
    parser.add_argument("--token", help="instead of the saved one")
    commands = parser.add_subparsers(dest="command", required=True)
    login = commands.add_parser("login")
    login.add_argument("credential")
    login.add_argument("--attach", action="store_true")
    login.add_argument("--device")
    login.add_argument("--ttl", type=int)
    for name in ("run", "stream"):
        command = commands.add_parser(name)
        command.add_argument("module")
        command.add_argument("args", nargs=argparse.REMAINDER)
    end = argv.index("--") if "--" in argv else len(argv)
    options = parser.parse_args(argv[:end])
    if options.command != "login":
        options.args += argv[end + 1 :]
    return options


def main(argv):
    options = parse(argv)
    agent = RemoteAgent(options.url, options.token)
    try:
        if options.command == "login":
            printed(agent.login_password(options.credential, attach=options.attach, device=options.device, ttl=options.ttl))
        elif options.command == "run":
            printed(agent.run(options.module, options.args))
        else:
            return asyncio.run(print_stream(agent, options.module, options.args))
    except AgentError as error:
        printed(error.frame)
        print(error, file=sys.stderr)
        return 1
    except NoAnswer as error:
        print(f"no answer in time: {error}", file=sys.stderr)
        return 5
    except (OSError, WebSocketException) as error:
        print(f"no connection to {options.url}: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
