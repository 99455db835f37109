"""One load of many processes: shards that are told apart by what starts them, their files, merge and report, and OpenMPI."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
import unittest

import support

BENCH = support.BIN / "procedura-bench"
BENCH_MPI = support.BIN / "procedura-bench-mpi"
SCENARIO = {"name": "shards", "stubs": [
    {"name": "job", "match": {"cmd": "job"},
     "reply": ["accept", {"delay": "1ms"}, {"running": {"n": 1}}, {"delay": "1ms"}, {"running": {"n": 2}}, {"finished": {"n": 3}}]},
]}
# How late a busy machine sends is not what is tested here, and the whole run is measured, so that the mock has seen the same jobs.
LOAD = ["--module", "job", "--mode", "async", "--rate", "150", "--arrival", "poisson", "--connections", "4", "--duration", "2s", "--warm-up", "0s",
        "--max-send-lag", "1h", "--no-floor"]

WRONG = [
    # (words, exit code, what the line says)
    (["merge"], 2, "merge what? name the files that the shards wrote"),
    (["merge", "--out", "x", "--out", "y", "z"], 2, "give it once"),
    (["merge", "a.json", "--out", "a.json"], 2, "would overwrite what merge reads"),
    (["merge", "/no/such/file"], 1, "cannot read /no/such/file: No such file or directory"),
    (["merge", "."], 1, "cannot read .: it is a folder"),
    (["report"], 2, "which report? name one file"),
    (["report", "a", "b"], 2, "which report? name one file"),
    (["report", "a", "--frames"], 2, "--frames"),
    (["report", "/dev/null"], 1, "/dev/null: no report: "),
    (["run", "--url", "ws://127.0.0.1:1", *LOAD, "--shard", "auto"], 2, "neither OpenMPI, Slurm, Kubernetes"),
    (["run", "--url", "ws://127.0.0.1:1", *LOAD, "--shard", "0/5"], 2, "--connections 4: there are 5 shards"),
    (["run", "--url", "ws://127.0.0.1:1", *LOAD, "--start-at", "noon"], 2, "--start-at 'noon': give a time in UTC"),
    (["run", "--url", "ws://127.0.0.1:1", *LOAD, "--start-at", "2020-01-01T00:00:00Z"], 1, "--start-at: that time is over"),
]


def requests_of(said):
    """How many requests the mock says it had."""
    return int(re.search(r"(\d+) requests", said).group(1))


def in_utc(seconds_from_now):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds_from_now))


class BenchTest(support.E2eTest):
    def bench(self, *words, program=(BENCH,), env=None):
        done = subprocess.run([*program, *words], capture_output=True, stdin=subprocess.DEVNULL, env={**self.home.env, **(env or {})},
                              cwd=self.home.path, timeout=support.DEADLINE_S, check=False)
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        return done

    def start(self, *words, env=None):
        return subprocess.Popen([BENCH, *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                env={**self.home.env, **(env or {})}, cwd=self.home.path)

    def read(self, name):
        return json.loads((self.home.path / name).read_text())

    def assertWhole(self, report, mock, shards):
        """Every job is in the report once, and the agent has seen as many."""
        exit_code, said = mock.stop()
        self.assertEqual(exit_code, 0, said)
        jobs = report["jobs"]
        self.assertEqual(report["shards"], shards)
        self.assertEqual(jobs["due"], jobs["finished"])
        self.assertEqual(jobs["due"], requests_of(said))
        self.assertEqual(report["latency_ns"]["gap"]["count"], jobs["due"])
        self.assertEqual(sum(second["finished"] for second in report["series"]["seconds"]), jobs["due"])
        return jobs["due"]


class Shards(BenchTest):
    def test_wrong_use_is_said_in_one_line(self):
        (self.home.path / "a.json").write_text("{}")
        for words, code, says in WRONG:
            with self.subTest(words=words):
                done = self.bench(*words)
                self.assertExit(done, code)
                self.assertEqual(done.stdout, "")
                self.assertOneLine(done.stderr)
                self.assertIn(says, done.stderr)
        self.assertEqual((self.home.path / "a.json").read_text(), "{}")

    def test_shards_that_shared_a_load_merge_to_its_report(self):
        begins = in_utc(3)
        with support.Mock(SCENARIO) as mock:
            words = ["run", "--url", mock.url, *LOAD, "--shard", "auto/3", "--start-at", begins, "--out", "shard-{shard}.json"]
            shards = [self.start(*words, env={"JOB_COMPLETION_INDEX": str(i)}) for i in range(3)]
            for shard in shards:
                _, said = shard.communicate(timeout=support.DEADLINE_S)
                self.assertEqual(shard.returncode, 0, said)
            done = self.bench("merge", "shard-2.json", "shard-0.json", "shard-1.json", "--out", "run.json", "--hdr", "run.hgrm")
            self.assertExit(done, 0)
            self.assertIn("merged from 3 shards", done.stdout)
            run = self.read("run.json")
            due = self.assertWhole(run, mock, 3)
        parts = [self.read(f"shard-{i}.json") for i in range(3)]
        self.assertEqual(sum(part["jobs"]["due"] for part in parts), due)
        self.assertTrue(all(part["complete"] and part["jobs"]["due"] > 0 for part in parts))
        self.assertEqual([part["connections"]["opened"] for part in parts], [2, 1, 1])
        self.assertIn(f"Total count    = {due:12}]", (self.home.path / "run.hgrm").read_text())

        # A report says again what merge said, and one shard too few is not merged.
        again = self.bench("report", "run.json", "--hdr", "run.hlog")
        self.assertExit(again, 0)
        self.assertEqual(again.stdout, done.stdout)
        lines = (self.home.path / "run.hlog").read_text().splitlines()
        self.assertEqual(sum(line.startswith("Tag=response,") for line in lines),
                         sum("response" in second["latency_ns"] for second in run["series"]["seconds"]))
        done = self.bench("merge", "shard-0.json", "shard-2.json", "--out", "none.json")
        self.assertExit(done, 1)
        self.assertEqual(done.stderr, "procedura-bench: 1 of 3 shards are missing, the first is 1/3: give the files of all\n")
        self.assertFalse((self.home.path / "none.json").exists())

    def test_the_schedule_is_the_same_for_any_number_of_shards(self):
        with support.Mock(SCENARIO) as mock:
            self.assertExit(self.bench("run", "--url", mock.url, *LOAD, "--out", "alone.json"), 0)
            pair = [self.start("run", "--url", mock.url, *LOAD, "--shard", f"{i}/2", "--out", f"{i}.json") for i in range(2)]
            for shard in pair:
                shard.communicate(timeout=support.DEADLINE_S)
        self.assertExit(self.bench("merge", "0.json", "1.json", "--out", "both.json"), 0)
        self.assertEqual(self.read("alone.json")["jobs"]["due"], self.read("both.json")["jobs"]["due"])
        self.assertEqual([second["due"] for second in self.read("alone.json")["series"]["seconds"]],
                         [second["due"] for second in self.read("both.json")["series"]["seconds"]])

    def test_a_shard_that_was_killed_leaves_what_it_had_and_is_not_merged(self):
        with support.Mock(SCENARIO) as mock:
            long = ["run", "--url", mock.url, *(word.replace("2s", "10m") for word in LOAD)]
            shard = self.start(*long, "--shard", "0/1", "--out", "alone.json")
            other = self.start(*long, "--shard", "0/2", "--out", "killed.json")
            try:
                killed = self.home.path / "killed.json"
                support.wait_for(lambda: killed.exists() and json.loads(killed.read_text())["jobs"]["finished"] > 0, "look at the run")
                other.send_signal(signal.SIGKILL)
                other.wait()
                self.assertFalse((self.home.path / "alone.json").exists(), "a run of one process has nobody to wait for it")
            finally:
                for process in (shard, other):
                    process.kill()
                    process.communicate()
        looked = self.read("killed.json")
        self.assertFalse(looked["complete"])
        self.assertGreater(looked["jobs"]["finished"], 0)
        done = self.bench("merge", "killed.json")
        self.assertExit(done, 1)
        self.assertIn("killed.json was written while its process ran, and that came to no end", done.stderr)
        self.assertExit(self.bench("report", "killed.json"), 0)

    def test_shards_of_one_folder_have_files_of_their_own(self):
        done = self.bench("run", "--url", "ws://127.0.0.1:1", *LOAD, "--shard", "auto/2", "--out", "run.json", env={"JOB_COMPLETION_INDEX": "1"})
        self.assertExit(done, 2)
        self.assertIn("--out 'run.json': all shards would write it; put {shard} into its name", done.stderr)


@unittest.skipUnless(BENCH_MPI.exists(), "procedura-bench-mpi is built where OpenMPI is installed (libopenmpi-dev)")
class OpenMpi(BenchTest):
    # A test may well run as root, in a container with fewer cores than ranks, and without another machine to log in to.
    ENV = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_plm": "isolated"}
    MPIRUN = [shutil.which("mpirun") or "mpirun", "--bind-to", "none", "--oversubscribe"]

    def mpirun(self, *words):
        return self.bench(*words, program=self.MPIRUN, env={**self.ENV, "PATH": os.environ["PATH"]})

    def test_two_ranks_make_one_load(self):
        with support.Mock(SCENARIO) as mock:
            done = self.mpirun("-n", "2", BENCH_MPI, "run", "--url", mock.url, *LOAD, "--out", "run.json", "--slo", "failed<=0%")
            self.assertExit(done, 0)
            self.assertIn("merged from 2 shards", done.stdout)
            self.assertEqual(done.stdout.count("verdict"), 1, "one report, of the whole")
            self.assertWhole(self.read("run.json"), mock, 2)

    def test_the_exit_code_is_the_verdict_of_the_whole(self):
        with support.Mock(SCENARIO) as mock:
            done = self.mpirun("-n", "2", BENCH_MPI, "run", "--url", mock.url, *LOAD, "--slo", "p50<1ns")
        self.assertExit(done, 99)
        self.assertIn("SLO FAILED", done.stdout)

    def test_a_rank_that_fails_ends_the_others(self):
        with support.Mock(SCENARIO) as mock:
            begun = time.monotonic()
            done = self.mpirun("-n", "1", BENCH_MPI, "run", "--url", mock.url, *LOAD, ":",
                               "-n", "1", BENCH_MPI, "run", "--url", support.free_url(), *LOAD)
        self.assertExit(done, 1)
        self.assertIn("procedura-bench-mpi: CONNECT_FAILED", done.stderr)
        self.assertLess(time.monotonic() - begun, 30)
        self.assertNotIn("verdict", done.stdout)

    def test_says_what_it_is_not_for(self):
        run = ["run", "--url", "ws://h", *LOAD]
        for words, says in ((["merge", "x"], "can only 'run'"), ([*run, "--shard", "0/2"], "--shard: who started these processes has told each"),
                            ([*run, "--shard=auto"], "--shard: who started these processes has told each"),
                            ([*run, "--start-at", in_utc(60)], "--start-at: these processes begin together by themselves"),
                            ([*run, "--jobs", "x"], "--jobs: each process would write it"),
                            ([*run, "--find-capacity", "--slo", "p50<1s"], "--find-capacity: each rate is decided on after the one before")):
            with self.subTest(words=words):
                done = self.mpirun("-n", "1", BENCH_MPI, *words)
                self.assertExit(done, 2)
                self.assertIn(says, done.stderr)

    def test_each_rank_needs_something_to_do(self):
        done = self.mpirun("-n", "2", BENCH_MPI, "run", "--url", "ws://h", *[word.replace("4", "1") for word in LOAD])
        self.assertExit(done, 2)
        self.assertIn("procedura-bench-mpi: --connections 1: there are 2 shards", done.stderr)

    def test_helps_once(self):
        for words, says in ((["--help"], "Usage: procedura-bench run"), (["run", "--url", "ws://h", "--help"], "Usage: procedura-bench run"),
                            (["--version"], "procedura-bench ")):
            with self.subTest(words=words):
                done = self.mpirun("-n", "2", BENCH_MPI, *words)
                self.assertExit(done, 0)
                self.assertEqual(done.stdout.count(says), 1)


if __name__ == "__main__":
    support.main()
