"""The main job: log in, take a snapshot, stream a job, and hear the mock's verdict on it."""

import json
import random
import stat

import support


class MainJob(support.E2eTest):
    def test_login_run_stream_verdict(self):
        with support.Mock("demo-world", "demo-world.expect") as mock:
            env = {"PROCEDURA_URL": mock.url}

            login = self.home.run("login", support.CREDENTIAL, "--ttl", "7200", env=env)
            self.assertExit(login, 0)
            result = json.loads(login.stdout)
            self.assertEqual(result["session_token"], "<redacted>")
            self.assertEqual(result["device"], "cli")
            self.assertLessEqual(result["expires_in"], 7200)
            self.assertOneLine(login.stderr)
            self.assertIn("other users of this machine", login.stderr)
            self.assertEqual(stat.S_IMODE(self.home.token_file.stat().st_mode), 0o600)
            self.assertEqual(stat.S_IMODE(self.home.token_file.parent.stat().st_mode), 0o700)

            run = self.home.run("run", "worldstate_snapshot", "--", "--terse", env=env)
            self.assertExit(run, 0)
            self.assertEqual(list(json.loads(run.stdout)), ["meta", "entities", "location", "environment"])
            self.assertEqual(run.stdout, json.dumps(json.loads(run.stdout), indent=2, ensure_ascii=False) + "\n")
            self.assertEqual(run.stderr, "")

            stream = self.home.run("--output", "ndjson", "stream", "place_ooi_sprites", "--", "--dry-run", "--n", "4", env=env)
            self.assertExit(stream, 0)
            events = [json.loads(line) for line in stream.stdout.splitlines()]
            self.assertEqual([event["phase"] for event in events], ["started"] + ["running"] * 4 + ["finished"])
            self.assertTrue(all(list(event)[0] == "phase" for event in events))
            self.assertEqual(events[-1]["result"]["planned"], 4)
            self.assertEqual(stream.stderr, "")

            code, verdict = mock.stop()
            self.assertEqual(code, 0, verdict)

    def test_the_verdict_can_be_bad(self):
        with support.Mock("demo-world", "demo-world.expect") as mock:
            self.home.login(mock.url)
            code, verdict = mock.stop()
            self.assertEqual(code, 1, verdict)
            self.assertIn("looked at the world", verdict)

    def test_arguments_reach_the_module_as_they_were_typed(self):
        words = ["[]", "[a,b]", "{}", "", "--n", "4", "--n=4", "-h", "--", "a b", "\"q\"", "grüß", "\\", "line\nbreak", "++", "--url", "x"]
        for style in ("auto", "module-first", "bare"):
            with self.subTest(style=style), support.Mock("demo-world") as mock:
                done = self.home.run("--url", mock.url, "--token", support.TOKEN, "--args-style", style, "run", "echo", "--", *words)
                self.assertExit(done, 0)
                sent = json.loads(done.stdout)["args"]
                self.assertEqual(sent[1:] if sent[:1] == ["echo"] else sent, words)

    def test_output_forms(self):
        with support.Mock({"stubs": [{"name": "numbers", "match": {"cmd": "numbers"}, "accept": False, "reply": [
                "accept", {"finished": {"b": [1, {"c": []}], "a": {}, "text": "grüß \u202e"}}]}]}) as mock:
            pretty = self.home.run("--url", mock.url, "run", "numbers")
            compact = self.home.run("--url", mock.url, "--output", "json", "run", "numbers")
            value = json.loads(pretty.stdout)
            self.assertEqual(pretty.stdout, json.dumps(value, indent=2, ensure_ascii=False) + "\n")
            self.assertEqual(compact.stdout, json.dumps(value, separators=(",", ":"), ensure_ascii=False) + "\n")
            self.assertEqual(list(value), ["b", "a", "text"])

    def test_numbers_keep_the_agents_text(self):
        exact = '{"big":123456789012345678901234567890,"exp":1E400,"zero":-0.0,"one":1.0}'

        async def behave(ws, request):
            await ws.send('{"id":"%s","status":"finished","result":%s}' % (request["id"], exact))

        with support.Agent(behave) as agent:
            done = self.home.run("--url", agent.url, "--output", "json", "run", "m")
            self.assertExit(done, 0)
            self.assertEqual(done.stdout, exact + "\n")

    def test_output_is_what_the_published_program_would_print(self):
        """Byte for byte, on random frames: {"phase": status, **frame} through Python's own json.dumps."""
        rng = random.Random(20)
        alphabet = "ab \"\\/\b\f\n\r\t\u0000\u001f\u007f\u0085\u00e9\u2028\u202e\u4e16\U0001f600"

        def text():
            return "".join(rng.choices(alphabet, k=rng.randrange(6)))

        def value(depth):
            kind = rng.randrange(7 if depth < 4 else 5)
            if kind < 3:
                return [None, rng.random() < 0.5, text()][kind]
            if kind < 5:
                return rng.choice([0, -1, 2**70, rng.uniform(-1, 1), rng.uniform(0, 1e300), 1e-320, -0.0])
            if kind == 5:
                return [value(depth + 1) for _ in range(rng.randrange(4))]
            return {text(): value(depth + 1) for _ in range(rng.randrange(4))}

        frames = [{"status": "started", "job_id": "j"}]
        frames += [{"status": "running", **{f"k{i}{text()}": value(0) for i in range(rng.randrange(5))}} for _ in range(300)]
        frames += [{"status": "finished", "result": value(0)}]
        layouts = {"pretty": {"indent": 2}, "json": {"separators": (",", ":")}, "ndjson": {"separators": (",", ":")}}

        async def behave(ws, request):
            self.sent = [{"id": request["id"], **frame} for frame in frames]
            for frame in self.sent:
                await ws.send(json.dumps(frame, ensure_ascii=rng.random() < 0.5, indent=rng.choice([None, 3])))

        with support.Agent(behave) as agent:
            for form, layout in layouts.items():
                with self.subTest(form=form):
                    done = self.home.run("--url", agent.url, "--output", form, "stream", "m")
                    self.assertExit(done, 0)
                    expected = [json.dumps({"phase": frame["status"], **frame}, ensure_ascii=False, **layout) + "\n" for frame in self.sent]
                    self.assertEqual(done.stdout, "".join(expected))

    def test_stream_prints_each_event_at_once(self):
        """The next frame is only sent once the one before has been seen on stdout."""
        seen = support.threading.Semaphore(0)

        async def behave(ws, request):
            loop = support.asyncio.get_running_loop()
            await ws.send(json.dumps({"id": request["id"], "status": "started", "job_id": "j"}))
            for n in range(3):
                assert await loop.run_in_executor(None, seen.acquire, True, support.DEADLINE_S)
                await ws.send(json.dumps({"job_id": "j", "status": "running", "n": n}))
            await ws.send(json.dumps({"job_id": "j", "status": "finished", "result": None}))

        with support.Agent(behave) as agent, self.home.start("--url", agent.url, "--output", "ndjson", "stream", "m") as program:
            phases = []
            for line in program.stdout:
                phases.append(json.loads(line)["phase"])
                seen.release()
            self.assertEqual(phases, ["started", "running", "running", "running", "finished"])
            self.assertEqual(program.wait(support.DEADLINE_S), 0)
            program.stderr.read()

    def test_an_own_phase_of_the_agent_is_kept(self):
        with support.Mock("demo-world", options=["--time-scale", "0"]) as mock:
            done = self.home.run("--url", mock.url, "--token", support.TOKEN, "--output", "ndjson", "stream", "init_character")
            self.assertExit(done, 0)
            phases = [json.loads(line)["phase"] for line in done.stdout.splitlines()]
            self.assertEqual(phases, ["started", "1 of 3", "2 of 3", "3 of 3", "finished"])

    def test_empty_world_is_pointed_out(self):
        with support.Mock("slow-agent", options=["--time-scale", "0"]) as mock:
            done = self.home.run("--url", mock.url, "run", "worldstate_snapshot")
            self.assertExit(done, 0)
            self.assertEqual(json.loads(done.stdout)["entities"], {})
            self.assertIn("EMPTY_WORLD", done.stderr)
            self.assertOneLine(done.stderr)


