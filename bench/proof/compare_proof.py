#!/usr/bin/python3
"""Does `procedura-bench compare` tell what is there, and nothing that is not?

    bench/proof/compare_proof.py                        with the programs in build/release/bin
    bench/proof/compare_proof.py --json proof.json      every comparison, for a report
    bench/proof/compare_proof.py --same 2 --more 1      a look at how it works

Two questions, each asked of whole comparisons, as a user makes them:

- mock-agent against itself, 20 tries: at most one may find a difference, and at least 15 have to say "equivalent".
- mock-agent against itself with 10 % more CPU time per request, 10 tries: at least 9 have to say "slower", on CPU.

How the 10 % come about: the scenario's reply sets a variable many times over, which nobody sees on the wire. Before the tries, one
comparison of two such counts, far apart, says what one more costs; the count of B is made of that. What each try then finds as the
ratio is in the table: the calibration is measured again by what it calibrates.

The tries of both kinds take turns, so that a bad hour of the machine falls on both. Run it on an idle machine with two cores or
more; what else runs there widens the intervals, and the verdicts become "inconclusive". Exit code 0: both hold; 1: not.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = 1000  # how often A's reply sets its variable


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0], epilog="see the head of the file")
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build" / "release" / "bin", help="where the programs are")
    parser.add_argument("--same", type=int, default=20, metavar="N", help="tries of an agent against itself")
    parser.add_argument("--more", type=int, default=10, metavar="N", help="tries with 10 %% more CPU per request")
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--duration", default="50ms", help="of each run")
    parser.add_argument("--warm-up", default="10ms", help="before each run")
    parser.add_argument("--seed", type=int, default=1, help="of the first try; each has the next")
    parser.add_argument("--json", type=pathlib.Path, help="writes the reports of all comparisons to this file")
    arguments = parser.parse_args()
    arguments.bin = arguments.bin.resolve()
    for name in ("procedura-bench", "mock-agent"):
        if not (arguments.bin / name).exists():
            parser.error(f"{arguments.bin / name} is not built: ./dev build procedura-bench mock-agent, or --bin FOLDER")
    return arguments


def scenario(work):
    """A job whose reply costs the agent more the more `work` there is, and has the same bytes."""
    steps = [{"repeat": work, "as": "k", "steps": [{"set": {"x": "${k}"}}]}, {"finished": {"entities": {}}}]
    return {"version": 1, "name": "work", "stubs": [{"name": "job", "match": {"cmd": "job"}, "reply": ["accept", *steps]}]}


class Comparisons:
    def __init__(self, arguments, folder):
        self.arguments = arguments
        self.folder = pathlib.Path(folder)
        self.reports = []

    def agent(self, work):
        file = self.folder / f"work-{work}.json"
        file.write_text(json.dumps(scenario(work)))
        return f"{self.arguments.bin}/mock-agent --script {file} --port {{port}}"

    def compare(self, a, b, seed, what):
        """The metrics of a comparison by name, and its verdict."""
        given = self.arguments
        command = [given.bin / "procedura-bench", "compare", "--a", self.agent(a), "--b", self.agent(b), "--module", "job",
                   "--concurrency", "4", "--duration", given.duration, "--warm-up", given.warm_up, "--pairs", str(given.pairs),
                   "--seed", str(seed), "--out", "-"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if not done.stdout:
            raise SystemExit(f"compare failed:\n{done.stderr}")
        report = json.loads(done.stdout)
        self.reports.append({"what": what, "work": [a, b], "report": report})
        return {metric["name"]: metric for metric in report["metrics"]}, report["verdict"]


def calibrate(comparisons, seed):
    """The count at which a request takes 10 % more CPU than with WORK."""
    metrics, _ = comparisons.compare(WORK, 2 * WORK, seed, "calibration")
    more = metrics["cpu_per_job"]["ratio"] - 1  # by WORK
    if more <= 0.2:
        raise SystemExit(f"{WORK} more steps change the CPU time by {100 * more:.1f} % only: nothing to calibrate by")
    return WORK + round(WORK * 0.1 / more)


def show(number, what, metrics, verdict):
    cells = ""
    for name in ("cpu_per_job", "response.p50"):
        metric = metrics[name]
        cells += f"  {metric['ratio']:.3f} ({metric['low']:.3f} to {metric['high']:.3f}) {metric['verdict']:<13}"
    print(f"{number:>3}  {what:<10}{verdict['kind']:<14}{cells}", flush=True)


def in_turns(same, more):
    """So many of each kind, spread evenly."""
    ahead = sorted([((i + 0.5) / same, "identical") for i in range(same)] + [((i + 0.5) / more, "10 % more") for i in range(more)])
    return [what for _, what in ahead]


def main():
    arguments = parse_arguments()
    begun = time.monotonic()
    found = {"identical": [], "10 % more": []}
    with tempfile.TemporaryDirectory() as folder:
        comparisons = Comparisons(arguments, folder)
        heavier = calibrate(comparisons, arguments.seed)
        print(f"{arguments.pairs} pairs of {arguments.duration} each; 10 % more CPU per request: {heavier} steps for {WORK}")
        print(f"try  {'B is':<10}{'verdict':<14}  {'CPU per job, B/A':<37}  median response, B/A")
        for number, what in enumerate(in_turns(arguments.same, arguments.more)):
            b = WORK if what == "identical" else heavier
            metrics, verdict = comparisons.compare(WORK, b, arguments.seed + 1 + number, what)
            show(number + 1, what, metrics, verdict)
            found[what].append((verdict["kind"], metrics["cpu_per_job"]["verdict"]))
    if arguments.json:
        arguments.json.write_text(json.dumps(comparisons.reports, indent=1))

    same = [verdict for verdict, _ in found["identical"]]
    different = sum(verdict in ("faster", "slower") for verdict in same)
    equivalent = same.count("equivalent")
    slower = sum(verdict == ("slower", "slower") for verdict in found["10 % more"])
    print(f"identical: {different} of {len(same)} found a difference, {equivalent} said equivalent, "
          f"{len(same) - different - equivalent} neither")
    print(f"10 % more CPU: {slower} of {len(found['10 % more'])} said slower, on CPU")
    print(f"took {(time.monotonic() - begun) / 60:.1f} minutes")
    holds = 20 * different <= len(same) and 4 * equivalent >= 3 * len(same) and 10 * slower >= 9 * len(found["10 % more"])
    print("both hold" if holds else "NOT both hold")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
