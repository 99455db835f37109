"""Completion in the shells themselves: bash, zsh and fish are given `procedura completion SHELL` and asked what they offer."""

import os
import pathlib
import shlex
import subprocess

import support

# (what is typed, what each shell has to offer; a file `trusted.pem` lies in the current folder)
OFFERS = [
    ("procedura ru", {"run"}),
    ("procedura lo", {"login", "logout"}),
    ("procedura config s", {"show", "set"}),
    ("procedura --output ", {"pretty", "json", "ndjson"}),
    ("procedura --url ws://127.0.0.1:8765 str", {"stream"}),
    ("procedura run --final", {"--final-timeout"}),
    ("procedura --profile ", {"ci", "staging"}),
    ("procedura --ca tru", {"trusted.pem"}),
    ("procedura run ", {"worldstate_snapshot", "init_character"}),
    ("procedura run worldstate_snapshot -- --ter", set()),
    ("procedura run worldstate_snapshot -- --fin", set()),
    ("procedura login ", set()),
    ("procedura help exi", {"exit-codes"}),
    ("procedura completion z", {"zsh"}),
    ("procedura nonsense ", set()),
]

# Readline's own variables, set as it does; $1 is the line.
BASH = r"""
source completion.bash
complete -p procedura >/dev/null || exit 9
compopt() { :; }  # there is no completion going on
COMP_LINE=$1 COMP_POINT=${#1}
words_of() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); }
eval "words_of $2"
_procedura procedura "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
"""


