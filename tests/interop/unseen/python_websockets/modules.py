"""What the agent can do: one coroutine for each command. It gets a Call and returns the result, or raises ModuleError."""

import asyncio
import re
import time

from wire import ModuleError

MODULES = {}
PUBLIC = set()


def module(name, public=False):
    def register(function):
        MODULES[name] = function
        if public:
            PUBLIC.add(name)
        return function

    return register


def number(args, option, default, limit):
    """The whole number after `--option N` or in `--option=N`; the last one counts."""
    value = None
    for index, arg in enumerate(args):
        if arg == option:
            value = args[index + 1] if index + 1 < len(args) else ""
        elif arg.startswith(option + "="):
            value = arg[len(option) + 1 :]
    if value is None:
        return default
    if not re.fullmatch("[0-9]{1,9}", value) or int(value) > limit:
        raise ModuleError("BAD_REQUEST", f"{option} takes a whole number from 0 to {limit}")
    return int(value)


@module("login_password", public=True)
async def login_password(call):
    session, attached = call.agent.sessions.login(call.args)
    call.connection.bear(session.token, "login")
    return {
        "session_token": session.token,
        "user": session.user,
        "device": session.device,
        "expires_in": session.expires_in,
        "attached": attached,
    }


@module("worldstate_snapshot")
async def worldstate_snapshot(call):
    return {
        "meta": {"version": 3, "turn": 12},
        "entities": {"npc_1": {"name": "Ada", "kind": "person", "at": [4, 7]}},
        "location": {"name": "harbour"},
        "environment": {"weather": "fog", "hour": 6},
    }


@module("echo")
async def echo(call):
    return {"args": call.args}


@module("slow")
async def slow(call):
    ms = number(call.args, "--ms", default=1000, limit=600_000)
    await asyncio.sleep(ms / 1000)
    return {"slept_ms": ms}


@module("place_ooi_sprites")
async def place_ooi_sprites(call):
    count = number(call.args, "--n", default=4, limit=100_000)
    for placed in range(1, count + 1):
        await call.running(placed=placed)
        await asyncio.sleep(0.005)
    return {"placed": count}


@module("fail")
async def fail(call):
    raise ModuleError("OUT_OF_SPRITES", "there are no sprites left to place")


@module("whoami")
async def whoami(call):
    return {"user": call.session.user if call.session else None}


@module("__keepalive", public=True)
async def keepalive(call):
    return {"ok": True, "server_time_ms": time.time_ns() // 1_000_000}


@module("__diag_ws_metrics", public=True)
async def diag_ws_metrics(call):
    return call.agent.metrics.report()


@module("__diag_auth", public=True)
async def diag_auth(call):
    session = call.session
    return {
        "authenticated": session is not None,
        "user": session.user if session else None,
        "device": session.device if session else None,
        "via": call.connection.via if session else None,
        "expires_in": session.expires_in if session else None,
    }
