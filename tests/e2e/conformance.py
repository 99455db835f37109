"""What the tests of procedura-conformance share: running it, and reading its reports."""

import json
import os
import pathlib
import subprocess
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("PROCEDURA_BIN_DIR") or ROOT / "build" / "release" / "bin")
PROGRAM = BIN / "procedura-conformance"
PROFILES = ROOT / "conformance" / "profiles"
REFERENCE = str(ROOT / "conformance" / "scenarios" / "reference-agent")
CREDENTIAL = "admin@procedura.org:secret123"
VARIABLE = "PROCEDURA_CONFORMANCE_CREDENTIAL"
SECOND_CREDENTIAL = "guest@procedura.org:four:words:and:colons"
SECOND_VARIABLE = "PROCEDURA_CONFORMANCE_SECOND_CREDENTIAL"
CREDENTIALS = {VARIABLE: CREDENTIAL, SECOND_VARIABLE: SECOND_CREDENTIAL}
DEADLINE_S = 150


# What agents over ws:// do not offer, and what the mock does not.
OVER_TLS = ("tls/",)
NOT_OF_THE_MOCK = ("tls/", "security/public-modules:")


class Run:
    """One run against the agent at `url`, with all its reports."""

    def __init__(self, folder, url, profile, *options, env=None):
        folder = pathlib.Path(folder)
        self.junit_file, self.json_file = folder / "junit.xml", folder / "report.json"
        command = [PROGRAM, "server", "--url", url, "--profile", profile, "--junit", self.junit_file, "--json", self.json_file, *options]
        environment = {**os.environ, **CREDENTIALS, **(env or {})}
        self.done = subprocess.run([str(word) for word in command], capture_output=True, text=True, env=environment, timeout=DEADLINE_S,
                                   check=False)
        self.exit_code, self.text, self.errors = self.done.returncode, self.done.stdout, self.done.stderr

    @property
    def report(self):
        return json.loads(self.json_file.read_text(encoding="utf-8"))

    @property
    def junit(self):
        return xml.etree.ElementTree.parse(self.junit_file).getroot()

    def outcomes(self):
        return {check["id"]: check["outcome"] for check in self.report["checks"]}

    def these(self, *outcomes, but=()):
        """The checks of these outcomes and what came; `but`: those that begin so are not minded."""
        return {check["id"]: check["came"] for check in self.report["checks"]
                if check["outcome"] in outcomes and not check["id"].startswith(but or "-")}


def all_checks(subject="agent"):
    done = subprocess.run([PROGRAM, "list", "--json"], capture_output=True, text=True, timeout=DEADLINE_S, check=True)
    return {check["id"] for case in json.loads(done.stdout)["cases"] if case["subject"] == subject for check in case["checks"]}
