"""No report shows a secret (AUT-7), whatever an agent does with what it was told. A planted canary shows that the search finds one."""

import base64
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
