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
    return f"{ratio:.1f}" if ratio < 9.95 else f"{ratio:,.0f}"


class Figures:
    """All rounds of one mock under one generator."""

    def __init__(self, samples, mock, generator):
        self.rounds = {s["round"]: s for s in samples if (s["mock"], s["generator"]) == (mock, generator)}

    def values(self, load, key):
        found = {number: s[load][key] for number, s in self.rounds.items()}
        return {} if None in found.values() else found

    def cell(self, floor, load, key, show=duration, inverted=False):
        """The median over the rounds and, below, the lowest and the highest; with the ratio to the floor's cost: x2 is twice as slow, or
        twice as much. The ratio is the median of each round's own, so that a round in which the machine was slow does not count twice."""
        mine, least = self.values(load, key), floor.values(load, key)
        if not mine:
            return "–"
        text = show(statistics.median(mine.values()))
        ratios = [least[n] / mine[n] if inverted else mine[n] / least[n] for n in mine if n in least]
        if ratios and self is not floor:
            text += f" ×{times(statistics.median(ratios))}"
        return text if len(mine) == 1 else f"{text}<br>{show(min(mine.values()))} … {show(max(mine.values()))}"

    def busy(self):
        shares = [statistics.median(self.values("closed", f"{side}_busy").values()) for side in ("mock", "generator")]
        return " / ".join(f"{share * 100:.0f} %" for share in shares)


def row(name, figures, floor):
    return [name, figures.cell(floor, "open", "p50_ns"), figures.cell(floor, "open", "p99_ns"),
            figures.cell(floor, "closed", "rate", rate, inverted=True), figures.cell(floor, "closed", "mock_cpu_ns"),
            figures.cell(floor, "closed", "generator_cpu_ns"), figures.busy()]


def section(title, first, lines, floor):
    head = [first, "p50", "p99", "most jobs/s", "mock: CPU per job", "generator: CPU per job", "busy: mock / generator"]
    rows = [row(f"floor: {FLOOR}", floor, floor), *[row(name, figures, floor) for name, figures in lines if figures.rounds]]
    cells = "\n".join("| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *rows])
    return f"**{title}**\n\n{cells}"


def notes(samples, plan):
    lines = []
    own_rate = {s["mock"]: s["open"]["offered"] for s in samples if s["open"]["offered"] != plan["rate"]}
    for mock, offered in own_rate.items():
        lines.append(f"{mock}: p50 at {offered:,.0f} jobs/s instead, a rate that it can answer; too few jobs for a p99.")
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
    head = (f"{plan['machine']}; {plan['pinning']}. {plan['rounds']} round{'s' if plan['rounds'] > 1 else ''}: the median, and the lowest and highest "
            f"below; × is the ratio to the floor's cost. p50 and p99: {plan['rate']:,.0f} jobs/s on {plan['connections']} "
            f"connections; the rest: {plan['concurrency']} jobs at a time on them. Other processes took {statistics.median(others) * 100:.1f} % "
            f"of the machine (median; at most {max(others) * 100:.1f} %). {plan['date']}.")
    if plan["provisional"]:
        head = f"**Provisional: the machine was not idle, or the rounds were few.** {head}"
    parts = [head]
    for generator, title in (("raw Beast", "Mocks, under the raw Beast client"), ("`procedura-bench`", "Mocks, under `procedura-bench`")):
        parts.append(section(title, "mock", [(mock, under(mock, generator)) for mock in mocks], floor))
    parts.append(section("Generators, against `mock-agent`", "generator", [(g, under("`mock-agent`", g)) for g in generators], floor))
    parts += notes(samples, plan)
    return "\n\n".join(parts)


def replaced(page, text):
    """The page with what stands between the markers exchanged."""
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise ValueError(f"the page needs one line '{BEGIN}' and, behind it, one line '{END}'")
    return page[: page.index(BEGIN)] + f"{BEGIN}\n{text}\n{END}" + page[page.index(END) + len(END):]
