"""A run of mock-agent from its begin to its exit code: what ends it, what it writes, and what it does when its files change."""

import asyncio
import contextlib
import json
import pathlib
import re
import shlex
import signal
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

import websockets

import support

SECRET = "hunter22-of-ada"
WORLD = {"seed": 77,
         "auth": {"users": {"ada": SECRET}},
         "stubs": [{"name": "hi", "match": {"cmd": "hi"}, "reply": [{"finished": "one"}]},
                   {"name": "slow", "match": {"cmd": "slow"},
                    "reply": ["accept", {"repeat": 5, "steps": [{"delay": "5ms"}, {"running": {}}]}, {"finished": 1}]}],
         "expect": [{"name": "greeted", "request": {"cmd": "hi"}}]}


class Client(contextlib.AbstractContextManager):
    """One connection, used from code that does not wait for anything else."""

    def __init__(self, url, **options):
        self.loop = asyncio.new_event_loop()

        async def connect():
            return await websockets.connect(url, **options)
        try:
            self.ws = self.do(connect())
        except BaseException:
            self.loop.close()
            raise

    def do(self, what):
        async def bounded():
            return await asyncio.wait_for(what, support.DEADLINE_S)
        return self.loop.run_until_complete(bounded())

    def ask(self, cmd, *args, id="1", mode="sync"):
        self.do(self.ws.send(json.dumps({"id": id, "cmd": cmd, "args": list(args), "mode": mode})))
        while True:
            frame = json.loads(self.do(self.ws.recv()))
            if frame["status"] in ("finished", "error"):
                return frame

    def close(self, code=1000):
        self.do(self.ws.close(code))

    def __exit__(self, *_):
        self.do(self.ws.close())
        self.loop.close()


class Run:
    """mock-agent, from its ready line on."""

    def __init__(self, test, *options, script):
        self.err_file = script.with_suffix(f".err{id(self)}")
        with self.err_file.open("wb") as err:
            self.process = subprocess.Popen([support.MOCK_AGENT, "--script", script, "--port", "0", *options],
                                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=err, text=True)
        test.addCleanup(self.process.stdout.close)
        test.addCleanup(self.process.wait)
        test.addCleanup(self.process.kill)
        self.url = json.loads(self.process.stdout.readline())["listening"]

    @property
    def err(self):
        return self.err_file.read_text()

    def code(self):
        return self.process.wait(support.DEADLINE_S)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.code()

    def wait_for(self, text):
        support.wait_for(lambda: text in self.err, text)


