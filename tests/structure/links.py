"""Each link from one page of the repository to another leads somewhere: to a file that is there, and to a heading in it."""

import re
from pathlib import Path

from committed import committed_files

FENCED = re.compile(r"^ {0,3}```.*?^ {0,3}```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)


def anchor(heading: str) -> str:
    """As GitHub and GitLab make it of a heading."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def prose(page: Path) -> str:
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    return {anchor(heading) for heading in HEADING.findall(prose(page))}


def violations(root: Path) -> list[str]:
    found = []
    for page in committed_files(root):
        if page.suffix != ".md" or not page.is_file():
            continue
        for link in LINK.findall(prose(page)):
            if re.match(r"[a-z]+:", link):
                continue
            path, _, heading = link.partition("#")
            target = page.parent / path if path else page
            if not target.exists():
                found.append(f"{page.relative_to(root)}: {link}: there is no such file")
            elif heading and target.suffix == ".md" and heading not in anchors(target):
                found.append(f"{page.relative_to(root)}: {link}: there is no such heading")
    return found
