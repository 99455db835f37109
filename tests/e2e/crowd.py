"""A crowd on one mock: connections that say nothing, and connections with a running job each.

    crowd.py [--idle 10000] [--jobs 2000] [--frames 10] [--interval 1.0]

Prints what a connection costs in memory, and how late the frames of the jobs left by the mock's own measure. Mock and clients are two
processes: each needs a file for every connection. Exits with 1 if a frame is missing, or if it is worse than what the mock promises.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import resource
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time

UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
PING = b"\x89\x80\x00\x00\x00\x00"
PONG = b"\x8a\x00"
CLOSE = b"\x88\x82\x00\x00\x00\x00\x03\xe8"
LIMIT_S = 120

# What the mock promises; for a machine that has nothing else to do.
MOST_BYTES = 32 * 1024
MOST_LATE_MS = 50


def masked(text: bytes) -> bytes:
    """A whole text message of up to 125 bytes; a mask of zeros is a mask."""
    return bytes([0x81, 0x80 | len(text)]) + b"\0\0\0\0" + text


class Crowd:
    """Clients that write what they are told to, and wait until enough has come to each of them."""

    def __init__(self, port: int):
        self.address = ("127.0.0.1", port)
        self.epoll = select.epoll()
        self.sockets = {}
        self.received = {}

    def join(self, count: int):
        """More clients, a few hundred at a time: the backlog of a listening socket has its limits."""
        joined = []
        while count > 0:
            batch = [self.connect() for _ in range(min(count, 400))]
            self.wait(batch, lambda got: b"\r\n\r\n" in got, "answers to upgrades")
            for fd in batch:
                if not self.received[fd].startswith(b"HTTP/1.1 101"):
                    raise AssertionError(f"not let in: {bytes(self.received[fd][:100])!r}")
                self.received[fd].clear()
            joined += batch
            count -= len(batch)
        return joined

    def connect(self):
        client = socket.create_connection(self.address)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.sendall(UPGRADE)
        fd = client.fileno()
        self.sockets[fd] = client
        self.received[fd] = bytearray()
        self.epoll.register(fd, select.EPOLLIN)
        return fd

    def send(self, fds, message: bytes):
        for fd in fds:
            self.sockets[fd].sendall(message)

    def wait(self, fds, complete, what: str):
        """Reads until complete(bytes) holds for each of these."""
        missing = {fd for fd in fds if not complete(self.received[fd])}
        deadline = time.monotonic() + LIMIT_S
        while missing:
            if time.monotonic() > deadline:
                raise AssertionError(f"{len(missing)} of {len(fds)} {what} are missing after {LIMIT_S} s")
            for fd, _ in self.epoll.poll(1):
                bytes_read = self.sockets[fd].recv(65536)
                if not bytes_read:
                    raise AssertionError("the mock hung up")
                self.received[fd] += bytes_read
                if fd in missing and complete(self.received[fd]):
                    missing.discard(fd)

    def leave(self):
        self.send(self.sockets, CLOSE)
        for client in self.sockets.values():
            client.close()


def resident_bytes(pid: int) -> int:
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024


def scenario(frames: int, interval: float) -> dict:
    tick = {"delay": f"{interval}s"}
    repeat = {"repeat": frames, "as": "i", "steps": [tick, {"running": {"i": "${i}"}}]}
    return {"version": 1, "stubs": [{"name": "job", "match": {"cmd": "job"}, "reply": ["accept", repeat, {"finished": {"ok": True}}]}]}


@contextlib.contextmanager
def running_mock(mock_agent: pathlib.Path, script: dict):
    with tempfile.TemporaryDirectory(prefix="procedura-crowd-") as folder:
        path = pathlib.Path(folder) / "scenario.json"
        path.write_text(json.dumps(script), encoding="utf-8")
        command = [mock_agent, "--script", path, "--port", "0"]
        mock = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            yield mock, json.loads(mock.stdout.readline())
        finally:
            mock.kill()
            mock.wait()
            mock.stdout.close()
            mock.stderr.close()


def milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+) ?(ns|us|µs|ms|s)", text).groups()
    return float(number) * {"ns": 1e-6, "us": 1e-3, "µs": 1e-3, "ms": 1, "s": 1000}[unit]


def run(mock_agent: pathlib.Path, idle: int, jobs: int, frames: int, interval: float) -> dict:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = idle + jobs + 64
    if hard < needed:
        raise AssertionError(f"{needed} open files are needed, and {hard} may be had (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))
    with running_mock(mock_agent, scenario(frames, interval)) as (mock, ready):
        crowd = Crowd(int(ready["listening"].rsplit(":", 1)[1]))
        warm = crowd.join(10)  # what the first ones bring along is not counted
        before = resident_bytes(mock.pid)
        idlers = crowd.join(idle)
        cost = (resident_bytes(mock.pid) - before) / idle

        workers = crowd.join(jobs)
        request = json.dumps({"id": "1", "cmd": "job", "args": [], "mode": "async"}).encode()
        began = time.monotonic()
        for n, fd in enumerate(workers):  # spread over an interval, so that frames fall due evenly
            while time.monotonic() < began + interval * n / jobs:
                crowd.wait([], None, "")
                time.sleep(0.0005)
            crowd.send([fd], masked(request))
        crowd.wait(workers, lambda got: b'"finished"' in got, "jobs")
        for fd in workers:
            if crowd.received[fd].count(b'"running"') != frames:
                raise AssertionError(f"{crowd.received[fd].count(b'running')} of {frames} frames came")
        sample = idlers[:: max(1, len(idlers) // 500)] + warm
        crowd.send(sample, PING)
        crowd.wait(sample, lambda got: PONG in got, "pongs")
        busy = resident_bytes(mock.pid)
        crowd.leave()
        mock.send_signal(signal.SIGTERM)
        _, report = mock.communicate(timeout=LIMIT_S)
        if mock.returncode != 0:
            raise AssertionError(f"mock-agent exited with {mock.returncode}: {report}")
    timing = re.search(r"timing\s+(.*)", report)
    late = {name: milliseconds(value) for name, value in re.findall(r"(p50|p99|at most) ([\d.]+[a-zµ]+)", timing.group(1))}
    return {"idle": idle, "jobs": jobs, "bytes_per_connection": round(cost), "resident_mib": round(busy / 2**20, 1),
            "late_ms": late, "timing": timing.group(1)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--idle", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=2_000)
    parser.add_argument("--frames", type=int, default=10, help="of each job")
    parser.add_argument("--interval", type=float, default=1.0, help="seconds between them")
    given = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parents[2]
    folder = pathlib.Path(os.environ.get("PROCEDURA_BIN_DIR") or root / "build" / "release" / "bin")
    result = run(folder / "mock-agent", given.idle, given.jobs, given.frames, given.interval)
    print(json.dumps(result, indent=2))
    good = result["bytes_per_connection"] <= MOST_BYTES and result["late_ms"]["p99"] <= MOST_LATE_MS
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
