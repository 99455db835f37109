"""The modules, each a coroutine from a call to a result; a Refusal is the error that its client sees."""

import asyncio
import dataclasses
import json
import re
import time
import typing

from .errors import Refusal
from .login import read_login
from .manners import RawJson

if typing.TYPE_CHECKING:
    from .connection import Connection

MOST_BYTES = 64 * 1024 * 1024
MOST_UPDATES = 100_000
LONGEST_MS = 3_600_000


def nothing(args: list[str]) -> None:
    """Most modules have nothing to say before they are taken."""


@dataclasses.dataclass(frozen=True)
class Module:
    run: typing.Callable[["Call"], typing.Awaitable[object]]
    public: bool = False
    refuse_at_once: typing.Callable[[list[str]], None] = nothing  # raises Refusal: an error before any other frame


class Update(typing.Protocol):
    def __call__(self, **members: object) -> None: ...


@dataclasses.dataclass(frozen=True)
class Call:
    module: Module
    args: list[str]
    connection: "Connection"
    update: Update

    def number(self, name: str, fallback: int, most: int) -> int:
        """The value of `--name N` or `--name=N`."""
        for n, arg in enumerate(self.args):
            if arg == name or arg.startswith(f"{name}="):
                value = arg[len(name) + 1 :] if "=" in arg else (self.args + [""])[n + 1]
                if not re.fullmatch("[0-9]{1,9}", value) or int(value) > most:
                    raise Refusal("BAD_ARGUMENT", f"{name}: expected a whole number up to {most}")
                return int(value)
        return fallback


async def login_password(call: Call) -> object:
    agent, login = call.connection.agent, read_login(call.args)
    if not agent.accounts.knows(login.user, login.password):
        raise Refusal("AUTH_FAILED", "user or password is wrong")
    session, attached = agent.sessions.log_in(login.user, login.device, login.ttl)
    call.connection.bear(session)
    if login.replace and agent.options.replace == "close":
        agent.close_others(session, call.connection)
    return {"session_token": session.token, "user": session.user, "device": session.device,
            "expires_in": login.ttl, "attached": attached}


async def keepalive(call: Call) -> object:
    return {"ok": True, "server_time_ms": time.time_ns() // 1_000_000}


async def diag_ws_metrics(call: Call) -> object:
    return call.connection.agent.metrics.report()


async def diag_auth(call: Call) -> object:
    session, standing = call.connection.session()
    if session is None or standing.value != "live":
        return {"authenticated": False, "user": None, "device": None, "via": None, "expires_in": None}
    left = call.connection.agent.sessions.expires_in(session)
    return {"authenticated": True, "user": session.user, "device": session.device, "via": call.connection.via,
            "expires_in": max(0, round(left))}


async def worldstate_snapshot(call: Call) -> object:
    entities = {} if call.connection.agent.options.empty_world else {"npc-7": {"kind": "npc", "name": "Ilse ☃", "at": [3, -4]}}
    world: dict[str, object] = {"meta": {"version": 3, "tick": 4711}, "entities": entities,
                                "location": {"id": "harbour", "name": "Hafen"}, "environment": {"weather": "fog"}}
    if "--terse" not in call.args:
        world["history"] = [{"tick": tick, "event": "arrival"} for tick in range(3)]
    return world


async def place_ooi_sprites(call: Call) -> object:
    n = call.number("--n", 3, MOST_UPDATES)
    radius = call.number("--radius", 5, 10_000)
    pause_s = call.number("--delay", 20, LONGEST_MS) / 1000
    for placed in range(1, n + 1):
        call.update(progress=placed / n, message=f"sprite {placed} of {n}", data={"placed": placed})
        await asyncio.sleep(pause_s)
    return {"placed": 0 if "--dry-run" in call.args else n, "planned": n, "radius": radius}


async def init_character(call: Call) -> object:
    told = dict(arg.removeprefix("--").split("=", 1) for arg in call.args if arg.startswith("--") and "=" in arg)
    call.update(progress=0.5, message="thinking of a name")
    await asyncio.sleep(0.01)
    return {"character": {"occupation": told.get("gen-occ", "sailor"), "objective": told.get("objective-text")}}


async def whoami(call: Call) -> object:
    session, _ = call.connection.session()
    return {"user": session.user if session else None}


async def echo(call: Call) -> object:
    return {"args": call.args}


async def raw(call: Call) -> object:
    text = call.args[0] if call.args else ""
    try:
        json.loads(text, parse_int=float)
    except (ValueError, RecursionError) as error:
        raise Refusal("BAD_ARGUMENT", "expected JSON") from error
    return RawJson(text)


async def big(call: Call) -> object:
    return {"data": "x" * call.number("--bytes", 1_000_000, MOST_BYTES)}


async def slow(call: Call) -> object:
    ms = call.number("--ms", 1000, LONGEST_MS)
    await asyncio.sleep(ms / 1000)
    return {"slept_ms": ms}


def failure() -> Refusal:
    return Refusal("OUT_OF_SPRITES", "it was asked to fail", module="fail", hint={"retry": False})


def fail_at_once(args: list[str]) -> None:
    if "--first" in args:
        raise failure()


async def fail(call: Call) -> object:
    for n in range(1, call.number("--n", 0, MOST_UPDATES) + 1):
        call.update(message=f"not yet ({n})")
        await asyncio.sleep(0)
    raise failure()


MODULES: dict[str, Module] = {
    "login_password": Module(login_password, public=True),
    "__keepalive": Module(keepalive, public=True),
    "__diag_ws_metrics": Module(diag_ws_metrics, public=True),
    "__diag_auth": Module(diag_auth, public=True),
    "worldstate_snapshot": Module(worldstate_snapshot),
    "place_ooi_sprites": Module(place_ooi_sprites),
    "init_character": Module(init_character),
    "whoami": Module(whoami),
    "echo": Module(echo, public=True),
    "raw": Module(raw, public=True),
    "big": Module(big, public=True),
    "slow": Module(slow, public=True),
    "fail": Module(fail, public=True, refuse_at_once=fail_at_once),
}
