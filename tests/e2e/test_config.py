"""`procedura config` and its file: modes, many processes at once, and what a crash or a stranger leaves behind."""

import fcntl
import json
import os
import stat
import subprocess

import support


class Config(support.E2eTest):
    def setUp(self):
        super().setUp()
        self.file = self.home.path / ".config" / "procedura" / "config.json"

    def profile(self, name="default"):
        return json.loads(self.file.read_text())["profiles"][name]

    def test_the_file_is_its_owners(self):
        self.assertExit(self.home.run("config", "set", "url", "ws://h:1", preexec_fn=lambda: os.umask(0)), 0)
        self.assertEqual(stat.S_IMODE(self.file.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(self.file.parent.stat().st_mode), 0o700)
        self.file.chmod(0o644)
        self.assertExit(self.home.run("config", "set", "wait", "1"), 0)
        self.assertEqual(stat.S_IMODE(self.file.stat().st_mode), 0o600)

    def test_many_processes_at_once_lose_nothing(self):
        # Every one reads, changes and replaces the same file.
        jobs = []
        for i in range(40):
            words = ["--profile", f"p{i % 4}", "config", "set", ["wait", "ttl", "ack-timeout", "idle-timeout"][i // 4 % 4], str(i + 1)]
            jobs.append(self.home.start(*words))
        jobs += [self.home.start("--profile", f"q{i}", "config", "set", "wait", str(i)) for i in range(20)]
        for job in jobs:
            _, err = job.communicate(timeout=support.DEADLINE_S)
            self.assertEqual(job.returncode, 0, err)
        profiles = json.loads(self.file.read_text())["profiles"]
        self.assertEqual({name: p for name, p in profiles.items() if name.startswith("q")}, {f"q{i}": {"wait": i} for i in range(20)})
        for i in range(4):
            self.assertEqual(set(profiles[f"p{i}"]), {"wait", "ttl", "ack_timeout", "idle_timeout"})
        self.assertEqual(sorted(p.name for p in self.file.parent.iterdir()), ["config.json", "config.json.lock"])

    def test_a_link_stays_a_link(self):
        elsewhere = self.home.path / "dotfiles.json"
        elsewhere.write_text('{"profiles": {}}')
        self.file.parent.mkdir(parents=True)
        self.file.symlink_to(elsewhere)
        self.assertExit(self.home.run("config", "set", "wait", "7"), 0)
        self.assertTrue(self.file.is_symlink())
        self.assertEqual(self.profile(), {"wait": 7})

    def test_a_lock_that_nobody_lets_go_of(self):
        self.assertExit(self.home.run("config", "set", "wait", "1"), 0)
        with open(f"{self.file}.lock", "wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = self.home.run("config", "set", "wait", "2")
            self.assertExit(done, 1)
            self.assertIn("another process has held", done.stderr)
            self.assertOneLine(done.stderr)
            self.assertExit(self.home.run("config", "get", "wait"), 0)
        self.assertEqual(self.profile(), {"wait": 1})

    def test_a_place_that_cannot_be_written(self):
        (self.home.path / ".config").write_text("a file")
        done = self.home.run("config", "set", "wait", "2")
        self.assertExit(done, 1)
        self.assertOneLine(done.stderr)

    def test_a_command_uses_what_was_set(self):
        with support.Mock("demo-world") as mock:
            self.assertExit(self.home.run("--profile", "ci", "config", "set", "url", mock.url), 0)
            self.assertExit(self.home.run("--profile", "ci", "config", "set", "output", "json"), 0)
            done = self.home.run("--token", support.TOKEN, "run", "worldstate_snapshot", env={"PROCEDURA_PROFILE": "ci"})
            self.assertExit(done, 0)
            self.assertIn('"world":"demo"', done.stdout)
            done = self.home.run("--profile", "ci", "--output", "pretty", "config", "show", env={"PROCEDURA_WAIT": "1.5"})
            self.assertRegex(done.stdout, rf"(?m)^url +{mock.url} +profile 'ci'$")
            self.assertRegex(done.stdout, r"(?m)^output +pretty +--output$")
            self.assertRegex(done.stdout, r"(?m)^wait +1.5 +PROCEDURA_WAIT$")

    def test_to_a_full_disk(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([support.PROCEDURA, "config", "show"], stdout=full, stderr=subprocess.PIPE, env=self.home.env,
                                  timeout=support.DEADLINE_S, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"cannot write to stdout", done.stderr)


if __name__ == "__main__":
    support.main()
