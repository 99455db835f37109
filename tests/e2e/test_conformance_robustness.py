"""The judge before agents that hang, flood, lie and die: each costs its case the deadline and nothing else, and the report is complete."""

import json
import os
import pathlib
import re
import tempfile
import time
import unittest
import xml.etree.ElementTree

import conformance
import misbehaving_agent as bad
import support
from misbehaving_agent import MisbehavingAgent

PROFILE = conformance.PROFILES / "mock.json"
MAX_TIME_S = 20
# Over --max-time: what is begun is ended, and reports are written, on a loaded machine and with sanitizers.
GRACE_S = 20
MOST_MEMORY_MIB = 400


class Run:
    """One run with all its reports, its time and its memory."""

    def __init__(self, url, *options, answer_ms=400, max_time=MAX_TIME_S, name=None):
        with tempfile.TemporaryDirectory(prefix="procedura-robust-") as place:
            folder = pathlib.Path(place)
            profile = json.loads(PROFILE.read_text(encoding="utf-8"))
            profile["limits"] = {**profile.get("limits", {}), "slow_ms": 300, "answer_ms": answer_ms}
            profile["agent"] = name or profile["agent"]
            (folder / "profile.json").write_text(json.dumps(profile), encoding="utf-8")
            command = [conformance.PROGRAM, "server", "--url", url, "--profile", folder / "profile.json", "--seed", "1", "--jobs", "4",
                       "--max-time", str(max_time), "--json", folder / "r.json", "--junit", folder / "r.xml", "--html", folder / "r.html",
                       "--badge", folder / "b.svg", *options]
            env = {**os.environ, **conformance.CREDENTIALS}
            begun = time.monotonic()
            with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
                pid = os.posix_spawn(command[0], [str(word) for word in command], env,
                                     file_actions=[(os.POSIX_SPAWN_DUP2, out.fileno(), 1), (os.POSIX_SPAWN_DUP2, err.fileno(), 2)])
                _, status, usage = os.wait4(pid, 0)
            self.seconds = time.monotonic() - begun
            self.exit_code = os.waitstatus_to_exitcode(status)
            self.mebibytes = usage.ru_maxrss / 1024
            self.text = (folder / "out").read_text(encoding="utf-8")
            self.errors = (folder / "err").read_text(encoding="utf-8")
            self.json = (folder / "r.json").read_text(encoding="utf-8")
            self.html = (folder / "r.html").read_text(encoding="utf-8")
            self.junit = (folder / "r.xml").read_text(encoding="utf-8")
            self.badge = (folder / "b.svg").read_text(encoding="utf-8")
        self.checks = {check["id"]: check["outcome"] for check in json.loads(self.json)["checks"]} if self.json else {}


class RobustnessTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.declared = conformance.all_checks()

    def judge(self, behaviour, *options, victim=None, **more):
        with support.Mock(conformance.REFERENCE) as mock, MisbehavingAgent(mock.url, behaviour, victim) as agent:
            return Run(agent.url, *options, **more)

    def assertSound(self, run, exit_codes=(1,), max_time=MAX_TIME_S):
        """All that holds whatever the agent did."""
        self.assertIn(run.exit_code, exit_codes, run.errors + run.text[-3000:])
        self.assertEqual(run.errors, "")
        self.assertEqual(set(run.checks), self.declared)
        self.assertNotIn("HARNESS", run.checks.values(), run.text[-3000:])
        tests = {f"{test.get('classname')}:{test.get('name')}" for test in xml.etree.ElementTree.fromstring(run.junit).iter("testcase")}
        self.assertLessEqual(self.declared, tests)
        self.assertEqual(set(re.findall(r'<a class="cell [^>]* data-check="([^"]+)"', run.html)), self.declared)
        xml.etree.ElementTree.fromstring(run.badge)
        self.assertLess(run.seconds, max_time + GRACE_S)
        self.assertLess(run.mebibytes, MOST_MEMORY_MIB)
        self.assertLess(len(run.html), 2_000_000)
        for text in (run.text, run.html, run.junit):
            self.assertNotRegex(text, "[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]")

    def test_hangs(self):
        for behaviour in (bad.HangsAtAccept, bad.HangsAfterTheHead, bad.HangsInItsOwnHead, bad.HangsAfterTheUpgrade, bad.HangsAfterTheLogin,
                          bad.HangsAfterTheAck, bad.HangsInAFrame, bad.HangsAtTheClose):
            with self.subTest(behaviour.__name__):
                self.assertSound(self.judge(behaviour))

    def test_floods(self):
        for behaviour in (bad.FloodsWithFrames, bad.FloodsWithUpdates, bad.FloodsWithControlFrames, bad.SendsAGigabyte,
                          bad.SendsAGigabyteInFragments, bad.SendsAGigabyteOfMessages, bad.AnswersWithoutAnEndOfItsHead):
            with self.subTest(behaviour.__name__):
                self.assertSound(self.judge(behaviour))

    def test_ends(self):
        for behaviour in (bad.ClosesAtRandom, bad.ResetsAtAccept, bad.DiesInMidRun):
            with self.subTest(behaviour.__name__):
                self.assertSound(self.judge(behaviour))

    def test_lies_in_the_handshake(self):
        for name, lie in bad.LIES.items():
            with self.subTest(name):
                run = self.judge(bad.says(lie))
                self.assertSound(run)
                self.assertLess(run.seconds, MAX_TIME_S)

    def test_frames_that_are_none(self):
        for name, data in bad.WRONG_FRAMES.items():
            with self.subTest(name):
                self.assertSound(self.judge(bad.breaks(data)))

    def test_one_case_pays_and_no_other(self):
        """It misbehaves on the connections of one case alone, that none depends on: every other check comes to what it came to before."""
        whole = self.judge(bad.Honest, answer_ms=4000, max_time=90)
        self.assertSound(whole, exit_codes=(0, 1), max_time=90)
        for behaviour in (bad.HangsAfterTheLogin, bad.HangsAfterTheAck, bad.HangsInAFrame, bad.FloodsWithFrames, bad.SendsAGigabyte,
                          bad.FloodsWithUpdates):
            with self.subTest(behaviour.__name__):
                run = self.judge(behaviour, victim="request-unknown-members", answer_ms=4000, max_time=90)
                self.assertSound(run, max_time=90)
                changed = {check for check in self.declared if run.checks[check] != whole.checks[check]}
                self.assertEqual({check.split(":")[0] for check in changed}, {"request/unknown-members"})

    def test_the_end_of_the_time_is_kept(self):
        for behaviour in (bad.HangsAfterTheAck, bad.FloodsWithUpdates, bad.FloodsWithControlFrames):
            with self.subTest(behaviour.__name__):
                run = self.judge(behaviour, answer_ms=5000, max_time=3)
                self.assertSound(run, max_time=3)
                # Who is waited for 5 s a case keeps the others from their turn; a flood is over as soon as the machine has read it.
                if behaviour is bad.HangsAfterTheAck:
                    self.assertTrue("not reached" in run.text, run.text[-500:])


if __name__ == "__main__":
    unittest.main(verbosity=2)
