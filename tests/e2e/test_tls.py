"""mock-agent over TLS, with the TLS of Python, of Node and of OpenSSL; and what it says where it cannot."""

import asyncio
import hashlib
import json
import pathlib
import shutil
import signal
import ssl
import subprocess
import tempfile
import unittest
import urllib.parse

import websockets

import support

ECHO = {"version": 1, "stubs": [{"name": "echo", "match": {"cmd": "echo"}, "reply": [{"finished": "${args[0]}"}]}]}
REQUEST = json.dumps({"id": "1", "cmd": "echo", "args": ["over TLS"], "mode": "sync"})

NODE_CLIENT = """
const socket = require('tls').connect({host: '127.0.0.1', port: +process.argv[1], servername: 'localhost',
                                       ca: require('fs').readFileSync(process.argv[2])}, () => {
  socket.write('GET / HTTP/1.1\\r\\nHost: localhost\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n' +
               'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\nSec-WebSocket-Version: 13\\r\\n\\r\\n');
});
socket.once('data', (data) => { console.log(String(data).split('\\r\\n')[0]); socket.end(); });
socket.on('error', (error) => { console.log(error.code); process.exit(1); });
"""


def make_certificate(folder: pathlib.Path, name: str):
    """A self-signed certificate and its key, as the user of a mock would make them."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                    "-keyout", key, "-out", certificate, "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
                   check=True, capture_output=True)
    return certificate, key


def fingerprint(certificate: bytes) -> str:
    digest = hashlib.sha256(certificate).hexdigest().upper()
    return ":".join(digest[at:at + 2] for at in range(0, len(digest), 2))


async def ask(url: str, context: ssl.SSLContext):
    """The result of the echo, and the certificate that was shown."""
    async with websockets.connect(url, ssl=context) as socket:
        await socket.send(REQUEST)
        await socket.recv()
        return json.loads(await socket.recv())["result"], socket.transport.get_extra_info("ssl_object").getpeercert(True)


class Tls(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="procedura-tls-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.script = self.folder / "scenario.json"
        self.script.write_text(json.dumps(ECHO), encoding="utf-8")

    def start(self, *options):
        process = subprocess.Popen([support.MOCK_AGENT, "--script", self.script, "--port", "0", *options], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process, json.loads(process.stdout.readline())

    def refuse(self, *options):
        """Of a mock that does not start: its exit code, and what it says."""
        done = subprocess.run([support.MOCK_AGENT, "--script", self.script, "--port", "0", *options], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=support.DEADLINE_S, check=False)
        self.assertEqual(done.stdout, "")
        return done.returncode, done.stderr

    def test_self_signed_and_known_by_its_fingerprint(self):
        process, ready = self.start("--tls-self-signed")
        self.assertTrue(ready["listening"].startswith("wss://127.0.0.1:"), ready)
        anybody = ssl.create_default_context()
        anybody.check_hostname = False
        anybody.verify_mode = ssl.CERT_NONE
        result, shown = asyncio.run(ask(ready["listening"], anybody))
        self.assertEqual(result, "over TLS")
        self.assertEqual(fingerprint(shown), ready["fingerprint"])
        # Who has the certificate can trust it, by any of this machine's names.
        pem = self.folder / "shown.pem"
        pem.write_text(ssl.DER_cert_to_PEM_cert(shown), encoding="ascii")
        trusting = ssl.create_default_context(cafile=pem)
        for host in ("127.0.0.1", "localhost"):
            url = f"wss://{host}:{urllib.parse.urlsplit(ready['listening']).port}"
            self.assertEqual(asyncio.run(ask(url, trusting))[0], "over TLS")
        if shutil.which("node"):
            port = str(urllib.parse.urlsplit(ready["listening"]).port)
            done = subprocess.run(["node", "-e", NODE_CLIENT, port, pem], capture_output=True, text=True, timeout=support.DEADLINE_S,
                                  check=False)
            self.assertEqual(done.stdout.strip(), "HTTP/1.1 101 Switching Protocols", done.stderr)
        self.assertEqual([p.name for p in self.folder.iterdir() if p.suffix == ".key"], [], "the key is in no file")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(support.DEADLINE_S), 0)

    def test_certificate_from_files_and_openssl_agrees(self):
        certificate, key = make_certificate(self.folder, "mock")
        _, ready = self.start("--tls-cert", certificate, "--tls-key", key)
        self.assertEqual(asyncio.run(ask(ready["listening"], ssl.create_default_context(cafile=certificate)))[0], "over TLS")
        shown = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-fingerprint", "-sha256"], capture_output=True,
                               text=True, check=True).stdout
        self.assertIn(ready["fingerprint"], shown)
        at = urllib.parse.urlsplit(ready["listening"]).netloc
        for version, good in [("-tls1_3", True), ("-tls1_2", True), ("-tls1_1", False), ("-tls1", False)]:
            done = subprocess.run(["openssl", "s_client", "-connect", at, version, "-cipher", "DEFAULT@SECLEVEL=0"], input="",
                                  capture_output=True, text=True, timeout=support.DEADLINE_S, check=False)
            self.assertEqual("Cipher is (NONE)" not in done.stdout, good, f"{version}: {done.stdout}{done.stderr}")

    def test_client_certificates(self):
        certificate, key = make_certificate(self.folder, "client")
        _, ready = self.start("--tls-self-signed", "--tls-client-ca", certificate)
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with self.assertRaises((OSError, websockets.WebSocketException)):
            asyncio.run(ask(ready["listening"], context))
        context.load_cert_chain(certificate, key)
        self.assertEqual(asyncio.run(ask(ready["listening"], context))[0], "over TLS")

    def test_files_that_cannot_be_used_exit_3(self):
        certificate, key = make_certificate(self.folder, "mock")
        _, other = make_certificate(self.folder, "other")
        garbage = self.folder / "garbage.pem"
        garbage.write_text("no PEM", encoding="ascii")
        missing = self.folder / "missing.pem"
        for options, says in [
            (["--tls-cert", missing, "--tls-key", key], "missing.pem: No such file or directory; give a PEM file with --tls-cert"),
            (["--tls-cert", certificate, "--tls-key", missing], "missing.pem: No such file or directory; give a PEM file with --tls-key"),
            (["--tls-cert", garbage, "--tls-key", key], "cannot use the certificate"),
            (["--tls-cert", certificate, "--tls-key", garbage], "cannot use the key"),
            (["--tls-cert", certificate, "--tls-key", other], "it is not the key of"),
            (["--tls-self-signed", "--tls-client-ca", missing], "cannot use the client CA"),
        ]:
            code, err = self.refuse(*options)
            self.assertEqual(code, 3, err)
            self.assertTrue(err.startswith("mock-agent: "), err)
            self.assertIn(says, err)
            self.assertEqual(err.count("\n"), 1, err)

    def test_options_that_do_not_fit_together_exit_2(self):
        for options, says in [
            (["--tls-cert", "c.pem"], "--tls-cert and --tls-key go together"),
            (["--tls-key", "k.pem"], "--tls-cert and --tls-key go together"),
            (["--tls-self-signed", "--tls-cert", "c.pem", "--tls-key", "k.pem"], "--tls-self-signed makes a certificate"),
            (["--tls-client-ca", "ca.pem"], "--tls-client-ca needs TLS"),
        ]:
            code, err = self.refuse(*options)
            self.assertEqual(code, 2, err)
            self.assertIn(says, err)


if __name__ == "__main__":
    unittest.main()
