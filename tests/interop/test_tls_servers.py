"""The client's TLS against two servers that share no code with it: Python's ssl, and `openssl s_server`, which speaks no WebSocket."""

import os
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import authority  # noqa: E402

CLIENT = os.environ["INTEROP_TLS_CLIENT"]
DEADLINE_S = 60


class TlsServers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="procedura-tls-")
        self.addCleanup(folder.cleanup)
        self.ca = authority.Certificate(pathlib.Path(folder.name), "Test CA")
        self.agent = authority.Certificate(pathlib.Path(folder.name), "agent", issuer=self.ca)

    def visit(self, url):
        done = subprocess.run([CLIENT, url, self.ca.pem], capture_output=True, text=True, timeout=DEADLINE_S, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.splitlines()

    def expected(self, version):
        return [f"{version} new, chain of 2", f"{version} resumed, chain of 2", f"{version} resumed, chain of 2"]

    def test_pythons_ssl(self):
        for version, number in [("TLSv1.2", ssl.TLSVersion.TLSv1_2), ("TLSv1.3", ssl.TLSVersion.TLSv1_3)]:
            with self.subTest(version), authority.RecordingServer(self.agent, newest=number) as server:
                self.assertEqual(self.visit(server.url), self.expected(version))
                self.assertEqual(server.resumed, 2)

    def test_openssl_s_server(self):
        for version, option in [("TLSv1.2", "-tls1_2"), ("TLSv1.3", "-tls1_3")]:
            with self.subTest(version):
                with socket.create_server(("127.0.0.1", 0)) as taken:
                    port = taken.getsockname()[1]
                server = subprocess.Popen(["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", self.agent.pem, "-key",
                                           self.agent.key_file, option, "-www", "-quiet"], stdout=subprocess.DEVNULL,
                                          stderr=subprocess.DEVNULL)
                self.addCleanup(server.wait)
                self.addCleanup(server.kill)
                end = time.monotonic() + DEADLINE_S
                while True:
                    try:
                        socket.create_connection(("127.0.0.1", port)).close()
                        break
                    except OSError:
                        self.assertLess(time.monotonic(), end, "openssl s_server does not listen")
                        time.sleep(0.01)
                self.assertEqual(self.visit(f"wss://localhost:{port}"), self.expected(version))


if __name__ == "__main__":
    unittest.main()
