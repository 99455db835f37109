"""From the text of a message to a request, and from a reply to its text. Knows no socket."""

import json
import re
from array import array
from dataclasses import dataclass
from itertools import accumulate

MAX_DEPTH = 256
MAX_ID_BYTES = 256

# Every string of a JSON text, the last one perhaps without its end. Possessive, so that no text makes it slow.
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
# An escape of a text that is known to be JSON: a pair, a lone surrogate (the group), anything else.
_ESCAPE = re.compile(r"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F])|.)")


class BadFrame(Exception):
    """A text that is no JSON object, or one that is nested too deep (then with its depth)."""

    def __init__(self, message, depth=0):
        super().__init__(message)
        self.depth = depth


class BadRequest(Exception):
    """An object that is no request."""


class ModuleError(Exception):
    """Ends a request with an error of this code."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Request:
    id: str
    cmd: str
    args: list  # the module's own, in either style
    module_first: bool
    is_async: bool


def depth_of(text):
    """How deep a text is nested (0 where it plainly cannot be too deep), found without building anything."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return 0
    brackets = _STRING.sub("", text).encode("ascii", "ignore").translate(None, delete=_NO_BRACKETS)
    return max(accumulate(array("b", brackets.translate(_STEPS))), default=0)


def _no_constant(name):
    raise ValueError(f"{name} is no JSON")


# Numbers are nobody's business here: as floats the long ones cost nothing and are no error.
_decoder = json.JSONDecoder(parse_int=float, parse_constant=_no_constant)


def read_object(text):
    depth = depth_of(text)
    if depth > MAX_DEPTH:
        raise BadFrame(f"the frame is nested deeper than {MAX_DEPTH}", depth)
    try:
        frame = _decoder.decode(text)
    except ValueError:
        raise BadFrame("the frame is not valid JSON") from None
    if _SURROGATE.search(text) and any(escape[1] for escape in _ESCAPE.finditer(text)):
        raise BadFrame("the frame has half a surrogate pair in it")
    if not isinstance(frame, dict):
        raise BadFrame("the frame is no JSON object")
    return frame


def read_request(frame):
    for member, kind, wanted in (("id", str, "a string"), ("cmd", str, "a string"), ("args", list, "a list of strings"), ("mode", str, "a string")):
        if member not in frame:
            raise BadRequest(f"{member} is missing")
        if not isinstance(frame[member], kind):
            raise BadRequest(f"{member} must be {wanted}")
    if not 1 <= len(frame["id"].encode()) <= MAX_ID_BYTES:
        raise BadRequest(f"id must have 1 to {MAX_ID_BYTES} bytes")
    args = frame["args"]
    if not all(isinstance(arg, str) for arg in args):
        raise BadRequest("args must be a list of strings")
    if frame["mode"] not in ("sync", "async"):
        raise BadRequest('mode must be "sync" or "async"')
    module_first = args[:1] == [frame["cmd"]]
    return Request(frame["id"], frame["cmd"], args[1:] if module_first else args, module_first, frame["mode"] == "async")


def to_text(reply):
    return json.dumps(reply, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
