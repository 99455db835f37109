"""The program through an HTTP proxy and with compressed messages: peers in Python that share no code with ours."""

import json
import os
import unittest

import support
from connect_proxy import ConnectProxy

HOST = "agent.behind.test:8765"  # a name that only the proxy knows
MIB = 1 << 20


async def echo(ws, request):
    await ws.send(json.dumps({"id": request["id"], "status": "finished", "result": request["args"][-1]}))


async def bomb(ws, request):
    """About 130 kB on the wire."""
    await ws.send('{"id":"%s","status":"finished","result":"%s"}' % (request["id"], "x" * (128 * MIB)))


class Network(unittest.TestCase):
    def setUp(self):
        self.home = self.entered(support.Home())

    def entered(self, manager):
        value = manager.__enter__()
        self.addCleanup(manager.__exit__, None, None, None)
        return value

    def agent_behind_proxy(self, user=None):
        mock = self.entered(support.Mock("demo-world"))
        port = mock.url.rsplit(":", 1)[1].strip("/")
        return self.entered(ConnectProxy(user, {HOST: ("127.0.0.1", port)}))

    def run_by(self, proxy_words, **environment):
        return self.home.run("--url", f"ws://{HOST}", "--token", support.TOKEN, *proxy_words, "run", "worldstate_snapshot",
                             env=environment)

    def test_asked_for_by_option(self):
        proxy = self.agent_behind_proxy()
        done = self.run_by(["--proxy", proxy.url])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("location", json.loads(done.stdout))
        self.assertEqual(proxy.heads, [b"CONNECT %b HTTP/1.1\r\nHost: %b\r\n\r\n" % (HOST.encode(), HOST.encode())])

    def test_from_the_environment(self):
        proxy = self.agent_behind_proxy()
        self.assertEqual(self.run_by([], PROCEDURA_PROXY=proxy.url).returncode, 0)
        self.assertEqual(self.run_by([], HTTP_PROXY=proxy.url).returncode, 0)
        self.assertEqual(self.run_by([], all_proxy=proxy.url.removeprefix("http://")).returncode, 0)
        self.assertEqual(len(proxy.heads), 3)
        for environment in ({"http_proxy": proxy.url, "no_proxy": ".behind.test"}, {"https_proxy": proxy.url}):
            self.assertEqual(self.run_by([], **environment).returncode, 3, environment)
        self.assertEqual(self.run_by(["--proxy", "direct"], http_proxy=proxy.url).returncode, 3)
        self.assertEqual(len(proxy.heads), 3, "it was asked though it should not")

    def test_credentials_go_to_the_proxy_and_the_token_to_the_agent(self):
        proxy = self.agent_behind_proxy("me:s3cret word")
        done = self.run_by(["--proxy", proxy.url.replace("//", "//me:s3cret%20word@")])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn(support.TOKEN.encode(), b"".join(proxy.heads))
        (upward,) = proxy.upward
        self.assertIn(b"Bearer " + support.TOKEN.encode(), upward)
        self.assertNotIn(b"Proxy-", upward)
        self.assertNotIn(b"s3cret", upward)

    def test_a_refusal_says_what_to_do_and_shows_no_password(self):
        proxy = self.agent_behind_proxy("me:right")
        for url, says in ((proxy.url, "give its URL a user name and password"),
                          (proxy.url.replace("//", "//me:wr0ng@"), "does not take the user name and password")):
            done = self.run_by(["-v", "--proxy", url])
            self.assertEqual(done.returncode, 3, done)
            self.assertIn(says, done.stderr)
            self.assertNotIn("wr0ng", done.stdout + done.stderr)
        self.assertNotIn(support.TOKEN.encode(), b"".join(proxy.heads))

    def test_an_agent_that_the_proxy_cannot_reach(self):
        proxy = self.entered(ConnectProxy(hosts={HOST: ("127.0.0.1", "1")}))
        done = self.run_by(["--proxy", proxy.url])
        self.assertEqual(done.returncode, 3)
        self.assertIn("HTTP 502 Nobody there; it cannot reach the agent", done.stderr)

    def test_compressed_by_python(self):
        agent = self.entered(support.Agent(echo))
        word = "compressible " * 10_000
        for options, compressed in ((["--compress"], True), ([], False)):
            done = self.home.run("--url", agent.url, *options, "run", "echo", word)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(json.loads(done.stdout), word)
            self.assertEqual("permessage-deflate" in agent.handshakes[-1].get("Sec-WebSocket-Extensions", ""), compressed)

    def test_what_inflates_beyond_the_limit_is_left_before_it_fills_the_memory(self):
        agent = self.entered(support.Agent(bomb))
        process = self.home.start("--url", agent.url, "--compress", "run", "anything")
        output = process.stderr.read()
        process.stdout.close()
        process.stderr.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 6, output)
        self.assertIn(b"16777216 bytes", output)
        self.assertLess(usage.ru_maxrss * 1024, 100 * MIB)


if __name__ == "__main__":
    unittest.main(verbosity=2)
