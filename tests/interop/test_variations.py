"""The drawing of agents that differ (covering.py, mock_freedoms.py), and variations.py as a program."""

import contextlib
import io
import itertools
import json
import pathlib
import random
import subprocess
import tempfile
import unittest
from unittest import mock

import covering
import freedoms
import mock_freedoms
import variations
from variations import conformance

REFERENCE = mock_freedoms.scenario_of(pathlib.Path(f"{conformance.REFERENCE}.json").read_text(encoding="utf-8"))


class Covering(unittest.TestCase):
    def test_every_pair_of_values_meets(self):
        chance = random.Random(5)
        tables = [[], [3], [2, 2], [1, 4], [4, 3, 2]] + [[chance.randint(1, 5) for _ in range(chance.randint(2, 15))] for _ in range(20)]
        for seed, sizes in enumerate(tables):
            with self.subTest(sizes):
                rows = covering.covering_array(sizes, seed)
                self.assertTrue(all(0 <= value < size for row in rows for value, size in zip(row, sizes, strict=True)))
                met = set().union(*map(covering.pairs_of, rows))
                wanted = {((i, a), (j, b)) for (i, n), (j, m) in itertools.combinations(enumerate(sizes), 2) for a in range(n) for b in range(m)}
                self.assertEqual(wanted - met, set())
                largest = sorted(sizes)[-2:]
                self.assertLessEqual(len(rows), 2 * (largest + [1, 1])[0] * (largest + [1, 1])[1])

    def test_the_seed_draws(self):
        sizes = [2, 3, 2, 4, 2, 2]
        self.assertEqual(covering.covering_array(sizes, 7), covering.covering_array(sizes, 7))
        self.assertNotEqual(covering.covering_array(sizes, 7), covering.covering_array(sizes, 8))

    def test_a_dozen_agents_or_so(self):
        for factors in freedoms.FACTORS, mock_freedoms.FACTORS:
            for seed in range(1, 21):
                self.assertLess(len(variations.choices(factors, "pairs", seed)), 16)

    def test_strengths(self):
        factors = {"a": {"a1": 1, "a2": 2}, "b": {"b1": 1}}
        self.assertEqual(variations.choices(factors, "single", 1), [{}, {"a": "a1"}, {"a": "a2"}, {"b": "b1"}])
        self.assertIn(variations.choices(factors, "all", 1), [[{"a": "a1", "b": "b1"}], [{"a": "a2", "b": "b1"}]])
        pairs = variations.choices(factors, "pairs", 1)
        self.assertCountEqual(pairs, [{}, {"a": "a1"}, {"a": "a2"}, {"b": "b1"}, {"a": "a1", "b": "b1"}, {"a": "a2", "b": "b1"}])


class MockScenarios(unittest.TestCase):
    def test_the_mock_takes_each(self):
        names = {name: value for values in mock_freedoms.FACTORS.values() for name, value in values.items()}
        for strength in variations.STRENGTHS:
            for chosen in variations.choices(mock_freedoms.FACTORS, strength, 3):
                with self.subTest(chosen), tempfile.TemporaryDirectory() as folder:
                    scenario = pathlib.Path(folder) / "differs.json"
                    values = {factor: names[name] for factor, name in chosen.items()}
                    scenario.write_text(json.dumps(mock_freedoms.overlay(REFERENCE, values)), encoding="utf-8")
                    command = [conformance.BIN / "mock-agent", "check", f"{conformance.REFERENCE}.json", scenario]
                    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_what_was_not_told_targets_nothing(self):
        stubs = mock_freedoms.overlay(REFERENCE, {"ack": "id", "target": "job_id"})["stubs"]
        self.assertEqual({(stub["match"]["mode"], stub["target"]) for stub in stubs}, {("sync", "id"), ("async", "job_id")})

    def test_only_what_would_not_wait_leaves_together(self):
        held = [stub["name"] for stub in mock_freedoms.overlay(REFERENCE, {"coalesce": True})["stubs"] if "fault" in stub["reply"][0]]
        self.assertIn("quick", held)
        self.assertNotIn("slow", held)

    def test_a_stub_with_manners_of_its_own_is_left_alone(self):
        for stub in ({"name": "x", "match": {"cmd": "x"}, "accept": False, "reply": [{"error": {"message": "no"}}]},
                     {"name": "x", "match": {"cmd": "x"}, "reply": [{"ack": {}}, {"finished": 1}]},
                     {"name": "x", "match": {"cmd": "x"}, "reply": [["accept"], ["accept"]]},
                     {"name": "x", "match": {"cmd": "x"}},
                     {"name": "x", "match": {"cmd": "x", "mode": "sync"}, "reply": [{"finished": 1}]}):
            self.assertEqual(mock_freedoms.overlay({"stubs": [stub]}, {"target": "id"})["stubs"], [])


class Program(unittest.TestCase):
    def lines(self, *argv, exit_code=0):
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
            self.assertEqual(variations.main(argv), exit_code, out.getvalue())
        return [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()

    def test_everything_at_once_on_each_stack(self):
        lines, _ = self.lines("--strength", "all", "--seeds", "2")
        self.assertEqual([(line["stack"], line["seed"]) for line in lines],
                         [("node", 1), ("python", 1), ("mock", 1), ("node", 2), ("python", 2), ("mock", 2)])
        for line in lines:
            self.assertEqual((line["red"], line["exit_code"]), ({}, 0))
            self.assertGreater(line["checks"], 70)
            self.assertEqual(len(line["freedoms"]), len(variations.FACTORS[line["stack"]]))

    def test_a_fault_is_no_freedom(self):
        with mock.patch.dict(variations.FACTORS, {"python": {"ack": {"no ack": ["--ack", "none"]}}}):
            lines, said = self.lines("--stack", "python", "--strength", "all", exit_code=1)
        self.assertEqual(lines[0]["red"]["sync/lifecycle:ack-first"], "FAIL")
        self.assertIn("python with no ack:", said)
        self.assertIn("1 of them with red checks", said)

    def test_wrong_command_lines(self):
        for argv in ["--stack", "cobol"], ["--strength", "triples"], ["--seeds", "0"], ["word"]:
            with self.subTest(argv), contextlib.redirect_stderr(io.StringIO()), self.assertRaises(SystemExit) as ended:
                variations.main(argv)
            self.assertEqual(ended.exception.code, 2)


if __name__ == "__main__":
    unittest.main()
