"""The admin side over a real socket: what it shows and does, whom it lets in, and how one may not get round that."""

import asyncio
import contextlib
import http.client
import json
import os
import pathlib
import socket
import subprocess
import tempfile
import unittest

import websockets

import support

WORLD = {"name": "admin-world",
         "stubs": [{"name": "hi", "match": {"cmd": "hi"}, "reply": [{"finished": "${args[0]}"}]}],
         "expect": [{"name": "greeted", "request": {"cmd": "hi"}, "count": 1}]}
JSON = {"Content-Type": "application/json"}


class Admin(contextlib.AbstractContextManager):
    """A mock, and somebody who asks its admin side."""

    def __init__(self, *options, token=None, env=None):
        self.folder = tempfile.TemporaryDirectory(prefix="procedura-admin-")
        self.script = pathlib.Path(self.folder.name) / "scenario.json"
        self.script.write_text(json.dumps({"version": 1, **WORLD}))
        self.token = token
        self.process = subprocess.Popen([support.MOCK_AGENT, "--script", self.script, "--port", "0", *options], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **(env or {})})
        self.ready = json.loads(self.process.stdout.readline())
        self.port = int(self.ready["listening"].rsplit(":", 1)[1])

    def ask(self, method, path, body=None, headers=None):
        """(status, headers, body)"""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=support.DEADLINE_S)
        with contextlib.closing(connection):
            connection.request(method, f"/__admin/{path}", body, {**({"Authorization": f"Bearer {self.token}"} if self.token else {}),
                                                                   **(headers or {})})
            response = connection.getresponse()
            return response.status, response.headers, response.read().decode()

    def json(self, method, path, body=None):
        status, _, text = self.ask(method, path, body, JSON)
        assert status == 200, (status, text)
        return json.loads(text)

    def raw(self, text):
        """The first line of what comes back for these bytes."""
        with socket.create_connection(("127.0.0.1", self.port), support.DEADLINE_S) as connection:
            connection.sendall(text.replace("PORT", str(self.port)).encode())
            return connection.makefile("rb").readline().decode().strip()

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()
        self.folder.cleanup()


