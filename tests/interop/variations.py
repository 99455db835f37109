#!/usr/bin/env python3
"""Agents that differ from each other in nothing but the protocol's freedoms, each judged by procedura-conformance: all must pass.

    variations.py                                      every stack and strength, drawn by the seed 1
    variations.py --stack node --strength pairs --seed 7
    variations.py --strength pairs --seeds 20          the seeds 1 to 20, one after the other

Strengths: `single` takes each freedom alone, `pairs` a dozen agents in which any two of them meet, `all` everything at once.
Each run is a line of JSON on stdout: {"stack", "strength", "seed", "freedoms", "switches", "red": {check: outcome}, "exit_code",
"checks", "seconds"}. Red are FAIL, WARN, UNTESTABLE and HARNESS. On stderr: a sentence about what was run, and the report of each red run.
PROCEDURA_BIN_DIR has the programs (default build/release/bin). Exits with 0 if nothing is red, 1 if something is, 2 on a wrong command line.
"""

import argparse
import concurrent.futures
import json
import pathlib
import random
import sys
import tempfile
import time

import covering
import freedoms
import mock_freedoms
import support

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import conformance  # noqa: E402

RED = ("FAIL", "WARN", "UNTESTABLE", "HARNESS")
STRENGTHS = ("single", "pairs", "all")
FACTORS = {"node": freedoms.FACTORS, "python": freedoms.FACTORS, "mock": mock_freedoms.FACTORS}


def choices(factors, strength, seed):
    """The agents of a strength: for each the freedoms that it takes, {factor: name}."""
    names = {factor: list(values) for factor, values in factors.items()}
    if strength == "single":
        return [{}, *({factor: name} for factor, values in names.items() for name in values)]
    if strength == "all":
        chance = random.Random(seed)
        return [{factor: chance.choice(values) for factor, values in names.items()}]
    rows = covering.covering_array([1 + len(values) for values in names.values()], seed)  # 0: as it comes
    return [{factor: values[value - 1] for (factor, values), value in zip(names.items(), row) if value} for row in rows]


def peer_of(stack, chosen, folder):
    """The agent as a process, and what it was given to differ."""
    values = {factor: FACTORS[stack][factor][name] for factor, name in chosen.items()}
    if stack != "mock":
        switches = [word for words in values.values() for word in words]
        return support.agent(stack, *switches), switches
    base = f"{conformance.REFERENCE}.json"
    scenario = mock_freedoms.overlay(mock_freedoms.scenario_of(pathlib.Path(base).read_text(encoding="utf-8")), values)
    differs = folder / "differs.json"
    differs.write_text(json.dumps(scenario), encoding="utf-8")
    scripts = ["--script", base, "--script", differs]
    return support.Peer([conformance.BIN / "mock-agent", "--port", "0", *scripts], quiet=True), sorted(values)


def judge(stack, strength, seed, chosen, jobs):
    """One run: its line, and the report for people."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="procedura-variations-") as name:
        peer, switches = peer_of(stack, chosen, pathlib.Path(name))
        with peer:
            profile = conformance.PROFILES / ("mock.json" if stack == "mock" else f"{stack}-agent.json")
            run = conformance.Run(name, peer.url, profile, "--seed", seed, "--jobs", jobs)
            outcomes = run.outcomes() if run.json_file.exists() else {}
    red = {check: outcome for check, outcome in outcomes.items() if outcome in RED}
    line = {"stack": stack, "strength": strength, "seed": seed, "freedoms": list(chosen.values()), "switches": switches, "red": red,
            "exit_code": run.exit_code, "checks": len(outcomes), "seconds": round(time.monotonic() - begun, 2)}
    return line, run.text + run.errors


def is_red(line):
    return bool(line["red"]) or line["exit_code"] != 0 or line["checks"] == 0


def parse(argv):
    options = argparse.ArgumentParser(prog="variations.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--stack", choices=FACTORS, action="append", help="may be given several times; default: each")
    options.add_argument("--strength", choices=STRENGTHS, action="append", help="may be given several times; default: each")
    options.add_argument("--seed", type=int, default=1, metavar="N", help="draws the agents of pairs and all, and the order of the cases")
    options.add_argument("--seeds", type=int, default=1, metavar="K", help="so many seeds from N on; `single` is run with the first")
    options.add_argument("--agents", type=int, default=4, metavar="N", help="agents at a time")
    options.add_argument("--jobs", type=int, default=4, metavar="N", help="cases at a time of each")
    parsed = options.parse_args(argv)
    if min(parsed.seeds, parsed.agents, parsed.jobs) < 1:
        options.error("--seeds, --agents and --jobs must be at least 1")
    return parsed


def main(argv):
    options = parse(argv)
    begun = time.monotonic()
    work = [(stack, strength, seed, chosen, options.jobs)
            for seed in range(options.seed, options.seed + options.seeds)
            for stack in options.stack or FACTORS
            for strength in options.strength or STRENGTHS if strength != "single" or seed == options.seed
            for chosen in choices(FACTORS[stack], strength, seed)]
    red = 0
    with concurrent.futures.ThreadPoolExecutor(options.agents) as pool:
        for line, report in pool.map(judge, *zip(*work)):
            print(json.dumps(line, ensure_ascii=False), flush=True)
            if is_red(line):
                red += 1
                print(f"\n{line['stack']} with {', '.join(line['freedoms']) or 'nothing special'}:\n{report}", file=sys.stderr)
    print(f"{len(work)} agents, {red} of them with red checks, in {time.monotonic() - begun:.0f} s", file=sys.stderr)
    return 1 if red else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
