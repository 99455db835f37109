#!/usr/bin/env python3
"""Runs the suite on every agent and client that the repository has, and writes conformance/docs/results.md: what it said.

    results.py            writes the page
    results.py --check    fails if a check is red that the page does not name, or the other way round

PROCEDURA_BIN_DIR has the programs (default build/release/bin). The page is written from runs with one case at a time, for its times.
"""

import argparse
import collections
import datetime
import json
import os
import pathlib
import sys
import tempfile

import support
from variations import conformance, peer_of

PAGE = conformance.ROOT / "conformance" / "docs" / "results.md"
OUTCOMES = ("PASS", "INFO", "WARN", "FAIL", "UNTESTABLE", "N/A")
NOTED = ("WARN", "FAIL", "UNTESTABLE", "HARNESS")
MARK = "<!-- red: "
DEADLINE_S = 180

SUBJECTS = {
    "`mock-agent`": ("agent", "mock", "mock.json"),
    "the Node agent": ("agent", "node", "node-agent.json"),
    "the Python agent": ("agent", "python", "python-agent.json"),
    "`procedura`": ("client", None, "procedura.json"),
    "the Node client": ("client", None, "node-client.json"),
    "the Python client": ("client", None, "python-client.json"),
}

# What a library does by itself, and what its client does about it.
LIBRARIES = """\
- `ws` fails the handshake with an agent that selects no subprotocol after one was offered, which AUT-3 leaves to the agent. The Node client
  puts in what is missing before the library looks.
- `websockets` 10.4 follows a redirect to any host and sends `Authorization` and subprotocol there as well. The Python client follows none.
- `websockets` 10.4 offers permessage-deflate unless told otherwise (CON-8). The Python client tells it.
- `websockets` 10.4 takes up to five times its `close_timeout` (10 s by default) to leave an agent that answers no Close. The Python client
  sets 0.3 s.
- The Python client goes the way of the published SDK and does not claim AUT-8 and LOG-8: it keeps no origin beside its token, and logs in
  with the token that it has."""


def report_of(subject, folder, jobs):
    """The suite's JSON report about a subject."""
    kind, stack, profile = SUBJECTS[subject]
    if kind == "agent":
        peer, _ = peer_of(stack, {}, folder)
        with peer:
            return conformance.Run(folder, peer.url, conformance.PROFILES / profile, "--seed", 1, "--max-time", DEADLINE_S, "--jobs", jobs).report
    written = folder / "report.json"
    command = [conformance.PROGRAM, "client", "--profile", conformance.PROFILES / profile, "--seed", "1", "--max-time", DEADLINE_S,
               "--jobs", jobs, "--json", written]
    path = f"{conformance.BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    done = support.run_program(command, deadline=DEADLINE_S + 30, env={**os.environ, "PATH": path})
    if not written.exists():
        raise SystemExit(f"{subject}: {done.stderr}")
    return json.loads(written.read_text(encoding="utf-8"))


def red_of(reports):
    return sorted([subject, check["id"], check["outcome"]] for subject, report in reports.items() for check in report["checks"]
                  if check["outcome"] in NOTED)


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|---" * len(header) + "|"]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def summary(reports):
    rows = []
    for subject, report in reports.items():
        counts = collections.Counter(check["outcome"] for check in report["checks"])
        coverage = report["coverage"]
        rows.append([subject, f"{coverage['judged']} of {coverage['applicable']}", *(counts[outcome] for outcome in OUTCOMES),
                     f"{report['seconds']:.1f} s"])
    return table(["subject", "clauses judged", *OUTCOMES, "one case at a time"], rows)


def areas(reports):
    """Checks passed (or told of) and checks run, by area."""
    totals = collections.defaultdict(lambda: collections.defaultdict(lambda: [0, 0]))
    for subject, report in reports.items():
        for check in report["checks"]:
            cell = totals[check["id"].partition("/")[0]][subject]
            cell[1] += check["outcome"] != "N/A"
            cell[0] += check["outcome"] in ("PASS", "INFO")
    rows = [[area, *(f"{cells[subject][0]} of {cells[subject][1]}" if cells[subject][1] else "–" for subject in reports)]
            for area, cells in sorted(totals.items())]
    return table(["area", *reports], rows)


def not_passed(reports):
    lines = [f"- {subject}: `{check['id']}` ({check['clause']}, {check['level']}) {check['outcome']}: {check['came']}"
             for subject, report in reports.items() for check in report["checks"] if check["outcome"] in NOTED]
    return "\n".join(lines) or "Nothing."


def page(reports, date):
    suite = next(iter(reports.values()))["suite"]
    agents = {subject: report for subject, report in reports.items() if SUBJECTS[subject][0] == "agent"}
    clients = {subject: report for subject, report in reports.items() if SUBJECTS[subject][0] == "client"}
    hashes = {report["subject"]: report["registry_hash"] for report in reports.values()}
    return f"""\
# What the suite says of the agents and clients here

Written by `tests/interop/results.py` on {date}, with suite {suite} (registries {', '.join(f'{kind} {value}' for kind, value in sorted(hashes.items()))}).
Run it again to renew this page; `interop.results` fails when it names other red checks than a run does. The peers are described in
[tests/interop](../../tests/interop/README.md), the profiles are in [conformance/profiles](../profiles).

## Agents
{summary(agents)}

{areas(agents)}

## Clients
{summary(clients)}

{areas(clients)}

## Not passed
{not_passed(reports)}

## What the libraries do by themselves
{LIBRARIES}

{MARK}{json.dumps(red_of(reports))} -->
"""


def red_on_page(text):
    line = next(line for line in text.splitlines() if line.startswith(MARK))
    return json.loads(line.removeprefix(MARK).removesuffix(" -->"))


def main(argv):
    options = argparse.ArgumentParser(prog="results.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--check", action="store_true")
    check = options.parse_args(argv).check
    reports = {}
    for subject in SUBJECTS:
        with tempfile.TemporaryDirectory(prefix="procedura-results-") as folder:
            reports[subject] = report_of(subject, pathlib.Path(folder), 4 if check else 1)
    if not check:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page(reports, datetime.date.today().isoformat()), encoding="utf-8")
        return 0
    written, came = red_on_page(PAGE.read_text(encoding="utf-8")), red_of(reports)
    if written != came:
        print(f"{PAGE} names {written}\na run says {came}\nmend what is red, or run results.py anew", file=sys.stderr)
    return 0 if written == came else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
