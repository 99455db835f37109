"""What this agent can do. A module takes its Job, and returns a result or raises ModuleError."""

import asyncio
import re
import time

from sessions import DEFAULT_TTL, MAX_TTL, check_credential

PUBLIC = {"login_password"}


class ModuleError(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def _number(text, name, least, most):
    if text is None or not re.fullmatch("[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise ModuleError("BAD_REQUEST", f"{name} takes a whole number from {least} to {most}")
    return int(text)


def _option(args, name):
    """The value of `--name V` or `--name=V`, None if there is none; the last one counts."""
    value = None
    for at, arg in enumerate(args):
        if arg == name:
            value = args[at + 1] if at + 1 < len(args) else ""
        elif arg.startswith(name + "="):
            value = arg[len(name) + 1:]
    return value


# --- logging in

def _login_options(args):
    """(device, ttl)"""
    device, ttl, modes = None, DEFAULT_TTL, set()
    rest = iter(args)
    for arg in rest:
        name, equals, value = arg.partition("=")
        if arg in ("--replace", "--attach"):  # joining a session disturbs nobody here, so they do the same
            modes.add(arg)
            if len(modes) > 1:
                raise ModuleError("BAD_REQUEST", "either --replace or --attach")
        elif name in ("--device", "--ttl"):
            value = value if equals else next(rest, None)
            if value is None:
                raise ModuleError("BAD_REQUEST", f"{name} takes a value")
            if name == "--device":
                device = value or None
            else:
                ttl = _number(value, "--ttl", 1, MAX_TTL)
        else:
            raise ModuleError("BAD_REQUEST", "an option that login_password does not know")
    return device, ttl


async def login_password(job):
    device, ttl = _login_options(job.args[1:])
    user, known = await check_credential(job.args[0] if job.args else "")
    if user is None:
        if known and job.agent.fault("LOG-6.3", "a wrong password is finished with ok: false"):
            return {"ok": False}
        raise ModuleError("AUTH_FAILED", "the credential is not good for a login")
    session, joined = job.agent.sessions.log_in(user, device, ttl)
    job.connection.bear(session)
    return {"session_token": session.token, "user": user, "device": device, "expires_in": session.expires_in,
            "attached": joined}


# --- the world, and modules to test with

async def worldstate_snapshot(job):
    return {"meta": {"version": 3, "tick": 7},
            "entities": {"npc_1": {"name": "Ada", "occupation": "cartographer", "position": [3, 4]}},
            "location": {"name": "harbour"},
            "environment": {"weather": "clear"}}


async def place_ooi_sprites(job):
    count = _option(job.args, "--n")
    count = 4 if count is None else _number(count, "--n", 0, 1_000_000)
    for placed in range(1, count + 1):
        await asyncio.sleep(0.005)
        job.running(placed=placed)
        await job.connection.socket.drain()
    return {"placed": count}


async def echo(job):
    return {"args": job.args}


async def slow(job):
    ms = _number(_option(job.args, "--ms"), "--ms", 0, 86_400_000)
    await asyncio.sleep(ms / 1000)
    return {"slept_ms": ms}


async def fail(job):
    raise ModuleError("OUT_OF_SPRITES", "there are no sprites left")


async def whoami(job):
    return {"user": job.user}


# --- built in

async def keepalive(job):
    return {"ok": True, "server_time_ms": time.time_ns() // 1_000_000}


async def diag_ws_metrics(job):
    agent, count = job.agent, job.agent.counters
    return {"uptime_s": int(time.monotonic() - agent.started),
            "connections": {"open": len(agent.connections), "total": count["connections"]},
            "frames": {"in": count["frames_in"], "out": count["frames_out"]},
            "bytes": {"in": count["bytes_in"], "out": count["bytes_out"]},
            "jobs": {"live": count["jobs_live"], "finished": count["jobs_finished"], "failed": count["jobs_failed"]},
            "errors": dict(agent.errors)}


async def diag_auth(job):
    session, _ = job.connection.identity()
    if session is None:
        return {"authenticated": False, "user": None, "device": None, "via": None, "expires_in": None}
    return {"authenticated": True, "user": session.user, "device": session.device, "via": job.connection.via,
            "expires_in": session.expires_in}


MODULES = {module.__name__: module
           for module in (login_password, worldstate_snapshot, place_ooi_sprites, echo, slow, fail, whoami)}
MODULES |= {"__keepalive": keepalive, "__diag_ws_metrics": diag_ws_metrics, "__diag_auth": diag_auth}
