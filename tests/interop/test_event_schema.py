#!/usr/bin/env python3
"""What `procedura --events` writes, against the published schema in the hands of ajv (npm): every line is one of its records."""

import json
import pathlib
import unittest

from ajv_verdicts import verdicts
from support import CREDENTIAL, HERE, Peer, clean_home, program_from, run_program

PROCEDURA = program_from("INTEROP_PROCEDURA")
MOCK_AGENT = program_from("INTEROP_MOCK_AGENT")
ROOT = HERE.parents[1]
SCHEMA = ROOT / "client" / "schema" / "event.schema.json"


def by_schema(lines):
    """What ajv finds wrong with each line; None: nothing."""
    return verdicts(SCHEMA, (json.loads(line) for line in lines))


class EventSchema(unittest.TestCase):
    def test_every_record_of_the_program_is_of_it(self):
        env = self.enterContext(clean_home())
        events = pathlib.Path(env["HOME"]) / "events.ndjson"
        env["PROCEDURA_EVENTS"] = str(events)
        with Peer([MOCK_AGENT, "--port", "0", "--script", ROOT / "mockserver" / "scenarios" / "demo-world.json"], expected_exit=0) as mock:
            for words, stdin in ((["run", "worldstate_snapshot"], ""), (["login", "-"], "admin@procedura.org:wrong"), (["login", "-"], CREDENTIAL),
                                 (["run", "worldstate_snapshot"], ""), (["run", "echo", "--", "ü", ""], ""), (["run", "no such \u2028 module"], ""),
                                 (["stream", "place_ooi_sprites", "--", "--dry-run"], ""), (["stream", "nothing"], "")):
                run_program([PROCEDURA, "--url", mock.url, *words], env=env, stdin=stdin)
        run_program([PROCEDURA, "--url", "ws://127.0.0.1:1", "run", "m"], env=env)
        lines = events.read_text(encoding="utf-8").splitlines(keepends=True)
        self.assertGreaterEqual(len(lines), 9)
        self.assertEqual(by_schema(lines), [None] * len(lines))

    def test_it_refuses_what_is_none(self):
        record = {"at": "2026-01-31T12:00:00.123Z", "id": "0", "job_id": None, "origin": "ws://h:1", "module": "m", "mode": "sync", "args": 0,
                  "status": "finished", "ack_ms": 0.1, "final_ms": 0.2, "request_bytes": 1, "response_bytes": 1, "frames": 1, "error": None}
        error = {"by": "agent", "code": "", "message": ""}
        wrong = [{key: value for key, value in record.items() if key != left_out} for left_out in record]
        wrong += [{**record, "status": "error"}, {**record, "error": error}, {**record, "id": ""}, {**record, "ack_ms": "0.1"}, {**record, "final_ms": None},
                  {**record, "mode": "both"}, {**record, "args": ["secret"]}, {**record, "status": "error", "error": {**error, "by": "nobody"}}]
        good = [record, {**record, "status": "error", "error": error}, {**record, "added": "later"}]
        verdicts = by_schema(json.dumps(each) + "\n" for each in [*good, *wrong])
        self.assertEqual(verdicts[:len(good)], [None] * len(good))
        for each, verdict in zip(wrong, verdicts[len(good):], strict=True):
            self.assertIsNotNone(verdict, each)


if __name__ == "__main__":
    unittest.main()
