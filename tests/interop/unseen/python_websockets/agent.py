"""A Procedura agent on the legacy asyncio server of the websockets library (10.4).

    python3 -B agent.py [--port N] [--fault ID]...
"""

import argparse
import asyncio
import functools
import logging
import re
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus

from websockets.exceptions import AbortHandshake, ConnectionClosed, PayloadTooBig
from websockets.legacy.server import WebSocketServerProtocol, serve

from modules import MODULES, PUBLIC
from sessions import Session, Sessions
from wire import BadFrame, BadRequest, ModuleError, read_object, read_request, to_text

HOST = "127.0.0.1"
MAX_MESSAGE = 16 * 2**20
WRITE_AHEAD = 64 * 2**20  # how much may wait for a client that writes before it reads
HANDSHAKE_SECONDS = 10
SHUTDOWN_SECONDS = 3

FAULTS = {
    "CON-9.2": "JSON nested 1,000 deep closes the connection with 1011",
    "AUT-7.4": "UNKNOWN_MODULE repeats the args in its message",
    "AUT-9.5": "a protected module needs a session only in module-first style",
}

_LOOPBACK = r"(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?"
OUR_HOST = re.compile(_LOOPBACK, re.IGNORECASE)
OUR_ORIGIN = re.compile("(?:https?|wss?)://" + _LOOPBACK, re.IGNORECASE)
TOKEN = re.compile(r"[-!#$%&'*+.^_`|~0-9A-Za-z]+")
BEARER = re.compile(r"bearer +([\x21-\x7e]+)", re.IGNORECASE)


class Metrics:
    def __init__(self):
        self.started = time.monotonic()
        self.connections = {"open": 0, "total": 0}
        self.frames = {"in": 0, "out": 0}
        self.bytes = {"in": 0, "out": 0}
        self.jobs = {"live": 0, "finished": 0, "failed": 0}
        self.errors = Counter()

    def count(self, direction, message):
        self.frames[direction] += 1
        self.bytes[direction] += len(message.encode() if isinstance(message, str) else message)

    def report(self):
        return {
            "uptime_s": int(time.monotonic() - self.started),
            "connections": self.connections,
            "frames": self.frames,
            "bytes": self.bytes,
            "jobs": self.jobs,
            "errors": dict(self.errors),
        }


class Agent:
    def __init__(self, faults):
        self.faults = faults
        self.sessions = Sessions()
        self.metrics = Metrics()
        self.tasks = set()  # asyncio itself holds them by weak references only
        self.last_job = 0

    def fires(self, fault, what):
        """Whether a fault is switched on; if so it acts now, and that is written down."""
        if fault in self.faults:
            print(f"fault {fault}: {what}", file=sys.stderr, flush=True)
            return True
        return False

    def new_job_id(self):
        self.last_job += 1
        return f"job-{self.last_job}"

    def start(self, coroutine):
        task = asyncio.get_running_loop().create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


@dataclass
class Call:
    """A request that was taken, as its module sees it."""

    connection: "Connection"
    cmd: str
    args: list
    session: Session | None
    target: dict  # what each of its frames bears

    @property
    def agent(self):
        return self.connection.agent

    async def running(self, **members):
        await self.connection.reply({**self.target, "status": "running", **members})

    async def run(self):
        """The request from its first frame to its last."""
        jobs = self.agent.metrics.jobs
        counted = not self.cmd.startswith("__")
        jobs["live"] += counted
        try:
            result = await MODULES[self.cmd](self)
            outcome = {"status": "finished", "result": result}
        except ModuleError as error:
            outcome = error_frame(error.code, str(error))
        except Exception as error:  # a mistake of ours ends one request, not the connection
            print(f"{self.cmd}: {type(error).__name__}", file=sys.stderr, flush=True)
            outcome = error_frame("INTERNAL", "the module broke")
        finally:
            jobs["live"] -= counted
            self.connection.live_ids.discard(self.target["id"])
        jobs["finished" if outcome["status"] == "finished" else "failed"] += counted
        await self.connection.reply({**self.target, **outcome})


