#!/usr/bin/env python3
"""The protocol for other people's tools (protocol/schema, protocol/asyncapi.json), with validators that are not ours: ajv and the
AsyncAPI parser. And all that our client and our mock say to each other, against the same files."""

import contextlib
import copy
import json
import pathlib
import subprocess
import tempfile
import unittest

from ajv_verdicts import verdicts
from support import CREDENTIAL, HERE, NODE, Peer, clean_home, program_from, run_program

PROCEDURA = program_from("INTEROP_PROCEDURA")
MOCK_AGENT = program_from("INTEROP_MOCK_AGENT")
ROOT = HERE.parents[1]
PROTOCOL = ROOT / "protocol"
FILES = {path.name.removesuffix(".schema.json"): path for path in sorted((PROTOCOL / "schema").glob("*.schema.json"))}
RESULTS = {"login_password": "login-session", "__keepalive": "keepalive-result", "__diag_ws_metrics": "diag-ws-metrics-result",
           "__diag_auth": "diag-auth-result", "worldstate_snapshot": "worldstate-result"}
PARSER_DEADLINE_S = 60


def wrong_with(name, documents):
    """What ajv finds wrong with each document by that schema of ours; None: nothing."""
    return verdicts(FILES[name], documents, [path for other, path in FILES.items() if other != name])


def members(value):
    """Every object of a JSON document."""
    if isinstance(value, dict):
        yield value
    if isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from members(each)


class Schemas(unittest.TestCase):
    def test_each_has_a_stable_id_and_stays_with_what_every_validator_knows(self):
        self.assertEqual(len(FILES), 14)
        for name, path in FILES.items():
            schema = json.loads(path.read_text(encoding="utf-8"))
            self.assertEqual(schema["$schema"], "http://json-schema.org/draft-07/schema#", name)
            self.assertEqual(schema["$id"], f"https://procedura.org/schema/protocol/{path.name}")
            for each in members(schema):
                self.assertNotIn("pattern", each, f"{name}: a regular expression is too slow for what a stranger sends")
                self.assertNotEqual(each.get("additionalProperties"), False, f"{name}: further members are free")

    def test_examples_fit(self):
        for name, path in FILES.items():
            examples = json.loads(path.read_text(encoding="utf-8"))["examples"]
            self.assertEqual(wrong_with(name, examples), [None] * len(examples), name)

    def test_counter_examples_do_not(self):
        wrong = json.loads((ROOT / "tests" / "support" / "wrong_frames.json").read_text(encoding="utf-8"))
        self.assertEqual(set(wrong), set(FILES))
        for name, documents in wrong.items():
            for document, verdict in zip(documents, wrong_with(name, documents), strict=True):
                self.assertIsNotNone(verdict, f"{name}: {document}")

    def test_a_reply_of_an_unknown_status_may_be_anything(self):
        self.assertEqual(wrong_with("reply", [{"status": "Ack"}, {"status": "", "id": 7}]), [None, None])


