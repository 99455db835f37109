"""What must not be in the repository: paths and package hosts that exist on one machine only."""

import json
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

# Folders that some developer's machine has and others do not; /home/me stands for anybody's in examples. Written so that this
# line does not match itself.
MACHINE_PATHS = re.compile(r"(?<![\w.$}>-])/(?:w[o]rk|f[a]rm|h[o]me/(?!me/)[a-z]+|U[s]ers/\w+|m[n]t/[a-z])/")
NPM_REGISTRY = "registry.npmjs.org"


def committed_files(root: Path) -> list[Path]:
    """What git tracks; in an unpacked archive, everything but what is built or fetched."""
    if (root / ".git").exists():
        listing = subprocess.run(["git", "-C", root, "ls-files", "-z"], check=True, capture_output=True).stdout
        return [root / name for name in listing.decode().split("\0") if name]
    made = {"build", "node_modules", "__pycache__"}
    return [p for p in sorted(root.rglob("*")) if p.is_file() and not made & set(p.relative_to(root).parts)]


def violations(root: Path) -> list[str]:
    found = []
    for path in committed_files(root):
        if not path.is_file():
            continue  # deleted, not yet committed
        name = path.relative_to(root).as_posix()
        text = path.read_bytes().decode("utf-8", errors="ignore")
        for match in MACHINE_PATHS.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            found.append(f"{name}:{line}: names a folder of one machine: {match.group()}")
        if path.name == "package-lock.json":
            found += [f"{name}: fetches from {host}, which others may not have" for host in foreign_hosts(json.loads(text))]
        if path.name in {".npmrc", "pip.conf", "sources.list"}:
            found.append(f"{name}: a package source is a machine's own setting, not the project's")
    return found


def foreign_hosts(lock: dict) -> set[str]:
    urls = [package.get("resolved", "") for package in lock.get("packages", {}).values()]
    return {host for url in urls if (host := urlsplit(url).hostname) and host != NPM_REGISTRY}
