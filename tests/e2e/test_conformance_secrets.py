"""No report shows a secret (AUT-7), whatever an agent does with what it was told. A planted canary shows that the search finds one."""

import base64
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

import conformance
import leaking_agent
import secrets_search
import support
from misbehaving_agent import Honest, MisbehavingAgent
from test_conformance_robustness import Run


def everything(run):
    return {"terminal": run.text, "stderr": run.errors, "JSON": run.json, "JUnit": run.junit, "HTML": run.html, "badge": run.badge}


# Prints whatever secret it is given, in every form and on both streams, before it does what it is asked.
TALKATIVE = """
import os, pathlib, sys
sys.path.insert(0, {here!r})
import leaking_agent
words, secrets = sys.argv[1:], set()
for option, value in zip(words, words[1:]):
    if option == "--token":
        secrets.add(value)
    if option == "login":
        secrets |= {{value, value.partition(":")[2]}}
files = [pathlib.Path(value) for option, value in zip(words, words[1:]) if option == "--token-file"]
for file in files + [pathlib.Path(os.environ["HOME"]) / ".procedura" / "token"]:
    if file.is_file():
        secrets.add(file.read_text(errors="replace").strip())
secrets = {{secret for secret in secrets if len(secret) >= 8 and secret.isprintable()}}
with open({seen!r}, "a", encoding="utf-8") as seen:
    seen.writelines(secret + "\\n" for secret in secrets)
for secret in secrets:
    for form in leaking_agent.forms_of(secret):
        print(form, file=sys.stderr)
        print(form, flush=True)
os.execv({program!r}, [{program!r}, *words])
"""


class SecretsTest(unittest.TestCase):
    def assertNoSecretIn(self, run, secrets):
        for name, text in everything(run).items():
            self.assertEqual(secrets_search.found(secrets, text), [], name)

    def judge(self, behaviour, *options):
        with support.Mock(conformance.REFERENCE) as mock, MisbehavingAgent(mock.url, behaviour) as agent:
            run = Run(agent.url, "--verbose", *options, answer_ms=1000)
            return run, getattr(agent, "secrets", {leaking_agent.PASSWORD})

    def test_leaks_are_closed(self):
        for behaviour in leaking_agent.ALL:
            with self.subTest(behaviour.__name__):
                run, secrets = self.judge(behaviour)
                self.assertIn(run.exit_code, (0, 1), run.errors)
                self.assertNoSecretIn(run, secrets)
                self.assertIn("<redacted>", run.text + run.json)
                self.assertGreater(len(secrets), 0)

    def test_a_green_run_shows_none(self):
        class Knows(leaking_agent.Leaky):
            pass
        run, secrets = self.judge(Knows)
        self.assertGreater(len(secrets), 5, "tokens were issued")
        self.assertNoSecretIn(run, secrets)

    def test_a_client_that_prints_them_is_not_quoted(self):
        with tempfile.TemporaryDirectory() as place:
            folder = pathlib.Path(place)
            script, seen = folder / "talkative.py", folder / "seen"
            script.write_text(TALKATIVE.format(here=str(pathlib.Path(__file__).parent), seen=str(seen), program=str(conformance.BIN / "procedura")))
            profile = json.loads((conformance.PROFILES / "procedura.json").read_text(encoding="utf-8"))
            profile["commands"] = {name: [sys.executable, str(script), *words[1:]] for name, words in profile["commands"].items()}
            (folder / "profile.json").write_text(json.dumps(profile), encoding="utf-8")
            reports = {kind: folder / kind for kind in ("json", "junit", "html", "badge")}
            command = [conformance.PROGRAM, "client", "--profile", folder / "profile.json", "--seed", "1", "--jobs", "4", "--verbose",
                       "--max-time", "120", *(word for kind, path in reports.items() for word in (f"--{kind}", path))]
            done = subprocess.run([str(word) for word in command], capture_output=True, timeout=300, check=False)
            secrets = set(seen.read_text(encoding="utf-8").splitlines())
            self.assertIn(done.returncode, (0, 1), done.stderr)
            self.assertGreater(len(secrets), 5)
            for name, text in {"terminal": done.stdout, "stderr": done.stderr, **{kind: path.read_bytes() for kind, path in reports.items()}}.items():
                self.assertEqual(secrets_search.found(secrets, text), [], name)

    def test_the_search_finds_a_canary(self):
        run, _ = self.judge(Honest, "--select", "sync/lifecycle")
        secret = "a canary/9 for everybody?"
        forms = [secret, urllib.parse.quote(secret, safe=""), base64.b64encode(b"u:" + secret.encode()).decode(),
                 "".join(f"\\u{ord(char):04x}" for char in secret)]
        for name, text in everything(run).items():
            for form in forms:
                planted = text[:len(text) // 2] + form + text[len(text) // 2:]
                self.assertTrue(secrets_search.found([secret], planted), (name, form))
        # And in the reports themselves: a profile's name is no secret, and is shown.
        with support.Mock(conformance.REFERENCE) as mock:
            run = Run(mock.url, "--select", "sync/lifecycle", name="canary-77")
        for name, text in everything(run).items():
            if name in ("terminal", "JSON", "JUnit", "HTML"):
                self.assertTrue(secrets_search.found(["canary-77"], text), name)


if __name__ == "__main__":
    unittest.main(verbosity=2)
