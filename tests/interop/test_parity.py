#!/usr/bin/env python3
"""What the published Python program prints, `procedura` prints too, to the byte.

That program reads a frame with `json.loads` and prints `json.dumps(..., indent=2, ensure_ascii=False)`: the result of a `run`, and
`{"phase": status, **frame}` for each event of a `stream`. So does this test, with frames that Python wrote, in each of the ways in
which people call `json.dumps`, served by an agent on Python's websockets and by our mock.

Where Python's text of a number or a string is the only one, both agree. Three things are left, and decided: a number that Python
would write otherwise (`1E3`, `-0`) keeps the agent's own text; `NaN` and `Infinity`, which `json.dumps` writes and RFC 8259 does not
know, are not JSON (CON-9); nor is half a surrogate pair, which no UTF-8 output could hold.

PARITY_SEED repeats the random documents of a run.
"""

import asyncio
import contextlib
import json
import os
import pathlib
import random
import struct
import tempfile
import threading
import unittest

import websockets

from support import Peer, clean_home, program_from, run_program

PROCEDURA = program_from("INTEROP_PROCEDURA")
MOCK_AGENT = program_from("INTEROP_MOCK_AGENT")
START_DEADLINE_S = 20
OK, BROKEN_PROTOCOL = 0, 6
RANDOM_DOCUMENTS = 600

STYLES = {
    "default": {},
    "compact": {"separators": (",", ":"), "ensure_ascii": False},
    "compact, ascii": {"separators": (",", ":")},
    "indented": {"indent": 2, "ensure_ascii": False},
    "tabs, ascii": {"indent": "\t"},
    "no indent, but lines": {"indent": 0},
    "wide": {"separators": (" , ", " : ")},
}


def nested(depth, inner=None):
    value = inner
    for level in range(depth):
        value = [value] if level % 2 else {"deeper": value}
    return value


TABLE = {
    "null": None,
    "true": True,
    "false": False,
    "zero": 0,
    "minus one": -1,
    "64 bits": [2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1, -2**63],
    "big integers": [10**30, -(10**100), int("9" * 500)],
    "floats": [0.1, 1.0, -0.0, 1.5, 100.0, 1e16, 123456789012345680.0, 1e22, 1e23, 5e-324, 1.7976931348623157e308, 2.2250738585072014e-308],
    "exponents": [1e-7, 1e-5, 0.0001, 1e15, 1e16, 1e17, -1e300, 1.25e-10],
    "empty string": "",
    "empty object": {},
    "empty array": [],
    "empties": {"": "", "a": {}, "b": [], "c": [[], {}, [[]], [{}], {"": {}}]},
    "order of members": {"z": 1, "a": 2, "10": 3, "2": 4, "Z": 5, "é": 6, " ": 7},
    "names that are routed by": {"id": "x", "job_id": "y", "status": "error", "result": {"status": "finished"}, "phase": "p", "code": 1},
    "escapes": "quote \" backslash \\ slash / tab \t line \n return \r feed \f back \b bell \a delete \x7f",
    "all control characters": "".join(map(chr, range(0x20))),
    "control characters as names": {chr(code): code for code in range(0x20)},
    "looks like an escape": ["\\u0041", "\\n", "\\\\", "\\\"", "${id}", "$$", "%s", "{}"],
    "unicode": "schöner Regen, Ωμέγα, 日本語, עברית, हिन्दी",
    "astral": "😀 👩‍👩‍👧‍👦 𝔘𝔫𝔦 \U0010ffff \U00010000",
    "separators of lines": "a\u2028b\u2029c\u0085d",
    "bidirectional": "\u202eabc\u202c \u2066x\u2069 \u200f",
    "invisible": "\ufeff \u200b \u00a0 \u00ad \ufffe \uffff \ufffd",
    "combining": ["e\u0301", "\u0301"],
    "deep": nested(200, "bottom"),
    "deep and empty": nested(120, []),
    "long string": "x" * 100_000,
    "long string with escapes": "\\\"\n\u2028é😀" * 10_000,
    "many members": {f"key {n}": n for n in range(2000)},
    "many elements": list(range(3000)),
    "a world": {"meta": {"version": 3, "seed": 0.1}, "entities": {"e1": {"at": [12, -7, 0.5], "name": "Mira ✨"}}, "location": None, "ok": True},
}


