"""What stands in the arguments of `login_password` (LOG-1, LOG-4). Pure."""

import base64
import dataclasses
import re

from .errors import BadRequest

DEFAULT_TTL_S = 86_400
LONGEST_TTL_S = 31_536_000


@dataclasses.dataclass(frozen=True)
class Login:
    user: str
    password: str
    replace: bool
    device: str | None
    ttl: int  # seconds


def read_credential(text: str) -> tuple[str, str] | None:
    """User and password, or nothing if the text is no credential."""
    if text.startswith("b64:") or ":" not in text:
        try:
            text = base64.b64decode(text.removeprefix("b64:"), validate=True).decode()
        except ValueError:
            return None
    user, colon, password = text.partition(":")
    return (user, password) if colon else None


def read_ttl(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= LONGEST_TTL_S:
        raise BadRequest(f"--ttl: expected whole seconds from 1 to {LONGEST_TTL_S}")
    return int(text)


def read_login(args: list[str]) -> Login:
    """Raises BadRequest. A malformed credential is nobody's: it is told apart from a wrong one in no way (LOG-6)."""
    if not args:
        raise BadRequest("login_password needs a credential")
    manner, device, ttl = None, None, DEFAULT_TTL_S
    for option in args[1:]:
        name, equals, value = option.partition("=")
        if option in ("--replace", "--attach") and manner in (None, option):
            manner = option
        elif name == "--device" and equals:
            device = value or None
        elif name == "--ttl" and equals:
            ttl = read_ttl(value)
        else:
            raise BadRequest("expected CREDENTIAL [--replace|--attach] [--device=KEY] [--ttl=SECONDS]")
    user, password = read_credential(args[0]) or ("", "")
    return Login(user, password, manner != "--attach", device, ttl)
