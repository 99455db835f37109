#!/usr/bin/env python3
"""A Procedura agent on bare asyncio streams, from the protocol page alone.

Correct, but for the faults that --fault switches on.
"""

import argparse
import asyncio
import json
import re
import signal
import sys
import time
from collections import Counter

import strict_json
from modules import MODULES, PUBLIC, ModuleError
from sessions import Sessions
from websocket import Refused, WebSocket, hang_up, read_upgrade

FAULTS = {
    "REQ-4.5": "--x=y arrives at the module as --x, y",
    "LOG-2.5": "a token works for one connection only, the first that presents it after the login",
    "LOG-6.3": 'a wrong password gets a finished frame with {"ok": false}',
}


class Job:
    """A request that was taken: live until its finished or error."""

    def __init__(self, connection, request, user):
        self.connection, self.agent, self.user = connection, connection.agent, user
        self.id, self.cmd, self.is_async = request["id"], request["cmd"], request["mode"] == "async"
        self.args = request["args"]
        if self.args[:1] == [self.cmd]:  # module-first
            self.args = self.args[1:]
        split = [part for arg in self.args for part in self._split(arg)]
        if split != self.args and self.agent.fault("REQ-4.5", "an argument was split at its ="):
            self.args = split
        self._head = {"id": self.id}
        if self.is_async:
            self.agent.counters["jobs_total"] += 1
            self.agent.counters["jobs_live"] += 1
            self._head["job_id"] = f"j{self.agent.counters['jobs_total']}"
        connection.live.add(self.id)
        connection.send({**self._head, "status": "started" if self.is_async else "ack"})

    @staticmethod
    def _split(arg):
        return arg.split("=", 1) if re.match("--[^=]+=", arg) else [arg]

    def running(self, **members):
        self.connection.send({**self._head, "status": "running", **members})

    async def run(self):
        try:
            result = await MODULES[self.cmd](self)
        except ModuleError as error:
            self._end()
            self.connection.send_error(error.code, str(error), **self._head)
        except Exception as error:
            print(f"{self.cmd}: {type(error).__name__}", file=sys.stderr)  # its text might quote what is secret
            self._end()
            self.connection.send_error("INTERNAL", "the module broke", **self._head)
        else:
            self._end("jobs_finished")
            self.connection.send({**self._head, "status": "finished", "result": result})
        await self.connection.socket.drain()

    def _end(self, how="jobs_failed"):
        self.connection.live.discard(self.id)
        if self.is_async:
            self.agent.counters["jobs_live"] -= 1
            self.agent.counters[how] += 1


class Connection:
    def __init__(self, agent, socket, token, via):
        self.agent, self.socket = agent, socket
        self.token, self.via = token, via  # what it presents; looked at anew for every request
        self.live = set()  # the ids
        self._came_second = False
        if session := agent.sessions.find(token):
            self._came_second = session.claimed
            session.claimed = True

    def bear(self, session):
        self.token, self.via, self._came_second = session.token, "login", False

    def identity(self):
        """(the session or None, the code of the error if there is none)"""
        session = self.agent.sessions.find(self.token)
        if session is None:
            return None, "AUTH_REQUIRED"
        if not session.lives:
            return None, "AUTH_EXPIRED"
        if self._came_second and self.agent.fault("LOG-2.5", "a second connection's token does not count"):
            return None, "AUTH_REQUIRED"
        return session, None

    def send(self, reply):
        self.socket.send_text(strict_json.write(reply))

    def send_error(self, code, message, **members):
        self.agent.errors[code] += 1
        self.send({**members, "status": "error", "code": code, "message": message})

    def on_message(self, text):
        if text is None:
            return self.send_error("BAD_FRAME", "a binary frame")
        try:
            request = strict_json.read_object(text)
        except ValueError as error:
            return self.send_error("BAD_FRAME", str(error))
        request_id = request.get("id")
        if complaint := self._complaint(request):
            target = {}
            if isinstance(request_id, str):
                target = {"ref" if request_id in self.live else "id": request_id}
            return self.send_error("BAD_REQUEST", complaint, **target)
        if request_id in self.live:
            return self.send_error("DUPLICATE_ID", "a request with this id is live", ref=request_id)
        cmd, user = request["cmd"], None
        if cmd not in PUBLIC and not cmd.startswith("__"):
            session, code = self.identity()
            if session is None:
                why = "the session has expired" if code == "AUTH_EXPIRED" else "this needs a login"
                return self.send_error(code, why, id=request_id)
            user = session.user
        if cmd not in MODULES:
            return self.send_error("UNKNOWN_MODULE", "there is no such module", id=request_id)
        self.agent.spawn(Job(self, request, user).run())

    @staticmethod
    def _complaint(request):
        for member in ("id", "cmd", "mode"):
            if not isinstance(request.get(member), str):
                return f"{member} has to be a string"
        if not 1 <= len(request["id"].encode()) <= 256:
            return "id has to have 1 to 256 bytes"
        args = request.get("args")
        if not isinstance(args, list) or not all(isinstance(arg, str) for arg in args):
            return "args has to be an array of strings"
        if request["mode"] not in ("sync", "async"):
            return "mode has to be sync or async"
        return None


class Agent:
    def __init__(self, faults):
        self._faults = faults
        self.sessions = Sessions()
        self.connections = set()
        self.counters, self.errors = Counter(), Counter()
        self.started = time.monotonic()
        self._tasks, self._serving = set(), set()

    def fault(self, name, what):
        """Whether this fault is on; if so, it acts now."""
        if name in self._faults:
            print(f"fault {name}: {what}", file=sys.stderr, flush=True)
            return True
        return False

    def spawn(self, coroutine):
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _choose_token(self, upgrade):
        """(the token, how it came, the subprotocol to select)"""
        if upgrade.subprotocols:  # it decides, whatever the Bearer is
            token = next((p for p in upgrade.subprotocols if self.sessions.find(p)), upgrade.subprotocols[0])
            return token, "subprotocol", token
        return upgrade.bearer, "bearer" if upgrade.bearer else None, None

    async def serve(self, reader, writer):
        try:
            upgrade = await read_upgrade(reader)
        except Refused as refusal:
            writer.write(refusal.response())
            return await hang_up(writer)
        if upgrade is None:
            return await hang_up(writer)
        token, via, subprotocol = self._choose_token(upgrade)
        writer.write(upgrade.response(subprotocol))
        writer.transport.set_write_buffer_limits(high=64 << 20)
        connection = Connection(self, WebSocket(reader, writer, self.counters), token, via)
        self.connections.add(connection)
        self._serving.add(asyncio.current_task())
        self.counters["connections"] += 1
        try:
            await connection.socket.run(connection.on_message)
        finally:
            self.connections.discard(connection)
            self._serving.discard(asyncio.current_task())

    async def go_down(self):
        for connection in self.connections:
            connection.socket.close(1001)
        if self._serving:
            await asyncio.wait(self._serving, timeout=2)


async def main(port, faults):
    agent = Agent(faults)
    down = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, down.set)
    server = await asyncio.start_server(agent.serve, "127.0.0.1", port, limit=1 << 20, backlog=512)
    port = server.sockets[0].getsockname()[1]
    print(json.dumps({"listening": f"ws://127.0.0.1:{port}"}, separators=(",", ":")), flush=True)
    await down.wait()
    server.close()
    await agent.go_down()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8765, help="0: any that is free")
    parser.add_argument("--fault", action="append", default=[], choices=sorted(FAULTS))
    options = parser.parse_args()
    asyncio.run(main(options.port, frozenset(options.fault)))
