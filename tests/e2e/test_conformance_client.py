"""procedura-conformance client: against our own program, against programs that are wrong, and against those that are no clients."""

import json
import os
import pathlib
import stat
import subprocess
import tempfile
import unittest

import conformance
import support

PROFILE = conformance.PROFILES / "procedura.json"

# What a published client was seen to do wrong, and where the suite looks for it (conformance/docs/clients.md).
PUBLISHED = {
    "client-reply/sync-segment:together", "client-reply/stream-error-at-once:ends", "client-drop/reset:noticed",
    "client-drop/hang-up:noticed", "client-drop/close:noticed", "client-reply/error-at-once:exit-code",
    "client-reply/stream-error-at-once:exit-code", "client-reply/started-without-id:updates", "client-reply/others:foreign",
    "client-reply/strange:junk", "client-result/too-big:named", "client-login/saved:file-mode", "client-token/unsendable:injected",
    "client-login/without-stale-token:bare",
}

# The areas of which a program that connects to nobody passes no check.
OF_NO_CLIENT = tuple(f"client-{area}/" for area in ("request", "frame", "reply", "result", "wait", "drop", "exit", "concurrency"))

# A client of a few lines, with a mistake for each word that its first argument holds.
CLIENT = """
import asyncio, json, sys, uuid, websockets
wrong, url, cmd, args = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
async def run():
    async with websockets.connect(url, max_size=None) as ws:
        mine, job = uuid.uuid4().hex[:8], None
        await ws.send(json.dumps({"id": mine, "cmd": cmd, "args": args if "bare" in wrong else [cmd, *args], "mode": "sync"}))
        async for text in ws:
            try:
                frame = json.loads(text)
                frame.get
            except (ValueError, AttributeError):
                if "brittle" in wrong: raise
                continue
            if frame.get("id") == mine:
                job = frame.get("job_id", job)
            elif "greedy" not in wrong and ("forgetful" in wrong or job is None or "id" in frame or frame.get("job_id") != job):
                continue
            if frame.get("status") == "finished":
                print(json.dumps(frame.get("result"), ensure_ascii=False))
                return 0
            if frame.get("status") == "error":
                print("my client:", frame.get("message"), file=sys.stderr)
                return 0 if "careless" in wrong else 1
sys.exit(asyncio.run(run()))
"""
MISTAKES = {
    "bare": ("client-request/arguments:style", "FAIL"),
    "brittle": ("client-reply/strange:junk", "FAIL"),
    "forgetful": ("client-reply/sync-segment:together", "WARN"),
    "greedy": ("client-reply/others:own", "FAIL"),
    "careless": ("client-reply/error-at-once:exit-code", "FAIL"),
}


class ClientDirectionTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="procedura-conformance-")))

    def profile(self, **members):
        path = self.folder / "client.json"
        path.write_text(json.dumps(members), encoding="utf-8")
        return path

    def my_client(self, wrong="", declares=("CLI-3",)):
        (self.folder / "my_client.py").write_text(CLIENT, encoding="utf-8")
        run = ["/usr/bin/python3", "{here}/my_client.py", f"-{wrong}", "{url}", "{cmd}", "{args...}"]
        return self.profile(client="my client", commands={"run": run}, declares=list(declares), limits={"patience_ms": 5000})

    def run_program(self, *words):
        env = {**os.environ, "PATH": f"{support.BIN}:{os.environ['PATH']}", "CANARY": "canary-of-the-environment"}
        return subprocess.run([str(word) for word in (conformance.PROGRAM, *words)], capture_output=True, text=True, env=env,
                              timeout=conformance.DEADLINE_S, check=False)

    def judge(self, profile, *options):
        report = self.folder / "report.json"
        done = self.run_program("client", "--profile", profile, "--json", report, *options)
        self.assertIn(done.returncode, (0, 1), done.stderr + done.stdout)
        return done, json.loads(report.read_text(encoding="utf-8"))

    @staticmethod
    def outcomes(report):
        return {check["id"]: check["outcome"] for check in report["checks"]}

    def test_our_own_program_keeps_every_clause(self):
        done, report = self.judge(PROFILE, "--strict", "--jobs", "4")
        wrong = {check["id"]: check["came"] for check in report["checks"] if check["outcome"] not in ("PASS", "INFO", "N/A")}
        self.assertEqual(wrong, {})
        self.assertEqual(done.returncode, 0)
        self.assertLess(report["seconds"], 60)
        self.assertLessEqual(PUBLISHED, set(self.outcomes(report)))
        left_out = {check["came"] for check in report["checks"] if check["outcome"] == "N/A"}
        self.assertLessEqual(left_out, {"the profile has no commands.several"}, "what else the program has is judged")
        self.assertNotIn("canary", json.dumps(report))

    def test_a_client_of_a_few_lines_breaks_nothing(self):
        done, report = self.judge(self.my_client(), "--jobs", "4", "--select", "client-re*/**")
        self.assertEqual({k: v for k, v in self.outcomes(report).items() if v not in ("PASS", "INFO", "N/A")}, {}, done.stdout)
        self.assertEqual(done.returncode, 0)

    def test_each_of_its_mistakes_is_found(self):
        for wrong, (check, outcome) in MISTAKES.items():
            with self.subTest(wrong):
                done, report = self.judge(self.my_client(wrong, ("CLI-3", "CON-4")), "--strict", "--select", check)
                self.assertEqual(self.outcomes(report)[check], outcome, done.stdout)
                self.assertEqual(done.returncode, 1)

    def test_a_failure_can_be_repeated_by_one_command(self):
        done, _ = self.judge(self.my_client("careless"), "--select", "client-reply/error-at-once", "--seed", "3")
        for part in ("<< GET / HTTP/1.1; Host: ", ">> HTTP/1.1 101 ", '"cmd": "m"', '"status":"error"', "-- stderr: my client: ",
                     "-- exit code 0 after "):
            self.assertIn(part, done.stdout)
        again = done.stdout.split("again    procedura-conformance ")[1].splitlines()[0].split()
        self.assertEqual(again, ["client", "--profile", str(self.folder / "client.json"), "--seed", "3", "--select",
                                 "client-reply/error-at-once"])
        self.assertEqual(self.run_program(*again).returncode, 1)

    def test_programs_that_are_no_clients_fail_and_nothing_else(self):
        for program in (["true"], ["false"], ["cat", "/dev/zero"], ["sleep", "1000"], ["sh", "-c", "kill -ABRT $$"], ["procedura", "--nonsense"]):
            with self.subTest(program):
                words = [*program, *([] if program[0] == "sh" else ["{url}", "{cmd}", "{args...}"])]
                env = {} if "{url}" in words else {"U": "{url}"}
                if program[0] in ("cat", "sleep", "sh"):  # these would stop at words that they do not know
                    words = ["sh", "-c", " ".join(program[1:] if program[0] == "sh" else program).removeprefix("-c "), "{cmd}", "{args...}"]
                    env = {"U": "{url}"}
                path = self.profile(client="none", commands={"run": words, "stream": words}, env=env, declares="all",
                                    options={f"{name}_timeout": {"env": {"T": "{seconds}"}} for name in ("connect", "ack", "final", "idle")},
                                    limits={"patience_ms": 400, "message_bytes": 16 << 20})
                done, report = self.judge(path, "--jobs", "4")
                self.assertEqual(done.returncode, 1)
                self.assertEqual(self.outcomes(report)["client-request/sync:one-object"], "FAIL")
                passed = {check["id"] for check in report["checks"] if check["outcome"] in ("PASS", "INFO", "HARNESS")}
                self.assertEqual({check for check in passed if check.startswith(OF_NO_CLIENT)}, set(), "right for the wrong reason")
                self.assertEqual(self.run_program("client", "--profile", path, "--max-time", "0.5").returncode, 1)

    def test_bad_usage_is_told_before_anything_is_run(self):
        marker = self.folder / "was-run"
        good = ["sh", "-c", f"touch {marker}", "{url}", "{cmd}", "{args...}"]
        data = self.folder / "data"
        data.write_text("no program", encoding="utf-8")
        broken = self.folder / "broken"
        broken.write_text("#!/no/such/interpreter\n", encoding="utf-8")
        broken.chmod(broken.stat().st_mode | stat.S_IXUSR)
        for members, says in (
                ({"client": "c", "commands": {"run": good, "sing": []}}, "/commands/sing: unknown key; known here: login, run, stream, several"),
                ({"client": "c", "commands": {"run": good[:-1]}}, "/commands/run: the placeholder {args...} is missing"),
                ({"client": "c", "commands": {"run": ["no-such-program", *good[3:]]}}, "/commands/run/0: no-such-program cannot be started"),
                ({"client": "c", "commands": {"run": [str(data), *good[3:]]}}, f"/commands/run/0: {data} cannot be started: Permission denied"),
                ({"client": "c", "commands": {"run": [str(broken), *good[3:]]}}, f"/commands/run/0: {broken} cannot be started: No such file")):
            with self.subTest(says):
                done = self.run_program("client", "--profile", self.profile(**members))
                self.assertEqual(done.returncode, 2)
                self.assertEqual(done.stdout, "")
                self.assertIn(f"client.json: {says}", done.stderr)
        path = self.profile(client="c", commands={"run": good})
        for words, says in ((["--select", "sync/**"], "--select sync/** matches no case"), (["--jobs", "0"], "--jobs"),
                            (["--url", "ws://h"], "--url"), (["--profile", "/no/file"], "--profile")):
            with self.subTest(says):
                done = self.run_program("client", "--profile", path, *words)
                self.assertEqual(done.returncode, 2)
                self.assertIn(says, done.stderr)
        self.assertEqual(self.run_program("client").returncode, 2)
        self.assertFalse(marker.exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
