"""The event log of the program, --events: what is in it, what never is, and what happens where it cannot be written."""

import base64
import json
import os
import pathlib
import resource
import signal
import stat
import unittest
import urllib.parse

import secrets_search
import support

MEMBERS = ["at", "id", "job_id", "origin", "module", "mode", "args", "status", "ack_ms", "final_ms", "request_bytes", "response_bytes",
           "frames", "error"]


class EventLogTest(support.E2eTest):
    def setUp(self):
        super().setUp()
        self.events = self.home.path / "events.ndjson"

    def records(self):
        text = self.events.read_text(encoding="utf-8")
        self.assertTrue(text.endswith("\n"))
        return [json.loads(line) for line in text[:-1].split("\n")]

    def only(self):
        (record,) = self.records()
        self.events.unlink()
        self.assertEqual(list(record), MEMBERS)
        return record


class Records(EventLogTest):
    def test_of_login_run_and_stream(self):
        with support.Mock("demo-world") as mock:
            for words in (["login", "-"], ["run", "worldstate_snapshot", "--terse"], ["stream", "place_ooi_sprites", "--", "--dry-run", "--n", "2"]):
                done = self.home.run("--url", mock.url, "--events", self.events, *words, stdin=support.CREDENTIAL.encode())
                self.assertExit(done, 0)
                self.assertNotIn("event log", done.stderr)
            login, run, stream = self.records()
        for record in login, run, stream:
            self.assertEqual(list(record), MEMBERS)
            self.assertEqual((record["status"], record["error"], record["origin"]), ("finished", None, mock.url))
            self.assertGreater(record["request_bytes"], 40)
            self.assertGreater(record["response_bytes"], 40)
            self.assertLessEqual(record["ack_ms"], record["final_ms"])
        self.assertEqual([record["module"] for record in (login, run, stream)], ["login_password", "worldstate_snapshot", "place_ooi_sprites"])
        self.assertEqual([record["mode"] for record in (login, run, stream)], ["sync", "sync", "async"])
        self.assertEqual([record["args"] for record in (run, stream)], [1, 3])
        self.assertEqual(stream["frames"], 4)
        self.assertTrue(stream["job_id"])
        self.assertEqual(stat.S_IMODE(self.events.stat().st_mode), 0o600)

    def test_the_environment_and_a_profile_name_it_too(self):
        config = self.home.path / ".config" / "procedura" / "config.json"
        config.parent.mkdir(parents=True)
        config.write_text(json.dumps({"profiles": {"ci": {"events": str(self.events)}}}))
        with support.Mock("demo-world") as mock:
            self.assertExit(self.home.run("--url", mock.url, "run", "echo", env={"PROCEDURA_EVENTS": str(self.events), "PROCEDURA_TOKEN": support.TOKEN}), 0)
            self.assertEqual(self.only()["module"], "echo")
            self.assertExit(self.home.run("--url", mock.url, "--profile", "ci", "--token", support.TOKEN, "run", "echo"), 0)
            self.assertEqual(self.only()["module"], "echo")

    def test_of_what_failed(self):
        def agent(*frames, close=None):
            async def behave(ws, request):
                for frame in frames:
                    await ws.send(json.dumps({"id": request["id"], **frame}))
                if close:
                    await ws.close(close)
            return support.Agent(behave)

        for frames, close, words, exits, by, code in (
                ([{"status": "error", "code": "NO_WORLD", "message": "none"}], None, [], 1, "agent", "NO_WORLD"),
                ([{"status": "error", "message": "none"}], None, [], 1, "agent", ""),
                ([{"status": "ack", "job_id": "j-1"}], 1011, [], 3, "client", "CONNECTION_LOST"),
                ([], None, ["--ack-timeout", "0.1"], 5, "client", "ACK_TIMEOUT")):
            for command in "run", "stream":
                with self.subTest(code=code, command=command), agent(*frames, close=close) as there:
                    self.assertExit(self.home.run("--url", there.url, "--events", self.events, command, "m", *words), exits)
                    record = self.only()
                    self.assertEqual((record["status"], record["error"]["by"], record["error"]["code"]), ("error", by, code))
                    self.assertTrue(record["id"])

    def test_of_a_module_that_could_not_even_be_asked_for(self):
        url = support.free_url()
        for words in (["run", "m", "a", "b"], ["--wait", "0.3", "stream", "m", "a", "b"]):
            self.assertExit(self.home.run("--url", url, "--events", self.events, *words), 3)
            record = self.only()
            self.assertEqual((record["id"], record["module"], record["args"], record["origin"], record["request_bytes"]), (None, "m", 2, url, 0))
            self.assertEqual(record["error"]["code"], "CONNECT_FAILED")
        self.assertExit(self.home.run("--url", url, "--events", self.events, "login", "-", stdin=b"a@b.c:secret123"), 3)
        self.assertEqual(self.only()["module"], "login_password")

    def test_of_one_that_was_interrupted(self):
        with support.Mock("slow-agent") as mock, self.home.start("--url", mock.url, "--events", self.events, "--output", "ndjson", "stream", "hang") as program:
            job = json.loads(program.stdout.readline())["job_id"]
            program.send_signal(signal.SIGINT)
            self.assertEqual(program.wait(support.DEADLINE_S), 130)
            program.stdout.read(), program.stderr.read()
        record = self.only()
        self.assertEqual((record["error"]["code"], record["job_id"]), ("CANCELLED", job))