def error_frame(code, message, **context):
    return {"status": "error", "code": code, "message": message, **context}


class Connection(WebSocketServerProtocol):
    def __init__(self, *args, agent, **kwargs):
        super().__init__(*args, **kwargs)
        self.agent = agent
        self.token = None
        self.via = None
        self.offered = None
        self.live_ids = set()
        self.discarding = False

    def bear(self, token, via):
        self.token, self.via = token, via

    # The handshake

    async def handshake(self, *args, **kwargs):
        try:
            return await asyncio.wait_for(super().handshake(*args, **kwargs), HANDSHAKE_SECONDS)
        except asyncio.TimeoutError:
            raise AbortHandshake(HTTPStatus.REQUEST_TIMEOUT, []) from None

    async def process_request(self, path, request_headers):
        """Returns the HTTP refusal, if there is one. The path and its query say nothing about anybody."""
        hosts = request_headers.get_all("Host")
        if len(hosts) != 1:
            return HTTPStatus.BAD_REQUEST, [], b""
        if not OUR_HOST.fullmatch(hosts[0]):
            return HTTPStatus.MISDIRECTED_REQUEST, [], b""
        if any(not OUR_ORIGIN.fullmatch(origin) for origin in request_headers.get_all("Origin")):
            return HTTPStatus.FORBIDDEN, [], b""
        if any(version != "13" for version in request_headers.get_all("Sec-WebSocket-Version")):
            return HTTPStatus.UPGRADE_REQUIRED, [("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")], b""

        offers = [offer.strip(" \t") for value in request_headers.get_all("Sec-WebSocket-Protocol") for offer in value.split(",")]
        offers = [offer for offer in offers if offer]
        if not all(TOKEN.fullmatch(offer) for offer in offers):
            return HTTPStatus.BAD_REQUEST, [], b""
        credentials = request_headers.get_all("Authorization")
        if len(credentials) > 1:
            return HTTPStatus.BAD_REQUEST, [], b""
        if offers:  # decides, also against a bearer token
            self.offered = next((offer for offer in offers if self.agent.sessions.find(offer)), offers[0])
            self.bear(self.offered, "subprotocol")
        elif credentials and (bearer := BEARER.fullmatch(credentials[0])):
            self.bear(bearer[1], "bearer")
        return None

    def process_subprotocol(self, headers, available_subprotocols):
        return self.offered

    def write_http_response(self, status, headers, body=None):
        """The library's refusals quote what was wrong with the request; a token may be in that."""
        if status is not HTTPStatus.SWITCHING_PROTOCOLS:
            body = f"{status.value} {status.phrase}\n".encode()
            del headers["Content-Length"]
            headers["Content-Length"] = str(len(body))
        super().write_http_response(status, headers, body)

    # The library's frames

    async def read_frame(self, max_size):
        """The rest of the limit on a fragmented message is no limit on a ping in the midst of it."""
        frame = await super().read_frame(max(max_size, 125))
        if frame.opcode < 8 and len(frame.data) > max_size:
            raise PayloadTooBig("over the limit")
        return frame

    def fail_connection(self, code=1006, reason=""):
        """What a client goes on sending is taken and dropped, or it might never get to read our Close."""
        super().fail_connection(code, reason)
        self.discarding = True
        self.transport.resume_reading()

    def data_received(self, data):
        if not self.discarding:
            super().data_received(data)

    # Messages

    async def serve(self):
        metrics = self.agent.metrics
        metrics.connections["open"] += 1
        metrics.connections["total"] += 1
        try:
            while True:
                message = await self.recv()
                metrics.count("in", message)
                await self.take(message)
        except ConnectionClosed:
            pass
        finally:
            metrics.connections["open"] -= 1

    async def reply(self, frame):
        """Writes a frame. For a connection that is gone it goes nowhere: the job need not know."""
        if frame["status"] == "error":
            self.agent.metrics.errors[frame["code"]] += 1
        if not self.open:
            return
        text = to_text(frame)
        self.agent.metrics.count("out", text)
        try:
            await self.send(text)
        except ConnectionClosed:
            pass

    async def take(self, message):
        try:
            if isinstance(message, bytes):
                raise BadFrame("a binary frame is no request")
            frame = read_object(message)
        except BadFrame as error:
            if error.depth >= 1000 and self.agent.fires("CON-9.2", f"closing with 1011 at a nesting of {error.depth}"):
                await self.close(1011)
                return
            await self.reply(error_frame("BAD_FRAME", str(error)))
            return
        try:
            request = read_request(frame)
        except BadRequest as error:
            request_id = frame.get("id")
            target = {"id": request_id} if isinstance(request_id, str) and request_id not in self.live_ids else {}
            await self.reply({**target, **error_frame("BAD_REQUEST", str(error))})
            return
        if request.id in self.live_ids:
            await self.reply(error_frame("DUPLICATE_ID", "a request with this id is still running", ref=request.id))
            return
        try:
            self.check_module(request)
            session = self.check_session(request)
        except ModuleError as error:
            await self.reply({"id": request.id, **error_frame(error.code, str(error))})
            return

        self.live_ids.add(request.id)
        if request.is_async:
            target = {"id": request.id, "job_id": self.agent.new_job_id()}
            await self.reply({**target, "status": "started"})
        else:
            target = {"id": request.id}
            await self.reply({**target, "status": "ack"})
        self.agent.start(Call(self, request.cmd, request.args, session, target).run())

    def check_module(self, request):
        if request.cmd in MODULES:
            return
        message = "there is no such module"
        if request.args and self.agent.fires("AUT-7.4", f"repeating {len(request.args)} args in the message of UNKNOWN_MODULE"):
            message += ": " + " ".join([request.cmd, *request.args])
        raise ModuleError("UNKNOWN_MODULE", message)

    def check_session(self, request):
        """The live session that the request is made in, or None; an error where it needs one."""
        session = self.agent.sessions.find(self.token)
        if session and session.live:
            return session
        if request.cmd in PUBLIC:
            return None
        if not request.module_first and self.agent.fires("AUT-9.5", f"running {request.cmd} without a session, as its args are bare"):
            return None
        if session:
            raise ModuleError("AUTH_EXPIRED", "the session has expired: log in again")
        raise ModuleError("AUTH_REQUIRED", "this module needs a session: log in with login_password")


