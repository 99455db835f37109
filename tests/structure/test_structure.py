"""The repository keeps its own rules; and each rule, broken on purpose in a small tree, is noticed."""

import json
import subprocess
import tempfile
import unittest
from pathlib import Path

import committed
import links
import rooms

ROOT = Path(__file__).resolve().parents[2]


class TheRepository(unittest.TestCase):
    def test_keeps_the_direction_between_the_rooms(self):
        self.assertEqual([], rooms.violations(ROOT, rooms.BEAST_UNITS))

    def test_names_no_machine(self):
        self.assertEqual([], committed.violations(ROOT))

    def test_has_no_broken_links_between_its_pages(self):
        self.assertEqual([], links.violations(ROOT))


class Planted(unittest.TestCase):
    """A tree of a few files; `self.plant` adds one."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.plant("protocol/include/procedura/protocol/frame.hpp", "#include <string>\n")
        self.plant("client/include/procedura/agent.hpp", "#include <procedura/protocol/frame.hpp>\n")
        self.plant("client/src/stream.hpp", "#include <boost/beast/websocket.hpp>\n")
        self.plant("mockserver/include/procedura/mock/agent.hpp", "#include <procedura/protocol/frame.hpp>\n")
        self.plant("mockserver/src/engine.hpp", "#include <string>\n")

    def plant(self, name: str, text: str):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


class ARoom(Planted):
    def test_that_keeps_the_rules_is_left_alone(self):
        self.plant("bench/src/run.cpp", "#include <procedura/agent.hpp>\n#include <vector>\n// #include <procedura/mock/agent.hpp>\n")
        self.plant("mockserver/src/agent.cpp", "#include <procedura/mock/agent.hpp>\n")
        self.plant("testing/a.hpp", "#include <procedura/agent.hpp>\n#include <procedura/mock/agent.hpp>\n")
        self.plant("conformance/src/a.cpp", "#include <procedura/agent.hpp>\n#include <procedura/mock/agent.hpp>\n")
        self.assertEqual([], rooms.violations(self.root, set()))

    def test_that_includes_another_is_noticed(self):
        for file, include in [
            ("client/src/a.cpp", "<procedura/mock/agent.hpp>"),
            ("client/src/a.cpp", '"../../mockserver/include/procedura/mock/agent.hpp"'),
            ("mockserver/src/a.cpp", "<procedura/agent.hpp>"),
            ("mockserver/testing/a.hpp", "<procedura/agent.hpp>"),
            ("protocol/src/a.cpp", "<procedura/agent.hpp>"),
            ("conformance/src/a.cpp", '"../../mockserver/src/engine.hpp"'),
            ("bench/micro/a.cpp", "<procedura/mock/agent.hpp>"),
            ("client/testing/a.hpp", "<procedura/mock/agent.hpp>"),
        ]:
            with self.subTest(file=file, include=include):
                self.plant(file, f"\n#  include {include}\n")
                found = rooms.violations(self.root, set())
                self.assertEqual(1, len(found), found)
                self.assertIn(f"{file}:2: ", found[0])
                (self.root / file).unlink()

    def test_the_protocol_is_pure(self):
        for line in [
            "#include <boost/asio/io_context.hpp>",
            "#include <boost/asio.hpp>",
            "#include <thread>",
            "#include <fstream>",
            "#include <sys/socket.h>",
            "auto t = std::chrono::steady_clock::now();",
            "auto t = Clock::now ();",
            'auto h = std::getenv("HOME");',
        ]:
            with self.subTest(line=line):
                self.plant("protocol/src/a.cpp", f"#include <chrono>\n{line}\n")
                found = rooms.violations(self.root, set())
                self.assertEqual(1, len(found), found)
                self.assertIn("protocol/src/a.cpp:2: protocol/ is pure", found[0])

    def test_beast_is_seen_through_headers(self):
        self.plant("client/src/a.cpp", '#include "stream.hpp"\n')
        self.assertIn("client/src/a.cpp: sees Beast", "\n".join(rooms.violations(self.root, set())))
        self.assertEqual([], rooms.violations(self.root, {"client/src/a.cpp"}))

    def test_a_stale_name_on_the_beast_list_is_noticed(self):
        self.assertIn("client/src/gone.cpp: named in BEAST_UNITS", "\n".join(rooms.violations(self.root, {"client/src/gone.cpp"})))


class ACommit(Planted):
    def test_of_plain_text_is_left_alone(self):
        self.plant("README.md", "Tokens are in ~/.procedura/token, frame/work/s, https://x.org/home/ada/\n")
        self.assertEqual([], committed.violations(self.root))

    def test_that_names_a_machine_is_noticed(self):
        for path in ["/" + "work/tree", "/" + "home/ada/src"]:
            with self.subTest(path=path):
                self.plant("tests/run.sh", f"#!/bin/sh\ncd {path}\n")
                found = committed.violations(self.root)
                self.assertEqual(1, len(found), found)
                self.assertIn("tests/run.sh:2: ", found[0])

    def test_only_what_git_tracks_counts_in_a_clone(self):
        subprocess.run(["git", "init", "-q", self.root], check=True)
        self.plant("private.txt", "/" + "work/notes")
        self.assertEqual([], committed.violations(self.root))
        subprocess.run(["git", "-C", self.root, "add", "private.txt"], check=True)
        self.assertEqual(1, len(committed.violations(self.root)))

    def test_that_locks_packages_to_a_private_host_is_noticed(self):
        def lock(url):
            self.plant("tests/interop/package-lock.json", json.dumps({"packages": {"": {}, "node_modules/ws": {"resolved": url}}}))
            return committed.violations(self.root)

        self.assertEqual([], lock("https://registry.npmjs.org/ws/-/ws-8.18.0.tgz"))
        self.assertEqual(1, len(lock("http://packages.internal/ws-8.18.0.tgz")))

    def test_of_a_package_source_is_noticed(self):
        self.plant("tests/interop/.npmrc", "registry=http://packages.internal/\n")
        self.assertEqual(1, len(committed.violations(self.root)))


class APage(Planted):
    def test_may_link_to_files_headings_and_the_web(self):
        self.plant("docs/b.md", "# In a C++ test: `now`\n")
        self.plant("a.md", "[b](docs/b.md) [b](docs/b.md#in-a-c-test-now) [c](#here) [web](https://x.org/#y)\n\n## Here\n\n```\n[x](no)\n```\n")
        self.assertEqual([], links.violations(self.root))

    def test_whose_link_leads_nowhere_is_noticed(self):
        self.plant("docs/b.md", "```\n# No heading\n```\n")
        self.plant("a.md", "[b](b.md) [b](docs/b.md#no-heading) [c](#there)\n\n## Here\n")
        found = links.violations(self.root)
        self.assertEqual(3, len(found), found)
        self.assertIn("a.md: docs/b.md#no-heading: there is no such heading", found)


if __name__ == "__main__":
    unittest.main()
