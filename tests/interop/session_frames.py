"""A session with concurrent requests on one connection, and its frames request by request, so that two sessions can be compared.

It goes by the protocol's clauses alone (ASY-2, ASY-3), as the rest of this folder does.
"""

import asyncio
import json

from websockets.legacy.client import connect

DEADLINE_S = 30
TERMINAL = ("finished", "error")
KNOWN = ("ack", "started", "running", *TERMINAL)  # any other status is ignored (RES-1)


class Request:
    def __init__(self, ident, cmd, args, mode):
        self.id, self.cmd, self.args, self.mode = ident, cmd, args, mode
        self.job_id = None
        self.frames = []

    @property
    def answered(self):
        return any(frame.get("status") in KNOWN for frame in self.frames)

    @property
    def over(self):
        return any(frame.get("status") in TERMINAL for frame in self.frames)

    def normalised(self):
        """The frames without the ids of this run."""
        names = {value: name for value, name in ((self.id, "<id>"), (self.job_id, "<job>")) if value is not None}
        return [replaced(frame, names) for frame in self.frames]


def replaced(value, names):
    if isinstance(value, dict):
        return {key: replaced(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [replaced(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


class Connection:
    """Sends requests without waiting, and sorts what comes. What belongs to no request is in `untargeted`."""

    def __init__(self, socket, prefix):
        self.socket, self.prefix = socket, prefix
        self.requests, self.untargeted = [], []

    async def send(self, cmd, *args, mode="sync"):
        request = Request(f"{self.prefix}-{len(self.requests)}", cmd, list(args), mode)
        self.requests.append(request)
        await self.socket.send(json.dumps({"id": request.id, "cmd": cmd, "args": request.args, "mode": mode}))
        return request

    async def finish(self):
        """Reads until every request has had its last frame."""
        while not all(request.over for request in self.requests):
            message = await asyncio.wait_for(self.socket.recv(), DEADLINE_S)
            frame = json.loads(message)
            owner = self.owner(frame)
            if owner is None:
                self.untargeted.append(frame)
                continue
            owner.frames.append(frame)
            if isinstance(frame.get("job_id"), str) and owner.job_id is None:
                owner.job_id = frame["job_id"]

    def owner(self, frame):
        for request in self.requests:
            if frame.get("id") == request.id:
                return request
        for request in self.requests:
            if request.job_id is not None and frame.get("job_id") == request.job_id:
                return request
        if frame.get("status") == "started" and "id" not in frame:
            waiting = (request for request in self.requests if request.mode == "async" and not request.answered)
            return next(waiting, None)
        return None


async def session(url, prefix, script, token=None):
    """Lets `script(connection)` send what it likes on a fresh connection, and returns the connection when all is answered."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with connect(url, extra_headers=headers, subprotocols=[token] if token else None, max_size=None) as socket:
        connection = Connection(socket, prefix)
        await script(connection)
        await connection.finish()
        return connection
