"""bench/peers: every peer answers as the others do and can be measured, and the table says what the samples say. No time is asserted."""

import json
import os
import shutil
import subprocess
import sys
import time
import unittest

import support

PEERS = support.ROOT / "bench" / "peers"
sys.path.insert(0, str(PEERS))
import gauges  # noqa: E402
import sides  # noqa: E402
import table  # noqa: E402

PAGE = f"before\n{table.BEGIN}\nold\n{table.END}\nbehind\n"
PLAN = {"machine": "a machine", "pinning": "pinned", "rounds": 3, "rate": 2000, "connections": 8, "concurrency": 64, "date": "2026-01-01",
        "provisional": False}


def sample(number, mock, generator, p50, rate, cpu, **more):
    opened = {"offered": 2000, "p50_ns": p50, "p99_ns": 2 * p50, **more}
    closed = {"rate": rate, "mock_cpu_ns": cpu, "generator_cpu_ns": 3 * cpu, "mock_busy": 0.5, "generator_busy": 1.0}
    return {"round": number, "mock": mock, "generator": generator, "open": opened, "closed": closed, "others": 0.01}


class Table(unittest.TestCase):
    def samples(self, **more):
        made = []
        for number, (slower, own) in enumerate(((1, 1), (4, 1), (2, 1.6))):  # the machine from round to round, and the mock
            made.append(sample(number, table.FLOOR, table.FLOOR, 20_000 * slower, 100_000 / slower, 1_000 * slower))
            slower *= own
            made.append(sample(number, "`mock-agent`", "raw Beast", 50_000 * slower, 50_000 / slower, 4_000 * slower, **more))
        return made

    def test_ratios_are_of_the_same_round(self):
        text = table.render(self.samples(), PLAN)
        self.assertIn("| `mock-agent` | 160 µs ×2.5<br>50 µs … 200 µs | 320 µs ×2.5<br>100 µs … 400 µs | 15,600 ×2.0<br>12,500 … 50,000 | "
                      "12.8 µs ×4.0<br>4 µs … 16 µs | 38.4 µs ×4.0<br>12 µs … 48 µs | 50 % / 100 % |", text)
        self.assertIn(f"| floor: {table.FLOOR} | 40 µs<br>20 µs … 80 µs | ", text)
        self.assertNotIn("Provisional", text)
        self.assertIn("Provisional", table.render(self.samples(), {**PLAN, "provisional": True}))

    def test_what_was_not_measured_is_a_dash(self):
        text = table.render(self.samples(p99_ns=None, offered=100), PLAN)
        self.assertIn("200 µs | – | 15,600", text)
        self.assertIn("`mock-agent`: p50 at 100 jobs/s instead", text)

    def test_an_invalid_run_is_told(self):
        text = table.render(self.samples(invalid=["send_lag p99 is 1.2 ms, over 200 us: requests left this machine late"]), PLAN)
        self.assertIn("calls its run against `mock-agent` invalid in 3 of 3 rounds (send_lag p99)", text)

    def test_figures_have_three_digits(self):
        for value, shown in ((999, "999 ns"), (1_234, "1.23 µs"), (45_678, "45.7 µs"), (1.5e6, "1.5 ms"), (2.5e9, "2.5 s"), (None, "–")):
            self.assertEqual(table.duration(value), shown)
        for value, shown in ((123_456, "123,000"), (98_765, "98,800"), (123, "123"), (7, "7")):
            self.assertEqual(table.rate(value), shown)
        for value, shown in ((1.04, "1.0"), (9.94, "9.9"), (9.96, "10"), (1234.5, "1,234")):
            self.assertEqual(table.times(value), shown)

    def test_only_what_is_between_the_markers_is_exchanged(self):
        self.assertEqual(table.replaced(PAGE, "new"), f"before\n{table.BEGIN}\nnew\n{table.END}\nbehind\n")
        for page in ("none", PAGE + PAGE, f"{table.END}\n{table.BEGIN}\n"):
            with self.assertRaisesRegex(ValueError, "the page needs one line"):
                table.replaced(page, "new")


class Measuring(support.E2eTest):
    def measure(self, *words):
        return subprocess.run([sys.executable, "-B", PEERS / "measure.py", "--bin", support.BIN, *words], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=4 * support.DEADLINE_S, check=False)

    def test_one_short_round_measures_every_pair(self):
        kept, page = self.home.path / "samples.json", self.home.path / "page.md"
        page.write_text(PAGE)
        done = self.measure("--quick", "--json", kept, "--write", page)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("the page is left as it was", done.stderr)
        self.assertEqual(page.read_text(), PAGE)

        found = json.loads(kept.read_text())["samples"]
        self.assertEqual([(s["mock"], s["generator"]) for s in found], [(m.name, g.name) for m, g in sides.PAIRS])
        for each in found:
            with self.subTest(mock=each["mock"], generator=each["generator"]):
                for load in ("open", "closed"):
                    self.assertGreater(each[load]["measured"], 0)
                    self.assertGreater(each[load]["rate"], 0)
                    self.assertGreater(each[load]["mock_cpu_ns"], 0)
                    self.assertGreater(each[load]["generator_cpu_ns"], 0)

        again = self.measure("--table-of", kept, "--write", page, "--provisional")
        self.assertEqual((again.returncode, again.stdout), (0, done.stdout), again.stderr)
        self.assertEqual(page.read_text(), f"before\n{table.BEGIN}\n{done.stdout}{table.END}\nbehind\n")
        for mock, _ in sides.PAIRS[1:]:
            self.assertEqual(done.stdout.count(f"\n| {mock.name} | "), 3 if mock in (sides.NodeWs, sides.PythonWebsockets, sides.RawBeast) else 2)

    def test_every_generator_measures_each_job_from_when_it_was_due_to_its_result(self):
        class Slow(sides.MockAgent):
            reply = ["accept", {"delay": "20ms"}, {"finished": sides.RESULT}]

        tools = type("Tools", (), {"bin": support.BIN, "node": shutil.which("node"), "python": sys.executable})
        load = sides.Load(warm_up=0.1, duration=0.5, connections=3, rate=500)
        with Slow(tools, None) as mock:
            for generator in (sides.RawClient, sides.ProceduraBench, sides.NodeClient, sides.PythonClient):
                with self.subTest(generator=generator.name):
                    process = generator().start(tools, None, mock.url, load)
                    out, said = process.communicate(timeout=support.DEADLINE_S)
                    found = generator().read(out)
                    self.assertEqual((found["measured"], found["unfinished"]), (250, 0), said)
                    self.assertGreaterEqual(found["p50_ns"], 20_000_000)
                    self.assertIsNone(found["p99_ns"], "250 jobs cannot carry it")

    def test_cpu_time_is_the_one_that_the_process_took(self):
        before, looked, after = time.process_time(), gauges.cpu_s(os.getpid()), time.process_time()
        self.assertTrue(before <= looked <= after, (before, looked, after))

    def test_who_answers_less_is_not_measured(self):
        class Silent(sides.RawBeast):
            replies = [sides.FINISHED, sides.ACK]

        tools = type("Tools", (), {"bin": support.BIN})
        with Silent(tools, None) as mock, self.assertRaisesRegex(SystemExit, "raw Beast answers otherwise than the others"):
            sides.check_replies(mock)

    def test_says_what_is_missing(self):
        done = self.measure("--bin", self.home.path)
        self.assertEqual(done.returncode, 2)
        self.assertIn("is not built: ./dev build", done.stderr)


if __name__ == "__main__":
    support.main()
