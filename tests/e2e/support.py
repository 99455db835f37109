"""What the end-to-end tests share: the built programs, a mock with a scenario, agents that misbehave, a terminal, and deadlines.

Nothing here waits without an end, and nothing sleeps for a fixed time: a test waits for a condition, and fails at its deadline.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import pathlib
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import threading
import time
import unittest

import websockets

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SCENARIOS = ROOT / "mockserver" / "scenarios"
BIN = pathlib.Path(os.environ.get("PROCEDURA_BIN_DIR") or ROOT / "build" / "release" / "bin")
PROCEDURA = BIN / "procedura"
MOCK_AGENT = BIN / "mock-agent"

# Generous, for a loaded machine and sanitizers: nobody waits for these unless something is broken.
DEADLINE_S = 60
CREDENTIAL = "admin@procedura.org:secret123"
TOKEN = "ci-token"  # of demo-world.json


def wait_for(condition, what, deadline=DEADLINE_S):
    """Waits until condition() is true, and returns its value."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"no {what} within {deadline} s")
        time.sleep(0.005)


class Home(contextlib.AbstractContextManager):
    """A home folder of its own, and an environment without anything of the caller's that the program would read."""

    def __init__(self, **variables):
        self.folder = tempfile.TemporaryDirectory(prefix="procedura-e2e-")
        self.path = pathlib.Path(self.folder.name)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PROCEDURA_", "XDG_")) and not k.lower().endswith("_proxy")}
        self.env = {**kept, "HOME": str(self.path), "TERM": "xterm", "PATH": f"{BIN}:{os.environ['PATH']}", **variables}
        self.env.pop("NO_COLOR", None)
        self.token_file = self.path / ".procedura" / "token"

    def __exit__(self, *_):
        self.folder.cleanup()

    def run(self, *words, stdin=b"", env=None, deadline=DEADLINE_S, **options):
        """Runs `procedura WORDS...` to its end. stdout and stderr are text; `seconds` is how long it took."""
        begun = time.monotonic()
        done = subprocess.run([PROCEDURA, *words], input=stdin, capture_output=True, env={**self.env, **(env or {})}, timeout=deadline,
                              check=False, **options)
        done.seconds = time.monotonic() - begun
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        return done

    def start(self, *words, env=None, **options):
        return subprocess.Popen([PROCEDURA, *words], env={**self.env, **(env or {})}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, **options)

    def login(self, url):
        done = self.run("--url", url, "login", "-", stdin=f"{CREDENTIAL}\n".encode())
        assert done.returncode == 0, done
        return self.token_file.read_text().strip()


class Mock(contextlib.AbstractContextManager):
    """`mock-agent` on a free port unless told otherwise, with a shipped scenario (by name) or any scenario (as a dict).

    `prefix`: words that go before its own, to run it elsewhere.
    """

    def __init__(self, *scenarios, options=(), port="0", prefix=()):
        self.folder = tempfile.TemporaryDirectory(prefix="procedura-mock-")
        folder = pathlib.Path(self.folder.name)
        self.log = folder / "stderr"
        ready = folder / "ready.json"
        command = [*prefix, MOCK_AGENT, "--port", port, "--ready-file", ready, *options]
        for i, scenario in enumerate(scenarios):
            path = SCENARIOS / f"{scenario}.json"
            if isinstance(scenario, dict):
                path = folder / f"scenario-{i}.json"
                path.write_text(json.dumps({"version": 1, **scenario}))
            command += ["--script", path]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log)
        try:
            wait_for(lambda: ready.exists() or self.process.poll() is not None, "ready file of mock-agent")
            assert self.process.poll() is None, self.log.read_text()
            self.url = json.loads(ready.read_text())["listening"]
        except BaseException:
            self.__exit__()
            raise

    def stop(self):
        """Asks for the verdict: (exit code, what it says)."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE_S), self.log.read_text()

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()


class Agent(contextlib.AbstractContextManager):
    """An agent on Python's websockets that does what `behave(socket, request)` says, for what no scenario can say."""

    def __init__(self, behave, process_request=None):
        self.behave = behave
        self.process_request = process_request
        self.handshakes = []
        self.loop = asyncio.new_event_loop()
        started = threading.Event()
        self.thread = threading.Thread(target=self._serve, args=[started], daemon=True)
        self.thread.start()
        assert started.wait(DEADLINE_S)

    def _serve(self, started):
        asyncio.set_event_loop(self.loop)

        async def handle(ws, _path=None):
            self.handshakes.append(ws.request_headers)
            with contextlib.suppress(websockets.ConnectionClosed):
                async for text in ws:
                    await self.behave(ws, json.loads(text))

        async def serve():
            self.stopped = asyncio.Event()
            async with websockets.serve(handle, "127.0.0.1", 0, process_request=self.process_request, close_timeout=1) as server:
                self.url = "ws://127.0.0.1:%d" % server.sockets[0].getsockname()[1]
                started.set()
                await self.stopped.wait()

        self.loop.run_until_complete(serve())
        self.loop.close()

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.stopped.set)
        self.thread.join(DEADLINE_S)


