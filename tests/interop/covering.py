"""Covering arrays of strength 2: few rows in which every pair of values of every two factors stands together. Pure."""

import itertools
import random

CANDIDATES = 60


def pairs_of(row):
    """What a row covers: ((factor, value), (factor, value)), the smaller factor first."""
    return set(itertools.combinations(enumerate(row), 2))


def covering_array(sizes, seed):
    """Rows of values, 0 ≤ row[i] < sizes[i], drawn by the seed. Greedy: near to the least number of rows, not at it."""
    chance = random.Random(seed)
    if len(sizes) < 2:
        return [row for row in itertools.product(*map(range, sizes))]
    uncovered = {pair for row in itertools.combinations(enumerate(sizes), 2)
                 for pair in itertools.product(*([(factor, value) for value in range(size)] for factor, size in row))}
    rows = []
    while uncovered:
        row = max((_candidate(sizes, uncovered, chance) for _ in range(CANDIDATES)), key=lambda each: len(pairs_of(each) & uncovered))
        uncovered -= pairs_of(row)
        rows.append(row)
    return rows


def _candidate(sizes, uncovered, chance):
    """Begins with a pair that is wanted, and gives each other factor the value that covers most with what is there."""
    row = dict(chance.choice(sorted(uncovered)))
    for factor in chance.sample([factor for factor in range(len(sizes)) if factor not in row], len(sizes) - 2):
        def gain(value):
            return sum(tuple(sorted([(factor, value), other])) in uncovered for other in row.items())

        row[factor] = max(chance.sample(range(sizes[factor]), sizes[factor]), key=gain)
    return tuple(row[factor] for factor in range(len(sizes)))
