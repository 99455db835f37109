"""The mocks and the generators that are put beside each other: how each is started, where it listens, what it said.

Each mock answers REQUEST with an ack and RESULT, each generator sends REQUEST and measures until the result is there. README.md says what
each of them leaves out.
"""

import asyncio
import contextlib
import dataclasses
import json
import os
import pathlib
import select
import socket
import subprocess
import tempfile
import time
from urllib.parse import urlsplit

import websockets

HERE = pathlib.Path(__file__).resolve().parent
START_S = 60
STOP_S = 30
MODULE = "worldstate_snapshot"
ARGUMENTS = ["--terse"]
REQUEST = {"id": "probe-1", "cmd": MODULE, "args": [MODULE, *ARGUMENTS], "mode": "sync"}
RESULT = {
    "meta": {"version": 3, "name": "demo-world"},
    "entities": {"e0": {"kind": "sprite", "at": [12, -7, 0.25], "tags": ["tall", "calm"], "alive": True}},
    "location": {"lat": 51.5, "lon": -0.12},
    "environment": {"weather": "rain", "hour": 17},
}
ACK = {"id": REQUEST["id"], "status": "ack"}
FINISHED = {"id": REQUEST["id"], "status": "finished", "result": RESULT}


@dataclasses.dataclass(frozen=True)
class Load:
    """Open with `rate`, closed with `concurrency`."""

    warm_up: float
    duration: float
    connections: int
    rate: float | None = None
    concurrency: int | None = None

    def words(self):
        kind = ["--rate", f"{self.rate:g}"] if self.rate else ["--concurrency", str(self.concurrency)]
        return [*kind, "--connections", str(self.connections)]


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def pinned(cpu):
    """For a child: on this core alone; None: wherever it likes."""
    return None if cpu is None else lambda: os.sched_setaffinity(0, {cpu})


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


class Mock(contextlib.AbstractContextManager):
    """A mock that says where it listens in a line of JSON on stdout."""

    replies = [ACK, FINISHED]
    rate = None  # of the open loop, where it cannot hold the one that all others have

    def __init__(self, tools, cpu):
        self.folder = tempfile.TemporaryDirectory(prefix="procedura-peers-")
        self.env = {**os.environ, "HOME": self.folder.name}
        self.process = subprocess.Popen(self.command(tools), cwd=self.folder.name, env=self.env, stdin=subprocess.DEVNULL, stdout=self.stdout(),
                                        stderr=subprocess.DEVNULL, preexec_fn=pinned(cpu))
        try:
            self.url = self.where()
        except BaseException:
            self.__exit__()
            raise

    def stdout(self):
        return subprocess.PIPE

    def where(self):
        ready, _, _ = select.select([self.process.stdout], [], [], START_S)
        line = self.process.stdout.readline() if ready else b""
        if not line:
            raise SystemExit(f"{self.name} did not start: {' '.join(map(str, self.process.args))}")
        return json.loads(line)["listening"]

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(STOP_S)
        if self.process.stdout:
            self.process.stdout.close()
        self.folder.cleanup()


class RawTcp(Mock):
    name = "raw TCP, a message a line"

    def command(self, tools):
        return [tools.bin / "procedura-peer-server", "--wire", "tcp", "--port", "0", "--result", compact(RESULT)]


class RawBeast(Mock):
    name = "raw Beast"

    def command(self, tools):
        return [tools.bin / "procedura-peer-server", "--wire", "ws", "--port", "0", "--result", compact(RESULT)]


class MockAgent(Mock):
    name = "`mock-agent`"
    reply = ["accept", {"finished": RESULT}]

    def command(self, tools):
        script = pathlib.Path(self.folder.name) / "scenario.json"
        stub = {"name": "snapshot", "match": {"cmd": MODULE}, "target": "id", "reply": self.reply}
        script.write_text(json.dumps({"version": 1, "name": "peers", "stubs": [stub]}))
        return [tools.bin / "mock-agent", "--script", script, "--port", "0"]


class NodeWs(Mock):
    name = "Node `ws`"

    def command(self, tools):
        return [tools.node, HERE / "node" / "mock.mjs", "--port", "0", "--result", compact(RESULT)]


