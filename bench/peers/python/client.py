"""The least that puts a load on an agent and measures it, on Python's websockets.

    client.py --url URL (--rate R | --concurrency C) --connections N --warm-up S --duration S

One thread. An open loop sleeps until a millisecond before a job is due, and asks the event loop the rest of the time: asyncio's timers are
too late to measure by. A job's latency counts from when it was due.
"""

import argparse
import asyncio
import json
import time

import websockets

PATIENCE_S = 2
SECOND = 1_000_000_000


class Load:
    """Times are nanoseconds since the start."""

    def __init__(self, options):
        self.options = options
        self.window_begin = round(options.warm_up * SECOND)
        self.window_end = self.window_begin + round(options.duration * SECOND)
        self.due = []  # by id
        self.latencies = []
        self.ended = 0
        self.ended_in_window = 0
        self.start = time.perf_counter_ns()

    def now(self):
        return time.perf_counter_ns() - self.start

    def begin(self, due):
        request = {"id": str(len(self.due)), "cmd": "worldstate_snapshot", "args": ["worldstate_snapshot", "--terse"], "mode": "sync"}
        self.due.append(due)
        return json.dumps(request, separators=(",", ":"))

    def reply(self, text):
        """True if the reply was the last one of its job."""
        now = self.now()
        reply = json.loads(text)
        if reply["status"] != "finished":
            return False
        due = self.due[int(reply["id"])]
        self.ended += 1
        if self.in_window(due):
            self.latencies.append(now - due)
        if self.in_window(now):
            self.ended_in_window += 1
        return True

    def in_window(self, at):
        return self.window_begin <= at < self.window_end

    def report(self):
        samples = sorted(self.latencies)

        def quantile(percent, needed):
            return samples[-(-len(samples) * percent // 100) - 1] if len(samples) >= needed else None

        return {"measured": len(samples), "rate": self.ended_in_window / self.options.duration, "unfinished": len(self.due) - self.ended,
                "p50_ns": quantile(50, 200), "p99_ns": quantile(99, 10_000)}


async def read(socket, load):
    async for text in socket:
        if load.reply(text) and load.options.concurrency and load.now() < load.window_end:
            await socket.send(load.begin(load.now()))


async def pace(sockets, load):
    """All jobs of the open loop, each at its time."""
    number = 0
    while True:
        due = round(number * SECOND / load.options.rate)
        if due >= load.window_end:
            return
        while (left := due - load.now()) > 0:
            await asyncio.sleep(max(0.0, left / SECOND - 0.001))
        await sockets[number % len(sockets)].send(load.begin(due))
        number += 1


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    load = parser.add_mutually_exclusive_group(required=True)
    load.add_argument("--rate", type=float)
    load.add_argument("--concurrency", type=int)
    parser.add_argument("--connections", type=int, required=True)
    parser.add_argument("--warm-up", type=float, required=True)
    parser.add_argument("--duration", type=float, required=True)
    load = Load(parser.parse_args())

    sockets = [await websockets.connect(load.options.url, compression=None) for _ in range(load.options.connections)]
    readers = [asyncio.ensure_future(read(socket, load)) for socket in sockets]
    load.start = time.perf_counter_ns()
    if load.options.rate:
        await pace(sockets, load)
    else:
        for i in range(load.options.concurrency):
            await sockets[i % len(sockets)].send(load.begin(load.now()))
        await asyncio.sleep(load.options.warm_up + load.options.duration)
    deadline = load.now() + PATIENCE_S * SECOND
    while load.ended < len(load.due) and load.now() < deadline:
        await asyncio.sleep(0.01)
    print(json.dumps(load.report()), flush=True)
    for reader in readers:
        reader.cancel()
    for socket in sockets:
        await socket.close()


asyncio.run(main())
