"""The frames of one request in their order, targeted as the switches say (SYN, ASY, ERR-1). Pure."""

import typing

from .options import Options
from .requests import Request

Frame = dict[str, typing.Any]


class Exchange:
    def __init__(self, request: Request, job_id: str, options: Options) -> None:
        self.request = request
        self.asynchronous = request.mode == "async"
        # What the client has been told so far decides what a frame may be targeted by.
        self._job_id = job_id if self.asynchronous or (options.ack_job_id and options.ack != "none") else None
        self._job_known = False
        self._ack_due = not self.asynchronous and options.ack != "none"
        self._options = options

    def open(self) -> list[Frame]:
        """At once when the request is taken."""
        if self.asynchronous:
            self._job_known = True
            id = {} if self._options.started_without_id else {"id": self.request.id}
            return [{**id, "job_id": self._job_id, "status": "started"}]
        if self._options.ack != "immediate":
            return []
        return self._ack() + self.update({"progress": 0.0})

    def update(self, members: Frame) -> list[Frame]:
        if not (self.asynchronous or self._options.running_in_sync):
            return []
        return [*self._ack(), {**self._target(), "status": "running", **members}]

    def finish(self, result: object) -> list[Frame]:
        return [*self._ack(), {**self._target(), "status": "finished", "result": result}]

    def fail(self, code: str, message: str, context: Frame) -> list[Frame]:
        """May be the first frame as well: no ack is made up for it."""
        return [{**self._target(), "status": "error", "code": code, "message": message, **context}]

    def _ack(self) -> list[Frame]:
        if not self._ack_due:
            return []
        self._ack_due = False
        self._job_known = self._job_id is not None
        return [{"id": self.request.id, **({"job_id": self._job_id} if self._job_known else {}), "status": "ack"}]

    def _target(self) -> Frame:
        if not self._job_known or self._options.target == "id":
            return {"id": self.request.id}
        if self._options.target == "job_id":
            return {"job_id": self._job_id}
        return {"id": self.request.id, "job_id": self._job_id}
