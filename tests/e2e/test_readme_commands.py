"""The harness for READMEs itself: that it runs what it should, and that it fails when a page is wrong."""

import textwrap
import unittest
import unittest.mock

import readme_commands
from readme_commands import ReadmeError

TICKS = "```"


def page(text):
    return textwrap.dedent(text).replace("'''", TICKS)


def run(text):
    said = []
    count = readme_commands.run_page(page(text), said.append)
    return count, "\n".join(said)


class Harness(unittest.TestCase):
    def assertWrong(self, text, *says):
        with self.assertRaises(ReadmeError) as caught:
            run(text)
        for part in says:
            self.assertIn(part, str(caught.exception))

    def test_runs_commands_in_one_shell_in_order(self):
        count, _ = run("""
            '''sh
            # a comment
            x=1; cd /tmp
            test "$x" = 1 \\
              && test "$PWD" = /tmp
            for i in 1 2; do
              echo "$i" >"$HOME/$i"
            done
            cat >"$HOME/file" <<END
            it's here
            END
            '''
            and then
            '''console
            $ cat "$HOME/1" "$HOME/2"
            1
            2
            $ cat "$HOME/file"
            it's here
            '''
            """)
        self.assertEqual(count, 6)

    def test_fails_on_a_command_that_fails(self):
        self.assertWrong("'''sh\ntrue\necho why; false\n'''", "line 3", "exits 1, not 0", "why")
        self.assertWrong("'''sh\nno-such-program-anywhere\n'''", "exits 127")
        self.assertWrong("'''console\n$ false\n'''", "exits 1")

    def test_fails_on_other_output_than_shown(self):
        self.assertWrong("'''console\n$ echo one\ntwo\n'''", "does not print what is shown", "two", "one")
        self.assertWrong("'''console\n$ printf 'one\\ntwo\\n'\none\n'''", "does not print")
        self.assertWrong("'''console\n$ echo one\none\ntwo\n'''", "does not print")
        self.assertWrong("'''console\n$ true\nsomething\n'''", "does not print")
        self.assertWrong("'''console\n$ echo 'abc'\na...d\n'''", "does not print")

    def test_stderr_is_shown_output_too(self):
        run("'''console\n$ echo out; echo err >&2\nout\nerr\n'''")

    def test_dots_stand_for_anything(self):
        for shown in ("...", "a\n...", "...\nd", "a\n...\nc\n...", "a\nb\n...\nc\nd", "a...\nb\nc\nd", "...\n...\n..."):
            run(f"'''console\n$ printf 'a\\nb\\nc\\nd\\n'\n{shown}\n'''")
        self.assertWrong("'''console\n$ printf 'a\\nb\\n'\n...\nc\n'''", "does not print")

    def test_ids_and_ports_may_differ(self):
        run("""'''console
$ echo '"id": "0123abcd", "job_id": "j-9", "pid":17, "at_ms": 5 ws://127.0.0.1:4711'
"id": "ffffffff", "job_id": "j-1", "pid":4, "at_ms": 1234 ws://127.0.0.1:8765
'''""")
        self.assertWrong("""'''console\n$ echo '"id": "0123abcd", "n": 1'\n"id": "ffffffff", "n": 2\n'''""", "does not print")

    def test_an_expected_failure_says_so(self):
        run("'''sh\n(exit 4)   # exits 4\n'''\n'''console\n$ echo no; (exit 3)  # exits 3\nno\n'''")
        self.assertWrong("'''sh\ntrue   # exits 4\n'''", "exits 0, not 4")

    def test_a_command_in_the_background_is_ready_before_the_next(self):
        count, _ = run("""
            '''sh
            { sleep 0.2; echo up >"$HOME/up"; echo ready; exec sleep 600; } &
            '''
            '''console
            $ cat "$HOME/up"
            up
            '''
            """)
        self.assertEqual(count, 2)

    def test_fails_at_a_deadline(self):
        with unittest.mock.patch.object(readme_commands, "DEADLINE_S", 0.3):
            self.assertWrong("'''sh\necho begun; sleep 600\n'''", "not done within 0.3 s", "begun")

    def test_fails_when_the_shell_is_ended(self):
        self.assertWrong("'''sh\nexit 0\n'''", "it ended the shell")

    def test_what_is_not_run_is_listed(self):
        count, said = run("<!-- not run: needs a cluster -->\n'''sh\nfalse\n'''\n")
        self.assertEqual(count, 0)
        self.assertIn("line 2: not run: needs a cluster", said)

    def test_other_blocks_are_left_alone(self):
        self.assertEqual(run("'''json\n{}\n'''\n'''cpp\nint x;\n'''\n'''text\n$ false\n'''\n'''\nfalse\n'''\n")[0], 0)

    def test_mistakes_of_the_page_itself(self):
        self.assertWrong("'''sh\ntrue\n", "has no end")
        self.assertWrong("'''sh\necho 'open\n'''", "still waiting")
        self.assertWrong("'''console\noutput\n$ true\n'''", "begins with a command")
        self.assertWrong("'''bash\ntrue\n'''", "mark commands as sh or console")

    def test_a_named_block_is_a_file_for_what_follows(self):
        count, _ = run("""
            `data/export.json`, an export:

            '''json
            { "a": 1 }
            '''
            `tool.py`:
            '''python
            print("it ran")
            '''
            '''console
            $ cat data/export.json; python3 tool.py
            { "a": 1 }
            it ran
            '''
            Not a file name: `auth.required`:
            '''json
            { broken
            '''
            """)
        self.assertEqual(count, 3)

    def test_a_file_stays_within_the_folder_of_the_page(self):
        for name in ("../x.json", "/tmp/x.json", "mockserver/x.json"):
            self.assertWrong(f"`{name}`:\n'''json\n{{}}\n'''", "outside the folder")
        self.assertFalse((readme_commands.ROOT / "mockserver" / "x.json").exists())

    def test_scenarios_and_pieces_of_them_are_checked(self):
        stub = '{ "name": "s", "match": { "cmd": "s" }, "reply": [ { "finished": 1 } ] }  // of a kind'
        for piece in (f'{{ "version": 1, "stubs": [ {stub}\n ] }}', stub, stub + "\n," + stub.replace('"s"', '"t"'), '"accept", { "delay": "20ms" }',
                      '{ "running": { "url": "ws://x" } }', '"seed": 4, "unmatched": "fail"', '{ "name": "e", "close": { "code": 1000 } }'):
            self.assertEqual(run(f"'''jsonc\n{piece}\n'''")[0], 1, piece)

    def test_fails_on_a_scenario_with_mistakes(self):
        self.assertWrong("'''jsonc\n{ \"version\": 1,\n \"stubz\": [] }\n'''", "line 1", "piece.json:2:2", "stubz")
        self.assertWrong("`x.json`:\n'''jsonc\n{ \"version\": 1, \"stubz\": [] }\n'''", "x.json:1", "stubz")
        self.assertWrong("'''jsonc\n{ \"runing\": {} }\n'''", "running")
        self.assertWrong("'''jsonc\n\"delai\"\n'''", "delai")
        self.assertWrong("'''jsonc\n\"seed\": -1\n'''", "seed")
        self.assertWrong("'''jsonc\n{ \"version\": 1,\n'''", "piece.json")
        endless = '{ "version": 1, "stubs": [ { "name": "s", "match": {}, "reply": [ "accept" ] } ] }'
        self.assertWrong(f"'''jsonc\n{endless}\n'''", "stays live")

    def test_a_block_that_is_not_to_be_checked_says_why(self):
        self.assertIn("from a later version", run("<!-- not run: from a later version -->\n'''jsonc\n{}\n'''")[1])

    GITHUB = """
        `.github/workflows/test.yml`:
        '''yaml
        on: [push]
        jobs:
          test:
            runs-on: ubuntu-24.04
            steps:
              - uses: actions/checkout@v4
              - name: Install what is needed
                run: no-such-program
              - name: Test
                run: |
                  echo "$WHAT" >>ran
                  COMMAND
                env:
                  WHAT: it's GitHub
        '''
        """
    GITLAB = """
        `.gitlab-ci.yml`:
        '''yaml
        stages: [test]
        test:
          variables: { WHAT: GitLab }
          before_script: [ no-such-program ]
          script:
            - echo "$WHAT" >>ran
            - COMMAND
        '''
        """

    def test_recipes_for_ci_are_run(self):
        for recipe, says in ((self.GITHUB, "it's GitHub"), (self.GITLAB, "GitLab")):
            count, said = run(recipe.replace("COMMAND", "/bin/true") + f"""
        '''console
        $ cat ran
        {says}
        '''
        """)
            self.assertEqual(count, 3)
            self.assertIn("prepares a machine: Install", said)

    def test_fails_on_a_recipe_whose_step_fails(self):
        for recipe in (self.GITHUB, self.GITLAB):
            self.assertWrong(recipe.replace("COMMAND", "false | true"), "recipe:", "exits 1")

    def test_fails_on_a_recipe_that_ci_would_not_take(self):
        for part, instead, says in (("on: [push]", "", "`on`"), ("runs-on: ubuntu-24.04", "image: x", "`runs-on`"),
                                    ("- uses: actions/checkout@v4", "- name: x", "`run` or `uses`"), ("jobs:", "jobs: [", "no YAML")):
            self.assertWrong(self.GITHUB.replace(part, instead), says)
        self.assertWrong(self.GITLAB.replace("script:", "skript:"), "`script`")
        self.assertWrong(self.GITLAB.replace("- COMMAND", "- [ 1 ]"), "expected commands")

    def test_runs_away_from_the_repository_and_its_users_home(self):
        run("""
            '''sh
            test -f mockserver/scenarios/demo-world.json
            echo x >new-file
            echo x >~/new-file
            '''
            """)
        self.assertFalse((readme_commands.ROOT / "new-file").exists())

    def test_python_is_the_one_that_the_tests_have(self):
        run("'''console\n$ python3 -c 'import websockets; print(1)'\n1\n'''")

    def test_the_programs_are_in_the_path(self):
        run("'''sh\nprocedura --version\nbuild/release/bin/procedura --version\n'''")


if __name__ == "__main__":
    unittest.main(verbosity=2)
