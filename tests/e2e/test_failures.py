"""What goes wrong between the program and an agent has its message and its exit code, within its deadline."""

import http
import json
import signal
import time

import support


def then(*frames):
    """An agent that answers each request with these frames, `id` filled in; a callable among them is called with the socket."""
    async def behave(ws, request):
        for frame in frames:
            if callable(frame):
                await frame(ws)
            else:
                await ws.send(json.dumps({"id": request["id"], **frame}))
    return behave


async def hang_up(ws):
    ws.transport.abort()


async def close_4401(ws):
    await ws.close(4401, "who are you")


class Unreachable(support.E2eTest):
    def test_no_agent_there(self):
        done = self.home.run("--url", support.free_url(), "run", "m")
        self.assertFails(done, 3, "CONNECT_FAILED")
        self.assertIn("is the agent running there?", done.stderr)

    def test_no_such_host(self):
        done = self.home.run("--url", "ws://no-such-host.invalid:8765", "run", "m")
        self.assertExit(done, 3)

    def test_a_port_that_never_answers(self):
        with support.Listener() as silent:
            done = self.home.run("--url", silent.url, "--connect-timeout", "0.4", "run", "m")
            self.assertFails(done, 3, "CONNECT_TIMEOUT")
            self.assertGreaterEqual(done.seconds, 0.4)
            self.assertLess(done.seconds, 5, "the given deadline counts, not the default")

    def test_a_server_that_is_no_websocket(self):
        page = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello"
        for answer in (page, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n", b"\x00\xff" * 100, b""):
            with self.subTest(answer=answer[:20]), support.Listener(answer) as server:
                done = self.home.run("--url", server.url, "run", "m")
                self.assertExit(done, 3)
                self.assertOneLine(done.stderr)
                self.assertEqual(json.loads(done.stdout)["status"], "error")
                self.assertLess(done.seconds, 5)

    def test_an_agent_that_refuses_the_token_at_the_door(self):
        async def refuse(_path, _headers):
            return http.HTTPStatus.UNAUTHORIZED, [], b"no"

        with support.Agent(then(), process_request=refuse) as agent:
            done = self.home.run("--url", agent.url, "--token", "stale-token", "run", "m")
            self.assertFails(done, 4, "HANDSHAKE_REFUSED")
            self.assertIn("run `procedura login`", done.stderr)


class BrokenJobs(support.E2eTest):
    def test_a_goodbye_in_the_middle_of_a_fragmented_message(self):
        reply = [{"fault": "truncate"}, "accept", {"fault": {"fragment": 6}}, {"finished": {"placed": 4}}]
        with support.Mock({"stubs": [{"name": "job", "match": {"cmd": "job"}, "accept": False, "reply": reply}]}) as mock:
            for _ in range(5):  # which fragments have come when the Close leaves is a matter of microseconds
                self.assertFails(self.home.run("--url", mock.url, "run", "job"), 6, "PROTOCOL_ERROR")

    def test_a_server_that_hangs_up_mid_job(self):
        with support.Agent(then({"status": "ack", "job_id": "job-17"}, hang_up)) as agent:
            done = self.home.run("--url", agent.url, "run", "m")
            error = self.assertFails(done, 3, "CONNECTION_LOST")
            self.assertEqual(error["job_id"], "job-17")
            self.assertIn("job job-17 may still run", done.stderr)

    def test_a_server_that_hangs_up_mid_stream(self):
        with support.Agent(then({"status": "started", "job_id": "job-17"}, {"status": "running", "n": 1}, hang_up)) as agent:
            done = self.home.run("--url", agent.url, "--output", "ndjson", "stream", "m")
            self.assertExit(done, 3)
            events = [json.loads(line) for line in done.stdout.splitlines()]
            self.assertEqual([event["phase"] for event in events], ["started", "running", "error"])
            self.assertEqual(events[-1]["code"], "CONNECTION_LOST")
            self.assertIn("job job-17 may still run", done.stderr)

    def test_a_session_that_is_closed_as_unauthorised(self):
        with support.Agent(then({"status": "ack"}, close_4401)) as agent:
            done = self.home.run("--url", agent.url, "--token", "stale-token", "run", "m")
            self.assertFails(done, 4, "CONNECTION_LOST")
            self.assertIn("run `procedura login`", done.stderr)

    def test_an_agent_that_breaks_the_protocol(self):
        async def nonsense(ws, request):
            await ws.send('{"id":"%s","status":17}' % request["id"])

        with support.Agent(nonsense) as agent:
            self.assertFails(self.home.run("--url", agent.url, "run", "m"), 6, "PROTOCOL_ERROR")

    def test_what_the_agent_says_cannot_move_the_terminal(self):
        with support.Agent(then({"status": "error", "code": "X\u001b[2J", "message": "evil \u001b]0;x\u0007 \u202e"})) as agent:
            done = self.home.run("--url", agent.url, "run", "m")
            self.assertExit(done, 1)
            self.assertOneLine(done.stderr)
            self.assertNotIn("\x1b", done.stderr)
            self.assertNotIn("\u202e", done.stderr)


class FailingModules(support.E2eTest):
    def test_failing_agent(self):
        with support.Mock("failing-agent") as mock:
            for module in ("fail_now", "fail_accepted", "fail_late"):
                with self.subTest(module=module):
                    done = self.home.run("--url", mock.url, "run", module)
                    error = self.assertFails(done, 1, "MODULE_FAILED")
                    self.assertIn(error["message"], done.stderr)
            late = json.loads(self.home.run("--url", mock.url, "run", "fail_late").stdout)
            self.assertEqual(late["retry_after_s"], 5, "further members are kept for the user")

            done = self.home.run("--url", mock.url, "--output", "ndjson", "stream", "fail_midway")
            self.assertExit(done, 1)
            events = [json.loads(line) for line in done.stdout.splitlines()]
            self.assertEqual([event["phase"] for event in events], ["started", "running", "running", "running", "error"])

            done = self.home.run("--url", mock.url, "--output", "ndjson", "stream", "fail_now")
            self.assertExit(done, 1)
            self.assertEqual(json.loads(done.stdout)["phase"], "error")

            done = self.home.run("--url", mock.url, "run", "fail_bare")
            self.assertExit(done, 1)
            self.assertIn("something went wrong", done.stderr)
            self.assertFails(self.home.run("--url", mock.url, "run", "no_such_module"), 1, "UNKNOWN_MODULE")

    def test_error_objects_in_every_form(self):
        with support.Mock("failing-agent") as mock:
            pretty = self.home.run("--url", mock.url, "run", "fail_now").stdout
            self.assertEqual(pretty, json.dumps(json.loads(pretty), indent=2, ensure_ascii=False) + "\n")
            for form in ("json", "ndjson"):
                compact = self.home.run("--url", mock.url, "--output", form, "run", "fail_now").stdout
                self.assertEqual(compact.count("\n"), 1)
                self.assertNotIn(": ", compact.replace('"message":"no world is loaded"', ""))


class Deadlines(support.E2eTest):
    def test_slow_agent(self):
        with support.Mock("slow-agent") as mock:
            done = self.home.run("--url", mock.url, "run", "slow_ack", "--ack-timeout", "0.3")
            self.assertFails(done, 5, "ACK_TIMEOUT")
            self.assertIn("--ack-timeout SECS waits longer", done.stderr)

            done = self.home.run("--url", mock.url, "run", "slow_result", "--final-timeout", "0.3")
            error = self.assertFails(done, 5, "FINAL_TIMEOUT")
            if "job_id" in error:
                self.assertIn(f"job {error['job_id']} may still run", done.stderr)

            done = self.home.run("--url", mock.url, "--output", "ndjson", "stream", "hang", "--idle-timeout", "0.3")
            self.assertExit(done, 5)
            events = [json.loads(line) for line in done.stdout.splitlines()]
            self.assertEqual([event["phase"] for event in events], ["started", "error"])
            self.assertIn(f"job {events[0]['job_id']} may still run", done.stderr)

    def test_from_the_environment(self):
        with support.Mock("slow-agent") as mock:
            self.assertFails(self.home.run("--url", mock.url, "run", "slow_ack", env={"PROCEDURA_ACK_TIMEOUT": "0.3"}), 5, "ACK_TIMEOUT")


class Interrupted(support.E2eTest):
    def check(self, *words, ready):
        with support.Mock("slow-agent") as mock, self.home.start("--url", mock.url, *words) as program:
            ready(program)
            begun = time.monotonic()
            program.send_signal(signal.SIGINT)
            self.assertEqual(program.wait(support.DEADLINE_S), 130)
            self.assertLess(time.monotonic() - begun, 5)
            return program.stdout.read().decode(), program.stderr.read().decode()

    def test_stream_names_the_job_that_may_still_run(self):
        first = []
        out, err = self.check("--output", "ndjson", "stream", "hang", ready=lambda program: first.append(program.stdout.readline()))
        job = json.loads(first[0])["job_id"]
        self.assertEqual(err, f"procedura: interrupted: stopped waiting; job {job} may still run\n")
        self.assertEqual(out, "")

    def test_while_waiting_for_an_agent(self):
        with self.home.start("--url", support.free_url(), "--wait", "600", "-v", "run", "m") as program:
            while b"output = " not in program.stderr.readline():
                pass
            # Between two tries, or in one: either way it ends at once.
            program.send_signal(signal.SIGINT)
            self.assertIn(program.wait(support.DEADLINE_S), (130, -signal.SIGINT))
            program.stdout.read(), program.stderr.read()


    def test_while_nobody_reads_its_output(self):
        """stdout is a full pipe: Ctrl-C must work all the same."""
        scenario = {"stubs": [{"name": "flood", "match": {"cmd": "flood"}, "reply": [
            "accept", {"repeat": 4000, "steps": [{"running": {"filler": "x" * 200}}]}, {"delay": "24h"}, {"finished": None}]}]}
        with support.Mock(scenario) as mock, self.home.start("--url", mock.url, "--output", "ndjson", "stream", "flood") as program:
            job = json.loads(program.stdout.readline())["job_id"]
            support.wait_for(lambda: support.writes_to_stdout(program.pid) and support.bytes_in(program.stdout) > 60_000, "full pipe")
            program.send_signal(signal.SIGINT)
            self.assertEqual(program.wait(support.DEADLINE_S), 130)
            self.assertIn(f"job {job} may still run", program.stderr.read().decode())
            program.stdout.read()


class ClosedStreams(support.E2eTest):
    def test_reader_of_stdout_goes_away(self):
        with support.Mock("slow-agent") as mock, self.home.start("--url", mock.url, "--output", "ndjson", "stream", "slow_stream") as program:
            program.stdout.readline()
            program.stdout.close()
            self.assertEqual(program.wait(support.DEADLINE_S), 1)
            self.assertEqual(program.stderr.read(), b"procedura: cannot write to stdout: its reader has gone\n")

    def test_stdout_closed_from_the_start(self):
        """No socket may get the number of a closed stream, or output would go to the agent."""
        with support.Mock("failing-agent") as mock:
            done = support.subprocess.run(["sh", "-c", f"exec {support.PROCEDURA} --url {mock.url} run succeed >&- <&-"], env=self.home.env,
                                          capture_output=True, timeout=support.DEADLINE_S, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(b"cannot write to stdout: Bad file descriptor", done.stderr)

    def test_full_disk(self):
        with support.Mock("failing-agent") as mock, open("/dev/full", "wb") as full:
            done = support.subprocess.run([support.PROCEDURA, "--url", mock.url, "run", "succeed"], env=self.home.env, stdout=full,
                                          stderr=support.subprocess.PIPE, timeout=support.DEADLINE_S, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(b"No space left", done.stderr)


if __name__ == "__main__":
    support.main()
