#!/usr/bin/env python3
"""The C++ client (cpp_client.cpp) against the Node agent under every freedom."""

import os
import unittest

import freedoms
from support import node_agent, program_from, run_program

CPP_CLIENT = program_from("INTEROP_CPP_CLIENT")

# With these the automatic style has something to find out; by hand it is told nothing.
STYLES = {"bare args only": ["--args-style", "bare"], "module-first args only": ["--args-style", "module-first"]}


class UnderEveryFreedom(unittest.TestCase):
    def test_each(self):
        for name, switches in freedoms.ALL.items():
            with self.subTest(name), node_agent(*switches) as peer:
                self.run_tests(peer)

    def test_args_styles_after_a_login(self):
        for name, switches in STYLES.items():
            with self.subTest(name), node_agent(*switches) as peer:
                self.run_tests(peer, "AsyncAgentAbroad.*")

    def run_tests(self, peer, only="*"):
        done = run_program([CPP_CLIENT, f"--gtest_filter={only}"], env={**os.environ, "INTEROP_AGENT_URL": peer.url}, deadline=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("[  PASSED  ]", done.stdout)


if __name__ == "__main__":
    unittest.main()
