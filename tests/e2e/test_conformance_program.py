"""The commands of procedura-conformance beside the judging itself: baselines, signals, evidence, probe, compare, mapping, help."""

import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import unittest

import conformance
import support
from conformance import REFERENCE, ROOT, Run, all_checks

PROFILE = conformance.PROFILES / "mock.json"
NO_ACK = {"stubs": [{"name": "quick", "match": {"cmd": "worldstate_snapshot"}, "accept": False,
                     "reply": [{"finished": {"meta": {}, "entities": {}}}]}]}
CHECK = "sync/lifecycle:ack-first"
NEVER = "2999-12-31"


def run(*words, env=None, **options):
    environment = {**os.environ, **conformance.CREDENTIALS, **(env or {})}
    return subprocess.run([conformance.PROGRAM, *words], capture_output=True, text=True, env=environment, timeout=120, check=False, **options)


class ConformanceProgramTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="procedura-conformance-")))

    def file(self, name, content):
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    def judge(self, url, *options, profile=PROFILE):
        return Run(self.folder, url, profile, "--select", "sync/lifecycle", *options)

    def baseline(self, name, *entries):
        return self.file(name, {"entries": [{"reason": "an old build", "expires": NEVER, **entry} for entry in entries]})

    def test_a_known_failure_is_excused_until_it_is_mended_or_expires(self):
        known = self.baseline("known.json", {"check": CHECK, "issue": "#12"})
        with support.Mock(REFERENCE, NO_ACK) as mock:
            judged = self.judge(mock.url)
            self.assertEqual((judged.exit_code, judged.report["told"]), (1, {"Server": "mock-agent"}))
            excused = self.judge(mock.url, "--known-failing", known)
            self.assertEqual((excused.exit_code, excused.outcomes()[CHECK]), (0, "XFAIL"), excused.text)
            self.assertIn(f"{CHECK}, would be FAIL: known failing: an old build (#12), until {NEVER}", excused.text)
            expired = self.judge(mock.url, "--known-failing", self.baseline("old.json", {"check": CHECK, "expires": "2020-01-31"}))
            self.assertEqual((expired.exit_code, expired.outcomes()[CHECK]), (1, "FAIL"))
            self.assertIn(f"expired: {CHECK} excuses nothing any more", expired.text)
            flaky = self.judge(mock.url, "--known-flaky", known)
            self.assertEqual((flaky.exit_code, flaky.outcomes()[CHECK]), (0, "XFAIL"), flaky.text)
        with support.Mock(REFERENCE) as mock:
            stale = self.judge(mock.url, "--known-failing", known)
            self.assertEqual((stale.exit_code, stale.outcomes()[CHECK]), (1, "XPASS"), stale.text)
            self.assertIn(f"stale: {CHECK} was to fail and did not", stale.text)
            self.assertEqual(self.judge(mock.url, "--known-flaky", known).exit_code, 0)

    def test_a_baseline_that_is_wrong_is_exit_2_with_every_problem(self):
        bad = self.file("bad.json", {"entries": [{"check": "nothing/*:x", "reason": "", "expires": "soon"}]})
        both = self.baseline("both.json", {"case": "sync/*"})
        url = ["server", "--url", "ws://127.0.0.1:1", "--profile", PROFILE]
        done = run(*url, "--known-failing", bad)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        for part in ("/entries/0/check: nothing/*:x matches nothing", "/entries/0/reason: expected a string", "/entries/0/expires: expected a day"):
            self.assertIn(f"procedura-conformance: {bad}: {part}", done.stderr)
        done = run(*url, "--known-failing", both, "--known-flaky", self.baseline("flaky.json", {"check": CHECK}))
        self.assertEqual(done.returncode, 2)
        self.assertIn(f"{CHECK} is covered by sync/* (known failing) and by {CHECK} (known flaky)", done.stderr)
        self.assertEqual(run(*url, "--known-failing", "/no/such/file").returncode, 2)

    def test_no_report_is_written_over_another_or_over_what_is_read(self):
        profile = self.file("agent.json", PROFILE.read_text(encoding="utf-8"))
        known = self.baseline("known.json", {"check": CHECK})
        report, link = self.folder / "report", self.folder / "link"
        link.symlink_to(profile)
        judge = ["server", "--url", "ws://127.0.0.1:1", "--profile", profile, "--known-failing", known]
        before = profile.read_bytes(), known.read_bytes()
        for options, message in ((["--json", report, "--junit", report], f"--json {report} is the file of --junit too"),
                                 (["--html", report, "--badge", self.folder / "." / "x" / ".." / "report"], "is the file of --html too"),
                                 (["--json", profile], f"--json {profile} would overwrite what --profile reads"),
                                 (["--html", link], "would overwrite what --profile reads"),
                                 (["--badge", known], "would overwrite what --known-failing reads")):
            with self.subTest(options):
                done = run(*judge, *options)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(message, done.stderr)
        self.assertEqual((profile.read_bytes(), known.read_bytes()), before)
        self.assertFalse(report.exists(), "nothing is begun where something is wrong")
        both_away = run(*judge, "--json", "/dev/null", "--junit", "/dev/null")
        self.assertEqual(both_away.returncode, 3, both_away.stderr)

    def test_options_that_would_be_taken_for_something_else_are_refused(self):
        judge = ["server", "--url", "ws://127.0.0.1:1", "--profile", PROFILE]
        for words, message in ((["--seed", "-1"], "--seed: expected a whole number from 0 to 18446744073709551615"),
                               (["--seed", "18446744073709551616"], "--seed: expected a whole number"),
                               (["--seed", "1e3"], "--seed: expected a whole number"),
                               (["--json", ""], "--json: expected the name of a file"),
                               (["--known-failing", ""], "--known-failing: expected the name of a file")):
            with self.subTest(words):
                done = run(*judge, *words)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(message, done.stderr)

    def test_what_cannot_be_written_to_stdout_is_said(self):
        for words in (["list"], ["list", "--json"], ["mapping"], ["mapping", "--json"]):
            with self.subTest(words), open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([conformance.PROGRAM, *words], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
                self.assertEqual(done.returncode, 2)
                self.assertIn("could not be written to stdout", done.stderr)
        done = run("mapping", "--renew", "/no/such/page")
        self.assertEqual((done.returncode, done.stderr), (2, "procedura-conformance: the page /no/such/page cannot be read\n"))

    def test_a_signal_ends_the_run_with_a_complete_report(self):
        silent = {"stubs": [{"name": "quick", "match": {"cmd": "worldstate_snapshot"}, "accept": False, "reply": [{"delay": "1h"}]}]}
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number), support.Mock(REFERENCE, silent) as mock:
                report = self.folder / "report.json"
                process = subprocess.Popen([conformance.PROGRAM, "server", "--url", mock.url, "--profile", PROFILE, "--json", report],
                                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                           env={**os.environ, **conformance.CREDENTIALS})
                time.sleep(1.5)
                begun = time.monotonic()
                process.send_signal(number)
                text, _ = process.communicate(timeout=30)
                self.assertLess(time.monotonic() - begun, 8, "the case that runs may finish its handshake, and no more")
                self.assertEqual(process.returncode, 1, text)
                self.assertIn("the run was interrupted", text)
                results = json.loads(report.read_text(encoding="utf-8"))
                self.assertTrue(results["interrupted"])
                self.assertEqual({check["id"] for check in results["checks"]}, all_checks())
                self.assertIn("not reached: the run was interrupted", {check["came"] for check in results["checks"]})

    def test_patience_scales_with_the_time(self):
        profile = json.loads(PROFILE.read_text(encoding="utf-8"))
        profile["limits"]["answer_ms"] = 200
        impatient = self.file("profile.json", profile)
        slow = {"stubs": [{"name": "quick", "match": {"cmd": "worldstate_snapshot"},
                           "reply": ["accept", {"delay": "600ms"}, {"finished": {"meta": {}, "entities": {}}}]}]}
        with support.Mock(REFERENCE, slow) as mock:
            hasty = self.judge(mock.url, profile=impatient)
            self.assertEqual(hasty.exit_code, 1, hasty.text)
            patient = self.judge(mock.url, "--time-scale", "10", profile=impatient)
            self.assertEqual(patient.exit_code, 0, patient.text)
        self.assertIn("--time-scale 10 --select sync/lifecycle", [case["again"] for case in patient.report["cases"]][-1])

    def test_a_run_that_is_done_again_finds_nothing_of_the_first(self):
        with support.Mock(REFERENCE) as mock:
            for _ in range(2):
                again = Run(self.folder, mock.url, PROFILE, "--select", "login/*", "--seed", "1")
                self.assertEqual(again.exit_code, 0, again.text)

    def test_one_broken_login_is_one_cause(self):
        broken = {"auth": {"users": {"admin@procedura.org": "changed"}}}
        with support.Mock(REFERENCE, broken) as mock:
            judged = Run(self.folder, mock.url, PROFILE)
        self.assertEqual(judged.exit_code, 1)
        first = judged.report["causes"][0]
        self.assertIn("login/token:issued", first["checks"])
        self.assertGreater(len(first["blocked"]), 20)
        self.assertIn(f"{len(first['blocked'])} cases not judged because of it", judged.text)

    def test_what_failed_can_be_repeated_by_hand_in_bash(self):
        profile = self.file("profile.json", {"agent": "a", "modules": {"quick": {"cmd": "worldstate_snapshot"}}})
        with support.Mock(REFERENCE, {"auth": {"required": False}, **NO_ACK}) as mock:
            judged = self.judge(mock.url, profile=profile)
            self.assertEqual(judged.exit_code, 1, judged.text)
            (case,) = [case for case in judged.report["cases"] if case["id"] == "sync/lifecycle"]
            done = subprocess.run(["bash", "-c", "\n".join(case["by_hand"]).replace("timeout 5", "timeout 1")], capture_output=True, timeout=60,
                                  check=False)
        said = done.stdout.decode("utf-8", "replace")
        self.assertIn("101 Switching Protocols", said, done.stderr)
        self.assertIn('"status":"finished","result":{"meta":{},"entities":{}}', said)
        self.assertNotIn('"ack"', said.split("finished")[0])
        for line in case["by_hand"]:
            self.assertIn("    " + line, judged.text)

    def test_a_draft_by_probe_is_a_profile_that_server_takes(self):
        variable = {conformance.VARIABLE: conformance.CREDENTIAL}
        with support.Mock(REFERENCE) as mock:
            drafted = run("probe", "--url", mock.url, "--credential-env", conformance.VARIABLE, env=variable)
            self.assertEqual(drafted.returncode, 0, drafted.stderr)
            profile = self.file("draft.json", drafted.stdout)
            judged = Run(self.folder, mock.url, profile)
            self.assertEqual(judged.exit_code, 0, judged.text)
            self.assertGreater(list(judged.outcomes().values()).count("PASS"), 50)
        self.assertNotIn("secret123", drafted.stdout + drafted.stderr)
        self.assertIn("left out: modules.slow", drafted.stderr)

    def test_probe_calls_nothing_that_is_not_documented_as_harmless(self):
        seen = []

        async def answer(ws, request):
            seen.append((request["cmd"], request["args"]))
            await ws.send(json.dumps({"id": request["id"], "status": "error", "code": "NO", "message": "no"}))

        with support.Agent(answer) as agent:
            done = run("probe", "--url", agent.url, "--credential-env", conformance.VARIABLE)
        self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
        self.assertLessEqual({cmd for cmd, _ in seen}, {"login_password", "worldstate_snapshot", "place_ooi_sprites", "__keepalive",
                                                        "__diag_ws_metrics", "__diag_auth"})
        self.assertTrue(all("--dry-run" in args for cmd, args in seen if cmd == "place_ooi_sprites"))
        self.assertNotIn("secret123", done.stderr)

    def test_probe_tells_who_is_not_there_and_what_is_wrong(self):
        self.assertEqual(run("probe", "--url", support.free_url()).returncode, 3)
        for words, part in ((("--url", "http://x"), "ws://"), ((), "--url"), (("--url", "ws://127.0.0.1:1", "--credential-env", "NO_SUCH"), "NO_SUCH is not set"),
                            (("--url", "ws://127.0.0.1:1", "--credential-env", "BAD"), "BAD holds no credential")):
            done = run("probe", *words, env={"BAD": "!"})
            self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
            self.assertIn(part, done.stderr)

    def test_compare_says_what_changed_between_two_runs(self):
        with support.Mock(REFERENCE) as mock:
            good = self.file("good.json", json.dumps(self.judge(mock.url).report))
        with support.Mock(REFERENCE, NO_ACK) as mock:
            bad = self.file("worse.json", json.dumps(self.judge(mock.url).report))
        same = run("compare", good, good)
        self.assertEqual(same.returncode, 0, same.stderr)
        worse = run("compare", good, bad)
        self.assertEqual(worse.returncode, 1)
        self.assertIn(f"regression  {CHECK}  SYN-1 (MUST)  PASS -> FAIL\n            came finished\n", worse.stdout)
        self.assertEqual(run("compare", bad, good).returncode, 0)
        self.assertTrue(json.loads(run("compare", "--json", good, bad).stdout)["regressed"])
        for name, content, part in (("empty", "", "not valid JSON"), ("foreign", "[1]", "these are no results"), ("deep", "[" * 100000, "not valid JSON"),
                                    ("binary", "\u0000\u001b[2J", "not valid JSON"), ("other", '{"format":9,"checks":[]}', "another version")):
            done = run("compare", good, self.file(name, content))
            self.assertEqual((done.returncode, done.stdout), (2, ""), name)
            self.assertIn(part, done.stderr)
            self.assertNotIn("\x1b", done.stderr)
        self.assertEqual(run("compare", good, "/no/such/file").returncode, 2)
        self.assertEqual(run("compare", good, self.folder).returncode, 2)

    def test_a_page_may_be_compared_with_an_earlier_run(self):
        with support.Mock(REFERENCE) as mock:
            earlier = self.file("earlier.json", json.dumps(self.judge(mock.url).report))
        page = self.folder / "page.html"
        with support.Mock(REFERENCE, NO_ACK) as mock:
            self.judge(mock.url, "--html", page, "--compare-with", earlier)
        self.assertIn("Compared with", page.read_text(encoding="utf-8"))
        done = run("server", "--url", "ws://127.0.0.1:1", "--profile", PROFILE, "--compare-with", earlier)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--html", done.stderr)

    def test_the_mapping_in_the_readme_is_up_to_date(self):
        page = ROOT / "conformance" / "README.md"
        copy = self.file("README.md", page.read_text(encoding="utf-8"))
        self.assertEqual(run("mapping", "--renew", copy).returncode, 0)
        self.assertEqual(copy.read_text(encoding="utf-8"), page.read_text(encoding="utf-8"),
                         "renew it: procedura-conformance mapping --renew conformance/README.md")
        done = run("mapping", "--renew", self.file("other.md", "no place"))
        self.assertEqual(done.returncode, 2)
        self.assertIn("has no place for the mapping", done.stderr)

    def test_every_check_is_in_the_mapping(self):
        mapping = json.loads(run("mapping", "--json").stdout)
        for subject in ("agent", "client"):
            self.assertEqual({check for clause in mapping[subject] for check in clause["checks"]}, all_checks(subject))

    def test_list_shows_both_directions(self):
        self.assertIn("sync/lifecycle  ", run("list").stdout)
        self.assertIn("client-", run("list").stdout)
        verbose = run("list", "--verbose", "--select", "sync/lifecycle").stdout
        self.assertIn("proven by", verbose)
        self.assertNotIn("async/", verbose)
        done = run("list", "--select", "nothing/*")
        self.assertEqual(done.returncode, 2)

    def test_every_command_has_help_with_examples(self):
        commands = re.findall(r"^  (\w+) ", run("--help").stdout.split("Subcommands:")[1].split("Examples:")[0], re.MULTILINE)
        self.assertEqual(set(commands), {"server", "client", "probe", "list", "mapping", "compare"})
        for command in commands:
            done = run(command, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn(f"Examples:\n", done.stdout)
            self.assertIn(f"procedura-conformance {command}", done.stdout.split("Examples:")[1])


if __name__ == "__main__":
    unittest.main(verbosity=2)
