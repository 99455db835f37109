"""The one writer of a connection: messages leave in their order, each as late as the switches want it."""

import asyncio
import typing

from .wire import AgentSocket


class Outbox:
    def __init__(self, socket: AgentSocket, delay_s: float) -> None:
        self._socket = socket
        self._delay_s = delay_s
        self._queue: asyncio.Queue[tuple[float, str, typing.Callable[[], None] | None]] = asyncio.Queue()

    def put(self, text: str, then: typing.Callable[[], None] | None = None) -> None:
        """`then` is called when the text has left."""
        self._queue.put_nowait((asyncio.get_running_loop().time() + self._delay_s, text, then))

    async def run(self) -> None:
        """Until it is cancelled, or the connection closes (ConnectionClosed)."""
        loop = asyncio.get_running_loop()
        while True:
            due, text, then = await self._queue.get()
            if due > loop.time():
                await asyncio.sleep(due - loop.time())
            await self._socket.send_text(text)
            if then is not None:
                then()
