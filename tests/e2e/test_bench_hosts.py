"""One load of two hosts: network namespaces with a cable each to the agent's machine, a shard in each, and the merged report.

They need no rights where a user may make namespaces; where that is forbidden the test is skipped and says so.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
import unittest

import support

INSIDE = "PROCEDURA_TEST_INSIDE_NAMESPACE"
BENCH = support.BIN / "procedura-bench"
LOAD = ["--module", "job", "--rate", "100", "--connections", "4", "--duration", "2s", "--warm-up", "0s", "--max-send-lag", "1h", "--no-floor"]
SCENARIO = {"name": "hosts", "stubs": [{"name": "job", "match": {"cmd": "job"}, "reply": ["accept", {"finished": {"n": 1}}]}]}


def reason_to_skip():
    if not shutil.which("ip") or not shutil.which("nsenter"):
        return "needs ip (iproute2) and nsenter (util-linux)"
    trial = subprocess.run(["unshare", "-rn", "ip", "link", "add", "name", "veth0", "type", "veth", "peer", "name", "veth1"],
                           capture_output=True, check=False)
    return f"no network namespaces here: {trial.stderr.decode().strip()}" if trial.returncode else None


def ip(*words, at=()):
    subprocess.run([*at, "ip", *words], check=True)


class Host:
    """A network namespace of its own, and a cable from the agent's machine to it."""

    def __init__(self, number):
        self.cable, self.agent, here = f"cable{number}", f"10.98.{number}.1", f"10.98.{number}.2"
        self.process = subprocess.Popen(["unshare", "-n", "sleep", "600"])
        namespace = pathlib.Path(f"/proc/{self.process.pid}/ns/net")
        support.wait_for(lambda: namespace.readlink() != pathlib.Path("/proc/self/ns/net").readlink(), "namespace of its own")
        self.at = ["nsenter", "-t", str(self.process.pid), "-n"]
        ip("link", "add", "name", self.cable, "type", "veth", "peer", "name", "veth", "netns", str(self.process.pid))
        ip("addr", "add", f"{self.agent}/24", "dev", self.cable)
        ip("link", "set", self.cable, "up")
        ip("addr", "add", f"{here}/24", "dev", "veth", at=self.at)
        ip("link", "set", "veth", "up", at=self.at)

    def end(self):
        ip("link", "delete", self.cable)
        self.process.kill()
        self.process.wait()


class TwoHosts(support.E2eTest):
    """Runs in namespaces of its own, where it may make more of them."""

    def setUp(self):
        super().setUp()
        ip("link", "set", "lo", "up")
        # The agent has one name on both hosts, as it would have: plans that name different URLs are of different runs.
        ip("addr", "add", "10.98.9.9/32", "dev", "lo")
        self.hosts = []
        for number in range(2):
            self.hosts.append(Host(number))
            self.addCleanup(self.hosts[-1].end)
            ip("route", "add", "10.98.9.9/32", "via", self.hosts[-1].agent, at=self.hosts[-1].at)

    def test_shards_of_two_hosts_merge_to_one_run(self):
        with support.Mock(SCENARIO, options=["--host", "10.98.9.9"]) as mock:
            begins = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3))
            files = [self.home.path / f"shard-{i}.json" for i in range(2)]
            shards = [subprocess.Popen([*host.at, BENCH, "run", "--url", mock.url, *LOAD, "--shard", f"{i}/2", "--start-at", begins, "--out", file],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=self.home.env)
                      for i, (host, file) in enumerate(zip(self.hosts, files, strict=True))]
            for shard in shards:
                _, said = shard.communicate(timeout=support.DEADLINE_S)
                self.assertEqual(shard.returncode, 0, said)
            run = self.home.path / "run.json"
            done = subprocess.run([BENCH, "merge", *files, "--out", run], capture_output=True, text=True, env=self.home.env,
                                  timeout=support.DEADLINE_S, check=False)
            self.assertExit(done, 0)
            exit_code, said = mock.stop()
        self.assertEqual(exit_code, 0, said)
        whole, parts = json.loads(run.read_text()), [json.loads(file.read_text()) for file in files]
        self.assertEqual(whole["jobs"]["due"], 200)
        self.assertEqual(whole["jobs"]["finished"], 200)
        self.assertIn("200 requests", said)
        self.assertEqual([part["jobs"]["due"] for part in parts], [100, 100])
        self.assertEqual([part["tool"]["started_at"] for part in parts], [begins, begins])
        for metric in ("ack", "response", "service.response"):
            self.assertEqual(whole["latency_ns"][metric]["count"], sum(part["latency_ns"][metric]["count"] for part in parts))
            self.assertEqual(whole["latency_ns"][metric]["max"], max(part["latency_ns"][metric]["max"] for part in parts))


def load_tests(loader, tests, _pattern):
    """Outside of a namespace: one test, which runs this file inside one."""
    if os.environ.get(INSIDE):
        return tests

    class Inside(unittest.TestCase):
        def test_in_namespaces(self):
            if reason := reason_to_skip():
                self.skipTest(reason)
            subprocess.run(["unshare", "-rn", sys.executable, "-B", __file__], env={**os.environ, INSIDE: "1"}, check=True)

    return loader.loadTestsFromTestCase(Inside)


if __name__ == "__main__":
    support.main()
