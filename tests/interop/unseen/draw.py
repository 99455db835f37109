#!/usr/bin/env python3
"""Draws the faults of the agents that the suite has never seen.

    python3 draw.py --seed 20261123
"""

import argparse
import json
import pathlib
import random

HERE = pathlib.Path(__file__).resolve().parent
AGENTS = ("python_sockets", "python_websockets", "node_sockets", "node_ws", "perl_sockets")
FAULTS_EACH = 3


def unknown_rules(rules):
    """Those that no broken agent of the suite's own catalogue breaks."""
    return [rule for rule in rules if not rule.get("like")]


def draw(rules, seed, agents=AGENTS):
    """For each agent its faults: no rule twice, and never two of one clause for one agent, which might hide each other."""
    chance = random.Random(seed)
    left = sorted(unknown_rules(rules), key=lambda rule: rule["id"])
    drawn = {}
    for agent in agents:
        mine = []
        while len(mine) < FAULTS_EACH:
            rule = left[chance.randrange(len(left))]
            if all(rule["clause"] != other["clause"] for other in mine):
                mine.append(rule)
                left.remove(rule)
        drawn[agent] = mine
    return drawn


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, required=True)
    seed = parser.parse_args().seed
    rules = json.loads((HERE / "rules.json").read_text(encoding="utf-8"))
    print(f"seed {seed}; {len(unknown_rules(rules))} of {len(rules)} rules are broken by no agent of the catalogue")
    for agent, faults in draw(rules, seed).items():
        for fault in faults:
            print(f"{agent}: {fault['id']}: {fault['agent']}")


if __name__ == "__main__":
    main()
