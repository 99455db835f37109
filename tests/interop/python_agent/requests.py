"""From a message to a request, or to the reason why it is none (CON-4, CON-9, REQ-1, REQ-2, REQ-5). Pure."""

import dataclasses
import json
import re
import typing

from .errors import BadFrame, BadRequest

MOST_NESTING = 256
LONGEST_ID = 256  # bytes

# A string as a whole, so that brackets inside it are not counted, or one bracket. Possessive: no text makes it search twice.
STRING_OR_BRACKET = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[][{}]', re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Request:
    id: str
    cmd: str
    args: list[str]
    mode: typing.Literal["sync", "async"]


def nests_too_deep(text: str) -> bool:
    if text.count("[") + text.count("{") <= MOST_NESTING:
        return False
    depth = 0
    for found in STRING_OR_BRACKET.finditer(text):
        bracket = found.group()
        if bracket in ("[", "{"):
            depth += 1
            if depth > MOST_NESTING:
                return True
        elif bracket in ("]", "}"):
            depth -= 1
    return False


def refuse_constant(name: str) -> typing.NoReturn:
    raise ValueError(f"{name} is not JSON")


def parse_object(message: str | bytes) -> dict[str, object]:
    if isinstance(message, bytes):
        raise BadFrame("expected a text frame, not a binary one")
    if nests_too_deep(message):
        raise BadFrame(f"nested deeper than {MOST_NESTING}")
    try:
        # No number of a request is ever looked at, and Python's integers refuse long ones: any value does.
        frame = json.loads(message, parse_constant=refuse_constant, parse_int=float, parse_float=float)
        if "\\ud" in message.lower():
            json.dumps(frame, ensure_ascii=False).encode()  # half a surrogate pair is no character: no reply could say it
    except ValueError as error:
        raise BadFrame("not valid JSON") from error
    if not isinstance(frame, dict):
        raise BadFrame("expected a JSON object")
    return frame


def parse_request(message: str | bytes) -> Request:
    """Raises BadFrame or BadRequest."""
    frame = parse_object(message)
    id, cmd, args, mode = (frame.get(name) for name in ("id", "cmd", "args", "mode"))
    if not isinstance(id, str):
        raise BadRequest("`id` must be a string")
    if not 1 <= len(id.encode()) <= LONGEST_ID:
        raise BadRequest(f"`id` must have 1 to {LONGEST_ID} bytes", id)
    if not isinstance(cmd, str):
        raise BadRequest("`cmd` must be a string", id)
    if not isinstance(args, list) or not all(isinstance(arg, str) for arg in args):
        raise BadRequest("`args` must be a list of strings", id)
    if mode not in ("sync", "async"):
        raise BadRequest('`mode` must be "sync" or "async"', id)
    return Request(id, cmd, args, mode)


def module_arguments(request: Request, style: str) -> list[str]:
    """The arguments without the module's name (REQ-4)."""
    named = request.args[:1] == [request.cmd]
    if style == "module-first" and not named:
        raise BadRequest("`args` must begin with the module's name", request.id)
    return request.args[1:] if named and style != "bare" else request.args
