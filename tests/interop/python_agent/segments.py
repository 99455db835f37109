"""What leaves in which TCP segment: a transport before the real one. No clause binds a message to a segment."""

import asyncio
import random
import typing

MOMENT_S = 0.001
MOST_PIECES = 40


class Segments:
    """Gathers (`coalesce`), cuts (`split`), or both; everything else of the transport stays what it is."""

    def __init__(self, transport: asyncio.Transport, coalesce: bool, split: bool) -> None:
        self._transport = transport
        self._coalesce = coalesce
        self._split = split
        self._waiting = bytearray()
        self._pieces: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None
        self._chance = random.Random(8765)

    def __getattr__(self, name: str) -> typing.Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        self._waiting += data
        if self._waiting and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(MOMENT_S if self._coalesce else 0, self._leave)

    def write_eof(self) -> None:
        self._flush()
        self._transport.write_eof()

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _leave(self) -> None:
        """One piece per turn of the loop, each a segment of its own (asyncio sets TCP_NODELAY)."""
        self._timer = None
        if not self._pieces:
            self._pieces = self._cut(bytes(self._waiting)) if self._split else [bytes(self._waiting)]
            self._waiting.clear()
        self._transport.write(self._pieces.pop(0))
        if self._pieces or self._waiting:
            self._timer = asyncio.get_running_loop().call_later(0, self._leave)

    def _cut(self, data: bytes) -> list[bytes]:
        places = sorted(self._chance.sample(range(1, len(data)), min(MOST_PIECES, len(data)) - 1))
        return [data[begin:end] for begin, end in zip([0, *places], [*places, len(data)])]

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for piece in (*self._pieces, bytes(self._waiting)):
            self._transport.write(piece)
        self._pieces = []
        self._waiting.clear()
