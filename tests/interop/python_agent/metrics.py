"""What `__diag_ws_metrics` counts."""

import collections
import dataclasses
import time


@dataclasses.dataclass
class Metrics:
    begun: float = dataclasses.field(default_factory=time.monotonic)
    open: int = 0
    total: int = 0
    frames_in: int = 0
    frames_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    live: int = 0
    finished: int = 0
    failed: int = 0
    errors: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)

    def received(self, message: str | bytes) -> None:
        self.frames_in += 1
        self.bytes_in += len(message if isinstance(message, bytes) else message.encode())

    def sent(self, text: str) -> None:
        self.frames_out += 1
        self.bytes_out += len(text.encode())

    def job_ended(self, *, well: bool) -> None:
        self.live -= 1
        self.finished += well
        self.failed += not well

    def report(self) -> dict[str, object]:
        return {
            "uptime_s": round(time.monotonic() - self.begun, 3),
            "connections": {"open": self.open, "total": self.total},
            "frames": {"in": self.frames_in, "out": self.frames_out},
            "bytes": {"in": self.bytes_in, "out": self.bytes_out},
            "jobs": {"live": self.live, "finished": self.finished, "failed": self.failed},
            "errors": dict(self.errors),
        }
