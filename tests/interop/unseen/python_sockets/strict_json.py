"""JSON as RFC 8259 has it, where Python's own reader is more generous, and no deeper than 256."""

import gc
import json
import re
from array import array
from itertools import accumulate

MAX_DEPTH = 256

_LONE_SURROGATE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F]")

# Brackets become +1 and -1 (as signed bytes), all else goes.
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_NO_BRACKETS = bytes(c for c in range(256) if c not in b"[]{}")


def _refuse_constant(name):
    raise ValueError(f"{name} is not JSON")


# Numbers are read as floats: no request needs one, and Python refuses an int of more than 4,300 digits.
_decoder = json.JSONDecoder(parse_constant=_refuse_constant, parse_int=float)


def _too_deep(text):
    """Up to its first mistake the text is measured rightly, and the reader goes no further than that."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    parts = text.replace('\\"', "").split('"')  # the pairs of backslashes are gone already
    steps = "".join(parts[::2]).encode().translate(_STEPS, _NO_BRACKETS)
    depth = 0
    for at in range(0, len(steps), 65536):
        depths = array("i", accumulate(array("b", steps[at:at + 65536]), initial=depth))
        if max(depths) > MAX_DEPTH:
            return True
        depth = depths[-1]
    return False


def read_object(text):
    """The JSON object that the text is; ValueError (with a sentence that quotes nothing of it) if it is none."""
    escapes = text.replace("\\\\", "  ") if "\\" in text else text
    if _too_deep(escapes):
        raise ValueError(f"nested deeper than {MAX_DEPTH}")
    if "\\u" in escapes and _LONE_SURROGATE.search(escapes):
        raise ValueError("an escape of half a surrogate pair")
    gc.disable()  # a tree of millions of nodes has no cycles to look for
    try:
        value = _decoder.decode(text)
    except (ValueError, RecursionError):
        raise ValueError("not valid JSON") from None
    finally:
        gc.enable()
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def write(value):
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
