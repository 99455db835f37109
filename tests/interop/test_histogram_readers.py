#!/usr/bin/env python3
"""The histograms of a run in the hands of others: Java's HistogramLogProcessor and npm's hdr-histogram-js find the counts and the
quantiles that our report has, second by second and as a whole."""

import json
import pathlib
import re
import subprocess
import unittest

from support import HERE, NODE, Peer, clean_home, program_from, run_program

BENCH = program_from("INTEROP_BENCH")
MOCK_AGENT = program_from("INTEROP_MOCK_AGENT")
JAVA_READER = ["java", "-cp", "/usr/share/java/hdrhistogram.jar", "org.HdrHistogram.HistogramLogProcessor"]
QUANTILES = ["p50", "p90", "p99", "p99.9", "p99.99"]
SCENARIO = {
    "version": 1,
    "name": "histogram readers",
    "stubs": [
        {"name": "stream", "match": {"cmd": "stream"},
         "reply": ["accept", {"delay": "2ms"}, {"running": {"n": 1}}, {"delay": "3ms"}, {"running": {"n": 2}}, {"finished": {"n": 3}}]},
    ],
}


def by_java(log, tag, unit_ns):
    """The percentile distribution that Java's processor makes of a tag's lines, as it prints it."""
    run = subprocess.run([*JAVA_READER, "-i", log, "-tag", tag, "-o", log.with_suffix(f".{tag}"), "-outputValueUnitRatio", str(unit_ns)],
                         capture_output=True, text=True, timeout=60, check=True)
    assert not run.stderr, run.stderr
    text = log.with_suffix(f".{tag}.hgrm").read_text(encoding="utf-8")
    return text[text.index("       Value"):]  # without its line about the file


def distribution(text):
    """Its rows as (value, quantile, count), and how many samples it says there are."""
    rows = [(float(value), float(quantile), int(count))
            for value, quantile, count in re.findall(r"^ *([0-9.]+) ([0-9.]+) +([0-9]+)\b", text, re.MULTILINE)]
    return rows, int(re.search(r"Total count *= *([0-9]+)", text).group(1))


def by_npm(histograms):
    run = subprocess.run([NODE, HERE / "hdr_reader" / "read.mjs"], input=json.dumps(histograms), capture_output=True, text=True, timeout=60,
                         check=True)
    return json.loads(run.stdout)


class HistogramReaders(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        env = cls.enterClassContext(clean_home())
        home = pathlib.Path(env["HOME"])
        scenario, cls.json, cls.log, cls.hgrm = (home / name for name in ("scenario.json", "run.json", "run.hlog", "response.hgrm"))
        scenario.write_text(json.dumps(SCENARIO), encoding="utf-8")
        with Peer([MOCK_AGENT, "--port", "0", "--script", scenario], expected_exit=0) as mock:
            run_program([BENCH, "run", "--url", mock.url, "--module", "stream", "--mode", "async", "--rate", "700", "--duration", "3s", "--warm-up", "0s",
                         "--max-send-lag", "1h", "--arrival", "poisson", "--no-floor", "--out", cls.json], env=env)
        for file in (cls.log, cls.hgrm):
            shown = run_program([BENCH, "report", cls.json, "--hdr", file], env=env)
            assert shown.returncode == 0, shown
        cls.report = json.loads(cls.json.read_text(encoding="utf-8"))
        cls.latencies = {name: figures for name, figures in cls.report["latency_ns"].items() if figures["count"]}

    def test_there_is_something_to_read(self):
        self.assertEqual(set(self.latencies), {"send_lag", "ack", "first_event", "response", "service.ack", "service.first_event",
                                               "service.response", "gap"})
        self.assertGreater(self.latencies["response"]["count"], 1000)
        self.assertGreaterEqual(len(self.report["series"]["seconds"]), 3)

    def test_java_counts_what_we_count(self):
        for name, figures in self.latencies.items():
            with self.subTest(metric=name):
                rows, count = distribution(by_java(self.log, name, 1))
                self.assertEqual(count, figures["count"])
                for quantile in QUANTILES:
                    if figures[quantile] is None:
                        continue
                    # Java goes through quantiles of its own; among them are 0.5, 0.9 and those around the others.
                    share = float(quantile[1:]) / 100
                    below = max(value for value, at, _ in rows if at <= share + 1e-12)
                    above = min(value for value, at, _ in rows if at >= share - 1e-12)
                    self.assertLessEqual(below, figures[quantile], quantile)
                    self.assertGreaterEqual(above, figures[quantile], quantile)
                for value, at, seen in rows:
                    self.assertGreaterEqual(seen, at * count - 1e-6, value)

    def test_java_prints_our_distribution(self):
        self.assertEqual(by_java(self.log, "response", 1_000_000), self.hgrm.read_text(encoding="utf-8"))

    def test_npm_reads_what_we_report(self):
        whole = by_npm({name: [figures["hdr"]] for name, figures in self.latencies.items()})
        lines = re.findall(r"^Tag=([^,]+),[^,]+,[^,]+,[^,]+,(\S+)$", self.log.read_text(encoding="utf-8"), re.MULTILINE)
        seconds = by_npm({name: [text for tag, text in lines if tag == name] for name in self.latencies})
        self.assertEqual(len(lines), sum(len(second["latency_ns"]) for second in self.report["series"]["seconds"]))
        for name, figures in self.latencies.items():
            for source in (whole, seconds):
                with self.subTest(metric=name, whole=source is whole):
                    self.assertEqual(source[name]["count"], figures["count"])
                    self.assertAlmostEqual(source[name]["mean"], figures["mean"], delta=1 + figures["mean"] * 1e-6)
                    for quantile in QUANTILES:
                        if figures[quantile] is not None:
                            self.assertEqual(source[name][quantile], figures[quantile], quantile)


if __name__ == "__main__":
    unittest.main()
