"""JSON as text: a result is printed as it came, so its numbers keep every digit, whatever Python would make of them."""

import json
import re

MAX_DEPTH = 256
STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
SPACE = re.compile(r"[ \t\n\r]*")
BRACKET_OR_STRING = re.compile(STRING.pattern + r"|[\[\]{}]", re.DOTALL)


def no_constant(name):
    raise ValueError(f"{name} is no JSON")


# Numbers stay text: neither 4,301 digits nor 1e400 are a reason to give up.
DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=no_constant)


class TooDeep(ValueError):
    pass


class Malformed(ValueError):
    """No JSON object. `found` has the members that could be read before it went wrong."""

    def __init__(self, problem, found):
        super().__init__(str(problem))
        self.found = found


def check_depth(text):
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for found in BRACKET_OR_STRING.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if depth > MAX_DEPTH:
            raise TooDeep(f"nested deeper than {MAX_DEPTH}")


def members(text):
    """The members of the object that `text` is: {name: (value, text of the value)}. Malformed: it is none."""
    found = {}
    try:
        read_members(text, found)
    except ValueError as problem:
        raise Malformed(problem, found) from None
    return found


def read_members(text, found):
    at = after(text, SPACE.match(text, 0).end(), "{")
    while text[at:at + 1] != "}":
        if found:
            at = after(text, at, ",")
        if text[at:at + 1] != '"':
            raise ValueError("no name")
        name, at = DECODER.raw_decode(text, at)
        at = after(text, SPACE.match(text, at).end(), ":")
        value, end = DECODER.raw_decode(text, at)
        found[name] = (value, text[at:end])
        at = SPACE.match(text, end).end()
    if SPACE.match(text, at + 1).end() != len(text):
        raise ValueError("something behind the object")


def after(text, at, sign):
    if text[at:at + 1] != sign:
        raise ValueError(f"no {sign}")
    return SPACE.match(text, at + 1).end()


def shallow(text):
    """The object with null for each object and array in it: enough to read its `id`, however deep the rest is."""
    out, depth, at = [], 0, 0
    for found in BRACKET_OR_STRING.finditer(text):
        if found[0] in ("[", "{"):
            depth += 1
            if depth == 2:
                out += [text[at:found.start()], "null"]
        elif found[0] in ("]", "}"):
            depth -= 1
            if depth == 1:
                at = found.end()
    return "".join([*out, text[at:]])
