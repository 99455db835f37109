"""Many processes at once with one token file and one event log, some of them killed: nothing torn, nothing lost, no litter.

MANY_ROUNDS repeats it more often; MANY_SEED repeats the moments at which processes are killed.
"""

import contextlib
import json
import os
import random
import signal
import subprocess
import threading
import time

import secrets_search
import support

PROCESSES = 20
ROUNDS = int(os.environ.get("MANY_ROUNDS", "2"))
KILLED = 60


def print_of(token):
    """By what the side file knows a token (FNV-1a)."""
    value = 0xCBF29CE484222325
    for byte in token.encode():
        value = (value ^ byte) * 0x100000001B3 % (1 << 64)
    return str(value)


class Issuer(support.Agent):
    """An agent that takes every credential and whose tokens say whose they are: tok-<port>-<user>-<number>."""

    def __init__(self, bare=False):
        self.count = 0

        async def behave(ws, request):
            args = request["args"]
            if request["cmd"] != "login_password":
                return await ws.send(json.dumps({"id": request["id"], "status": "finished", "result": len(args)}))
            if bare == (args[0] == "login_password"):
                return await ws.send(json.dumps({"id": request["id"], "status": "error", "code": "BAD_REQUEST", "message": "no"}))
            self.count += 1
            user = args[0 if bare else 1].split("@")[0]
            token = f"tok-{self.url.rsplit(':', 1)[1]}-{user}-{self.count}"
            await ws.send(json.dumps({"id": request["id"], "status": "finished", "result": {"session_token": token, "expires_in": 3600}}))

        super().__init__(behave)


class ManyTest(support.E2eTest):
    def setUp(self):
        super().setUp()
        self.folder = self.home.token_file.parent
        self.side = self.folder / "token.meta.json"
        self.events = self.home.path / "events.ndjson"
        self.outputs = []

    def start(self, *words, credential=None, **env):
        program = self.home.start(*map(str, words), env={**env, **({"PROCEDURA_CREDENTIAL": credential} if credential else {})})
        return program

    def finish(self, programs, exits=0):
        for program in programs:
            out, err = program.communicate(timeout=support.DEADLINE_S)
            self.outputs += [out, err]
            self.assertEqual(program.returncode, exits, (out, err))

    def records(self):
        text = self.events.read_text(encoding="utf-8")
        self.assertTrue(text.endswith("\n"))
        return [json.loads(line) for line in text[:-1].split("\n")]

    @contextlib.contextmanager
    def watched(self):
        """Reads the token file as often as it can: at no instant may it be torn, or its token without its own origin."""
        over, wrong, seen = threading.Event(), [], [0, set()]

        def look():
            while not over.is_set():
                try:
                    token = self.home.token_file.read_text()
                except FileNotFoundError:
                    continue
                seen[0] += 1
                seen[1].add(token)
                if not (token.startswith("tok-") and token.endswith("\n") and token.count("-") == 3):
                    return wrong.append(f"torn: {token!r}")
                known = json.loads(self.side.read_text())["tokens"].get(print_of(token.strip()))
                origin = f"ws://127.0.0.1:{token.split('-')[1]}"
                if known is None and self.home.token_file.read_text() == token:
                    return wrong.append(f"nothing is known of {token!r}")
                if known is not None and known["origin"] != origin:
                    return wrong.append(f"{token!r} is said to be from {known['origin']}")

        reader = threading.Thread(target=look)
        reader.start()
        try:
            yield seen
        finally:
            over.set()
            reader.join()
        self.assertEqual(wrong, [])
        self.assertGreater(seen[0], 0)

    def assertTidy(self, *further):
        self.assertEqual({path.name for path in self.folder.iterdir()} - set(further), {"token", "token.meta.json"})


