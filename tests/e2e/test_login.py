"""Logging in, being not logged in, and keeping secrets."""

import http
import json
import os
import pathlib

import support

PASSWORD = "secret123"


class Login(support.E2eTest):
    def test_every_way_to_give_a_credential(self):
        with support.Mock("demo-world") as mock:
            b64 = support.subprocess.run(["base64", "-w0"], input=support.CREDENTIAL.encode(), capture_output=True, check=True).stdout.decode()
            for words, stdin, env in (
                (["login", support.CREDENTIAL], b"", {}),
                (["login", f"b64:{b64}"], b"", {}),
                (["login", b64], b"", {}),
                (["login", "-"], f"{support.CREDENTIAL}\n".encode(), {}),
                (["login", "-"], f"{support.CREDENTIAL}\r\nmore\n".encode(), {}),
                (["login", "-"], support.CREDENTIAL.encode(), {}),
                (["login"], b"", {"PROCEDURA_CREDENTIAL": support.CREDENTIAL}),
                (["login", "--attach", "--device", "laptop", "--", support.CREDENTIAL], b"", {}),
            ):
                with self.subTest(words=words):
                    done = self.home.run("--url", mock.url, *words, stdin=stdin, env=env)
                    self.assertExit(done, 0)
                    self.assertEqual(json.loads(done.stdout)["session_token"], "<redacted>")
                    self.assertNotIn(PASSWORD, done.stdout + done.stderr)

    def test_show_token(self):
        with support.Mock("demo-world") as mock:
            done = self.home.run("--url", mock.url, "login", "-", "--show-token", stdin=support.CREDENTIAL.encode())
            self.assertExit(done, 0)
            self.assertEqual(json.loads(done.stdout)["session_token"], self.home.token_file.read_text().strip())

    def test_same_device_same_token(self):
        with support.Mock("demo-world") as mock:
            self.assertEqual(self.home.login(mock.url), self.home.login(mock.url))

    def test_wrong_password(self):
        with support.Mock("demo-world") as mock:
            done = self.home.run("--url", mock.url, "login", "-", stdin=b"admin@procedura.org:wrong-password")
            self.assertFails(done, 4, "AUTH_FAILED")
            self.assertNotIn("wrong-password", done.stdout + done.stderr)
            self.assertFalse(self.home.token_file.exists())

    def test_a_stale_token_does_not_lock_its_owner_out(self):
        """An agent that refuses every handshake with a token it does not know: the login must not send the saved one."""
        self.home.token_file.parent.mkdir(mode=0o700)
        self.home.token_file.write_text("stale-token")
        self.home.token_file.chmod(0o600)

        async def behave(ws, request):
            await ws.send(json.dumps({"id": request["id"], "status": "finished", "result": {"session_token": "fresh-token"}}))

        async def refuse_the_stale(_path, headers):
            return (http.HTTPStatus.UNAUTHORIZED, [], b"") if "stale-token" in str(headers) else None

        with support.Agent(behave, process_request=refuse_the_stale) as agent:
            self.assertFails(self.home.run("--url", agent.url, "run", "m"), 4, "HANDSHAKE_REFUSED")
            self.assertEqual(self.home.login(agent.url), "fresh-token")

    def test_token_file_by_flag_and_by_environment(self):
        with support.Mock("demo-world") as mock:
            one, two = self.home.path / "one", self.home.path / "two"
            self.assertExit(self.home.run("--url", mock.url, "--token-file", one, "login", "-", stdin=support.CREDENTIAL.encode()), 0)
            self.assertTrue(one.exists())
            self.assertFalse(self.home.token_file.exists())
            env = {"PROCEDURA_TOKEN_FILE": str(two)}
            self.assertExit(self.home.run("--url", mock.url, "login", "-", stdin=support.CREDENTIAL.encode(), env=env), 0)
            self.assertTrue(two.exists())
            self.assertExit(self.home.run("--url", mock.url, "--token-file", one, "run", "worldstate_snapshot"), 0)
            self.assertExit(self.home.run("--url", mock.url, "run", "worldstate_snapshot", env=env), 0)
            self.assertFails(self.home.run("--url", mock.url, "--token-file", self.home.path / "none", "run", "m"), 4, "TOKEN_STORE")

    def test_a_token_that_cannot_be_saved(self):
        with support.Mock("demo-world") as mock:
            done = self.home.run("--url", mock.url, "--token-file", "/proc/nowhere/token", "login", "-", stdin=support.CREDENTIAL.encode())
            self.assertExit(done, 1)
            self.assertIn("could not be saved", done.stderr)
            self.assertEqual(json.loads(done.stdout)["session_token"], "<redacted>")


