#!/usr/bin/env python3
"""`mock-agent check` against the schema of scenarios in the hands of ajv: whatever the schema refuses, check refuses too.

Looked at are all shipped scenarios, tests/support/everything.json, the malformed ones of tests/support/malformed (whose index says
what either finds), and a few hundred scenarios with one thing changed. SCHEMA_SEED repeats the changes of a run.
"""

import copy
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import tempfile
import unittest

from support import HERE, NODE, program_from, run_program

MOCK_AGENT = program_from("INTEROP_MOCK_AGENT")
SCENARIOS = HERE.parents[1] / "mockserver" / "scenarios"
MALFORMED = HERE.parent / "support" / "malformed"
EVERYTHING = HERE.parent / "support" / "everything.json"
GOOD, REFUSED = 0, 2
MUTATIONS = 400
AJV_DEADLINE_S = 120

# A string, which may have // in it, or a comment.
STRING_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)


def document_of(path):
    """The JSON of a scenario without its comments; None if there is none."""
    text = STRING_OR_COMMENT.sub(lambda found: found[0] if found[0].startswith('"') else " ", path.read_text(encoding="utf-8"))
    try:
        return json.loads(text)
    except ValueError:
        return None


def by_schema(documents):
    """What ajv finds wrong with each of the documents; None: nothing."""
    schema = run_program([MOCK_AGENT, "schema"]).stdout
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        file.write(schema)
        file.flush()
        done = subprocess.run([NODE, HERE / "ajv" / "validate.mjs", file.name], input="".join(json.dumps(each) + "\n" for each in documents),
                              capture_output=True, text=True, timeout=AJV_DEADLINE_S, check=False)
    if done.returncode != 0:
        raise AssertionError(f"ajv does not take the schema: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def check(path, **options):
    return run_program([MOCK_AGENT, "check", path], **options)


class Mutator:
    """Changes one thing in a document."""

    VALUES = [None, True, False, 0, -1, 1, 2, 1.5, 1e300, 70000, "", "x", "20ms", "1KiB", "${", "${id}", "both", "reset", [], {}, [[]],
              {"cmd": "x"}, {"$file": 1}, {"absent": True}, {"bytes": 1}, ["accept"]]
    KEYS = ["extra", "when", "target", "max", "$file", "$generate", "close", "fault", "count", "within", "connection", "code", "id"]

    def __init__(self, seed):
        self.random = random.Random(seed)

    def __call__(self, document):
        document = copy.deepcopy(document)
        places = list(self.places(document))
        parent, key = self.random.choice(places)
        value = parent[key]
        act = self.random.choice([self.replace, self.replace, self.remove, self.rename, self.add, self.misspell, self.wrap])
        act(parent, key, value)
        return document

    def places(self, node):
        """Every value in it, as its parent and its key."""
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            yield node, key
            if isinstance(node[key], (dict, list)):
                yield from self.places(node[key])

    def replace(self, parent, key, _):
        parent[key] = copy.deepcopy(self.random.choice(self.VALUES))

    def remove(self, parent, key, _):
        del parent[key]

    def rename(self, parent, key, value):
        if isinstance(parent, dict):
            del parent[key]
            parent[key + "s" if self.random.random() < 0.5 else self.random.choice(self.KEYS)] = value
        else:
            parent.insert(key, copy.deepcopy(value))

    def add(self, parent, key, value):
        into = value if isinstance(value, dict) else parent
        if isinstance(into, dict):
            into[self.random.choice(self.KEYS)] = copy.deepcopy(self.random.choice(self.VALUES))
        else:
            into.append(copy.deepcopy(self.random.choice(self.VALUES)))

    def misspell(self, parent, key, value):
        if isinstance(value, str) and value:
            at = self.random.randrange(len(value))
            parent[key] = value[:at] + self.random.choice(["", "-", " ", "0", "x"]) + value[at + 1:]
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            parent[key] = self.random.choice([-value, value + 0.5, value * 1000000, str(value)])
        else:
            parent[key] = str(value)

    def wrap(self, parent, key, value):
        parent[key] = self.random.choice([[value], {"x": value}, [value, value]])


class TheSchemaAndCheck(unittest.TestCase):
    def test_take_every_shipped_scenario(self):
        paths = [*sorted(SCENARIOS.glob("*.json")), EVERYTHING]
        self.assertGreater(len(paths), 5)
        for path, wrong in zip(paths, by_schema(map(document_of, paths)), strict=True):
            with self.subTest(path.name):
                self.assertIsNone(wrong)
                done = check(path)
                self.assertEqual(done.returncode, GOOD, done.stderr)

    def test_find_in_malformed_scenarios_what_the_index_says(self):
        index = json.loads((MALFORMED / "index.json").read_text(encoding="utf-8"))
        self.assertGreaterEqual(len(index), 30)
        files = {path.name for path in MALFORMED.glob("*.json")} - {"index.json"}
        self.assertEqual({entry["file"] for entry in index}, files)
        documents = {entry["file"]: document_of(MALFORMED / entry["file"]) for entry in index}
        readable = [name for name, document in documents.items() if document is not None]
        found = dict(zip(readable, by_schema(documents[name] for name in readable), strict=True))
        for entry in index:
            with self.subTest(entry["file"]):
                done = check(entry["file"], cwd=MALFORMED)
                self.assertEqual(done.returncode, REFUSED)
                self.assertEqual(done.stderr.splitlines()[:-1], [f"{entry['file']}:{problem}" for problem in entry["problems"]])
                if entry["file"] in found:
                    self.assertEqual("refuses" if found[entry["file"]] else "takes", entry["schema"], found[entry["file"]])
                else:
                    self.assertEqual(entry["schema"], "is no JSON")

    def test_agree_on_scenarios_with_one_thing_changed(self):
        seed = int(os.environ.get("SCHEMA_SEED", random.randrange(1 << 32)))
        print(f"SCHEMA_SEED={seed} repeats this", flush=True)
        mutate = Mutator(seed)
        bases = [document_of(path) for path in [*sorted(SCENARIOS.glob("*.json")), EVERYTHING, EVERYTHING, EVERYTHING]]
        documents = [mutate(mutate.random.choice(bases)) for _ in range(MUTATIONS)]
        verdicts = by_schema(documents)
        refused = 0
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "scenario.json"
            shutil.copy(EVERYTHING.with_name("everything-data.json"), folder)
            for document, wrong in zip(documents, verdicts, strict=True):
                if wrong is None:
                    continue
                refused += 1
                path.write_text(json.dumps(document), encoding="utf-8")
                done = check(path)
                self.assertEqual(done.returncode, REFUSED, f"SCHEMA_SEED={seed}: only the schema finds {wrong}: {json.dumps(document)}")
        self.assertGreater(refused, MUTATIONS // 4)
        self.assertLess(refused, MUTATIONS)


if __name__ == "__main__":
    unittest.main()
