"""Which token goes where (AUT-8), and what is said of a token file that cannot be used: each way to name it, each state it can be in."""

import json
import os
import pathlib
import stat

import support
from test_many_processes import print_of

TOKEN = "tok-4711"
WAYS = ("usual", "environment", "profile", "flag")  # to name the token file


class TokenTest(support.E2eTest):
    def setUp(self):
        super().setUp()
        self.elsewhere = self.home.path / "elsewhere" / "token"
        for path in (self.home.token_file, self.elsewhere):
            path.parent.mkdir(mode=0o700)

        async def behave(ws, request):
            await ws.send(json.dumps({"id": request["id"], "status": "finished", "result": "done"}))

        self.agent = self.enterContext(support.Agent(behave))

    def file_of(self, way):
        return self.home.token_file if way == "usual" else self.elsewhere

    def write(self, way, token=TOKEN, origin=None, mode=0o600):
        path = self.file_of(way)
        path.write_text(f"{token}\n")
        path.chmod(mode)
        side = pathlib.Path(f"{path}.meta.json")
        if origin:
            side.write_text(json.dumps({"tokens": {print_of(token): {"origin": origin}}}))
        elif side.exists():
            side.unlink()

    def ask(self, way, *words, url=None):
        """Runs a module with the token file named in that way. Returns what came of it, and the tokens that were sent."""
        env, flags = {}, []
        if way == "environment":
            env["PROCEDURA_TOKEN_FILE"] = str(self.elsewhere)
        elif way == "profile":
            config = self.home.path / ".config" / "procedura" / "config.json"
            config.parent.mkdir(parents=True, exist_ok=True)
            config.write_text(json.dumps({"profiles": {"mine": {"token_file": str(self.elsewhere)}}}))
            flags = ["--profile", "mine"]
        elif way == "flag":
            flags = ["--token-file", self.elsewhere]
        before = len(self.agent.handshakes)
        done = self.home.run("--url", url or self.agent.url, *flags, *words, "run", "m", env=env)
        sent = [shaken.get("Sec-WebSocket-Protocol") for shaken in self.agent.handshakes[before:]]
        self.assertNotIn(TOKEN, done.stdout + done.stderr)
        return done, sent


class Origins(TokenTest):
    def test_a_saved_token_goes_to_its_own_host_and_never_to_less_than_tls(self):
        port = self.agent.url.rsplit(":", 1)[1]
        usual = self.agent.url
        for recorded, url, says in (
                (usual, usual, None),
                ("ws://127.0.0.1:1", usual, None),  # another port is no other host
                ("ws://localhost:1", usual, None),
                ("ws://[::1]:1", usual, None),
                ("ws://127.0.0.1:1", f"ws://localhost:{port}", None),
                (None, usual, None),  # a file of the published SDK
                ("ws://agent.example:8765", usual, "the saved token is for ws://agent.example:8765 and not for"),
                ("wss://agent.example:8765", usual, "the saved token is for wss://agent.example:8765 and not for"),
                ("wss://127.0.0.1:1", usual, "which is not encrypted"),
                ("wss://localhost:1", usual, "which is not encrypted"),
                ("nonsense", usual, "the saved token is for nonsense and not for")):
            for way in WAYS:
                with self.subTest(recorded=recorded, url=url, way=way):
                    self.write(way, origin=recorded)
                    done, sent = self.ask(way, url=url)
                    if says is None or way == "flag":  # a file that is named in so many words is taken at its word
                        self.assertExit(done, 0)
                        self.assertEqual((sent, done.stderr), ([TOKEN], ""))
                    else:
                        self.assertFails(done, 4, "WRONG_ORIGIN")
                        self.assertIn(says, done.stderr)
                        self.assertEqual(sent, [], "nothing was sent at all")

    def test_a_token_that_is_given_goes_where_it_is_told_and_no_file_is_looked_at(self):
        self.home.token_file.mkdir()  # would be an error
        for words, env in ((["--token", "given"], {}), ([], {"PROCEDURA_TOKEN": "given"}), (["--token", "given"], {"PROCEDURA_TOKEN": "another"})):
            with self.subTest(words=words):
                before = len(self.agent.handshakes)
                self.assertExit(self.home.run("--url", self.agent.url, *words, "run", "m", env=env), 0)
                self.assertEqual([shaken.get("Sec-WebSocket-Protocol") for shaken in self.agent.handshakes[before:]], ["given"])