def as_python_prints(value):
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


class Agent(contextlib.AbstractContextManager):
    """An agent that answers a request with the frames, already text, that `answer(request)` gives."""

    def __init__(self, answer):
        self.answer = answer
        self.loop = asyncio.new_event_loop()
        started = threading.Event()
        self.thread = threading.Thread(target=self.serve, args=[started], daemon=True)
        self.thread.start()
        if not started.wait(START_DEADLINE_S):
            raise AssertionError("the agent did not start")

    def serve(self, started):
        asyncio.set_event_loop(self.loop)

        async def handle(ws, _path=None):
            with contextlib.suppress(websockets.ConnectionClosed):
                async for text in ws:
                    for frame in self.answer(json.loads(text)):
                        await ws.send(frame)

        async def serve():
            self.stopped = asyncio.Event()
            async with websockets.serve(handle, "127.0.0.1", 0, close_timeout=1) as server:
                self.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
                started.set()
                await self.stopped.wait()

        self.loop.run_until_complete(serve())
        self.loop.close()

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.stopped.set)
        self.thread.join(START_DEADLINE_S)


class Parity(unittest.TestCase):
    maxDiff = 2000

    def setUp(self):
        self.env = self.enterContext(clean_home())

    def procedura(self, agent, *words, exits=OK):
        done = run_program([PROCEDURA, "--url", agent.url, *words], env=self.env)
        self.assertEqual(done.returncode, exits, f"{words}: {done.stdout[:1000]} {done.stderr[:1000]}")
        return done.stdout

    def assertSame(self, ours, pythons, what):
        if ours != pythons:  # assertEqual would draw a difference of megabytes
            at = next((i for i, (a, b) in enumerate(zip(ours, pythons)) if a != b), min(len(ours), len(pythons)))
            self.fail(f"{what}: from byte {at} ours is {ours[at:at + 120]!r}, and Python's {pythons[at:at + 120]!r}")