class Precedence(support.E2eTest):
    def test_flag_environment_profile_default(self):
        config = self.home.path / ".config" / "procedura" / "config.json"
        config.parent.mkdir(parents=True)
        with support.Mock("failing-agent") as mock:
            config.write_text(json.dumps({"profiles": {"default": {"url": mock.url, "output": "json"}, "ci": {"url": mock.url}}}))
            compact = self.home.run("run", "succeed")
            self.assertExit(compact, 0)
            self.assertEqual(compact.stdout.count("\n"), 1)
            self.assertGreater(self.home.run("run", "succeed", env={"PROCEDURA_OUTPUT": "pretty"}).stdout.count("\n"), 1)
            self.assertEqual(self.home.run("--output=json", "run", "succeed", env={"PROCEDURA_OUTPUT": "pretty"}).stdout.count("\n"), 1)
            self.assertGreater(self.home.run("--profile", "ci", "run", "succeed").stdout.count("\n"), 1)
            self.assertFails(self.home.run("--url", support.free_url(), "run", "succeed"), 3, "CONNECT_FAILED")

    def test_verbose_says_where_each_setting_comes_from(self):
        with support.Mock("failing-agent") as mock:
            done = self.home.run("-v", "run", "succeed", env={"PROCEDURA_URL": mock.url})
            self.assertExit(done, 0)
            self.assertIn(f"url = {mock.url} (PROCEDURA_URL)", done.stderr)
            self.assertIn("output = pretty (default)", done.stderr)


