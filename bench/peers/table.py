"""From the samples to the table: medians over the rounds, and ratios to the floor of the same round."""

import statistics

BEGIN = "<!-- made by bench/peers/measure.py -->"
END = "<!-- end of what measure.py made -->"
FLOOR = "raw TCP, a message a line"


def duration(ns):
    if ns is None:
        return "–"
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if ns >= size:
            return f"{ns / size:.3g} {unit}"
    return f"{ns:.0f} ns"


def rate(per_s):
    """To three digits: more is noise."""
    digits = 3 - len(f"{per_s:.0f}")
    return f"{round(per_s, min(0, digits)):,.0f}"


def times(ratio):
    return "–" if ratio is None else f"{ratio:.1f}" if ratio < 9.95 else f"{ratio:,.0f}"


class Figures:
    """All rounds of one mock under one generator."""

    def __init__(self, samples, mock, generator):
        self.rounds = {s["round"]: s for s in samples if (s["mock"], s["generator"]) == (mock, generator)}

    def values(self, load, key):
        found = {number: s[load][key] for number, s in self.rounds.items()}
        return {} if None in found.values() else found

    def median(self, load, key):
        values = self.values(load, key)
        return statistics.median(values.values()) if values else None

    def cell(self, load, key, show=duration):
        values = sorted(self.values(load, key).values())
        if not values:
            return "–"
        middle = show(statistics.median(values))
        return middle if len(values) == 1 else f"{middle} ({show(values[0])} … {show(values[-1])})"

    def ratio(self, floor, load, key, inverted=False):
        """The median of each round's ratio to the floor's cost: 2 is twice as slow, or twice as much."""
        mine, least = self.values(load, key), floor.values(load, key)
        ratios = [least[n] / mine[n] if inverted else mine[n] / least[n] for n in mine if n in least]
        return times(statistics.median(ratios) if ratios else None)


def row(name, figures, floor):
    cells = [name]
    for load, key, show, inverted in (("open", "p50_ns", duration, False), ("open", "p99_ns", duration, False),
                                      ("closed", "rate", rate, True), ("closed", "mock_cpu_ns", duration, False),
                                      ("closed", "generator_cpu_ns", duration, False)):
        cells += [figures.cell(load, key, show), figures.ratio(floor, load, key, inverted)]
    busy = (figures.median("closed", "mock_busy"), figures.median("closed", "generator_busy"))
    return [*cells, " / ".join(f"{share * 100:.0f} %" for share in busy)]


def markdown(head, rows):
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *rows])


def section(title, first, lines, floor):
    head = [first, "p50", "×", "p99", "×", "most jobs/s", "×", "mock: CPU per job", "×", "generator: CPU per job", "×", "busy: mock / generator"]
    floor_row = row(f"floor: {FLOOR}", floor, floor)
    return f"**{title}**\n\n" + markdown(head, [floor_row, *[row(name, figures, floor) for name, figures in lines if figures.rounds]])


def notes(samples, plan):
    lines = []
    own_rate = {s["mock"]: s["open"]["offered"] for s in samples if s["open"]["offered"] != plan["rate"]}
    for mock, offered in own_rate.items():
        lines.append(f"{mock} cannot answer {plan['rate']:,.0f} jobs/s: its p50 is at {offered:,.0f}, and too few for a p99.")
    invalid = {}
    for sample in samples:
        for reason in sample["open"].get("invalid", []):
            invalid.setdefault((sample["mock"], reason.split(":")[0].split(" is ")[0]), []).append(sample["round"])
    for (mock, reason), rounds in sorted(invalid.items()):
        lines.append(f"`procedura-bench` calls its run against {mock} invalid in {len(rounds)} of {plan['rounds']} rounds ({reason}).")
    return lines


def render(samples, plan):
    """What stands between the markers."""
    def under(mock, generator):
        return Figures(samples, mock, generator)

    floor = under(FLOOR, FLOOR)
    mocks = list(dict.fromkeys(s["mock"] for s in samples if s["mock"] != FLOOR))
    generators = list(dict.fromkeys(s["generator"] for s in samples if s["mock"] == "`mock-agent`"))
    others = [s["others"] for s in samples]
    head = (f"{plan['machine']}; {plan['pinning']}. {plan['rounds']} round{'s' if plan['rounds'] > 1 else ''}, medians (lowest … highest); "
            f"× is the median of each round's ratio to the floor's cost. p50 and p99: {plan['rate']:,.0f} jobs/s on {plan['connections']} "
            f"connections; the rest: {plan['concurrency']} jobs at a time on them. Other processes took {statistics.median(others) * 100:.1f} % "
            f"of the machine (median; at most {max(others) * 100:.1f} %). {plan['date']}.")
    if plan["provisional"]:
        head = f"**Provisional: the machine was not idle, or the rounds were few.** {head}"
    parts = [head]
    for generator in ("raw Beast", "`procedura-bench`"):
        parts.append(section(f"Mocks under the {generator} generator" if generator == "raw Beast" else f"Mocks under {generator}", "mock",
                             [(mock, under(mock, generator)) for mock in mocks], floor))
    parts.append(section("Generators against `mock-agent`", "generator", [(g, under("`mock-agent`", g)) for g in generators], floor))
    parts += notes(samples, plan)
    return "\n\n".join(parts)


def replaced(page, text):
    """The page with what stands between the markers exchanged."""
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise ValueError(f"the page needs one line '{BEGIN}' and, behind it, one line '{END}'")
    return page[: page.index(BEGIN)] + f"{BEGIN}\n{text}\n{END}" + page[page.index(END) + len(END):]
