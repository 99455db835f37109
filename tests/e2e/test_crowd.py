"""The load that ./dev crowd makes, small enough for every run: nothing is lost, and what it prints can be read."""

import unittest

import crowd
from support import MOCK_AGENT


class Crowd(unittest.TestCase):
    def test_idle_connections_and_jobs_together(self):
        result = crowd.run(MOCK_AGENT, idle=300, jobs=100, frames=3, interval=0.2)
        self.assertEqual(result["jobs"], 100)
        self.assertLess(result["bytes_per_connection"], 200_000)  # sanitizers take their share
        self.assertEqual(set(result["late_ms"]), {"p50", "p99", "at most"})
        self.assertLess(result["late_ms"]["p50"], 1000)


if __name__ == "__main__":
    unittest.main()