class Logout(support.E2eTest):
    def test_removes_the_token_and_what_is_known_of_it(self):
        with support.Mock("demo-world") as mock:
            token = self.home.login(mock.url)
            done = self.home.run("logout")
            self.assertExit(done, 0)
            self.assertEqual(done.stdout, "")
            self.assertIn("removed the token", done.stderr)
            self.assertFalse(self.home.token_file.exists())
            for left in self.home.path.rglob("*"):
                if left.is_file():
                    self.assertNotIn(token, left.read_text())
            self.assertFails(self.home.run("--url", mock.url, "run", "worldstate_snapshot"), 4, "AUTH_REQUIRED")

    def test_twice_is_no_error(self):
        done = self.home.run("logout")
        self.assertExit(done, 0)
        self.assertIn("there was no token", done.stderr)


class Wait(support.E2eTest):
    def test_waits_for_an_agent_that_comes_up_later(self):
        url = support.free_url()
        with self.home.start("--url", url, "--wait", "60", "-v", "run", "succeed") as program:
            # Its first try has failed by the time it has said what it does; then the agent comes up on that port.
            program.stderr.readline()
            with support.Mock("failing-agent", port=url.rsplit(":", 1)[1]):
                self.assertEqual(program.wait(support.DEADLINE_S), 0)
            program.stdout.read(), program.stderr.read()

    def test_a_login_waits_too(self):
        url = support.free_url()
        with self.home.start("--url", url, "--wait", "60", "-v", "login", env={"PROCEDURA_CREDENTIAL": support.CREDENTIAL}) as program:
            program.stderr.readline()
            with support.Mock("demo-world", port=url.rsplit(":", 1)[1]):
                self.assertEqual(program.wait(support.DEADLINE_S), 0)
            program.stdout.read(), program.stderr.read()
        self.assertTrue(self.home.token_file.exists())

    def test_gives_up_when_the_time_is_over(self):
        done = self.home.run("--url", support.free_url(), "--wait", "0.3", "run", "m")
        self.assertFails(done, 3, "CONNECT_FAILED")
        self.assertGreaterEqual(done.seconds, 0.3)


if __name__ == "__main__":
    support.main()