async def run(port, faults):
    quiet = logging.getLogger("agent.websockets")  # the library's log quotes headers
    quiet.addHandler(logging.NullHandler())
    quiet.propagate = False

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)

    server = await serve(
        Connection.serve,
        HOST,
        port,
        create_protocol=functools.partial(Connection, agent=Agent(faults)),
        logger=quiet,
        compression=None,
        max_size=MAX_MESSAGE,
        write_limit=WRITE_AHEAD,
        ping_interval=None,  # clients ping
        close_timeout=5,
        backlog=1024,
    )
    port = server.server.sockets[0].getsockname()[1]
    print(to_text({"listening": f"ws://{HOST}:{port}"}), flush=True)

    await stop.wait()
    server.close()  # each connection with 1001
    try:
        await asyncio.wait_for(server.wait_closed(), SHUTDOWN_SECONDS)
    except asyncio.TimeoutError:
        pass  # whoever does not answer, or never finished a handshake, is left behind


def main():
    parser = argparse.ArgumentParser(description="A Procedura agent on Python's websockets.")
    parser.add_argument("--port", type=int, default=8765, help="0: any that is free")
    parser.add_argument("--fault", action="append", default=[], choices=FAULTS, help="; ".join(f"{id}: {what}" for id, what in FAULTS.items()))
    options = parser.parse_args()
    try:
        asyncio.run(run(options.port, frozenset(options.fault)))
    except OSError as error:
        sys.exit(f"cannot listen on {HOST}:{options.port}: {error.strerror}")


if __name__ == "__main__":
    main()
