#!/usr/bin/env python3
"""The program's permessage-deflate (CON-8) with that of Node's ws, however the server wants its windows."""

import json
import unittest

import support

PROCEDURA = support.program_from("INTEROP_PROCEDURA")
WORD = "compressible and then some " * 2_000

# Options of ws; False: it knows no compression.
SERVERS = [
    False,
    {"threshold": 0},
    {"threshold": 0, "serverNoContextTakeover": True},
    {"threshold": 0, "clientNoContextTakeover": True},
    {"threshold": 0, "serverMaxWindowBits": 9, "clientMaxWindowBits": 9},
    {"threshold": 0, "serverMaxWindowBits": 12, "clientMaxWindowBits": 10, "serverNoContextTakeover": True, "clientNoContextTakeover": True},
]


class Compression(unittest.TestCase):
    def frames(self, options, *words):
        with support.Peer([support.NODE, support.HERE / "node_agent" / "compressing.mjs", json.dumps(options)]) as peer, \
                support.clean_home() as env:
            done = support.run_program([PROCEDURA, "--url", peer.url, *words, "--output", "ndjson", "stream", "echo", WORD], env=env)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_each_server(self):
        for options in SERVERS:
            with self.subTest(options):
                frames = self.frames(options, "--compress")
                self.assertEqual([frame["result"] for frame in frames], [WORD] * 3)
                self.assertEqual(frames[0]["extensions"], "permessage-deflate" if options else "")

    def test_is_not_agreed_on_unless_asked_for(self):
        self.assertEqual(self.frames({"threshold": 0})[0]["extensions"], "")


if __name__ == "__main__":
    unittest.main()
