"""Makes a manual page of what a program says of itself: OUT SUMMARY PROGRAM [SUBCOMMAND...]
or of one of its pages of help:                          OUT SUMMARY PROGRAM help PAGE

In a --help text, a short line at the left margin with indented lines below it names a section; an indented line that begins with an
option is an entry of a list, and what else is indented is shown as it stands. A subcommand's sections are named after it. Behind two
empty lines a page of its own begins, with its title.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

HEADING = re.compile(r"((?:[A-Z][\w-]*)(?: [\w-]+){0,6})(?::(?: +(.+))?)?")  # "Usage: x run ...", "The load: one of", "What runs"
ANYWHERE = {"USAGE", "EXIT CODES"}  # section names that need no empty line above and nothing indented below
NAMES = {"USAGE": "SYNOPSIS"}
OPTION = re.compile(r" {2,6}(-\S.*?)(?:  +(\S.*))?")


def said(*command: str) -> str:
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60).stdout


def escaped(text: str) -> str:
    """Literal in roff: ASCII minus signs, no escapes, and no line that is taken for a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text


def sections_of(help_text: str) -> list[tuple[str, list[str]]]:
    """Name and lines of each section; the name is empty for text that stands in none."""
    lines = [*help_text.splitlines(), ""]
    sections = [("", [])]
    for before, line, after in zip(["", *lines], lines, lines[1:]):
        heading = HEADING.fullmatch(line)
        if heading and (heading[1].upper() in ANYWHERE or (not before.strip() and after.startswith(" "))):
            sections.append((NAMES.get(heading[1].upper(), heading[1].upper()), [heading[2] or ""]))
        else:
            if not before.strip() and line.strip() and not line.startswith(" ") and sections[-1][0]:
                sections.append(("", []))
            sections[-1][1].append(line)
    return [(name, text) for name, text in sections if any(line.strip() for line in text)]


def as_roff(lines: list[str]) -> list[str]:
    roff, as_is, in_option = [], False, False
    for line in lines:
        option = OPTION.fullmatch(line)
        in_option = bool(option) or (in_option and line.startswith("    "))
        shown_as_is = not in_option and line.startswith((" ", "{"))
        if shown_as_is != as_is:
            roff.append(".nf" if shown_as_is else ".fi")
            as_is = shown_as_is
        if option:
            roff += [".TP", f"\\fB{escaped(option[1])}\\fR"]
        text = option[2] if option else line if as_is else line.strip()
        if text:
            roff.append(escaped(text))
        elif roff and not option:
            roff.append(".PP")
    if as_is:
        roff.append(".fi")
    while roff and roff[-1] == ".PP":
        roff.pop()
    return roff


def sections_as_roff(sections: list[tuple[str, list[str]]], macro: str) -> list[str]:
    roff = []
    for title, text in sections:
        roff += [f".{macro} {title if macro == 'SH' else title.capitalize()}" if title else ".PP", *as_roff(text)]
    return roff


def main(out: str, summary: str, program: str, *subcommands: str) -> None:
    name = Path(program).name
    version = said(program, "--version").split()[-1]
    of_help = subcommands[:1] == ("help",)
    own_page, *more_pages = said(program, *(subcommands if of_help else ["--help"])).split("\n\n\n")
    page_name = Path(out).stem
    page = [f'.TH {escaped(page_name.upper())} 1 "" "{escaped(name)} {version}" "User Commands"', ".nh", ".ad l",
            ".SH NAME", f"{escaped(page_name)} \\- {escaped(summary)}"]
    own = sections_of(own_page)
    synopsis = [section for section in own if section[0] == "SYNOPSIS"]
    for title, text in synopsis + [section for section in own if section not in synopsis]:
        described = ".SH DESCRIPTION" in page
        page += [f".SH {title or ('NOTES' if described else 'DESCRIPTION')}", *as_roff(text)]
    for more in more_pages:
        title, _, text = more.lstrip("\n").partition("\n")
        page += [f".SH {escaped(title.upper())}", *sections_as_roff(sections_of(text), "SS")]
    for subcommand in [] if of_help else subcommands:
        page += [f".SH THE COMMAND {escaped(subcommand.upper())}", *sections_as_roff(sections_of(said(program, subcommand, "--help")), "SS")]
    if of_help and page_name != name:
        page += [".SH SEE ALSO", f".BR {escaped(name)} (1)"]
    # No paragraph begins right below a heading, and none is empty.
    page = [line for before, line, after in zip(["", *page], page, [*page[1:], ".SH"])
            if line != ".PP" or not (before.startswith((".SH", ".SS", ".PP")) or after.startswith((".SH", ".SS", ".TP")))]
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    Path(out).write_text("\n".join(page) + "\n", encoding="utf-8")


main(*sys.argv[1:])