class Logins(ManyTest):
    def test_of_several_origins_at_once(self):
        with contextlib.ExitStack() as stack:
            agents = [stack.enter_context(Issuer(bare=n % 2 == 1)) for n in range(4)]
            with self.watched() as seen:
                for _ in range(ROUNDS):
                    self.finish([self.start("--url", agents[n % 4].url, "--events", self.events, "login", "--device", f"device-{n}",
                                            credential=f"user{n}@x.y:secret-{n:04}") for n in range(PROCESSES)])
            self.assertGreater(len(seen[1]), 1, "the reader saw it change")
            self.assertTidy()
            styles = json.loads(self.side.read_text())["args_styles"]
            self.assertEqual(styles, {agent.url: "bare" if n % 2 else "module-first" for n, agent in enumerate(agents)}, styles)
            # A first login to an agent that takes bare arguments tries module-first before.
            finished = [record for record in self.records() if record["status"] == "finished"]
            self.assertEqual(len(finished), ROUNDS * PROCESSES)
            tokens = {token.strip() for token in (*seen[1], self.home.token_file.read_text())}
            self.assertEqual(secrets_search.found([*tokens, *(f"secret-{n:04}" for n in range(PROCESSES))], self.events.read_bytes(), *self.outputs), [])
            self.assertNotEqual(secrets_search.found(tokens, self.home.token_file.read_bytes()), [], "the search finds a token where one is")

    def test_and_a_logout_among_them(self):
        with Issuer() as agent:
            for _ in range(ROUNDS):
                self.finish([self.start("--url", agent.url, "logout") if n % 4 == 3 else
                             self.start("--url", agent.url, "login", credential=f"user{n}@x.y:secret-{n:04}") for n in range(PROCESSES)])
            self.finish([self.start("--url", agent.url, "login", credential="last@x.y:secret-last")])
            self.assertIn("-last-", self.home.token_file.read_text())
            self.assertTidy()


class Records(ManyTest):
    def test_none_is_torn_or_lost(self):
        with Issuer() as agent:
            for _ in range(ROUNDS):
                self.finish([self.start("--url", agent.url, "--events", self.events, "run", f"module-{n}", "x" * n * 50) for n in range(PROCESSES)])
        records = self.records()
        self.assertEqual(len(records), ROUNDS * PROCESSES)
        self.assertEqual(sorted(record["module"] for record in records), sorted(f"module-{n}" for n in range(PROCESSES) for _ in range(ROUNDS)))
        self.assertNotIn("xxx", self.events.read_text())


class Killed(ManyTest):
    def kill_some(self, start):
        """Kills a process each, at a moment of its life at random."""
        seed = int(os.environ.get("MANY_SEED", random.randrange(1 << 32)))
        print(f"MANY_SEED={seed} repeats the moments", flush=True)
        moments = random.Random(seed)
        begun = time.monotonic()
        self.finish([start(0)])
        longest = time.monotonic() - begun
        killed = 0
        for n in range(1, KILLED):
            program = start(n)
            with contextlib.suppress(subprocess.TimeoutExpired):
                program.wait(moments.uniform(0, longest))
            if program.poll() is None:
                program.send_signal(signal.SIGKILL)
            program.communicate(timeout=support.DEADLINE_S)
            killed += program.returncode == -signal.SIGKILL
            yield n
        self.assertGreater(killed, KILLED // 10)

    def test_logins_leave_a_readable_state_and_no_litter(self):
        with Issuer() as agent:
            for n in self.kill_some(lambda n: self.start("--url", agent.url, "login", credential=f"user{n}@x.y:secret-{n:04}")):
                left = {path.name for path in self.folder.iterdir()}
                self.assertLessEqual(left, {"token", "token.new", "token.lock", "token.meta.json", "token.meta.json.new"})
                token = self.home.token_file.read_text()
                self.assertRegex(token, r"^tok-\d+-user\d+-\d+\n$")
                self.assertEqual(json.loads(self.side.read_text())["tokens"][print_of(token.strip())]["origin"], agent.url)
            done = self.home.run("--url", agent.url, "-v", "run", "m")
            self.assertExit(done, 0)
            self.home.login(agent.url)
            self.assertTidy()

    def test_writers_of_the_event_log_leave_no_torn_line_before_another(self):
        with Issuer() as agent:
            for _ in self.kill_some(lambda n: self.start("--url", agent.url, "--events", self.events, "run", f"module-{n}")):
                lines = self.events.read_text(encoding="utf-8").split("\n")
                for line in lines[:-1]:
                    json.loads(line)
            with self.events.open("a") as torn:
                torn.write('{"at":"2026-01-31T12:00')  # as a process that is killed within a write leaves it
            self.finish([self.start("--url", agent.url, "--events", self.events, "run", "last")])
            self.assertEqual(self.records()[-1]["module"], "last")


if __name__ == "__main__":
    support.main()