class NotLoggedIn(support.E2eTest):
    def test_without_a_token(self):
        with support.Mock("demo-world") as mock:
            for words in (["run", "worldstate_snapshot"], ["--output", "ndjson", "stream", "place_ooi_sprites"]):
                done = self.home.run("--url", mock.url, *words)
                self.assertFails(done, 4, "AUTH_REQUIRED")
                self.assertIn("run `procedura login`", done.stderr)

    def test_expired(self):
        with support.Mock({"auth": {"required": True, "users": {"a@b.c": "password"}}, "stubs": []}) as mock:
            self.assertExit(self.home.run("--url", mock.url, "login", "-", "--ttl", "1", stdin=b"a@b.c:password"), 0)

            def expired():
                done = self.home.run("--url", mock.url, "run", "m")
                return done if done.returncode == 4 else None
            done = support.wait_for(expired, "expiry of a token of one second")
            self.assertEqual(json.loads(done.stdout)["code"], "AUTH_EXPIRED")
            warning, line = done.stderr.splitlines()
            self.assertIn("the saved token has expired", warning)
            self.assertIn("AUTH_EXPIRED", line)
            self.assertIn("run `procedura login`", line)

    def test_a_saved_token_never_goes_to_another_host(self):
        async def behave(ws, request):
            await ws.send(json.dumps({"id": request["id"], "status": "finished", "result": "I saw nothing"}))

        with support.Mock("demo-world") as mock, support.Agent(behave) as stranger:
            token = self.home.login(mock.url)
            for path in self.home.token_file.parent.iterdir():
                if path != self.home.token_file:
                    path.write_text(path.read_text().replace("127.0.0.1", "agent.example"))
            done = self.home.run("--url", stranger.url, "run", "m")
            self.assertFails(done, 4, "WRONG_ORIGIN")
            self.assertNotIn(token, done.stdout + done.stderr)
            self.assertEqual(stranger.handshakes, [], "nothing was sent at all")

            done = self.home.run("--url", stranger.url, "--token-file", self.home.token_file, "run", "m")
            self.assertExit(done, 0)

    def test_broken_token_files_get_a_message(self):
        self.home.token_file.parent.mkdir(mode=0o700)
        with support.Mock("failing-agent") as mock:
            for content in (b"", b"  \n", b"two words", b"a\r\nX-Evil: 1", b"\xff\xfe", b"x" * 1_000_000, b"\x00"):
                with self.subTest(content=content[:20]):
                    self.home.token_file.write_bytes(content)
                    self.home.token_file.chmod(0o600)
                    done = self.home.run("--url", mock.url, "run", "succeed")
                    self.assertIn(done.returncode, (0, 4), done)
                    self.assertTrue(done.stderr)
                    self.assertIn("token", done.stderr)
                    self.assertNotIn("\x1b", done.stderr)

    def test_a_token_file_that_others_can_read(self):
        with support.Mock("demo-world") as mock:
            self.home.login(mock.url)
            self.home.token_file.chmod(0o644)
            done = self.home.run("--url", mock.url, "run", "worldstate_snapshot")
            self.assertExit(done, 0)
            self.assertIn(str(self.home.token_file), done.stderr)
            done = self.home.run("--url", mock.url, "--token-file", self.home.token_file, "run", "worldstate_snapshot")
            self.assertExit(done, 0)
            self.assertIn(f"warning: other users can read the token in {self.home.token_file}", done.stderr)


