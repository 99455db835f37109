#!/usr/bin/env python3
"""Judges the agents that the suite has never seen: each as it should be, then with one of its drawn faults at a time.

    python3 tests/interop/unseen/judge.py             # compares with results.json; exit code 1 if something differs
    python3 tests/interop/unseen/judge.py --renew     # writes results.json and the table in README.md
"""

import argparse
import json
import os
import pathlib
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1] / "e2e")]
import conformance  # noqa: E402
import draw  # noqa: E402
import support  # noqa: E402

SEED = 20261123
SECOND_CREDENTIAL = "ops@procedura.org:pa:ss:word"
RESULTS = HERE / "results.json"
README = HERE / "README.md"
BEGIN, END = "<!-- results: written by judge.py --renew -->\n", "<!-- end of results -->\n"

COMMANDS = {
    "python_sockets": [support.PYTHON, "-B", HERE / "python_sockets" / "agent.py"],
    "python_websockets": [support.PYTHON, "-B", HERE / "python_websockets" / "agent.py"],
    "node_sockets": [support.NODE, HERE / "node_sockets" / "agent.mjs"],
    "node_ws": [support.NODE, HERE / "node_ws" / "agent.mjs"],
    "perl_sockets": ["perl", HERE / "perl_sockets" / "agent.pl"],
}


class Agent(support.Peer):
    """An agent whose stderr is kept: a fault that acted says so there."""

    def __init__(self, command):
        reading, writing = os.pipe()
        self.said = b""
        self.reader = threading.Thread(target=self._read, args=(reading,))
        self.reader.start()
        try:
            super().__init__(command, stderr=writing)
        finally:
            os.close(writing)

    def _read(self, pipe):
        with os.fdopen(pipe, "rb") as file:
            for line in file:
                if len(self.said) < 1_000_000:
                    self.said += line

    def __exit__(self, *details):
        super().__exit__(*details)
        self.reader.join(10)


def judge(name, fault=None):
    """The red checks of a run, by id, with their outcome; and whether the fault said that it acted."""
    faults = ["--fault", fault] if fault else []
    with tempfile.TemporaryDirectory() as folder:
        with Agent([*COMMANDS[name], "--port", "0", *faults]) as agent:
            run = conformance.Run(folder, agent.url, HERE / "profile.json", "--jobs", "4", "--time-scale", "3",
                                  env={conformance.SECOND_VARIABLE: SECOND_CREDENTIAL})
        red = {check: outcome for check, outcome in sorted(run.outcomes().items()) if outcome in ("FAIL", "WARN")}
        weighs = {check: why for check, why in run.these("UNTESTABLE", "HARNESS").items()}
    return {"red": red, "not judged": sorted(weighs), "fired": bool(fault) and f"fault {fault}" in agent.said.decode(errors="replace")}


def look_at(names):
    rules = json.loads((HERE / "rules.json").read_text(encoding="utf-8"))
    drawn = draw.draw(rules, SEED)
    results = {}
    for name in names:
        correct = judge(name)
        results[name] = {"correct": correct["red"], "not judged": correct["not judged"], "faults": []}
        for rule in drawn[name]:
            seen = judge(name, rule["id"])
            new = {check: outcome for check, outcome in seen["red"].items() if check not in correct["red"]}
            results[name]["faults"].append({"id": rule["id"], "agent": rule["agent"], "fired": seen["fired"], "found": bool(new),
                                            "red": new})
    return results


def table(results):
    lines = ["| agent | without a fault | fault | it acted | found by |", "|---|---|---|---|---|"]
    for name, result in results.items():
        green = "nothing red" if not result["correct"] else ", ".join(f"`{check}` {outcome}" for check, outcome in result["correct"].items())
        for fault in result["faults"]:
            sentence = fault["agent"].replace("|", "\\|")
            shown = [f"`{check}` {outcome}" for check, outcome in list(fault["red"].items())[:4]]
            more = len(fault["red"]) - len(shown)
            found = (", ".join(shown) + (f" and {more} more" if more else "")) if fault["found"] else "**missed**"
            lines.append(f"| `{name}` | {green} | {fault['id']}: {sentence} | {'yes' if fault['fired'] else 'no'} | {found} |")
    found = sum(fault["found"] for result in results.values() for fault in result["faults"])
    count = sum(len(result["faults"]) for result in results.values())
    return f"Seed {SEED}: {found} of {count} faults were found.\n\n" + "\n".join(lines) + "\n"


def renew(results):
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    page = README.read_text(encoding="utf-8")
    begin, end = page.index(BEGIN) + len(BEGIN), page.index(END)
    README.write_text(page[:begin] + table(results) + page[end:], encoding="utf-8")


def verdicts(results):
    """What must not change from run to run: what is red without a fault, and which faults are found."""
    return {name: {"correct": result["correct"], "found": {fault["id"]: fault["found"] for fault in result["faults"]}}
            for name, result in results.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--renew", action="store_true")
    parser.add_argument("--verbose", action="store_true", help="as other tests have it; no more is said")
    parser.add_argument("agents", nargs="*", help="only these")
    arguments = parser.parse_args()
    results = look_at(arguments.agents or COMMANDS)
    if arguments.renew:
        renew(results)
    elif arguments.agents:
        print(json.dumps(results, indent=1, ensure_ascii=False))
    else:
        published = verdicts(json.loads(RESULTS.read_text(encoding="utf-8")))
        if verdicts(results) != published:
            print(json.dumps({"published": published, "now": verdicts(results)}, indent=1, ensure_ascii=False))
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
