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
        freedoms.each(self, self.run_tests)

    def test_args_styles_after_a_login(self):
        freedoms.each(self, lambda switches: self.run_tests(switches, "AsyncAgentAbroad.*"), STYLES)

    def run_tests(self, switches, only="*"):
        with node_agent(*switches) as peer:
            env = {**os.environ, "INTEROP_AGENT_URL": peer.url}
            done = run_program([CPP_CLIENT, f"--gtest_filter={only}"], env=env, deadline=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("[  PASSED  ]", done.stdout)


if __name__ == "__main__":
    unittest.main()