class WithAPythonAgent(Parity):
    def test_run_prints_each_result_as_python_does(self):
        for style, how in STYLES.items():
            def answer(request, how=how):
                yield json.dumps({"id": request["id"], "status": "ack"}, **how)
                yield json.dumps({"id": request["id"], "status": "finished", "result": TABLE[request["args"][-1]]}, **how)

            with Agent(answer) as agent:
                # Each by a process of its own where the style is the usual one, all in one result in the others.
                for name in TABLE if style in ("default", "compact") else []:
                    with self.subTest(style=style, value=name):
                        self.assertSame(self.procedura(agent, "run", "table", "--", name), as_python_prints(TABLE[name]), name)

            def whole(request, how=how):
                yield json.dumps({"result": TABLE, "status": "finished", "id": request["id"]}, **how)

            with self.subTest(style=style), Agent(whole) as agent:
                self.assertSame(self.procedura(agent, "run", "table"), as_python_prints(TABLE), style)

    def test_stream_prints_each_event_as_python_does(self):
        for style, how in STYLES.items():
            frames = []

            def answer(request, frames=frames, how=how):
                frames.append({"status": "started", "job_id": "job-é", "id": request["id"]})
                for name, value in TABLE.items():
                    frames.append({"id": request["id"], "job_id": "job-é", "status": "running", name: value})
                    if isinstance(value, dict):  # as members of the frame, between those it is routed by
                        own = {key: each for key, each in value.items() if key not in ("id", "job_id", "status")}
                        frames.append({"job_id": "job-é", **own, "status": "running"})
                frames.append({"status": "finished", "result": TABLE, "more": 1.0, "id": request["id"]})
                return [json.dumps(frame, **how) for frame in frames]

            with self.subTest(style=style), Agent(answer) as agent:
                printed = self.procedura(agent, "stream", "table")
                expected = "".join(as_python_prints({"phase": frame["status"], **frame}) for frame in frames)
                self.assertSame(printed, expected, style)

    def test_an_error_is_printed_as_python_does(self):
        error = {"status": "error", "code": "NO_SPRITES", "message": "keine übrig: \"\u2028\"\x1b", "left": 0.0, "of": 10**20, "see": []}
        for how in STYLES.values():
            def answer(request, how=how):
                yield json.dumps({"id": request["id"], **error}, **how)

            with Agent(answer) as agent:
                for command in "run", "stream":
                    printed = self.procedura(agent, command, "m", exits=1)
                    own = json.loads(printed)["id"]
                    phase = {"phase": "error"} if command == "stream" else {}
                    self.assertSame(printed, as_python_prints({**phase, "id": own, **error}), command)

    def test_compact_output_is_pythons_compact_output(self):
        def answer(request):
            yield json.dumps({"id": request["id"], "status": "finished", "result": TABLE})

        with Agent(answer) as agent:
            for form in "json", "ndjson":
                printed = self.procedura(agent, "--output", form, "run", "table")
                self.assertSame(printed, json.dumps(TABLE, separators=(",", ":"), ensure_ascii=False) + "\n", form)

    def test_numbers_that_python_would_not_write_keep_their_text(self):
        numbers = ["-0", "1E3", "1e+3", "1.50", "0.10e-1", "1e400", "-1E-400", "100000000000000000000.0", "0e0"]

        def answer(request):
            yield '{"id":"%s","status":"finished","result":[%s]}' % (request["id"], ",".join(numbers))

        with Agent(answer) as agent:
            self.assertEqual(self.procedura(agent, "run", "m"), "[\n  " + ",\n  ".join(numbers) + "\n]\n")

    def test_what_python_writes_and_is_no_json_is_told(self):
        for value in (float("nan"), float("inf"), [-float("inf")], "\ud800", {"half \udfff": 1}):
            def answer(request, value=value):
                yield json.dumps({"id": request["id"], "status": "finished", "result": value})

            with self.subTest(value=repr(value)), Agent(answer) as agent:
                error = json.loads(self.procedura(agent, "run", "m", exits=BROKEN_PROTOCOL))
                self.assertEqual(error["code"], "PROTOCOL_ERROR")


class WithTheMock(Parity):
    def test_run_and_stream_print_a_scenario_as_python_does(self):
        # A scenario asks for values with ${, and its numbers are those of 64 bits.
        values = {name: value for name, value in TABLE.items() if "${" not in json.dumps(value) and name != "big integers"}
        for style, how in STYLES.items():
            steps = ["accept", *({"running": {"value": value}} for value in values.values()), {"finished": values}]
            scenario = {"version": 1, "stubs": [
                {"name": "run", "match": {"cmd": "table", "mode": "sync"}, "reply": [{"finished": values}]},
                {"name": "stream", "match": {"cmd": "table", "mode": "async"}, "reply": steps}]}
            with self.subTest(style=style), tempfile.TemporaryDirectory(prefix="procedura-parity-") as folder:
                path = pathlib.Path(folder) / "table.json"
                path.write_text(json.dumps(scenario, **how), encoding="utf-8")
                with Peer([MOCK_AGENT, "--port", "0", "--script", path]) as mock:
                    self.assertSame(self.procedura(mock, "run", "table"), as_python_prints(values), style)
                    compact = self.procedura(mock, "--output", "ndjson", "stream", "table").strip("\n").split("\n")  # not splitlines: U+2028 ends none
                    frames = [json.loads(line) for line in compact]
                    self.assertEqual([frame.get("value") for frame in frames[1:-1]], list(values.values()))
                    # The ids are the agent's to choose; what else there is, is known.
                    printed = self.procedura(mock, "stream", "table")
                    ids, place = [], 0
                    decoder = json.JSONDecoder()
                    while place < len(printed):
                        frame, end = decoder.raw_decode(printed, place)
                        ids.append((frame.get("id"), frame.get("job_id")))
                        place = end + 1
                    expected = []
                    for (own, job), frame in zip(ids, frames, strict=True):
                        renamed = dict(frame)
                        for key, value in (("id", own), ("job_id", job)):
                            if key in renamed:
                                renamed[key] = value
                        expected.append(as_python_prints(renamed))
                    self.assertSame(printed, "".join(expected), style)


