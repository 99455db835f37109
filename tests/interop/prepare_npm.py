#!/usr/bin/env python3
"""prepare_npm.py FOLDER: installs the packages of FOLDER beside it, unless what is there is what its lock file says. CTest runs this first."""

import json
import os
import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent / sys.argv[1]
NPM = os.environ.get("INTEROP_NPM", "npm")
DEADLINE_S = 240


def versions(lock):
    """What a lock file says is installed, by folder."""
    packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    return {folder: package["version"] for folder, package in packages.items() if folder}


def is_installed():
    installed = FOLDER / "node_modules" / ".package-lock.json"  # npm's own note of what it put there
    return installed.exists() and versions(installed) == versions(FOLDER / "package-lock.json")


if not is_installed():
    command = [NPM, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    sys.exit(subprocess.run(command, cwd=FOLDER, timeout=DEADLINE_S, check=False).returncode)
