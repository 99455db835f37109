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
BROKEN = {"late": {"sync/ack-early:not-held-back": "WARN"}, "none": {"sync/lifecycle:ack-first": "FAIL"}}
CLAUSES = {"late": {"SYN-4"}, "none": {"SYN-1", "SYN-2", "SYN-4"}}


def judge(name, switches):
    with tempfile.TemporaryDirectory() as folder, support.agent(STACK, *switches) as agent:
        run = conformance.Run(folder, agent.url, PROFILE, "--jobs", "4")
        red = {check["id"]: check for check in run.report["checks"]
               if check["outcome"] not in ("PASS", "INFO") and not check["id"].startswith(conformance.OVER_TLS)}
        return name, switches, red, run.exit_code, run.text


class ConformanceAgents(unittest.TestCase):
    maxDiff = None

    def test_no_freedom_is_held_against_it(self):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for name, switches, red, exit_code, text in pool.map(judge, freedoms.ALL.keys(), freedoms.ALL.values()):
                ack = switches[switches.index("--ack") + 1] if "--ack" in switches else None
                outcomes = {check: result["outcome"] for check, result in red.items()}
                with self.subTest(name):
                    self.assertEqual(exit_code, 1 if ack == "none" else 0, text)
                    if ack is None:
                        self.assertEqual(outcomes, {}, text)
                    else:
                        self.assertEqual(outcomes, {**outcomes, **BROKEN[ack]}, text)
                        self.assertLessEqual({result["clause"] for result in red.values()}, CLAUSES[ack], text)


if __name__ == "__main__":
    unittest.main()
