#!/usr/bin/python3
"""Our mock and our load generator beside what a user would take instead, measured side by side.

    bench/peers/measure.py                               the table on stdout (about 15 minutes)
    bench/peers/measure.py --write bench/README.md       ... and between the markers of that page
    bench/peers/measure.py --json samples.json           ... and all samples
    bench/peers/measure.py --table-of samples.json       the table of samples that are there
    bench/peers/measure.py --quick                       one short round: shows that it runs, and nothing else

Who meets whom is in sides.py. Each pair runs an open loop (latency at a fixed rate) and a closed one (the highest rate, and the CPU time that
a job takes on both sides), the mock on one core and the generator on another. Rounds follow one another, each with all pairs in an order
drawn at random, so that a machine that changes its speed changes it for all. Run it on an idle machine: over 5 % of its time in others'
hands, it writes no page unless told --provisional, and the table then says so.

Needs: built programs (./dev build procedura-bench mock-agent procedura-peer-server procedura-peer-client), the system's Python with
python3-websockets, Node, and what npm ci puts into bench/peers/node_modules. ./dev peers sees to all of it.
"""

import argparse
import datetime
import json
import os
import pathlib
import random
import shutil
import statistics
import sys
import time

import gauges
import sides
import table

ROOT = sides.HERE.parents[1]
IDLE = 0.05
ATTEMPTS = 3
MEASURED = {"rate": 2000, "concurrency": 64, "connections": 8, "warm_up": 1.0, "open_s": 6.0, "closed_s": 3.0}
QUICK = {**MEASURED, "rate": 500, "warm_up": 0.2, "open_s": 0.6, "closed_s": 0.4}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0], epilog="see the head of the file")
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build" / "release" / "bin", help="where the programs are")
    parser.add_argument("--python", default=sys.executable, help="the Python of the peers")
    parser.add_argument("--node", default=shutil.which("node") or "node")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1, help="of the order within each round")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write", type=pathlib.Path, metavar="PAGE")
    parser.add_argument("--provisional", action="store_true", help="write the page even if the machine was not idle")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--table-of", type=pathlib.Path, metavar="FILE")
    arguments = parser.parse_args()
    arguments.bin = arguments.bin.resolve()
    if arguments.rounds < 1:
        parser.error("--rounds: at least 1")
    if arguments.table_of:
        return arguments
    for name in ("procedura-bench", "mock-agent", "procedura-peer-server", "procedura-peer-client"):
        if not (arguments.bin / name).exists():
            parser.error(f"{arguments.bin / name} is not built: ./dev build {name}, or --bin FOLDER")
    if not (sides.HERE / "node_modules" / "ws").exists():
        parser.error("bench/peers/node_modules is not there: npm ci --ignore-scripts, in bench/peers")
    return arguments


def cores():
    """One for the mock and one for the generator; None where there are not two."""
    ours = sorted(os.sched_getaffinity(0))
    return (ours[0], ours[-1]) if len(ours) > 1 else (None, None)


def under_load(tools, mock, generator, load):
    """One run: what the generator says, and the CPU time that either side took for a job."""
    for _ in range(ATTEMPTS):
        found = attempt(tools, mock, generator, load)
        if found is not None:
            return found
    raise SystemExit(f"this machine is too busy: {ATTEMPTS} times, {generator.name} and {mock.name} were not seen at work")


def at_rest(pid):
    """The CPU time of a process that has nothing to do any more, or does not come to rest for a second."""
    for _ in range(20):
        before = gauges.cpu_s(pid)
        time.sleep(0.05)
        if gauges.cpu_s(pid) == before:
            break
    return gauges.cpu_s(pid)


def attempt(tools, mock, generator, load):
    """None: the machine was so busy that one of the two was not at work while this script looked."""
    idle = at_rest(mock.process.pid)
    process = generator.start(tools, cores()[1], mock.url, load)
    try:
        while gauges.cpu_s(mock.process.pid) == idle and process.poll() is None:
            time.sleep(0.002)  # until the generator is at the door: interpreters take their time to start
        # It has begun to measure by then, and not ended: CPU time and rate are of the same steady load.
        head, tail = load.duration / 10, load.duration / 5
        time.sleep(load.warm_up + head)
        span = gauges.Span(mock.process.pid, process.pid)
        time.sleep(load.duration - head - tail)
        (mock_busy, generator_busy), others = span.end()
        ended = process.poll() is not None
        out, said = process.communicate(timeout=sides.START_S)
    finally:
        process.kill()
        process.wait()
    try:
        found = generator.read(out)
    except ValueError:
        raise SystemExit(f"{generator.name} against {mock.name}: {said.decode(errors='replace')[-500:]}") from None
    if not found["rate"]:
        raise SystemExit(f"{generator.name} finished no job with {mock.name}: {found}")
    if ended or not (mock_busy and generator_busy):
        return None
    return {**found, "offered": load.rate, "mock_busy": mock_busy, "generator_busy": generator_busy,
            "mock_cpu_ns": mock_busy / found["rate"] * 1e9, "generator_cpu_ns": generator_busy / found["rate"] * 1e9, "others": others}


def measure(arguments, plan):
    rng = random.Random(arguments.seed)
    samples = []
    for number in range(plan["rounds"]):
        order = list(sides.PAIRS)
        rng.shuffle(order)
        for mock_class, generator_class in order:
            with mock_class(arguments, cores()[0]) as mock:
                sides.check_replies(mock)
                common = {"warm_up": plan["warm_up"], "connections": plan["connections"]}
                rate = min(plan["rate"], mock.rate or plan["rate"])
                opened = under_load(arguments, mock, generator_class(), sides.Load(**common, duration=plan["open_s"], rate=rate))
                closed = under_load(arguments, mock, generator_class(),
                                    sides.Load(**common, duration=plan["closed_s"], concurrency=plan["concurrency"]))
            samples.append({"round": number, "mock": mock.name, "generator": generator_class.name, "open": opened, "closed": closed,
                            "others": max(opened["others"], closed["others"])})
            print(f"round {number + 1}: {generator_class.name} against {mock.name}: p50 {table.duration(opened['p50_ns'])}, "
                  f"{table.rate(closed['rate'])} jobs/s", file=sys.stderr, flush=True)
    order = [(mock.name, generator.name) for mock, generator in sides.PAIRS]
    return sorted(samples, key=lambda s: (s["round"], order.index((s["mock"], s["generator"]))))


def main():
    arguments = parse_arguments()
    if arguments.table_of:
        kept = json.loads(arguments.table_of.read_text())
        samples, plan = kept["samples"], kept["plan"]
    else:
        plan = {**(QUICK if arguments.quick else MEASURED), "rounds": 1 if arguments.quick else arguments.rounds, "seed": arguments.seed,
                "machine": gauges.machine(), "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
                "pinning": "mock and generator on a core each" if cores()[0] is not None else "mock and generator on one core"}
        samples = measure(arguments, plan)
        plan["provisional"] = arguments.quick or plan["rounds"] < 3 or statistics.median(s["others"] for s in samples) > IDLE
    text = table.render(samples, plan)
    print(text)
    if arguments.json:
        arguments.json.write_text(json.dumps({"plan": plan, "samples": samples}, indent=1) + "\n")
    if arguments.write:
        if plan["provisional"] and not arguments.provisional:
            print("measure.py: the machine was not idle, or the rounds were few: the page is left as it was (--provisional writes it)", file=sys.stderr)
            return 1
        arguments.write.write_text(table.replaced(arguments.write.read_text(), text))
    return 0


if __name__ == "__main__":
    sys.exit(main())