class PythonWebsockets(Mock):
    name = "Python `websockets`"

    def command(self, tools):
        return [tools.python, HERE / "python" / "mock.py", "--port", "0", "--result", compact(RESULT)]


class Mockoon(Mock):
    name = "Mockoon CLI"
    replies = [FINISHED]  # one message for a message is all that its WebSocket route can
    rate = 100

    def command(self, tools):
        environment = json.loads((HERE / "mockoon" / "environment.json").read_text())
        response = environment["routes"][0]["responses"][0]
        response["body"] = response["body"].replace("RESULT", compact(RESULT))
        data = pathlib.Path(self.folder.name) / "environment.json"
        data.write_text(json.dumps(environment))
        self.port = free_port()
        return [tools.node, HERE / "node_modules" / "@mockoon" / "cli" / "bin" / "run.js", "start", "--data", data, "--port", str(self.port),
                "--hostname", "127.0.0.1", "--disable-log-to-file", "--disable-admin-api"]

    def stdout(self):
        return subprocess.DEVNULL  # a line for each message, whatever its options are

    def where(self):
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return f"ws://127.0.0.1:{self.port}/agent"
            time.sleep(0.02)
        raise SystemExit("Mockoon CLI did not start")


class Generator:
    """One that reports as the peers' clients do: a line of JSON on stdout."""

    def start(self, tools, cpu, url, load):
        return subprocess.Popen(self.command(tools, url, load), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                preexec_fn=pinned(cpu))

    def times(self, load):
        return ["--warm-up", f"{load.warm_up:g}", "--duration", f"{load.duration:g}"]

    def read(self, out):
        return json.loads(out)


class RawClient(Generator):
    name = "raw Beast"

    def command(self, tools, url, load):
        return [tools.bin / "procedura-peer-client", "--url", url, *load.words(), *self.times(load)]


class RawTcpClient(RawClient):
    name = "raw TCP, a message a line"


class NodeClient(Generator):
    name = "Node `ws`"

    def command(self, tools, url, load):
        return [tools.node, HERE / "node" / "client.mjs", "--url", url, *load.words(), *self.times(load)]


class PythonClient(Generator):
    name = "Python `websockets`"

    def command(self, tools, url, load):
        return [tools.python, HERE / "python" / "client.py", "--url", url, *load.words(), *self.times(load)]


class ProceduraBench(Generator):
    name = "`procedura-bench`"

    def command(self, tools, url, load):
        return [tools.bin / "procedura-bench", "run", "--url", url, "--module", MODULE, *load.words(), "--warm-up", f"{round(load.warm_up * 1000)}ms",
                "--duration", f"{round(load.duration * 1000)}ms", "--no-floor", "--out", "-", "--", *ARGUMENTS]

    def read(self, out):
        report = json.loads(out)
        response = report["latency_ns"]["response"]
        return {"measured": report["jobs"]["finished"], "rate": report["rate_per_s"]["finished"], "p50_ns": response["p50"],
                "p99_ns": response["p99"], "unfinished": report["jobs"]["unfinished"] + report["jobs"]["failed"],
                "invalid": report["verdict"]["reasons"]}


MOCKS = [RawBeast, MockAgent, NodeWs, PythonWebsockets, Mockoon]
# Who meets whom: the floor, every mock under two generators, and our mock under the generators that are left.
PAIRS = [(RawTcp, RawTcpClient), *[(mock, generator) for generator in (RawClient, ProceduraBench) for mock in MOCKS], (MockAgent, NodeClient),
         (MockAgent, PythonClient)]


async def _ask(url, count):
    async with websockets.connect(url, compression=None) as peer:
        await peer.send(compact(REQUEST))
        return [json.loads(await asyncio.wait_for(peer.recv(), START_S)) for _ in range(count)]


def check_replies(mock):
    """Whoever answers less is not faster."""
    if mock.url.startswith("tcp:"):
        with socket.create_connection(("127.0.0.1", urlsplit(mock.url).port), START_S) as peer, peer.makefile("rwb") as lines:
            lines.write(compact(REQUEST).encode() + b"\n")
            lines.flush()
            replies = [json.loads(lines.readline()) for _ in mock.replies]
    else:
        replies = asyncio.run(_ask(mock.url, len(mock.replies)))
    if replies != mock.replies:
        raise SystemExit(f"{mock.name} answers otherwise than the others: {replies}")