class Files(TokenTest):
    def check(self, make, says, code="TOKEN_STORE"):
        for way in WAYS:
            with self.subTest(way=way):
                path = self.file_of(way)
                make(path)
                done, sent = self.ask(way)
                self.assertFails(done, 4, code)
                self.assertIn(says, done.stderr)
                self.assertIn(str(path), done.stderr)
                self.assertEqual(sent, [])
                if path.is_dir() and not path.is_symlink():
                    path.rmdir()
                else:
                    path.unlink()

    def test_none(self):
        for way in WAYS:
            done, sent = self.ask(way)
            if way == "flag":
                self.assertFails(done, 4, "TOKEN_STORE")
                self.assertIn(f"there is no token in {self.elsewhere}", done.stderr)
            else:
                self.assertExit(done, 0)
                self.assertEqual(sent, [None])

    def test_a_folder(self):
        self.check(lambda path: path.mkdir(), "is a folder")

    def test_a_fifo_is_not_waited_for(self):
        self.check(os.mkfifo, "is no regular file")

    def test_empty(self):
        self.check(lambda path: path.write_text(" \n"), "is empty")

    def test_no_token_in_it(self):
        self.check(lambda path: path.write_text("two words\n"), "holds no token")
        self.check(lambda path: path.write_bytes(b"\x7fELF\x00"), "holds no token")

    def test_too_big(self):
        self.check(lambda path: path.write_text("x" * 100_000), "has 100000 bytes")

    def test_unreadable(self):
        self.check(lambda path: path.symlink_to(path), "cannot read")  # a link to itself, which root cannot read either
        if os.geteuid() != 0:
            def locked(path):
                path.write_text(TOKEN)
                path.chmod(0)
            self.check(locked, "Permission denied")

    def test_readable_by_others(self):
        for way in WAYS:
            for mode in 0o644, 0o640, 0o604:
                self.write(way, mode=mode)
                done, sent = self.ask(way)
                self.assertExit(done, 0)
                self.assertEqual(sent, [TOKEN])
                self.assertEqual(done.stderr, f"procedura: warning: other users can read the token in {self.file_of(way)}: chmod 600 it\n")

    def test_a_link(self):
        real = self.home.path / "real"
        for way in WAYS:
            real.write_text(TOKEN)
            real.chmod(0o600)
            self.file_of(way).unlink(missing_ok=True)
            self.file_of(way).symlink_to(real)
            done, sent = self.ask(way)
            self.assertExit(done, 0)
            self.assertEqual(sent, [TOKEN])
            real.unlink()
            done, sent = self.ask(way)  # to nowhere: there is no token
            self.assertEqual((done.returncode, sent), (4, []) if way == "flag" else (0, [None]))

    def test_a_login_writes_through_a_link_and_into_no_folder(self):
        real = self.home.path / "real"
        self.elsewhere.symlink_to(real)
        with support.Mock("demo-world") as mock:
            words = ["--url", mock.url, "--token-file", self.elsewhere, "login", "-"]
            self.assertExit(self.home.run(*words, stdin=support.CREDENTIAL.encode()), 0)
            self.assertTrue(self.elsewhere.is_symlink())
            self.assertEqual(stat.S_IMODE(real.stat().st_mode), 0o600)
            self.elsewhere.unlink()
            self.elsewhere.mkdir()
            done = self.home.run(*words, stdin=support.CREDENTIAL.encode())
            self.assertExit(done, 1)
            self.assertIn("could not be saved", done.stderr)
            self.assertIn(str(self.elsewhere), done.stderr)
            self.assertEqual(list(self.elsewhere.iterdir()), [])


if __name__ == "__main__":
    support.main()
