"""The library's connection, where its own manners do not do."""

import asyncio
import http
import os
import typing

from websockets.datastructures import Headers
from websockets.frames import OP_CONT, OP_TEXT
from websockets.legacy.server import HTTPResponse, WebSocketServerProtocol
from websockets.typing import Subprotocol

from .options import Options
from .segments import Segments
from .upgrade import BadUpgrade, Claim, claim, is_foreign, single

FRAGMENTS = 5


class AgentSocket(WebSocketServerProtocol):
    """`dead(token)` says whether a token opens nothing (AUT-6)."""

    def __init__(self, *args: typing.Any, options: Options, dead: typing.Callable[[str], bool], **kwargs: typing.Any) -> None:
        super().__init__(*args, **kwargs)
        self.claim = Claim()
        self._options = options
        self._dead = dead

    def connection_made(self, transport: typing.Any) -> None:
        if self._options.coalesce or self._options.split:
            transport = Segments(transport, self._options.coalesce, self._options.split)
        super().connection_made(transport)

    async def process_request(self, path: str, request_headers: Headers) -> HTTPResponse | None:
        try:
            self.claim = claim(request_headers)
            origin = single(request_headers, "Origin")
        except BadUpgrade as error:
            return http.HTTPStatus.BAD_REQUEST, [], f"{error}\n".encode()
        if is_foreign(origin, self._options.allow_origin):
            return http.HTTPStatus.FORBIDDEN, [], b"a page of this origin may not connect\n"
        if self._options.refuse == "http-401" and self.claim.token is not None and self._dead(self.claim.token):
            return http.HTTPStatus.UNAUTHORIZED, [("WWW-Authenticate", "Bearer")], b"this token opens nothing\n"
        return None

    def process_subprotocol(self, headers: Headers, available_subprotocols: object) -> Subprotocol | None:
        return Subprotocol(self.claim.token) if self._options.echo and self.claim.offered and self.claim.token else None

    async def send_text(self, text: str) -> None:
        if not self._options.fragment:
            await self.send(text)
            return
        await self.ensure_open()
        data = text.encode()
        # Anywhere, inside a character too: only the message as a whole has to be UTF-8.
        cuts = [len(data) * n // FRAGMENTS for n in range(FRAGMENTS + 1)]
        for n, (begin, end) in enumerate(zip(cuts, cuts[1:])):
            await self.write_frame(n == FRAGMENTS - 1, OP_TEXT if n == 0 else OP_CONT, data[begin:end])
            if n == 1:
                await self.ping(os.urandom(4))

    async def wait_for_connection_lost(self) -> bool:
        """A peer that is still sending gets to our Close only if somebody reads what it sends (1009, CON-3)."""
        reading = asyncio.create_task(self._read_away())
        try:
            return await super().wait_for_connection_lost()
        finally:
            reading.cancel()

    async def close_transport(self) -> None:
        """TLS has no half-closed state, and would be torn down before a peer that is still sending has got to our Close."""
        if self.close_sent is not None and self.close_rcvd is None:
            await self.wait_for_connection_lost()
        await super().close_transport()

    async def _read_away(self) -> None:
        try:
            while await self.reader.read(65536):
                pass
        except OSError:
            pass