class MockAgentRun(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="procedura-mock-")))
        self.script = self.folder / "scenario.json"
        self.write(WORLD)

    def write(self, world):
        """As editors do it: a new file in the place of the old one."""
        new = self.folder / "new"
        new.write_text(world if isinstance(world, str) else json.dumps({"version": 1, **world}))
        new.rename(self.script)

    def start(self, *options):
        return Run(self, *options, script=self.script)

    def test_until_met_ends_when_all_has_come_and_everybody_has_hung_up(self):
        run = self.start("--until-met")
        with Client(run.url) as client:
            client.ask("hi")
            self.assertIsNone(run.process.poll(), "somebody is connected")
        self.assertEqual(run.code(), 0, run.err)
        self.assertIn("1 of 1 expectation met: passed", run.err)
        self.assertNotIn("repeat:", run.err)

    def test_until_met_goes_on_while_something_is_missing(self):
        run = self.start("--until-met")
        with Client(run.url) as client:
            client.ask("slow")
        with Client(run.url) as client:
            client.ask("hi")
        self.assertEqual(run.code(), 0, run.err)

    def test_a_deadline_fails_what_is_not_met_by_then(self):
        run = self.start("--until-met", "--deadline", "2s")
        with Client(run.url) as client:
            client.ask("slow")
            self.assertEqual(run.code(), 5, run.err)
            self.assertRaises(websockets.ConnectionClosed, client.ask, "hi")
            self.assertEqual(client.ws.close_code, 1001)
        self.assertIn("0 of 1 expectation met; the deadline passed: FAILED", run.err)

    def test_a_deadline_that_finds_everything_is_a_fine_end(self):
        run = self.start("--deadline", "2s")
        with Client(run.url) as client:
            client.ask("hi")
            self.assertEqual(run.code(), 0, run.err)

    def test_strict_fails_a_client_that_breaks_the_protocol(self):
        for options, code in [((), 0), (("--strict",), 4)]:
            run = self.start(*options)
            with Client(run.url) as client:
                client.ask("hi")
                client.do(client.ws.send("no JSON"))
                client.do(client.ws.recv())
            self.assertEqual(run.end(), code, run.err)
            self.assertIn("clients broke the protocol 1 time", run.err)
            self.assertIn("connection 1: BAD_FRAME", run.err)

    def test_where_several_hold_the_graver_decides(self):
        def breach(client):
            client.do(client.ws.send(b"binary"))
            client.do(client.ws.recv())

        def greet(client):
            client.ask("hi")

        late = ("--deadline", "2s")
        for options, acts, code in [((*late, "--strict"), [breach], 4),
                                    ((*late, "--strict"), [], 5),
                                    (late, [breach], 5),
                                    (late, [greet, breach], 0),
                                    ((*late, "--strict"), [greet, breach], 4),
                                    ((*late, "--strict", "--journal", "/dev/full"), [breach], 2)]:
            run = self.start(*options)
            with Client(run.url) as client:
                for act in acts:
                    act(client)
                self.assertEqual(run.code(), code, (options, acts, run.err))
                self.assertEqual("repeat: " in run.err, code != 0)

    def test_the_repeat_line_repeats_the_run(self):
        self.script = self.folder / "it's a world.json"
        self.write({**WORLD, "stubs": [{"name": "hi", "match": {"cmd": "dice"},
                                        "reply": [{"finished": "${random.int(1, 1000000000)}"}]}]})
        run = self.start("--chaos", "0", "--time-scale", "0.5")
        with Client(run.url) as client:
            thrown = client.ask("dice")["result"]
        self.assertEqual(run.end(), 1)
        line = re.search(r"^repeat: (.*)$", run.err, re.MULTILINE).group(1)
        self.assertIn(" --seed 77", line, "the scenario's own")
        words = shlex.split(line)
        self.assertEqual(words[:3], ["mock-agent", "--script", str(self.script)])
        again = Run(self, *words[3:], script=self.script)
        with Client(again.url) as client:
            self.assertEqual(client.ask("dice")["result"], thrown)

    # --- what it writes

    def journal(self, path):
        return [json.loads(line) for line in path.read_text().splitlines()]

    def test_the_journal_tells_the_run(self):
        path = self.folder / "j.ndjson"
        run = self.start("--journal", path)
        with Client(run.url) as client:
            client.ask("login_password", f"ada:{SECRET}", id="l")
            client.ask("slow", id="s")
        support.wait_for(lambda: '"closed"' in path.read_text(), "journal while the run goes on")
        run.end()
        lines = self.journal(path)
        self.assertEqual([line["event"] for line in lines if line["event"] != "frame"], ["opened", "closed", "end"])
        self.assertEqual([line["seq"] for line in lines[:-1]], list(range(1, len(lines))))
        asked = next(line for line in lines if line.get("frame", {}).get("cmd") == "slow")
        sent = [line for line in lines if line.get("caused_by") == asked["seq"]]
        self.assertEqual([line["frame"]["status"] for line in sent], ["ack"] + 5 * ["running"] + ["finished"])
        for line in sent:
            self.assertEqual((line["stub"], line["partition"], line["direction"]), ("slow", "default", "out"))
            self.assertGreaterEqual(line["sent_ns"], line["intended_ns"])
        end = lines[-1]
        self.assertEqual((end["recorded"], end["dropped"]), (len(lines) - 1, 0))
        self.assertEqual(end["lateness"]["count"], 6, "five running and the finished, sent by a timer")
        self.assertIn("6 scheduled frames left late by p50", run.err)
        self.assertNotIn(SECRET, path.read_text() + run.err)

    def test_a_journal_has_all_events_of_a_busy_run(self):
        path = self.folder / "j.ndjson"
        run = self.start("--journal", path)
        with Client(run.url) as client:
            for batch in range(100):
                for i in range(100):
                    client.do(client.ws.send(json.dumps({"id": f"{batch}-{i}", "cmd": "hi", "args": ["x" * 1000], "mode": "sync"})))
                for _ in range(200):
                    client.do(client.ws.recv())
        self.assertEqual(run.end(), 0)
        lines = self.journal(path)
        self.assertEqual(lines[-1]["dropped"], 0)
        self.assertEqual([line["seq"] for line in lines[:-1]], list(range(1, 30_000 + 2 + 1)), "more than fit into its memory")

    def test_a_full_disk_is_told_once_and_the_run_goes_on(self):
        run = self.start("--journal", "/dev/full")
        with Client(run.url) as client:
            client.ask("hi")
            run.wait_for("cannot write the journal /dev/full any more: No space left on device")
            self.assertEqual(client.ask("hi", id="2")["result"], "one")
        self.assertEqual(run.end(), 2, "whoever wants a journal does not want a run without it")
        self.assertEqual(run.err.count("No space left"), 1, run.err)

    def test_closed_standard_streams_are_no_way_into_other_files(self):
        for closed in (">&-", "2>&-", ">&- 2>&- <&-"):
            with self.subTest(closed):
                scenario, journal = self.folder / "closed.json", self.folder / "closed.ndjson"
                scenario.write_text('{"version": 1}')
                words = [support.MOCK_AGENT, "--script", scenario, "--port", "0", "--deadline", "50ms", "--journal", journal]
                line = " ".join(shlex.quote(str(word)) for word in words)
                subprocess.run(["sh", "-c", f"{line} {closed}"], capture_output=True, timeout=support.DEADLINE_S, check=True)
                lines = journal.read_text().splitlines()
                self.assertEqual([json.loads(line).get("event") for line in lines], ["end"])

    def test_a_ready_line_that_nobody_gets_is_told(self):
        scenario = self.folder / "unheard.json"
        scenario.write_text('{"version": 1}')
        with open("/dev/full", "wb") as full:
            done = subprocess.run([support.MOCK_AGENT, "--script", scenario, "--port", "0", "--deadline", "50ms"],
                                  stdout=full, stderr=subprocess.PIPE, timeout=support.DEADLINE_S, check=False)
        self.assertIn(b"cannot write the ready line to stdout", done.stderr)

    def test_a_junit_report_as_ci_systems_read_it(self):
        path = self.folder / "r.xml"
        path.write_text("of an earlier run")
        self.write({**WORLD, "unmatched": "fail", "name": "a <world> & \"more\"", "expect": [
            *WORLD["expect"], {"name": "never \u0001\u001b & <ä>", "request": {"cmd": "login_password"}, "count": 0}]})
        run = self.start("--junit", path, "--strict")
        self.assertFalse(path.exists(), "nobody takes the old one for ours")
        with Client(run.url, extra_headers={"X-Procedura-Partition": "alpha"}) as client:
            client.ask("hi")
            client.ask("login_password", f"ada:{SECRET}", id="2")
            client.ask("no\u0001\u001b<such>", id="3")
        with Client(run.url) as client:
            client.ask("hi")
            client.ask("login_password", f"ada:{SECRET}x", id="4")
        self.assertEqual(run.end(), 1)
        self.assertNotIn(SECRET, path.read_text())
        root = ElementTree.parse(path).getroot()
        self.assertEqual(root.tag, "testsuites")
        self.assertEqual([suite.get("name") for suite in root], ["alpha", "default"])
        for parent in [root, *root]:
            cases = list(parent.iter("testcase"))
            self.assertEqual(int(parent.get("tests")), len(cases))
            self.assertEqual(int(parent.get("failures")), sum(case.find("failure") is not None for case in cases))
            self.assertEqual(parent.get("errors"), "0")
            self.assertGreater(float(parent.get("time")), 0)
        for case in root.iter("testcase"):
            self.assertEqual(case.get("classname"), 'a <world> & "more"')
            self.assertTrue(case.get("name"))
        alpha = {case.get("name"): case for case in root[0].iter("testcase")}
        self.assertEqual(alpha["greeted"].get("file"), str(self.script))
        self.assertGreaterEqual(int(alpha["greeted"].get("line")), 1)
        self.assertIsNone(alpha["greeted"].find("failure"))
        never = next(case for name, case in alpha.items() if name.startswith("never"))
        self.assertIn("expected 0", never.find("failure").get("message"))
        self.assertIn("unexpected request 3", alpha["nothing unexpected"].find("failure").text)
        self.assertIsNone(alpha["clients kept the protocol"].find("failure"))
        self.assertEqual(sorted(p.name for p in self.folder.iterdir() if "err" not in p.suffix), ["r.xml", "scenario.json"])

    def test_a_report_that_cannot_be_written_in_the_end_is_no_success(self):
        folder = self.folder / "reports"
        folder.mkdir()
        run = self.start("--junit", folder / "r.xml")
        with Client(run.url) as client:
            client.ask("hi")
        folder.rmdir()
        self.assertEqual(run.end(), 2)
        self.assertIn("cannot write the JUnit report", run.err)
        self.assertIn("passed", run.err, "the verdict is told all the same")

    # --- watch

    def test_watch_takes_what_files_become_and_drops_nobody(self):
        def answering(result):
            return {**WORLD, "stubs": [{"name": "hi", "match": {"cmd": "hi"}, "reply": [{"finished": result}]}]}

        run = self.start("--watch")
        with Client(run.url) as client:
            self.assertEqual(client.ask("hi", id="1")["result"], "one")
            self.write(answering("two"))
            run.wait_for("another scenario is in use: 1 stub, 1 expectation\n")
            self.assertEqual(client.ask("hi", id="2")["result"], "two")

            self.write('{"version": 1,\n "stubz": [],\n "unmatched": "perhaps"}')
            run.wait_for("what was in use before stays in use")
            self.assertIn("scenario.json:2:2: /stubz", run.err)
            self.assertIn("scenario.json:3:15: /unmatched", run.err)
            self.assertEqual(client.ask("hi", id="3")["result"], "two")

            (self.folder / "big.json").write_text('"three"')
            self.write(answering({"$file": "big.json"}))
            support.wait_for(lambda: run.err.count("another scenario is in use") == 2, "the mended scenario")
            self.assertEqual(client.ask("hi", id="4")["result"], "three")

            (self.folder / "big.json").write_text('"four"')
            support.wait_for(lambda: run.err.count("another scenario is in use") == 3, "the file that it names")
            self.assertEqual(client.ask("hi", id="5")["result"], "four")

            self.script.unlink()
            support.wait_for(lambda: run.err.count("stays in use") == 2, "words about a file that is gone")
            self.assertEqual(client.ask("hi", id="6")["result"], "four")
        self.assertEqual(run.end(), 0, run.err)
        self.assertIn("6 requests on 1 connection; 1 of 1 expectation met", run.err)

    def test_max_connections(self):
        run = self.start("--max-connections", "2")
        with Client(run.url) as first, Client(run.url):
            with self.assertRaises(websockets.InvalidStatusCode) as refused:
                Client(run.url)
            self.assertEqual(refused.exception.status_code, 503)
            self.assertEqual(first.ask("hi")["result"], "one")

    def test_nothing_printed_is_no_success(self):
        for words in (["schema"], ["--help"], ["check", self.script]):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([support.MOCK_AGENT, *words], stdout=full, stderr=subprocess.PIPE, text=True,
                                      timeout=support.DEADLINE_S, check=False)
            self.assertEqual(done.returncode, 2, words)
            self.assertEqual(done.stderr, "mock-agent: cannot write to stdout: No space left on device\n")


if __name__ == "__main__":
    support.main()