class Secrets(support.E2eTest):
    def test_an_agent_that_repeats_them(self):
        """An error message that quotes the credential, and a result that has the token in a second place."""
        async def behave(ws, request):
            credential = next(arg for arg in request["args"] if ":" in arg)
            if "fail" in credential:
                await ws.send(json.dumps({"id": request["id"], "status": "error", "code": "AUTH_FAILED",
                                          "message": f"{credential} is wrong", "password": credential.split(":")[1]}))
            else:
                await ws.send(json.dumps({"id": request["id"], "status": "finished", "result": {
                    "session_token": "tok-4711", "note": "use tok-4711", "you": credential}}))

        with support.Agent(behave) as agent:
            for credential in ("me@x.y:hunter22", "fail@x.y:hunter22"):
                for form in ("pretty", "json"):
                    done = self.home.run("--url", agent.url, "--output", form, "-v", "login", credential)
                    everything = done.stdout + done.stderr
                    self.assertNotIn("hunter22", everything)
                    self.assertNotIn("tok-4711", everything)
                    json.loads(done.stdout)

    def test_verbose_shows_none(self):
        with support.Mock("demo-world") as mock:
            token = self.home.login(mock.url)
            for words in (["-v", "run", "echo"], ["-v", "--token", token, "run", "echo"], ["-v", "--url", f"{mock.url}/?token={token}", "run", "echo"]):
                done = self.home.run("--url", mock.url, *words) if "--url" not in words else self.home.run(*words)
                self.assertExit(done, 0)
                self.assertNotIn(token, done.stdout + done.stderr)

    def test_they_leave_the_process_list(self):
        for words in (["login", "me@x.y:hunter22"], ["--token", "tok-hunter22", "run", "m"], ["--token=tok-hunter22", "run", "m"],
                      ["--proxy", "http://me:hunter22@{silent}", "run", "m"]):
            with self.subTest(words=words), support.Listener() as silent, self.home.start(
                    "--url", silent.url, *[word.format(silent=silent.url.removeprefix("ws://")) for word in words]) as program:
                command_line = pathlib.Path(f"/proc/{program.pid}/cmdline")
                try:
                    support.wait_for(lambda: b"hunter22" not in command_line.read_bytes() and b"procedura" in command_line.read_bytes(),
                                     "clean process list", deadline=4)
                finally:
                    program.kill()
                program.wait()
                program.stdout.read(), program.stderr.read()

    def test_files_are_private_whatever_the_umask(self):
        with support.Mock("demo-world") as mock:
            before = os.umask(0)
            try:
                self.home.login(mock.url)
            finally:
                os.umask(before)
            for path in self.home.token_file.parent.iterdir():
                self.assertEqual(path.stat().st_mode & 0o077, 0, path)


class TheModuleItself(support.E2eTest):
    def test_run_login_password_shows_no_token(self):
        with support.Mock("demo-world") as mock:
            done = self.home.run("--url", mock.url, "run", "login_password", support.CREDENTIAL)
        self.assertExit(done, 0)
        self.assertEqual(json.loads(done.stdout)["session_token"], "<redacted>")
        self.assertIn("hint: `procedura login`", done.stderr)
        self.assertNotIn("secret123", done.stdout + done.stderr)

    def test_stream_login_password_shows_none_either(self):
        async def behave(ws, request):
            own = {"id": request["id"], "job_id": "j-1"}
            await ws.send(json.dumps({**own, "status": "started"}))
            await ws.send(json.dumps({**own, "status": "running", "session_token": "t0k3n-value", "echo": request["args"]}))
            await ws.send(json.dumps({**own, "status": "finished", "result": {"session_token": "t0k3n-value", "user": "admin"}}))

        with support.Agent(behave) as agent:
            done = self.home.run("--url", agent.url, "--output", "ndjson", "stream", "login_password", support.CREDENTIAL)
        self.assertExit(done, 0)
        self.assertNotIn("secret123", done.stdout + done.stderr)
        self.assertNotIn("t0k3n-value", done.stdout + done.stderr)
        self.assertEqual(json.loads(done.stdout.splitlines()[-1])["result"], {"session_token": "<redacted>", "user": "admin"})


if __name__ == "__main__":
    support.main()