def broken_as_bash_does(line):
    """The words of a line with those of `=:` by themselves, and an empty one at the end where the cursor stands alone."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="=:")
    lexer.whitespace_split = True
    words = list(lexer)
    if line.endswith((" ", "=")):
        words.append("")
    return " ".join(shlex.quote(word) for word in words)


class Completion(support.E2eTest):
    def setUp(self):
        super().setUp()
        self.folder = self.home.path / "work"
        self.folder.mkdir()
        (self.folder / "trusted.pem").touch()
        for profile in ("ci", "staging"):
            self.assertExit(self.home.run("--profile", profile, "config", "set", "wait", "1"), 0)
        for shell in ("bash", "zsh", "fish"):
            done = self.home.run("completion", shell)
            self.assertExit(done, 0)
            self.assertNotIn(str(support.ROOT), done.stdout)
            self.assertNotIn(os.path.expanduser("~"), done.stdout)
            (self.folder / f"completion.{shell}").write_text(done.stdout)

    def sh(self, *words):
        done = subprocess.run(words, capture_output=True, cwd=self.folder, env=self.home.env, timeout=support.DEADLINE_S, check=False,
                              stdin=subprocess.DEVNULL)
        self.assertEqual((done.returncode, done.stderr), (0, b""), words)
        return done.stdout.decode()

    def bash(self, line):
        return self.sh("bash", "--norc", "-c", BASH, "bash", line, broken_as_bash_does(line)).splitlines()

    def test_bash(self):
        for line, offers in OFFERS:
            with self.subTest(line=line):
                self.assertEqual(set(self.bash(line)), offers)

    def test_bash_takes_a_value_behind_an_equals_sign_for_a_word_of_its_own(self):
        self.assertEqual(self.bash("procedura --output=n"), ["ndjson"])
        self.assertEqual(self.bash("procedura --output="), ["pretty", "json", "ndjson"])
        self.assertEqual(self.bash("procedura --ca=tru"), ["trusted.pem"])

    def add_profiles_with_odd_names(self):
        for name in ("evil$(touch owned)", "spa ce", "colon:name", "two\nprocedura"):
            self.assertExit(self.home.run("--profile", name, "config", "set", "wait", "1"), 0)

    def test_fish_takes_odd_names_for_one_word_each(self):
        self.add_profiles_with_odd_names()
        lines = self.sh("fish", "--no-config", "-c", "source completion.fish; complete -C 'procedura --profile '").splitlines()
        self.assertEqual(set(lines), {"ci", "staging", "evil$(touch owned)", "spa ce", "colon:name"})

    def test_bash_at_a_terminal(self):
        self.at_a_terminal(["bash", "--norc", "--noprofile"], "source completion.bash")

    def test_zsh_at_a_terminal(self):
        self.at_a_terminal(["zsh", "-f"], "autoload -U compinit; compinit -u -D; source ./completion.zsh")

    def test_zsh_finds_the_installed_file(self):
        (self.folder / "completion.zsh").rename(self.folder / "_procedura")
        self.at_a_terminal(["zsh", "-f"], "fpath=($PWD $fpath); autoload -U compinit; compinit -u -D")

    def at_a_terminal(self, shell, prepare):
        """A person types, and presses the tabulator; what has become of the line is then printed by the shell itself."""
        program = subprocess.run(["which", shell[0]], capture_output=True, check=True, text=True).stdout.strip()
        typed = [("procedura comp\t", "procedura completion"), ("procedura --output nd\t", "procedura --output ndjson"),
                 ("procedura --tls-min=1.3 stre\t", "procedura --tls-min=1.3 stream"), ("procedura --output=nd\t", "procedura --output=ndjson"),
                 ("procedura --ca tru\t", "procedura --ca trusted.pem"), ("procedura --ca=tru\t", "procedura --ca=trusted.pem"),
                 ("procedura --url ws://h:1 config pat\t", "procedura --url ws://h:1 config path"),
                 ("procedura --prof\tst\t", "procedura --profile staging"),
                 ("procedura --profile evi\t", "procedura --profile evil$(touch owned)"),
                 ("procedura --profile=spa\t", "procedura --profile=spa ce"), ("procedura --profile col\t", "procedura --profile colon:name")]
        self.add_profiles_with_odd_names()
        (self.folder / "inputrc").write_text("set enable-bracketed-paste off\n")
        with support.Terminal(self.home, *shell[1:], program=program, columns=200,
                              env={"PS1": "> ", "PROMPT": "> ", "HISTFILE": "", "INPUTRC": str(self.folder / "inputrc")}) as terminal:
            terminal.wait_for_text("> ")
            terminal.type(f"cd {self.folder}; {prepare}; echo rea''dy\n")
            terminal.wait_for_text("\r\nready\r\n")
            for keys, line in typed:
                with self.subTest(keys=keys):
                    terminal.seen = b""
                    terminal.type(f"{keys}\x01echo \x05\n")  # to the beginning of the line, and back to its end
                    terminal.wait_for_text("> ")
                    terminal.wait_for_text(f"\r\n{line}\r\n")
            terminal.type("exit\n")
            self.assertEqual(terminal.wait(), 0)
        self.assertFalse((self.folder / "owned").exists(), "the name of a profile was run")

    def test_zsh_is_sound(self):
        self.sh("zsh", "-n", "completion.zsh")

    def test_fish(self):
        for line, offers in OFFERS:
            with self.subTest(line=line):
                lines = self.sh("fish", "--no-config", "-c", f"source completion.fish; complete -C {shlex.quote(line)}").splitlines()
                self.assertEqual({line.split("\t")[0] for line in lines}, offers)

    def test_fish_completes_what_stands_behind_an_equals_sign(self):
        for line, offer in (("procedura --output=n", "--output=ndjson"), ("procedura --ca=tru", "--ca=trusted.pem")):
            lines = self.sh("fish", "--no-config", "-c", f"source completion.fish; complete -C {shlex.quote(line)}").splitlines()
            self.assertEqual([line.split("\t")[0] for line in lines], [offer])

    def test_fish_says_what_each_is_about(self):
        self.assertIn("logout\tforget the saved token", self.sh("fish", "--no-config", "-c", "source completion.fish; complete -C 'procedura lo'"))

    def test_a_broken_config_file_is_no_obstacle(self):
        (self.home.path / ".config" / "procedura" / "config.json").write_text("{")
        self.assertEqual(self.bash("procedura --profile "), [])
        self.assertEqual(self.bash("procedura ru"), ["run"])

    def test_the_scripts_are_for_these_shells_only(self):
        done = self.home.run("completion", "fihs")
        self.assertExit(done, 2)
        self.assertIn("no completion for 'fihs'; did you mean 'fish'? (there is: bash, zsh, fish)", done.stderr)


if __name__ == "__main__":
    support.main()
