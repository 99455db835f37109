"""Who asks for a connection: what stands in the head of the upgrade (AUT-1 to AUT-6, CON-11). Pure."""

import dataclasses
import typing
import urllib.parse

from websockets.exceptions import InvalidHeader
from websockets.headers import parse_subprotocol

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Headers(typing.Protocol):
    def get_all(self, name: str) -> list[str]: ...


class BadUpgrade(Exception):
    """Answered with 400."""


@dataclasses.dataclass(frozen=True)
class Claim:
    """The token that counts, and where it stood."""

    token: str | None = None
    via: str | None = None
    offered: bool = False  # as a subprotocol: it may be selected


def single(headers: Headers, name: str) -> str | None:
    values = headers.get_all(name)
    if len(values) > 1:
        raise BadUpgrade(f"{name} stands there {len(values)} times")
    return values[0] if values else None


def claim(headers: Headers) -> Claim:
    """The subprotocol decides where both are sent (AUT-2a); of several, the first."""
    try:
        protocols = [name for value in headers.get_all("Sec-WebSocket-Protocol") for name in parse_subprotocol(value)]
    except InvalidHeader as error:
        raise BadUpgrade("Sec-WebSocket-Protocol is no list of names") from error
    if protocols:
        return Claim(protocols[0], "subprotocol", offered=True)
    scheme, _, token = (single(headers, "Authorization") or "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return Claim(token.strip(), "bearer")
    return Claim()


def is_foreign(origin: str | None, allowed: typing.Collection[str]) -> bool:
    """Whether a page of somewhere else asks. Programs send no Origin."""
    if origin is None or origin in allowed:
        return False
    try:
        return urllib.parse.urlsplit(origin).hostname not in LOOPBACK
    except ValueError:
        return True
