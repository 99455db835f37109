"""procedura-conformance against an agent that shares no code with it, in each of its freedoms. INTEROP_AGENT says which."""

import concurrent.futures
import os
import pathlib
import sys
import tempfile
import unittest

import freedoms
import support

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import conformance  # noqa: E402

STACK = os.environ.get("INTEROP_AGENT", "node")
PROFILE = conformance.PROFILES / f"{STACK}-agent.json"

# What is no freedom: SYN-1 asks for an ack of every agent, and SYN-4 for one that is not held back.
LATE = {"sync/ack-early:not-held-back": "WARN"}
NONE = {"sync/lifecycle:ack-first": "FAIL", "sync/ack-early:not-held-back": "UNTESTABLE"}


def expected_of(switches):
    if "--ack" not in switches:
        return {}
    return {"late": LATE, "none": NONE}[switches[switches.index("--ack") + 1]]


def judge(name, switches):
    with tempfile.TemporaryDirectory() as folder, support.agent(STACK, *switches) as agent:
        run = conformance.Run(folder, agent.url, PROFILE, "--jobs", "4")
        red = {check: outcome for check, outcome in run.outcomes().items() if outcome not in ("PASS", "INFO")}
        return name, switches, red, run.exit_code, run.text


class ConformanceAgents(unittest.TestCase):
    maxDiff = None

    def test_no_freedom_is_held_against_it(self):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for name, switches, red, exit_code, text in pool.map(judge, freedoms.ALL.keys(), freedoms.ALL.values()):
                with self.subTest(name):
                    self.assertEqual(red, expected_of(switches), text)
                    self.assertEqual(exit_code, 1 if "none" in switches else 0, text)


if __name__ == "__main__":
    unittest.main()