class AsyncApi(unittest.TestCase):
    def parse(self, document):
        """What the parser makes of a document that stands where ours does, beside schema/."""
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "schema").symlink_to(PROTOCOL / "schema")
            path = pathlib.Path(folder) / "asyncapi.json"
            path.write_text(json.dumps(document), encoding="utf-8")
            done = subprocess.run([NODE, HERE / "asyncapi" / "parse.mjs", path], capture_output=True, text=True,
                                  timeout=PARSER_DEADLINE_S, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        answer = json.loads(done.stdout)
        return answer["operations"], [problem for problem in answer["problems"] if problem["severity"] <= 1]

    @staticmethod
    def document():
        return json.loads((PROTOCOL / "asyncapi.json").read_text(encoding="utf-8"))

    def test_the_parser_takes_it_without_an_error_or_a_warning(self):
        operations, problems = self.parse(self.document())
        self.assertEqual(problems, [])
        self.assertEqual(operations["runSync"], {"messages": ["request"], "reply": ["ack", "running", "finished", "error"]})
        self.assertEqual(operations["runAsync"]["reply"], ["started", "running", "finished", "error"])
        self.assertEqual(operations["login"], {"messages": ["loginRequest"], "reply": ["ack", "loginFinished", "error"]})

    def test_the_parser_does_refuse(self):
        no_such_schema, no_such_message, no_such_action = (copy.deepcopy(self.document()) for _ in range(3))
        no_such_schema["components"]["messages"]["ack"]["payload"]["$ref"] = "schema/nack.schema.json"
        no_such_message["operations"]["runSync"]["messages"][0]["$ref"] = "#/channels/agent/messages/nothing"
        no_such_action["operations"]["runSync"]["action"] = "shout"
        for document in (no_such_schema, no_such_message, no_such_action):
            self.assertNotEqual(self.parse(document)[1], [])

    def test_its_messages_are_those_very_files_and_its_examples_fit_them(self):
        document = self.document()
        used = {each["$ref"] for each in members(document) if str(each.get("$ref", "")).startswith("schema/")}
        self.assertEqual(used, {f"schema/{path.name}" for name, path in FILES.items() if name not in ("reply", "login-session")})
        for name, message in document["components"]["messages"].items():
            payloads = [example["payload"] for example in message["examples"]]
            parts = message["payload"].get("allOf", [message["payload"]])
            schema = parts[0]["$ref"].removeprefix("schema/").removesuffix(".schema.json")
            self.assertEqual(wrong_with(schema, payloads), [None] * len(payloads), name)
            for part in parts[1:]:
                result = part["properties"]["result"]["$ref"].removeprefix("schema/").removesuffix(".schema.json")
                self.assertEqual(wrong_with(result, [payload["result"] for payload in payloads]), [None] * len(payloads), name)


@contextlib.contextmanager
def journal_of(scenario):
    """A mock that plays `scenario`; the list is filled with the frames of its journal when it has ended."""
    frames = []
    with tempfile.TemporaryDirectory() as folder:
        journal = pathlib.Path(folder) / "journal.ndjson"
        with Peer([MOCK_AGENT, "--port", "0", "--time-scale", "0", "--script", scenario, "--journal", journal]) as mock:
            yield mock, frames
        for line in journal.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            if event["event"] == "frame":
                frames.append((event["connection"], event["direction"], event["frame"]))


class OurOwnWords(unittest.TestCase):
    def test_all_that_client_and_mock_say_fits(self):
        env = self.enterContext(clean_home())
        words = (["run", "whoami"], ["login", "-"], ["login", "--attach", "-"], ["run", "worldstate_snapshot", "--", "--terse"], ["run", "echo", "--", "ü", "", "--x=1"],
                 ["stream", "place_ooi_sprites", "--", "--n", "3"], ["run", "slow", "--", "--ms", "20"], ["stream", "failing"], ["run", "failing"],
                 ["run", "no such module"], ["ws", "diag"], ["ws", "ping", "--count", "1"], ["run", "__keepalive"], ["run", "__diag_auth"])
        with journal_of(ROOT / "conformance" / "scenarios" / "reference-agent.json") as (mock, frames):
            for each in words:
                run_program([PROCEDURA, "--url", mock.url, *each], env=env, stdin=CREDENTIAL)
        requests = {(connection, frame["id"]): frame["cmd"] for connection, way, frame in frames if way == "in"}
        self.fits("request", [frame for _, way, frame in frames if way == "in"], least=len(words))
        self.fits("login-request", [frame for _, way, frame in frames if way == "in" and frame["cmd"] == "login_password"], least=2)
        replies = [(connection, frame) for connection, way, frame in frames if way == "out"]
        self.fits("reply", [frame for _, frame in replies], least=2 * len(words))
        for status in ("ack", "started", "running", "finished", "error"):
            self.fits(status, [frame for _, frame in replies if frame["status"] == status], least=2)
        for cmd, schema in RESULTS.items():
            self.fits(schema, [frame["result"] for connection, frame in replies
                               if frame["status"] == "finished" and requests[connection, frame["id"]] == cmd], least=1)

    def fits(self, schema, documents, least):
        self.assertGreaterEqual(len(documents), least, f"too few for {schema} to say anything")
        for document, verdict in zip(documents, wrong_with(schema, documents), strict=True):
            self.assertIsNone(verdict, f"{schema}: {document}")


if __name__ == "__main__":
    unittest.main()
