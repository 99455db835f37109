"""A dead peer is noticed within the configured time, ± 10 %: two machines, and packets that no longer arrive.

The machines are network namespaces with a cable between them. They need no rights where a user may make namespaces; where that is
forbidden the test is skipped and says so. The same with a proxy that stops forwarding: tests/integration/client_dead_peer_test.cpp.
"""

import os
import select
import shutil
import subprocess
import sys
import threading
import time
import unittest

import support

INSIDE = "PROCEDURA_TEST_INSIDE_NAMESPACE"
HERE, THERE = "10.99.0.1", "10.99.0.2"
SCENARIO = {"stubs": [{"name": "job", "match": {"cmd": "job"}, "reply": ["started", {"delay": "1h"}, {"finished": 1}]}]}

INTERVAL_S, TIMEOUT_S = 0.25, 1.75


def reason_to_skip():
    if not shutil.which("ip") or not shutil.which("nsenter"):
        return "needs ip (iproute2) and nsenter (util-linux)"
    trial = subprocess.run(["unshare", "-rn", "ip", "link", "add", "name", "veth0", "type", "veth", "peer", "name", "veth1"],
                           capture_output=True, check=False)
    return f"no network namespaces here: {trial.stderr.decode().strip()}" if trial.returncode else None


def ip(*words, at=()):
    subprocess.run([*at, "ip", *words], check=True)


class OtherMachine:
    """A network namespace of its own, and a cable to it."""

    def __init__(self):
        self.process = subprocess.Popen(["unshare", "-n", "sleep", "600"])
        support.wait_for(lambda: self.namespace() != os.readlink("/proc/self/ns/net"), "namespace of its own")
        self.at = ["nsenter", "-t", str(self.process.pid), "-n"]
        ip("link", "add", "name", "veth0", "type", "veth", "peer", "name", "veth1", "netns", str(self.process.pid))
        ip("addr", "add", f"{HERE}/24", "dev", "veth0")
        ip("link", "set", "veth0", "up")
        ip("addr", "add", f"{THERE}/24", "dev", "veth1", at=self.at)
        ip("link", "set", "veth1", "up", at=self.at)

    def namespace(self):
        return os.readlink(f"/proc/{self.process.pid}/ns/net")

    def pull_the_cable(self):
        ip("link", "set", "veth1", "down", at=self.at)

    def drop_what_it_sends(self):
        ip("route", "replace", "blackhole", f"{HERE}/32", at=self.at)

    def end(self):
        ip("link", "delete", "veth0")
        self.process.kill()
        self.process.wait()


class Lateness:
    """How late this machine serves a thread that wants to run every 5 ms, in all."""

    def __enter__(self):
        self.seconds, self.over = 0.0, threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def watch(self):
        while not self.over.is_set():
            due = time.monotonic() + 0.005
            self.over.wait(0.005)
            self.seconds += max(0, time.monotonic() - due)

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


class DeadPeer(unittest.TestCase):
    def setUp(self):
        self.machine = OtherMachine()
        self.addCleanup(self.machine.end)
        self.home = self.enterContext(support.Home())

    def expect_noticed(self, die, *options, message, tls=False):
        scheme = ["--tls-self-signed"] if tls else []
        self.mock = self.enterContext(support.Mock(SCENARIO, options=["--host", THERE, *scheme], prefix=self.machine.at))
        job = self.home.start("--url", self.mock.url, *options, "--pong-timeout", str(TIMEOUT_S), "--output", "ndjson", "stream", "job")
        self.addCleanup(job.kill)
        self.assertTrue(select.select([job.stdout], [], [], support.DEADLINE_S)[0], "no job")
        self.assertIn(b"started", job.stdout.readline())
        with Lateness() as lateness:
            die()
            died = time.monotonic()
            _, said = job.communicate(timeout=support.DEADLINE_S)
            noticed = time.monotonic() - died
        self.assertEqual(job.returncode, 3, said)
        self.assertIn(message, said.decode())
        self.assertIn("job-1-1 may still run", said.decode())
        self.assertGreaterEqual(noticed, TIMEOUT_S * 0.9)
        self.assertLessEqual(noticed, (INTERVAL_S + TIMEOUT_S) * 1.1 + lateness.seconds)

    def test_pings_notice_a_cable_that_is_pulled(self):
        self.expect_noticed(self.machine.pull_the_cable, "--ping-interval", str(INTERVAL_S), message="has not answered a ping for 1.75 s")

    def test_pings_notice_that_no_answer_arrives(self):
        self.expect_noticed(self.machine.drop_what_it_sends, "--ping-interval", str(INTERVAL_S),
                            message="has not answered a ping for 1.75 s")

    def test_pings_notice_it_over_tls(self):
        self.expect_noticed(self.machine.pull_the_cable, "--insecure", "--ping-interval", str(INTERVAL_S), tls=True,
                            message="has not answered a ping for 1.75 s")

    def test_keepalive_notices_a_cable_that_is_pulled(self):
        self.expect_noticed(self.machine.pull_the_cable, "--ping-interval", "0", "--keepalive", str(INTERVAL_S),
                            message="has not answered `__keepalive` for 1.75 s")


def load_tests(loader, tests, _pattern):
    """Outside of a namespace: one test, which runs this file inside one."""
    if os.environ.get(INSIDE):
        return tests

    class Inside(unittest.TestCase):
        def test_in_a_namespace_of_its_own(self):
            if reason := reason_to_skip():
                self.skipTest(reason)
            subprocess.run(["unshare", "-rn", sys.executable, "-B", __file__], env={**os.environ, INSIDE: "1"}, check=True)

    return loader.loadTestsFromTestCase(Inside)


if __name__ == "__main__":
    support.main()
