"""The agent: what all connections share, and its life from the ready line to SIGTERM."""

import asyncio
import functools
import itertools
import json
import logging
import os
import pathlib
import signal
import ssl
import sys
import time
import typing

from websockets.exceptions import ConnectionClosed
from websockets.legacy.server import WebSocketServer, serve

from .connection import Connection
from .manners import Manners
from .metrics import Metrics
from .options import Options
from .sessions import Accounts, Session, Sessions, Standing
from .wire import AgentSocket

HOUR_S = 3600
PING_INTERVAL_S = 120
PONG_TIMEOUT_S = 300
CLOSE_TIMEOUT_S = 1.5  # for each step of a close: an end does not wait for a peer that is gone


class Agent:
    def __init__(self, options: Options) -> None:
        self.options = options
        self.accounts = Accounts(options.user)
        self.sessions = Sessions(time.monotonic)
        self.manners = Manners(options)
        self.metrics = Metrics()
        self._connections: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._job_numbers = itertools.count(1)
        for token in options.grant:
            self.sessions.add(token, self.accounts.first, None, HOUR_S)
        for token in options.expired:
            self.sessions.add(token, self.accounts.first, None, 0)

    def next_job_id(self) -> str:
        return f"job-{next(self._job_numbers)}"

    def run(self, job: typing.Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(job)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close_others(self, session: Session, but: Connection) -> None:
        for connection in self._connections:
            if connection is not but and connection.token == session.token:
                self.run(connection.socket.close(4001, "replaced"))

    async def _handle(self, socket: typing.Any) -> None:
        connection = Connection(self, socket)
        self._connections.add(connection)
        self.metrics.open += 1
        self.metrics.total += 1
        try:
            await connection.serve()
        except ConnectionClosed:
            pass  # ... without a close handshake: its own affair
        finally:
            self.metrics.open -= 1
            self._connections.discard(connection)

    def _tls(self) -> ssl.SSLContext | None:
        if self.options.tls_cert is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.options.tls_cert, self.options.tls_key)
        return context

    async def listen(self) -> WebSocketServer:
        def dead(token: str) -> bool:
            return self.sessions.find(token)[1] is not Standing.LIVE

        return await serve(
            self._handle, self.options.host, self.options.port, ssl=self._tls(),
            create_protocol=functools.partial(AgentSocket, options=self.options, dead=dead),
            compression=None, max_size=self.options.max_message,
            ping_interval=PING_INTERVAL_S, ping_timeout=PONG_TIMEOUT_S, close_timeout=CLOSE_TIMEOUT_S,
        )

    def announce(self, server: WebSocketServer) -> None:
        host = f"[{self.options.host}]" if ":" in self.options.host else self.options.host
        scheme = "wss" if self.options.tls_cert else "ws"
        port = server.sockets[0].getsockname()[1]
        line = json.dumps({"listening": f"{scheme}://{host}:{port}", "pid": os.getpid()}, separators=(",", ":")) + "\n"
        if self.options.ready_file is not None:
            part = pathlib.Path(f"{self.options.ready_file}.part")  # whoever waits for the file sees it whole
            part.write_text(line, encoding="utf-8")
            part.replace(self.options.ready_file)
        sys.stdout.write(line)
        sys.stdout.flush()


def of_nobody(loop: asyncio.AbstractEventLoop, context: dict) -> None:
    """A peer that broke the WebSocket protocol was told so (1002, 1007); that nobody waited for it to be said is no news."""
    if not isinstance(context.get("exception"), ConnectionClosed):
        loop.default_exception_handler(context)


async def live(options: Options) -> int:
    agent = Agent(options)
    try:
        server = await agent.listen()
    except OSError as error:  # a certificate that cannot be read, too
        print(f"python_agent: cannot listen on {options.host}:{options.port}: {error}", file=sys.stderr)
        return 3
    told_to_end = asyncio.Event()
    asyncio.get_running_loop().set_exception_handler(of_nobody)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told_to_end.set)
    agent.announce(server)
    await told_to_end.wait()
    server.close()  # 1001 to every connection
    await server.wait_closed()
    return 0


def main(options: Options) -> int:
    # What the library logs about peers that misbehave is not for us, and might quote a header with a token in it.
    logging.getLogger("websockets").setLevel(logging.CRITICAL + 1)
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # that a peer was gone before it had its answer
    return asyncio.run(live(options))
