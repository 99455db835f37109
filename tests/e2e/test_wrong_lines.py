"""Every wrong command line exits 2, with nothing on stdout and exactly one line on stderr that says what to do."""

import support

WRONG = [
    # (words, what the line says)
    ([], "no command: try"),
    (["--url", "ws://127.0.0.1:1"], "no command: try"),
    (["rnu", "m"], "did you mean 'run'?"),
    (["steam", "m"], "did you mean 'stream'?"),
    (["xyzzy"], "(commands: login, logout, run, stream, "),
    (["--"], "unknown command '--'"),
    (["--ulr", "ws://127.0.0.1:1", "run", "m"], "did you mean '--url'?"),
    (["--outptu=json", "run", "m"], "did you mean '--output'?"),
    (["run", "--nonsense", "m"], "unknown option '--nonsense'"),
    (["-x", "run", "m"], "unknown option '-x'"),
    (["run"], "no module: procedura run MODULE"),
    (["stream", "--"], "no module: procedura stream MODULE"),
    (["run", ""], "no module"),
    (["--url"], "--url needs a value"),
    (["run", "m", "--ack-timeout"], "--ack-timeout needs a value: --ack-timeout SECS"),
    (["run", "m", "--ack-timeout", "soon"], "--ack-timeout: 'soon' is not a number of seconds"),
    (["run", "m", "--ack-timeout", "--", "x"], "--ack-timeout: '--' is not"),
    (["run", "m", "--final-timeout=0"], "--final-timeout: '0' is not a number of seconds above 0"),
    (["--wait", "-1", "run", "m"], "--wait: '-1' is not"),
    (["--output", "xml", "run", "m"], "--output: 'xml' is not pretty, json or ndjson"),
    (["--color=maybe", "run", "m"], "--color: 'maybe' is not auto, always or never"),
    (["--args-style", "x", "run", "m"], "--args-style: 'x' is not auto, module-first or bare"),
    (["--url", "http://127.0.0.1", "run", "m"], "--url: "),
    (["--url", "127.0.0.1:8765", "run", "m"], "--url: "),
    (["--url", "ws://", "run", "m"], "--url: "),
    (["--url", "ws://h:99999", "run", "m"], "--url: "),
    (["--url=", "run", "m"], "--url is empty"),
    (["--url", "ws://a", "--url", "ws://b", "run", "m"], "--url is given more than once"),
    (["--token", "a", "--token-file", "b", "run", "m"], "--token and --token-file exclude each other"),
    (["--token", "two words", "run", "m"], "--token: a token has no spaces"),
    (["-q", "-v", "run", "m"], "--quiet and --verbose exclude each other"),
    (["--ttl", "5", "login", "a:b"], "--ttl is an option of login: write it after the command"),
    (["login", "a:b", "--ttl", "0"], "--ttl: '0' is not a whole number of seconds from 1 to 31536000"),
    (["login", "a:b", "--ttl", "1h"], "--ttl: '1h' is not"),
    (["login", "a:b", "c:d"], "takes one credential and no more"),
    (["login", "a:b", "--attach=yes"], "--attach takes no value"),
    (["login", "a:b", "--ack-timeout", "3"], "--ack-timeout is no option of login"),
    (["--token", "t", "login", "a:b"], "leave out --token"),
    (["login"], "no credential: give one"),
    (["login", "-"], "stdin has no line"),
    (["login", "nonsense!"], "neither EMAIL:PASSWORD nor the base64"),
    (["logout", "now"], "unexpected argument 'now'"),
    (["help", "run", "stream"], "no help on 'run stream'"),
    (["help", "nonsense"], "no help on 'nonsense'"),
    (["help", "exit-code"], "did you mean 'exit-codes'?"),
    (["--profile", "nope", "run", "m"], "there is no profile 'nope'"),
    ([b"run", b"m", b"\xff\xfe"], "argument 3 is not UTF-8"),
    (["config"], "config what? procedura config "),
    (["config", "nonsense"], "'nonsense' is no command of config"),
    (["config", "pth"], "did you mean 'path'?"),
    (["completion"], "completion needs more: procedura completion bash | zsh | fish"),
    (["completion", "tcsh"], "no completion for 'tcsh'"),
    (["completion", "bash", "x"], "unexpected argument 'x'"),
    (["config", "get"], "config get needs more: procedura config get NAME"),
    (["config", "get", "ulr"], "there is no setting 'ulr'; did you mean 'url'?"),
    (["config", "set", "url"], "config set needs more: procedura config set NAME VALUE"),
    (["config", "set", "output", "xml"], "'xml' is not pretty, json or ndjson"),
    (["config", "set", "token", "s3cret"], "a token does not belong in a config file"),
    (["config", "set", "proxy", "http://me:s3cret@h"], "there is a secret in this proxy"),
    (["config", "set", "url", ""], "procedura config unset url"),
    (["config", "unset"], "config unset needs more: procedura config unset NAME"),
    (["config", "path", "x"], "unexpected argument 'x'"),
    (["--compress=yes", "run", "m"], "--compress takes no value"),
    (["--compress", "--no-compress", "run", "m"], "exclude each other"),
    (["--insecure", "--ca", "x", "run", "m"], "exclude each other"),
    (["--key", "k", "run", "m"], "--key: a key without its certificate"),
    (["--tls-min", "1.1", "run", "m"], "--tls-min: '1.1' is not 1.2 or 1.3"),
    (["--pin", "", "run", "m"], "--pin is empty"),
    (["--server-name", "a b", "run", "m"], "--server-name: 'a b' is not the name of a host"),
    (["--ping-interval", "x", "run", "m"], "--ping-interval: 'x' is not a number of seconds"),
    (["--pong-timeout", "0", "run", "m"], "--pong-timeout: '0' is not"),
    (["--keepalive", "-1", "run", "m"], "--keepalive: '-1' is not"),
    (["run", "m", "--deadline", "0"], "--deadline: '0' is not"),
    (["\x1b[31mred"], "unknown command '\\x1b[31mred'"),
]