class AdminSide(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.admin = self.enterContext(Admin())

    def test_the_ready_line_says_where_it_is(self):
        self.assertEqual(self.admin.ready["admin"], f"http://127.0.0.1:{self.admin.port}/__admin/")
        status, headers, _ = self.admin.ask("GET", "")
        self.assertEqual((status, headers["Location"]), (302, "/__admin/ui"))
        status, headers, body = self.admin.ask("GET", "ui")
        self.assertEqual(status, 200)
        self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        self.assertIn("<title>mock-agent</title>", body)

    def test_a_run_from_outside(self):
        async def run():
            async with websockets.connect(self.admin.ready["listening"]) as client:
                await client.send(json.dumps({"id": "1", "cmd": "hi", "args": ["there"], "mode": "sync"}))
                self.assertEqual(json.loads(await client.recv())["status"], "ack")
                self.assertEqual(json.loads(await client.recv())["result"], "there")
                in_thread = asyncio.get_running_loop().run_in_executor
                ask = lambda *words: in_thread(None, lambda: self.admin.json(*words))
                look = (await ask("GET", "connections"))["connections"][0]
                self.assertEqual(await ask("POST", "emit", json.dumps({"connection": look["connection"], "frame": {"status": "pushed"}})),
                                 {"sent": 1})
                self.assertEqual(json.loads(await client.recv()), {"status": "pushed"})
                self.assertTrue((await ask("POST", "verify"))["met"])
                new = {"version": 1, "name": "new", "stubs": [{"name": "hi", "match": {"cmd": "hi"}, "reply": [{"finished": "new"}]}]}
                self.assertEqual((await ask("PUT", "scenario", json.dumps(new)))["adopted"], "new")
                await client.send(json.dumps({"id": "2", "cmd": "hi", "args": [], "mode": "sync"}))
                await client.recv()
                self.assertEqual(json.loads(await client.recv())["result"], "new", "on the connection that was open all the time")
                await ask("DELETE", f"connections/{look['connection']}?code=4003")
                with self.assertRaises(websockets.ConnectionClosed) as closed:
                    await client.recv()
                self.assertEqual(closed.exception.rcvd.code, 4003)
        asyncio.run(run())

    def test_the_journal_is_followed_while_it_grows(self):
        async def run():
            reader, writer = await asyncio.open_connection("127.0.0.1", self.admin.port)
            writer.write(f"GET /__admin/journal?follow=1&cmd=hi HTTP/1.1\r\nHost: 127.0.0.1:{self.admin.port}\r\n\r\n".encode())
            self.assertIn(b"200", await reader.readline())
            while await reader.readline() != b"\r\n":
                pass
            async with websockets.connect(self.admin.ready["listening"]) as client:
                for i in range(3):
                    await client.send(json.dumps({"id": str(i), "cmd": "hi", "args": ["x"], "mode": "sync"}))
                    lines = b""
                    while lines.count(b"\n") < 3:  # the request, its ack, its end
                        size = int(await asyncio.wait_for(reader.readline(), support.DEADLINE_S), 16)
                        lines += await reader.readexactly(size)
                        await reader.readline()
                    entries = [json.loads(line) for line in lines.splitlines()]
                    self.assertEqual([entry["direction"] for entry in entries], ["in", "out", "out"])
                    self.assertEqual({entry["frame"]["id"] for entry in entries}, {str(i)})
            writer.close()
        asyncio.run(run())

    def test_head_is_get_without_a_body(self):
        for path in ("health", "ui", "journal?follow=1", "nothing"):
            status, _, body = self.admin.ask("HEAD", path)
            self.assertEqual((status, body), (404 if path == "nothing" else 200, ""), path)

    def test_nobody_gets_round_the_checks_by_how_a_request_is_written(self):
        get = "GET /__admin/health HTTP/1.1\r\n"
        for status, request in [
                (200, get + "Host: 127.0.0.1:PORT\r\n\r\n"),
                (200, get + "hOsT:localhost:PORT \r\n\r\n"),
                (421, get + "Host: evil.example:PORT\r\n\r\n"),
                (421, get + "Host: evil.example\r\nX-Forwarded-Host: 127.0.0.1:PORT\r\nForwarded: host=127.0.0.1:PORT\r\n\r\n"),
                (421, get + "\r\n"),
                (421, "GET /__admin/health HTTP/1.0\r\n\r\n"),
                (421, get + "Host: 127.0.0.1:PORT\r\nHost: evil.example:PORT\r\n\r\n"),
                (421, get + "Host: evil.example:PORT\r\nHost: 127.0.0.1:PORT\r\n\r\n"),
                (421, get + "Host: 127.0.0.1:PORT\r\n evil.example\r\n\r\n"),
                (400, get + "Host : 127.0.0.1:PORT\r\n\r\n"),
                (403, get + "Host: 127.0.0.1:PORT\r\nOrigin: null\r\n\r\n"),
                (403, get + "Host: 127.0.0.1:PORT\r\nOrigin: http://127.0.0.1:PORT\r\nOrigin: http://evil.example\r\n\r\n"),
                (426, "GET http://127.0.0.1:PORT/__admin/health HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
                (426, "GET //__admin/health HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n"),
                (404, "GET /__admin/%2e%2e/__admin/health HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n"),
                (404, "GET /__admin//health HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n"),
                (415, "POST /__admin/reset HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}"),
                (400, "POST /__admin/reset HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Type: application/json\r\n"
                      "Content-Length: 2\r\nContent-Length: 0\r\n\r\n{}"),
                (400, "POST /__admin/reset HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Type: application/json\r\n"
                      "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]:
            self.assertEqual(self.admin.raw(request).split(" ")[1:2], [str(status)], request)

    def test_a_follower_that_hangs_up_costs_nothing(self):
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", self.admin.port)) as follower:
                follower.sendall(f"GET /__admin/journal?follow=1 HTTP/1.1\r\nHost: 127.0.0.1:{self.admin.port}\r\n\r\n".encode())
                follower.recv(100)
        self.assertEqual(self.admin.ask("GET", "health")[0], 200)


class Token(unittest.TestCase):
    def token_file(self, text, mode=0o600):
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="procedura-token-"))
        file = pathlib.Path(folder) / "token"
        file.write_text(text)
        file.chmod(mode)
        return file

    def test_from_a_file_or_from_the_environment(self):
        for options, env in [(["--admin-token-file", self.token_file(" letmein-0123\n")], {}),
                             ([], {"MOCK_AGENT_ADMIN_TOKEN": "letmein-0123"}),
                             (["--admin-token-file", self.token_file("letmein-0123")], {"MOCK_AGENT_ADMIN_TOKEN": "another"})]:
            with Admin(*options, env=env) as admin:
                self.assertEqual(admin.ask("GET", "ui")[0], 200)
                status, headers, body = admin.ask("GET", "state")
                self.assertEqual((status, headers["WWW-Authenticate"]), (401, "Bearer"))
                self.assertNotIn("letmein", body)
                admin.token = "letmein-0123"
                self.assertEqual(admin.ask("GET", "state")[0], 200)

    def test_without_one_there_is_nothing_for_other_machines(self):
        with Admin("--host", "0.0.0.0") as admin:
            self.assertNotIn("admin", admin.ready)
            for path in ("", "ui", "health", "journal"):
                self.assertEqual(admin.ask("GET", path)[0], 404)
        with Admin("--host", "0.0.0.0", token="letmein-0123", env={"MOCK_AGENT_ADMIN_TOKEN": "letmein-0123"}) as admin:
            self.assertEqual(admin.ready["admin"], f"http://0.0.0.0:{admin.port}/__admin/")
            self.assertEqual(admin.ask("GET", "health")[0], 200)
            self.assertEqual(admin.ask("GET", "health", headers={"Host": f"evil.example:{admin.port}"})[0], 421)

    def test_one_that_cannot_be_used_keeps_the_mock_from_starting(self):
        missing = self.token_file("x").with_name("nowhere")
        script = self.token_file('{"version": 1}')
        for options, env, says in [(["--admin-token-file", missing], {}, "cannot read the admin token file"),
                                   (["--admin-token-file", missing.parent], {}, "cannot read the admin token file"),
                                   (["--admin-token-file", self.token_file(" \n")], {}, "is empty"),
                                   (["--admin-token-file", self.token_file("two words")], {}, "other characters than visible ASCII"),
                                   (["--admin-token-file", self.token_file("x" * 5000)], {}, "longer than 4096 bytes"),
                                   ([], {"MOCK_AGENT_ADMIN_TOKEN": "two words"}, "MOCK_AGENT_ADMIN_TOKEN has other characters")]:
            done = subprocess.run([support.MOCK_AGENT, "--script", script, "--port", "0", *options], capture_output=True, text=True,
                                  timeout=support.DEADLINE_S, check=False, env={**os.environ, **env})
            self.assertEqual(done.returncode, 2, done)
            self.assertIn(says, done.stderr)
            self.assertNotIn("two words", done.stderr)

    def test_a_file_that_others_can_read_is_warned_of(self):
        with Admin("--admin-token-file", self.token_file("letmein-0123", 0o644)) as admin:
            self.assertIn("others can read the admin token file", admin.process.stderr.readline())


if __name__ == "__main__":
    support.main()