class Listener(contextlib.AbstractContextManager):
    """A TCP port that answers every connection with the same bytes, or with none and never a word."""

    def __init__(self, answer=None, close=True):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = "ws://127.0.0.1:%d" % self.socket.getsockname()[1]
        if answer is not None:
            threading.Thread(target=self._answer, args=[answer, close], daemon=True).start()

    def _answer(self, answer, close):
        kept = []
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                connection.recv(65536)
                connection.sendall(answer)
                kept.append(connection)
                if close:
                    kept.pop().close()

    def __exit__(self, *_):
        self.socket.close()


def bytes_in(pipe):
    """How much waits in a pipe to be read."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4))[0]


def writes_to_stdout(pid):
    """Whether a process hangs in write(1, ...) right now."""
    call = pathlib.Path(f"/proc/{pid}/syscall").read_text().split()
    return len(call) > 1 and call[1] == "0x1" and call[0] in ("1", "64")  # write on x86-64, on the generic table


def free_url():
    """The URL of a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return "ws://127.0.0.1:%d" % taken.getsockname()[1]


class Terminal(contextlib.AbstractContextManager):
    """`procedura WORDS...`, or another program, on a pseudo-terminal. Of stdin, stdout and stderr, those named in `on` are the terminal."""

    def __init__(self, home, *words, on=("stdin", "stdout", "stderr"), columns=80, env=None, program=PROCEDURA):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.slave = slave
        streams = {name: slave if name in on else subprocess.PIPE for name in ("stdin", "stdout", "stderr")}

        def own_terminal():
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen([program, *words], env={**home.env, **(env or {})}, preexec_fn=own_terminal, **streams)
        self.seen = b""

    def echoes(self):
        return bool(termios.tcgetattr(self.master)[3] & termios.ECHO)

    def _take(self):
        ready, _, _ = select.select([self.master], [], [], 0.02)
        if ready:
            with contextlib.suppress(OSError):
                self.seen += os.read(self.master, 65536)

    def wait_for_text(self, text):
        def found():
            self._take()
            return text in self.seen.decode(errors="replace")
        wait_for(found, f"{text!r} on the terminal, only {self.seen!r}")

    def type(self, text):
        os.write(self.master, text.encode())

    def wait(self):
        """The exit code, once all output has been read."""
        def ended():
            self._take()
            return self.process.poll() is not None
        wait_for(ended, f"end of procedura, only {self.seen!r}")
        while select.select([self.master], [], [], 0)[0]:
            before = len(self.seen)
            self._take()
            if len(self.seen) == before:
                break
        return self.process.returncode

    @property
    def text(self):
        return self.seen.decode(errors="replace")

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                stream.close()
        os.close(self.slave)
        os.close(self.master)


def without_drawing(text):
    """What was on a terminal, without the sequences with which the program itself draws its status line."""
    return re.sub(r"\x1b\[(?:J|\?7[lh])", "", text)


class E2eTest(unittest.TestCase):
    """A home for each test, and the checks that most tests make."""

    maxDiff = None

    def setUp(self):
        self.home = self.enterContext(Home())

    def assertExit(self, done, code):
        self.assertEqual(done.returncode, code, f"stdout: {done.stdout!r}\nstderr: {done.stderr!r}")

    def assertOneLine(self, text):
        self.assertTrue(text.endswith("\n") and text.count("\n") == 1, f"not one line: {text!r}")

    def assertFails(self, done, exit_code, error_code):
        """The error object on stdout, one line for people on stderr, and the exit code."""
        self.assertExit(done, exit_code)
        error = json.loads(done.stdout)
        self.assertEqual(error["status"], "error")
        self.assertEqual(error["code"], error_code)
        self.assertTrue(error["message"])
        self.assertOneLine(done.stderr)
        self.assertIn(error_code, done.stderr)
        return error


def main():
    for program in (PROCEDURA, MOCK_AGENT):
        if not program.exists():
            raise SystemExit(f"{program} is not built: build it, or say where it is with PROCEDURA_BIN_DIR")
    unittest.main(verbosity=2)
