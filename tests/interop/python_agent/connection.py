"""One connection: takes requests in the order of the checks (REQ-8), and runs each beside the others (CON-7)."""

import asyncio
import contextlib
import typing

from websockets.exceptions import ConnectionClosed

from .errors import BadRequest, Refusal
from .exchange import Exchange, Frame
from .modules import MODULES, Call
from .outbox import Outbox
from .requests import Request, module_arguments, parse_request
from .sessions import Session, Standing
from .wire import AgentSocket

if typing.TYPE_CHECKING:
    from .agent import Agent


class Connection:
    def __init__(self, agent: "Agent", socket: AgentSocket) -> None:
        self.agent = agent
        self.socket = socket
        self.token = socket.claim.token
        self.via = socket.claim.via
        self._outbox = Outbox(socket, agent.options.delay / 1000)
        self._live: set[str] = set()

    async def serve(self) -> None:
        """Until the connection closes. Its jobs go on, unheard: there is no cancel."""
        writing = asyncio.create_task(self._outbox.run())
        try:
            async for message in self.socket:
                self.agent.metrics.received(message)
                self._take(message)
        finally:
            writing.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionClosed):
                await writing

    def session(self) -> tuple[Session | None, Standing]:
        """Looked at per request (AUT-9): what lived a moment ago may be over."""
        return self.agent.sessions.find(self.token)

    def bear(self, session: Session) -> None:
        """From its login on the connection is that session's (LOG-7)."""
        self.token, self.via = session.token, "login"

    def _take(self, message: str | bytes) -> None:
        try:
            request = parse_request(message)
            if request.id in self._live:
                raise Refusal("DUPLICATE_ID", "a request with this id is live", ref=request.id)
        except Refusal as refusal:
            id = refusal.id if isinstance(refusal, BadRequest) else None
            target = {"id": id} if id is not None and id not in self._live else {}
            self._say_error(refusal, target)
            return
        exchange = Exchange(request, self.agent.next_job_id(), self.agent.options)
        self._live.add(request.id)
        try:
            call = self._call(request, exchange)
        except Refusal as refusal:
            self._fail(exchange, refusal)
            return
        self._say(exchange.open())
        self.agent.run(self._run(exchange, call))

    def _call(self, request: Request, exchange: Exchange) -> Call:
        module = MODULES.get(request.cmd)
        if module is None:
            raise Refusal("UNKNOWN_MODULE", "there is no such module", cmd=request.cmd[:100])
        if not module.public:
            self._authenticate()
        args = module_arguments(request, self.agent.options.args_style)
        module.refuse_at_once(args)
        return Call(module, args, self, lambda **members: self._say(exchange.update(members)))

    def _authenticate(self) -> None:
        _, standing = self.session()
        if standing is Standing.EXPIRED:
            raise Refusal("AUTH_EXPIRED", "the session is over; log in again")
        if standing is Standing.UNKNOWN:
            raise Refusal("AUTH_REQUIRED", "log in first")

    async def _run(self, exchange: Exchange, call: Call) -> None:
        metrics = self.agent.metrics
        metrics.live += 1
        try:
            result = await call.module.run(call)
        except Refusal as refusal:
            metrics.job_ended(well=False)
            self._fail(exchange, refusal)
        except Exception:
            metrics.job_ended(well=False)
            self._fail(exchange, Refusal("INTERNAL", "the module broke"))
            raise  # a fault of this program: asyncio prints it
        else:
            metrics.job_ended(well=True)
            self._say(exchange.finish(result), lambda: self._live.discard(exchange.request.id))

    def _fail(self, exchange: Exchange, refusal: Refusal) -> None:
        self.agent.metrics.errors[refusal.code] += 1
        frames = exchange.fail(refusal.code, refusal.message, refusal.context)
        self._say(frames, lambda: self._live.discard(exchange.request.id))

    def _say_error(self, refusal: Refusal, target: Frame) -> None:
        self.agent.metrics.errors[refusal.code] += 1
        self._say([{**target, "status": "error", "code": refusal.code, "message": refusal.message, **refusal.context}])

    def _say(self, frames: list[Frame], then: typing.Callable[[], None] | None = None) -> None:
        """An id is live until its last frame has left: `then`."""
        texts = [text for frame in frames for text in self.agent.manners.texts(frame)]
        for text in texts:
            self.agent.metrics.sent(text)
            self._outbox.put(text, then if text is texts[-1] else None)
