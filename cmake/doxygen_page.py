"""Doxygen's filter for our Markdown pages: prints a page in which each heading has an anchor of its own and each link finds it.

Doxygen 1.9 gives headings no names of the kind that GitHub and GitLab give them, and takes a link to what is not in its input for an
error. A link to a page of the reference becomes one that Doxygen knows, one to any other file its text.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAIN = "README.md"
NOT_PUBLIC = "tests/"  # its pages are no input of Doxygen's
FENCED = re.compile(r"(^ {0,3}```.*?^ {0,3}```$)", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
HEADING = re.compile(r"^(#+) +(.+?) *$", re.MULTILINE)


def page_name(page: str) -> str:
    return re.sub(r"\W+", "_", page.removesuffix(".md"))


def anchor(page: str, heading: str) -> str:
    """`heading`: as it stands in the page, or as a link has it."""
    text = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()).replace(" ", "-")
    return f"{page_name(page)}_{re.sub(r'[^a-z0-9_]', '_', text)}"


def reference(page: str, link: re.Match) -> str:
    text, target = link.groups()
    if re.match(r"[a-z]+:", target):
        return link.group()
    path, _, heading = target.partition("#")
    to = (ROOT / page).parent.joinpath(path).resolve().relative_to(ROOT).as_posix() if path else page
    if not to.endswith(".md") or to.startswith(NOT_PUBLIC):
        return text
    if heading:
        name = anchor(to, heading)
    else:
        name = "index" if to == MAIN else page_name(to)
    return f"[{text}](@ref {name})"


def main(file: str) -> None:
    page = Path(file).resolve().relative_to(ROOT).as_posix()
    title_seen = page == MAIN  # the main page's title has no name

    def named(heading: re.Match) -> str:
        nonlocal title_seen
        name = anchor(page, heading[2]) if title_seen else page_name(page)
        if page == MAIN and heading[1] == "#":
            return heading.group()
        title_seen = True
        return f"{heading[1]} {heading[2]} {{#{name}}}"

    for part in FENCED.split(Path(file).read_text(encoding="utf-8")):
        if not FENCED.fullmatch(part):
            part = HEADING.sub(named, LINK.sub(lambda link: reference(page, link), part))
        sys.stdout.write(part)


main(sys.argv[1])