class Unwritable(EventLogTest):
    """The request goes on, with its own exit code, and one line says what is wrong."""

    def check(self, path, says, exits=0, words=("run", "succeed"), **options):
        with support.Mock("failing-agent") as mock:
            done = self.home.run("--url", mock.url, "--events", path, *words, **options)
        self.assertExit(done, exits)
        warnings = [line for line in done.stderr.splitlines() if "event log" in line]
        self.assertEqual(len(warnings), 1, done.stderr)
        self.assertTrue(warnings[0].startswith("procedura: warning: cannot "), warnings)
        self.assertIn(str(path), warnings[0])
        self.assertIn(says, warnings[0])
        self.assertLess(done.seconds, 10)

    def test_a_folder(self):
        self.check(self.home.path, "Is a directory")
        self.check(self.home.path, "Is a directory", exits=1, words=("run", "fail_now"))
        self.check(self.home.path, "Is a directory", words=("-q", "run", "succeed"))

    def test_a_fifo_is_not_waited_for(self):
        os.mkfifo(self.events)
        self.check(self.events, "it is no regular file")

    def test_a_device(self):
        self.check(pathlib.Path("/dev/full"), "it is no regular file")

    def test_a_folder_that_is_not_there(self):
        self.check(self.home.path / "none" / "events", "No such file or directory")

    @unittest.skipIf(os.geteuid() == 0, "root may write anywhere")
    def test_a_file_of_somebody_else(self):
        self.events.touch(0o400)
        self.check(self.events, "Permission denied")

    def test_a_name_with_an_escape_in_it_does_not_move_the_terminal(self):
        with support.Mock("failing-agent") as mock:
            done = self.home.run("--url", mock.url, "--events", self.home.path / "\x1b[2J" / "events", "run", "succeed")
        self.assertExit(done, 0)
        self.assertNotIn("\x1b", done.stderr)

    def test_a_full_disk(self):
        """As the limit on the size of files has it: the write ends early, and what there was is left whole."""
        self.events.write_text('{"at":"x"}\n')
        before = self.events.read_bytes()
        for room in 0, 1, 200:
            self.check(self.events, "File too large",
                       preexec_fn=lambda room=room: resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + room, len(before) + room)))
            self.assertEqual(self.events.read_bytes(), before)


class Secrets(EventLogTest):
    """The worst agent: it repeats the token, the credential and the arguments wherever it can, in every form."""

    PASSWORD = "hunter22+ü\"/canary"
    CREDENTIAL = f"me@x.y:{PASSWORD}"
    TOKEN = "tok-4711.canary"
    ARGUMENT = "an argument, with \"canary\" in it"

    def repeats(self, *secrets):
        forms = [form for secret in secrets for form in (
            secret, base64.b64encode(secret.encode()).decode(), base64.b64encode(b"xy" + secret.encode()).decode(),
            urllib.parse.quote(secret, safe=""), json.dumps(secret))]
        return " | ".join(forms)

    def test_are_in_no_record(self):
        async def behave(ws, request):
            # What the program has in hand at the time, and so can know to be a secret.
            known = (self.TOKEN, self.ARGUMENT, f"--api-key={self.ARGUMENT}")
            if request["cmd"] == "login_password":
                known = (self.PASSWORD, self.CREDENTIAL)
            everything = self.repeats(*known)
            if request["cmd"] == "login_password" and "good" in " ".join(request["args"]):
                return await ws.send(json.dumps({"id": request["id"], "status": "finished", "result": {"session_token": self.TOKEN, "you": everything}}))
            first = {"status": "started" if request["mode"] == "async" else "ack", "job_id": f"job {known[0]}", "note": everything}
            await ws.send(json.dumps({"id": request["id"], **first}))
            if request["cmd"] == "finish":
                return await ws.send(json.dumps({"id": request["id"], "status": "finished", "result": everything}))
            await ws.send(json.dumps({"id": request["id"], "status": "error", "code": f"E {known[0]}", "message": everything}))

        secrets = [self.TOKEN, self.PASSWORD, self.CREDENTIAL, self.ARGUMENT]
        told = []
        with support.Agent(behave) as agent:
            def ask(*words, **options):
                done = self.home.run("--url", agent.url, "--events", self.events, "-v", *words, **options)
                told.append(done.stderr)
                return done

            self.assertNotEqual(ask("login", "-", stdin=self.CREDENTIAL.encode()).returncode, 0)
            self.assertExit(ask("login", "--device", "good", "-", stdin=self.CREDENTIAL.encode()), 0)
            for command in "run", "stream":
                self.assertExit(ask(command, "finish", "--", self.ARGUMENT, f"--api-key={self.ARGUMENT}"), 0)
                self.assertExit(ask(command, "fail", "--", self.ARGUMENT, f"--api-key={self.ARGUMENT}"), 1)
                self.assertExit(ask("--token", self.TOKEN, command, "fail", "--", self.ARGUMENT), 1)
        written = self.events.read_bytes()
        self.assertGreaterEqual(len(self.records()), 9)
        self.assertEqual(secrets_search.found(secrets, written), [])
        self.assertEqual(secrets_search.found([self.TOKEN, self.PASSWORD, self.CREDENTIAL], *told), [])

    def test_the_search_would_find_them(self):
        for secret in self.TOKEN, self.PASSWORD, self.CREDENTIAL, self.ARGUMENT:
            for form in self.repeats(secret).split(" | ") + [f'{{"a":"{json.dumps(secret)[1:-1]}"}}', secret.replace("canary", "CANARY")]:
                self.assertTrue(secrets_search.found([secret], b"some text ", f'"{form}"'), form)
        self.assertEqual(secrets_search.found([self.TOKEN], "tok-4712.canary"), [])


if __name__ == "__main__":
    support.main()
