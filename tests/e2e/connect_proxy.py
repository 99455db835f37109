#!/usr/bin/python3
"""A small HTTP proxy that knows CONNECT, and writes down what it is shown. Shares no code with ours.

    tests/e2e/connect_proxy.py [--port N] [--user USER:PASSWORD]        runs until it is ended
"""

import argparse
import asyncio
import base64
import contextlib
import threading


class ConnectProxy(contextlib.AbstractContextManager):
    """In a thread of its own. `user`: whom it serves ("user:password"); `hosts`: names that only it knows."""

    def __init__(self, user=None, hosts=None, port=0):
        self.user, self.hosts, self.port = user, hosts or {}, port
        self.heads = []  # requests, up to their empty line
        self.upward = []  # what went through each tunnel to the agent
        self.loop = asyncio.new_event_loop()
        started = threading.Event()
        self.thread = threading.Thread(target=self._run, args=[started], daemon=True)
        self.thread.start()
        assert started.wait(30)
        self.url = f"http://127.0.0.1:{self.port}"

    def _run(self, started):
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self._serve(started))
        for left in asyncio.all_tasks(self.loop):
            left.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()

    async def _serve(self, started):
        self.stopped = asyncio.Event()
        server = await asyncio.start_server(self._connection, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await self.stopped.wait()
        server.close()

    async def _connection(self, reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            self.heads.append(head)
            method, target, _ = head.split(b"\r\n")[0].split(b" ")
            if method != b"CONNECT":
                writer.write(b"HTTP/1.1 405 Only CONNECT here\r\n\r\n")
            elif self.user and b"Proxy-Authorization: Basic " + base64.b64encode(self.user.encode()) not in head:
                writer.write(b'HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic realm="test"\r\n\r\n')
            else:
                await self._tunnel(target.decode(), reader, writer)
        writer.close()

    async def _tunnel(self, target, reader, writer):
        host, port = self.hosts.get(target) or target.rsplit(":", 1)
        try:
            agent_reader, agent_writer = await asyncio.open_connection(host.strip("[]"), int(port))
        except OSError:
            writer.write(b"HTTP/1.1 502 Nobody there\r\n\r\n")
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\nProxy-Agent: test\r\n\r\n")
        seen = bytearray()
        self.upward.append(seen)
        await asyncio.gather(self._pass_on(reader, agent_writer, seen), self._pass_on(agent_reader, writer, bytearray()))

    @staticmethod
    async def _pass_on(reader, writer, seen):
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                seen += data
                writer.write(data)
                await writer.drain()
        with contextlib.suppress(OSError):
            writer.close()

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.stopped.set)
        self.thread.join(30)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=3128)
    parser.add_argument("--user")
    arguments = parser.parse_args()
    with ConnectProxy(arguments.user, port=arguments.port) as running:
        print(f"listening on {running.url}", flush=True)
        threading.Event().wait()
