"""mock-agent as CI runs it: the ready line and file, the verdict and its exit code, signals, and what keeps it from starting."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import support

EXPECTING = {"stubs": [{"name": "hi", "match": {"cmd": "hi"}, "reply": [{"finished": "${args[0]}"}]},
                       {"name": "long", "match": {"cmd": "long"}, "reply": ["accept", {"delay": "1h"}, {"finished": 1}]}],
             "expect": [{"name": "greeted once", "request": {"cmd": "hi"}, "count": 1}]}


class MockAgent(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="procedura-mock-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.script = self.folder / "scenario.json"
        self.script.write_text(json.dumps({"version": 1, **EXPECTING}))
        self.home = support.Home()
        self.addCleanup(self.home.__exit__)

    def start(self, *options, by=()):
        process = subprocess.Popen([*by, support.MOCK_AGENT, "--script", self.script, "--port", "0", *options],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        ready = json.loads(process.stdout.readline())
        return process, ready

    def end(self, process, by=signal.SIGTERM):
        process.send_signal(by)
        out, err = process.communicate(timeout=support.DEADLINE_S)
        return process.returncode, out, err

    def test_ready_line_and_file_say_the_same(self):
        ready_file = self.folder / "ready.json"
        ready_file.write_text("of an earlier run")
        process, ready = self.start("--ready-file", ready_file)
        self.assertEqual(json.loads(ready_file.read_text()), ready)
        self.assertEqual(ready["pid"], process.pid)
        self.assertRegex(ready["listening"], r"^ws://127\.0\.0\.1:\d+$")
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["ready.json", "scenario.json"], "nothing else is left")
        self.end(process)

    def test_met_expectations_exit_0_and_unmet_ones_1(self):
        for greetings, code, says in [(1, 0, "passed"), (0, 1, "UNMET"), (2, 1, "came 2")]:
            for by in (signal.SIGTERM, signal.SIGINT):
                process, ready = self.start()
                for _ in range(greetings):
                    self.assertEqual(self.home.run("--url", ready["listening"], "run", "hi", "there").stdout.strip(), '"there"')
                returncode, out, err = self.end(process, by)
                self.assertEqual(returncode, code, err)
                self.assertIn(says, err)
                self.assertIn("greeted once", err)
                self.assertEqual(out, "", "stdout is data: the ready line and no more")

    def test_a_client_in_the_middle_of_a_job_is_told(self):
        process, ready = self.start()
        client = self.home.start("--url", ready["listening"], "stream", "long")
        self.addCleanup(client.communicate)
        self.addCleanup(client.kill)
        client.stdout.readline()
        self.end(process)
        _, err = client.communicate(timeout=support.DEADLINE_S)
        self.assertIn(b"1001", err)

    def test_what_keeps_it_from_starting(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            unwritable = self.folder / "no" / "such" / "ready.json"
            folder = self.folder / "empty"
            folder.mkdir()
            for code, options, says in [(3, ["--port", port], f"port {port} on 127.0.0.1 is in use"),
                                        (3, ["--port", "0", "--host", "no.such.host.invalid"], "is unknown"),
                                        (2, ["--port", "0", "--ready-file", unwritable], "cannot write the ready file"),
                                        (2, ["--port", "0", "--ready-file", folder], "cannot write the ready file"),
                                        (2, ["--script", self.folder], "scenario cannot be used")]:
                done = subprocess.run([support.MOCK_AGENT, "--script", self.script, *options], capture_output=True, text=True,
                                      timeout=support.DEADLINE_S, check=False)
                self.assertEqual(done.returncode, code, done)
                self.assertIn(says, done.stderr)
            self.assertTrue(folder.is_dir(), "a folder is nothing of an earlier run")

    def test_it_says_once_that_it_is_out_of_files_and_recovers(self):
        process, ready = self.start(by=("sh", "-c", 'ulimit -n 30; exec "$0" "$@"'))
        address = ("127.0.0.1", int(ready["listening"].rsplit(":", 1)[1]))
        crowd = [socket.create_connection(address) for _ in range(60)]
        time.sleep(0.5)  # it tries again every 100 ms
        for one in crowd:
            one.close()
        self.assertEqual(self.home.run("--url", ready["listening"], "run", "hi", "there").returncode, 0)
        _, _, err = self.end(process)
        self.assertEqual(err.count("cannot accept connections for now"), 1, err)

    def test_nobody_needs_to_read_what_it_says(self):
        process, ready = self.start()
        process.stdout.close()
        process.stderr.close()
        self.assertEqual(self.home.run("--url", ready["listening"], "run", "hi", "there").returncode, 0)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(support.DEADLINE_S), 0)
        process.stdout, process.stderr = open(os.devnull, encoding="utf-8"), open(os.devnull, encoding="utf-8")

    def test_a_seed_is_a_run(self):
        self.script.write_text(json.dumps({"version": 1, "stubs": [{"name": "dice", "match": {"cmd": "dice"}, "reply": [
            {"finished": "${random.int(1, 1000000000)}"}]}]}))
        thrown = []
        for seed in ("5", "5", "6"):
            process, ready = self.start("--seed", seed)
            thrown.append(self.home.run("--url", ready["listening"], "run", "dice").stdout)
            self.end(process)
        self.assertEqual(thrown[0], thrown[1])
        self.assertNotEqual(thrown[0], thrown[2])


if __name__ == "__main__":
    unittest.main()