class Random:
    """JSON values of every kind, by a seed."""

    ALPHABET = "abc é\"\\/\b\f\n\r\t\x00\x01\x1f\x7f\x80\u2028\u2029\u202e\ufeff\uffff😀𝔘\U0010ffff{}[],:"

    def __init__(self, seed):
        self.random = random.Random(seed)

    def string(self):
        kind = self.random.random()
        if kind < 0.7:
            return "".join(self.random.choices(self.ALPHABET, k=self.random.randrange(12)))
        points = (self.random.choice([self.random.randrange(0xD800), self.random.randrange(0xE000, 0x110000)]) for _ in range(self.random.randrange(6)))
        return "".join(map(chr, points))

    def number(self):
        kind = self.random.random()
        if kind < 0.3:
            return self.random.randrange(-1000, 1000)
        if kind < 0.5:
            return self.random.randrange(-(10 ** self.random.randrange(1, 120)), 10 ** self.random.randrange(1, 120))
        if kind < 0.7:
            return float(self.random.randrange(-1000, 1000))
        while True:
            number = struct.unpack("<d", self.random.randbytes(8))[0]
            if number == number and abs(number) != float("inf"):
                return number

    def value(self, depth=0):
        kind = self.random.random()
        if kind < 0.25 and depth < 8:
            return {self.string(): self.value(depth + 1) for _ in range(self.random.randrange(6))}
        if kind < 0.45 and depth < 8:
            return [self.value(depth + 1) for _ in range(self.random.randrange(6))]
        if kind < 0.7:
            return self.string()
        return self.random.choice([None, True, False]) if kind < 0.75 else self.number()

    def style(self):
        return self.random.choice(list(STYLES.values()))


class RandomDocuments(Parity):
    def test_are_printed_as_python_does(self):
        seed = int(os.environ.get("PARITY_SEED", random.randrange(1 << 32)))
        print(f"PARITY_SEED={seed} repeats this", flush=True)
        source = Random(seed)
        documents = [source.value() for _ in range(RANDOM_DOCUMENTS)]
        styles = [source.style() for _ in documents]
        routed = ("id", "job_id", "status", "code", "message", "result")
        frames = []

        def answer(request):
            if request["mode"] == "sync":
                return [json.dumps({"id": request["id"], "status": "finished", "result": documents}, **styles[0])]
            frames.append({"id": request["id"], "status": "started", "job_id": "j"})
            for document in documents:
                own = {key: value for key, value in document.items() if key not in routed} if isinstance(document, dict) else {"value": document}
                frames.append({"id": request["id"], "status": "running", **own})
            frames.append({"status": "finished", "id": request["id"], "result": documents[-1]})
            return [json.dumps(frame, **how) for frame, how in zip(frames, [styles[0], *styles, styles[-1]], strict=True)]

        with Agent(answer) as agent:
            self.assertSame(self.procedura(agent, "run", "m"), as_python_prints(documents), f"PARITY_SEED={seed}, run")
            printed = self.procedura(agent, "stream", "m")
            expected = "".join(as_python_prints({"phase": frame["status"], **frame}) for frame in frames)
            self.assertSame(printed, expected, f"PARITY_SEED={seed}, stream")


if __name__ == "__main__":
    unittest.main()
