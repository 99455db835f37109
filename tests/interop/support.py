"""What the interoperability tests share: starting peers, running programs, and never waiting without an end."""

import contextlib
import json
import os
import pathlib
import select
import signal
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
NODE_AGENT = HERE / "node_agent" / "agent.mjs"
PYTHON_CLIENT = HERE / "python_client.py"
PYTHON = os.environ.get("INTEROP_PYTHON", "/usr/bin/python3")
NODE = os.environ.get("INTEROP_NODE", "node")

# The agents that share no code with ours, by what they are built on: the same switches, the same modules.
AGENTS = {"node": [NODE, NODE_AGENT], "python": [PYTHON, "-B", HERE / "python_agent"]}

# Generous, for a loaded machine under sanitizers: nothing here waits for them unless something is broken.
START_DEADLINE_S = 20
STOP_DEADLINE_S = 10
PROGRAM_DEADLINE_S = 30

ACCOUNT = "admin@procedura.org"
CREDENTIAL = f"{ACCOUNT}:secret123"


def program_from(variable):
    """The path of a built program, which CTest puts into the environment."""
    path = os.environ.get(variable)
    if not path:
        raise SystemExit(f"{variable} is not set: run this with ctest, or set it to the built program")
    return path


def line_within(process, seconds):
    """The next line of the process's stdout (a binary, unbuffered pipe). Raises AssertionError at the deadline or its end."""
    line, deadline = b"", time.monotonic() + seconds
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([process.stdout], [], [], max(0, deadline - time.monotonic()))
        byte = process.stdout.read(1) if ready else b""
        if not byte:
            raise AssertionError(f"{process.args[0]} printed no line within {seconds} s (only {line!r})")
        line += byte
    return line.decode()


class Peer:
    """A server as a child process that prints `{"listening": URL, ...}` when it is ready. `quiet`: what it says on stderr is dropped;
    `stderr`: a descriptor that it goes to instead."""

    def __init__(self, command, expected_exit=0, quiet=False, stderr=None):
        self.expected_exit = expected_exit
        self.process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, bufsize=0,
                                        stderr=subprocess.DEVNULL if quiet else stderr)
        try:
            self.ready = json.loads(line_within(self.process, START_DEADLINE_S))
        except BaseException:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            raise
        self.url = self.ready["listening"]

    def stop(self):
        """SIGTERM; returns the exit code and what it still printed."""
        self.process.send_signal(signal.SIGTERM)
        try:
            output, _ = self.process.communicate(timeout=STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise AssertionError(f"{self.process.args[0]} did not stop within {STOP_DEADLINE_S} s of SIGTERM") from None
        return self.process.returncode, output.decode()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.process.returncode is not None:  # a test has stopped it, and looked at its code
            self.process.stdout.close()
            return
        code, _ = self.stop()
        if kind is None and code != self.expected_exit:
            raise AssertionError(f"{self.process.args[0]} exited with {code}, expected {self.expected_exit}")


def agent(stack, *switches):
    return Peer([*AGENTS[stack], "--port", "0", *switches])


def node_agent(*switches):
    return agent("node", *switches)


def run_program(command, *, deadline=PROGRAM_DEADLINE_S, env=None, stdin="", cwd=None):
    """Runs a program to its end and returns it, with stdout and stderr as text and `seconds`, the time that it took."""
    begun = time.monotonic()
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, encoding="utf-8", input=stdin,
                              env=env, cwd=cwd, timeout=deadline, check=False)
    except subprocess.TimeoutExpired as late:
        raise AssertionError(f"{command} ran for more than {deadline} s; until then it said {late.stdout!r} {late.stderr!r}") from None
    done.seconds = time.monotonic() - begun
    return done


@contextlib.contextmanager
def clean_home():
    """An environment with a home folder of its own, nothing of the caller's PROCEDURA_ variables, and no colours."""
    with tempfile.TemporaryDirectory(prefix="procedura-interop-") as home:
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("PROCEDURA_", "XDG_")) and not name.lower().endswith("_proxy")}
        yield {**kept, "HOME": home}
