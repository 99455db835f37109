#!/usr/bin/env python3
"""What procedura-conformance writes and reads, against its published schemas in the hands of ajv (npm)."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

from support import HERE, NODE, Peer

sys.path.insert(0, str(HERE.parent / "e2e"))
import conformance  # noqa: E402

SCHEMAS = conformance.ROOT / "conformance" / "schema"
MOCK_AGENT = conformance.BIN / "mock-agent"
PROFILE = conformance.PROFILES / "mock.json"
AJV_DEADLINE_S = 60


def by_schema(name, documents):
    """What ajv finds wrong with each document; None: nothing."""
    done = subprocess.run([NODE, HERE / "ajv" / "validate.mjs", SCHEMAS / f"{name}.schema.json"], capture_output=True, text=True,
                          input="".join(json.dumps(document) + "\n" for document in documents), timeout=AJV_DEADLINE_S, check=False)
    if done.returncode != 0:
        raise AssertionError(f"ajv does not take the schema: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


class ConformanceSchemas(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="procedura-conformance-")))

    def baseline(self, entry):
        path = self.folder / "baseline.json"
        path.write_text(json.dumps({"entries": [{"reason": "a proxy", "expires": "2999-12-31", **entry}]}), encoding="utf-8")
        return path

    def mock(self, *scenarios):
        words = [word for scenario in (conformance.REFERENCE + ".json", *scenarios) for word in ("--script", scenario)]
        return Peer([MOCK_AGENT, "--port", "0", *words], quiet=True)

    def test_results_of_every_kind_of_run_are_of_their_schema(self):
        broken = self.folder / "broken.json"
        broken.write_text(json.dumps({"version": 1, "stubs": [
            {"name": "quick", "match": {"cmd": "worldstate_snapshot"}, "accept": False,
             "reply": [{"send": {"id": "${id}", "status": "\u001b[2J\u202e"}}, {"finished": {"meta": {}, "entities": {}}}]}]}), encoding="utf-8")
        results = []
        with self.mock() as mock:
            results.append(conformance.Run(self.folder, mock.url, PROFILE, "--jobs", "4").report)
        with self.mock(broken) as mock:
            known = self.baseline({"case": "sync/lifecycle", "issue": "#1"})
            for options in ((), ("--strict", "--known-failing", known), ("--known-flaky", known), ("--max-time", "0.5")):
                results.append(conformance.Run(self.folder, mock.url, PROFILE, *options).report)
        results.append(conformance.Run(self.folder, "ws://127.0.0.1:1", PROFILE).report)
        self.assertEqual([each["exit_code"] for each in results], [0, 1, 1, 1, 1, 3])
        self.assertEqual(by_schema("results", results), [None] * len(results))
        spoiled = [{**results[0], "format": 2}, {**results[0], "seed": "1"}, {**results[0], "checks": [{"id": "a/b:c"}]}]
        spoiled += [{key: value for key, value in results[0].items() if key != left_out} for left_out in results[0]]
        for verdict in by_schema("results", spoiled):
            self.assertIsNotNone(verdict)

    def test_baselines_are(self):
        good = {"case": "sync/lifecycle", "reason": "r", "expires": "2999-12-31"}
        wrong = [{key: value for key, value in good.items() if key != left_out} for left_out in good]
        wrong += [{**good, "check": "a/b:c"}, {**good, "expires": "soon"}, {**good, "until": "x"}, {**good, "reason": ""}]
        verdicts = by_schema("baseline", [{"entries": [each]} for each in (good, *wrong)])
        self.assertIsNone(verdicts[0])
        for each, verdict in zip(wrong, verdicts[1:], strict=True):
            self.assertIsNotNone(verdict, each)

    def test_profiles_are_those_that_are_shipped_and_those_that_are_drafted(self):
        with self.mock() as mock:
            drafted = subprocess.run([conformance.PROGRAM, "probe", "--url", mock.url], capture_output=True, text=True, timeout=60, check=True)
        shipped = [json.loads((conformance.PROFILES / f"{name}.json").read_text(encoding="utf-8")) for name in ("mock", "node-agent", "python-agent")]
        self.assertEqual(by_schema("profile", [json.loads(drafted.stdout), *shipped]), [None] * 4)


if __name__ == "__main__":
    unittest.main()