WRONG_ENVIRONMENT = [
    ({"PROCEDURA_URL": "nowhere"}, "PROCEDURA_URL: "),
    ({"PROCEDURA_OUTPUT": "yaml"}, "PROCEDURA_OUTPUT: 'yaml' is not"),
    ({"PROCEDURA_ARGS_STYLE": "x"}, "PROCEDURA_ARGS_STYLE: 'x' is not"),
    ({"PROCEDURA_TOKEN": "a b"}, "PROCEDURA_TOKEN: a token has no spaces"),
    ({"PROCEDURA_PROFILE": "nope"}, "PROCEDURA_PROFILE: there is no profile 'nope'"),
    ({"PROCEDURA_COMPRESS": "yes"}, "PROCEDURA_COMPRESS: 'yes' is not true or false"),
    ({"PROCEDURA_PIN": "a,,b"}, "PROCEDURA_PIN: an empty item"),
    ({"PROCEDURA_KEY": "k"}, "PROCEDURA_KEY: a key without its certificate"),
    ({"PROCEDURA_ACK_TIMEOUT": "x"}, "PROCEDURA_ACK_TIMEOUT: 'x' is not"),
]

WRONG_CONFIG = [
    ("{", "config.json:1:2: this is not the JSON of a config file"),
    ('{"profiles": {"default": {\n"ulr": "ws://h"}}}', "config.json:2:1: unknown key 'ulr'; did you mean 'url'?"),
    ('{"profiles": {"default": {"token": "s3cret"}}}', "use token_file"),
    ('{"profiles": {"default": {"output": "xml"}}}', "output in profile 'default'"),
]


class WrongLines(support.E2eTest):
    def check(self, done, says):
        self.assertExit(done, 2)
        self.assertEqual(done.stdout, "")
        self.assertOneLine(done.stderr)
        self.assertTrue(done.stderr.startswith("procedura: "), done.stderr)
        self.assertIn(says, done.stderr)
        self.assertNotIn("\x1b", done.stderr)

    def test_words(self):
        for words, says in WRONG:
            with self.subTest(words=words):
                self.check(self.home.run(*words), says)

    def test_environment(self):
        for env, says in WRONG_ENVIRONMENT:
            with self.subTest(env=env):
                self.check(self.home.run("run", "m", env=env), says)

    def test_config_file(self):
        config = self.home.path / ".config" / "procedura" / "config.json"
        config.parent.mkdir(parents=True)
        for text, says in WRONG_CONFIG:
            with self.subTest(text=text):
                config.write_text(text)
                self.check(self.home.run("run", "m"), says)

    def test_config_file_that_is_a_folder(self):
        (self.home.path / ".config" / "procedura" / "config.json").mkdir(parents=True)
        self.check(self.home.run("run", "m"), "cannot read")


class Help(support.E2eTest):
    def test_pages_go_to_stdout(self):
        for words in (["--help"], ["-h"], ["help"], ["run", "--help"], ["run", "m", "--help"], ["help", "stream"], ["help", "login"],
                      ["help", "exit-codes"], ["help", "environment"], ["help", "profiles"], ["help", "output"], ["config", "--help"],
                      ["help", "config"], ["help", "config", "path"], ["config", "path", "-h"], ["--version"]):
            with self.subTest(words=words):
                done = self.home.run(*words)
                self.assertExit(done, 0)
                self.assertTrue(done.stdout.strip())
                self.assertEqual(done.stderr, "")

    def test_help_needs_no_sound_settings(self):
        self.assertExit(self.home.run("run", "--help", env={"PROCEDURA_URL": "nowhere"}), 0)

    def test_help_to_a_full_disk(self):
        with open("/dev/full", "wb") as full:
            done = support.subprocess.run([support.PROCEDURA, "help"], stdout=full, stderr=support.subprocess.PIPE, env=self.home.env,
                                          timeout=support.DEADLINE_S, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"cannot write to stdout: No space left", done.stderr)


if __name__ == "__main__":
    support.main()
