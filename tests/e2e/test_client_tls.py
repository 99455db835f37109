"""`procedura` over TLS: messages, exit codes, and no token on the wire before the certificate holds; the peer is Python's ssl."""

import pathlib
import ssl
import tempfile
import time
import unittest

import authority
import support

TOKEN = "secret-token-0123456789"
DAY = 24 * authority.HOUR


class ClientTls(support.E2eTest):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="procedura-tls-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        make = cls.make
        cls.ca = make("Test CA")
        cls.stranger = make("Stranger CA")
        cls.agent = make("agent", issuer=cls.ca)
        cls.mine = make("mine", issuer=cls.ca)

    @classmethod
    def make(cls, name, **how):
        return authority.Certificate(cls.folder, name, **how)

    def ask(self, server, *options, env=None):
        """`procedura run echo` with a token, against a server."""
        return self.home.run("--url", server.url, "--token", TOKEN, *options, "run", "echo", env=env)

    def assertRefused(self, done, *words, code="TLS_FAILED"):
        error = self.assertFails(done, 3, code)
        for word in words:
            self.assertIn(word, error["message"])
        self.assertNotIn(TOKEN, done.stdout + done.stderr)

    def assertNoToken(self, server):
        self.assertGreater(server.connections, 0)
        self.assertEqual(server.plain, b"")
        self.assertNotIn(TOKEN.encode(), server.raw)
        self.assertNotIn(b"GET /", server.raw)

    def test_a_server_that_is_verified_gets_the_token(self):
        with authority.RecordingServer(self.agent) as server:
            done = self.ask(server, "--ca", self.ca.pem)
            self.assertFails(done, 3, "CONNECTION_LOST")  # it closes with 1001
            self.assertIn(f"Bearer {TOKEN}".encode(), server.plain)
            self.assertNotIn(TOKEN.encode(), server.raw)

    def test_the_matrix(self):
        expired = self.make("expired", issuer=self.ca, begins=-2 * DAY, ends=-DAY)
        future = self.make("future", issuer=self.ca, begins=DAY, ends=2 * DAY)
        elsewhere = self.make("elsewhere", names=["elsewhere.example"], issuer=self.ca)
        trusted = ["--ca", self.ca.pem]
        for what, certificate, server_options, options, words in [
            ("expired", expired, {}, trusted, ["CN=expired, issued by CN=Test CA", "it expired on", "have it renewed"]),
            ("not yet valid", future, {}, trusted, ["CN=future", "not valid before"]),
            ("wrong host", elsewhere, {}, trusted, ["it is for elsewhere.example", "'localhost' was asked for", "--server-name"]),
            ("unknown CA", self.agent, {}, ["--ca", self.stranger.pem], ["its issuer is not known here", "--ca"]),
            ("unknown to the system", self.agent, {}, [], ["its issuer is not known here", "--ca FILE"]),
            ("self-signed", self.stranger, {}, trusted, ["self-signed"]),
            ("removed pin", self.agent, {}, [*trusted, "--pin", self.stranger.pin], ["no key in the chain", f"--pin {self.agent.pin}"]),
            ("pin and insecure", self.agent, {}, ["--insecure", "--pin", self.ca.pin, "-q"], ["the key of", f"--pin {self.agent.pin}"]),
            ("no client certificate", self.agent, {"client_ca": self.ca, "newest": ssl.TLSVersion.TLSv1_2}, trusted,
             ["it wants a client certificate", "--cert FILE and --key FILE"]),
            ("wrong client certificate", self.agent, {"client_ca": self.ca, "newest": ssl.TLSVersion.TLSv1_2},
             [*trusted, "--cert", self.stranger.pem, "--key", self.stranger.key_file], ["our certificate"]),
            ("TLS 1.1", self.agent, {"newest": ssl.TLSVersion.TLSv1_1}, trusted, ["nothing newer than TLS 1.1"]),
            ("TLS 1.2 where 1.3 is asked for", self.agent, {"newest": ssl.TLSVersion.TLSv1_2}, [*trusted, "--tls-min", "1.3"],
             ["--tls-min 1.2"]),
        ]:
            with self.subTest(what), authority.RecordingServer(certificate, **server_options) as server:
                self.assertRefused(self.ask(server, *options), *words)
                self.assertNoToken(server)

    def test_a_client_certificate_that_is_missing_in_tls_1_3(self):
        with authority.RecordingServer(self.agent, client_ca=self.ca) as server:
            self.assertRefused(self.ask(server, "--ca", self.ca.pem), "client certificate", "--cert FILE and --key FILE")

    def test_what_lets_in(self):
        locked = self.make("locked", issuer=self.ca, password="opensesame")
        trusted = ["--ca", self.ca.pem]
        own = ["--cert", self.mine.pem, "--key", self.mine.key_file]
        joined = self.folder / "joined.pem"
        joined.write_bytes(self.mine.pem.read_bytes() + self.mine.key_file.read_bytes())
        (self.folder / "authorities").mkdir()
        (self.folder / "authorities" / "test.crt").write_bytes(self.ca.pem.read_bytes())
        elsewhere = self.make("elsewhere 2", names=["elsewhere.example"], issuer=self.ca)
        for what, certificate, server_options, options, env in [
            ("a second pin", self.agent, {}, [*trusted, "--pin", self.stranger.pin, "--pin", self.agent.pin], {}),
            ("a pin of the authority", self.agent, {}, [*trusted, "--pin", self.ca.pin], {}),
            ("a folder", self.agent, {}, ["--ca", self.folder / "authorities"], {}),
            ("SSL_CERT_FILE", self.agent, {}, [], {"SSL_CERT_FILE": str(self.ca.pem)}),
            ("its own certificate", self.agent, {}, ["--ca", self.agent.pem], {}),
            ("another name", elsewhere, {}, [*trusted, "--server-name", "elsewhere.example"], {}),
            ("a client certificate", self.agent, {"client_ca": self.ca}, [*trusted, *own], {}),
            ("with its key", self.agent, {"client_ca": self.ca}, [*trusted, "--cert", joined], {}),
            ("with an encrypted key", self.agent, {"client_ca": self.ca}, [*trusted, "--cert", locked.pem, "--key", locked.key_file],
             {"PROCEDURA_KEY_PASSWORD": "opensesame"}),
        ]:
            with self.subTest(what), authority.RecordingServer(certificate, **server_options) as server:
                self.assertFails(self.ask(server, *options, env=env), 3, "CONNECTION_LOST")
                self.assertIn(b"GET / HTTP/1.1", server.plain)

    def test_an_encrypted_key_asks_nobody(self):
        locked = self.make("locked 2", issuer=self.ca, password="opensesame")
        for password, words in [(None, "it is encrypted"), ("wrong", "the password does not open it")]:
            with authority.RecordingServer(self.agent, client_ca=self.ca) as server:
                done = self.ask(server, "--cert", locked.pem, "--key", locked.key_file,
                                env={"PROCEDURA_KEY_PASSWORD": password} if password else None)
                self.assertRefused(done, words)
                self.assertEqual(server.connections, 0)
                self.assertNotIn("wrong", done.stderr.replace("give the right one", ""))

    def test_a_server_that_never_answers_the_hello(self):
        with authority.RecordingServer(self.agent, silent=True) as server:
            begun = time.monotonic()
            done = self.ask(server, "--ca", self.ca.pem, "--connect-timeout", "0.5")
            error = self.assertFails(done, 3, "CONNECT_TIMEOUT")
            self.assertIn("did not answer the TLS hello within 0.5 s", error["message"])
            self.assertLess(time.monotonic() - begun, 30)
            self.assertNoToken(server)

    def test_cut_in_the_handshake(self):
        # Each byte is tried in tests/integration/client_tls_test.cpp; here, that the program says so.
        for cut in (1, 5, 6, 90, 128, 300, 600):
            with self.subTest(cut), authority.RecordingServer(self.agent, cut=cut) as server:
                self.assertRefused(self.ask(server, "--ca", self.ca.pem), f"it hung up in the middle of it, after {cut} bytes")
                self.assertNoToken(server)

    def test_plain_and_tls_mixed_up(self):
        with support.Mock("demo-world") as mock:
            done = self.home.run("--url", mock.url.replace("ws://", "wss://"), "run", "echo")
            self.assertRefused(done, mock.url)
        with authority.RecordingServer(self.agent) as server:
            done = self.home.run("--url", server.url.replace("wss://", "ws://"), "run", "echo")
            self.assertRefused(done, "wss://", code="HANDSHAKE_REFUSED")

    def test_a_wrong_pin_is_a_mistake_on_the_command_line(self):
        done = self.home.run("--url", "wss://localhost:1", "--pin", "AA:BB", "run", "echo")
        self.assertExit(done, 2)
        self.assertIn("--pin: 'AA:BB' is no pin", done.stderr)

    def test_against_the_mock_with_a_client_certificate(self):
        options = ["--tls-cert", self.agent.pem, "--tls-key", self.agent.key_file, "--tls-client-ca", self.ca.pem]
        with support.Mock("demo-world", options=options) as mock:
            env = {"PROCEDURA_URL": mock.url, "PROCEDURA_CA": str(self.ca.pem), "PROCEDURA_CERT": str(self.mine.pem),
                   "PROCEDURA_KEY": str(self.mine.key_file), "PROCEDURA_PIN": f"{self.stranger.pin},{self.agent.pin}"}
            done = self.home.run("login", "-", stdin=f"{support.CREDENTIAL}\n".encode(), env=env)
            self.assertExit(done, 0)
            self.assertExit(self.home.run("run", "worldstate_snapshot", "--terse", env=env), 0)
            done = self.home.run("run", "echo", env={**env, "PROCEDURA_CERT": "", "PROCEDURA_KEY": ""})
            self.assertNotEqual(done.returncode, 0)

    def test_insecure_is_warned_about(self):
        with authority.RecordingServer(self.stranger) as server:
            done = self.ask(server, "--insecure")
            self.assertIn("insecure", done.stderr)
            self.assertIn("GET / HTTP/1.1".encode(), server.plain)


if __name__ == "__main__":
    support.main()
