#!/usr/bin/python3
"""Runs the commands that a page shows, so that none of them can grow stale.

    tests/e2e/readme_commands.py README.md client/README.md        PROCEDURA_BIN_DIR says where the programs are

What is run, in the order of the page, all in one shell:

* ```sh blocks: each command must succeed.
* ```console blocks: the lines that begin with `$ ` (and what continues them after a backslash); what follows up to the next `$ `
  is the output that the command must print, stdout and stderr together. A command with nothing below it prints what it likes.

How to write them:

* `...` in shown output stands for anything: alone on a line for any number of lines, within a line for any text. What differs
  from run to run is taken for equal by itself: request and job ids, UUIDs, pids, ports of 127.0.0.1, `*_ms` members.
* A command that is meant to fail says so behind it: `procedura run nonsense   # exits 1`.
* A command that ends in `&` goes on in the background; the next one begins when it has printed its first line. It is ended at the
  end of the page.
* `<!-- not run: REASON -->` on the line before a block keeps it from being run. The harness lists such blocks with their reasons.
* ```text, ```cpp and so on are not commands. Files, scenarios and CI recipes that a page shows are written, checked and run where
  they stand: readme_files.py says how.

Where they run: in a fresh folder with links to everything in the repository's root, so that paths of the root work and new files
stay out of it; in a fresh HOME; with the built programs first in PATH and also in build/release/bin, and the Python that runs this as
python3; without a terminal and without input. `./dev` commands are run in the repository itself, and only when it is build/release that is under test: elsewhere
they would build it.
"""

import contextlib
import dataclasses
import os
import pathlib
import re
import select
import signal
import subprocess
import sys
import tempfile
import time

import readme_files

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("PROCEDURA_BIN_DIR") or ROOT / "build" / "release" / "bin").resolve()
DEADLINE_S = 120  # for one command
READY_S = 30  # for the first line of a background command

FENCE = re.compile(r"^( {0,3})(`{3,})\s*(\S*)")
NOT_RUN = re.compile(r"^<!--\s*not run:\s*(.+?)\s*-->\s*$")
EXITS = re.compile(r"#\s*exits\s+(\d+)\s*$")
VOLATILE = [
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<uuid>"),
    (re.compile(r'("(?:id|ref)" ?: ?")[0-9a-f]{8}(")'), r"\1<id>\2"),
    (re.compile(r'("job_id" ?: ?")[^"]*(")'), r"\1<job>\2"),
    (re.compile(r'("pid" ?: ?)\d+'), r"\1<pid>"),
    (re.compile(r'("\w+_ms" ?: ?)\d+(?:\.\d+)?'), r"\1<ms>"),
    (re.compile(r"(127\.0\.0\.1:)\d+"), r"\1<port>"),
]


class ReadmeError(Exception):
    """A command or what it printed is not what the page says."""


@dataclasses.dataclass
class Command:
    line: int
    text: str
    output: list = None  # of a console block: the lines shown, if any

    @property
    def exit_code(self):
        found = EXITS.search(self.text)
        return int(found.group(1)) if found else 0

    @property
    def in_background(self):
        return EXITS.sub("", self.text).rstrip().endswith("&") and not self.text.rstrip().endswith("&&")

    @property
    def title(self):
        return self.text.splitlines()[0]

    def run(self, shell, _folder):
        check(self, shell)


@dataclasses.dataclass
class RecipeStep(Command):
    name: str = ""

    @property
    def title(self):
        return f"recipe: {self.name}"


@dataclasses.dataclass
class File:
    """A block that is written to a file, or a scenario that is checked, or both."""

    line: int
    name: str  # None: it has none
    language: str
    text: str

    @property
    def title(self):
        return self.name or "a scenario"

    def run(self, _shell, folder):
        try:
            path = readme_files.place_for(folder, self.name or "piece.json")
        except ValueError as error:
            raise ReadmeError(f"line {self.line}: {error}") from None
        text, whole = readme_files.as_scenario(self.text) if self.language == "jsonc" else (self.text, False)
        path.write_text(text, encoding="utf-8")
        if self.language == "jsonc":
            done = subprocess.run([BIN / "mock-agent", "check", path.relative_to(folder)], cwd=folder, capture_output=True, text=True,
                                  timeout=DEADLINE_S, check=False)
            if done.returncode != 0 or (whole and done.stderr):
                raise ReadmeError(f"line {self.line}: mock-agent check complains of {self.title}:\n{done.stdout}{done.stderr}")
        if self.name is None:
            path.unlink()


def is_whole(text):
    """Whether the shell has all it needs: no open quote, loop, backslash or here-document."""
    if text.rstrip("\n").endswith("\\"):
        return False
    check = subprocess.run(["bash", "-n"], input=text + "\n", capture_output=True, text=True, check=False)
    return check.returncode == 0 and "here-document" not in check.stderr


def sh_commands(lines, first_line):
    pending, begun = [], first_line
    for number, line in enumerate(lines, first_line):
        if not pending:
            begun = number
            if not line.strip() or line.lstrip().startswith("#"):
                continue
        pending.append(line)
        if is_whole("\n".join(pending)):
            yield Command(begun, "\n".join(pending))
            pending = []
    if pending:
        raise ReadmeError(f"line {begun}: the shell is still waiting for the end of this command: {pending[0]!r}")


def console_commands(lines, first_line):
    command = None
    for number, line in enumerate(lines, first_line):
        if line.startswith("$ "):
            if command:
                yield command
            command = Command(number, line[2:], [])
        elif command is None:
            raise ReadmeError(f"line {number}: a console block begins with a command: '$ ...', not {line!r}")
        elif not command.output and not is_whole(command.text):
            command.text += "\n" + line.removeprefix("> ")
        else:
            command.output.append(line)
    if command:
        yield command


def recipe_commands(file):
    """(commands, [(line, reason)]): the steps of a CI recipe."""
    try:
        steps = readme_files.recipe_steps(file.name, file.text)
    except readme_files.RecipeError as error:
        raise ReadmeError(f"line {file.line}: {file.name}: {error}") from None
    left_out = [(file.line, f"prepares a machine: {name}") for name, _, _ in steps if readme_files.is_installation(name)]
    return [RecipeStep(file.line, readme_files.step_command(script, variables), None, name)
            for name, script, variables in steps if not readme_files.is_installation(name)], left_out


def commands_of(markdown):
    """(what is to be run, in its order, [(line, reason) of what is not run])"""
    commands, left_out = [], []
    lines = markdown.splitlines()
    at = 0
    while at < len(lines):
        fence = FENCE.match(lines[at])
        if not fence:
            at += 1
            continue
        indent, ticks, language = fence.groups()
        end = next((i for i in range(at + 1, len(lines)) if lines[i].strip().startswith(ticks) and not lines[i].strip().strip("`")), None)
        if end is None:
            raise ReadmeError(f"line {at + 1}: this block has no end")
        body = [line.removeprefix(indent) for line in lines[at + 1:end]]
        reason = NOT_RUN.match(lines[at - 1].strip()) if at else None
        name = readme_files.file_name_above(lines, at) if language in readme_files.LANGUAGES else None
        if reason and (language in ("sh", "console", "jsonc") or name):
            left_out.append((at + 1, reason.group(1)))
        elif name or language == "jsonc":
            commands.append(File(at + 1, name, language, "\n".join(body) + "\n"))
            if readme_files.is_recipe(name):
                steps, prepared = recipe_commands(commands[-1])
                commands += steps
                left_out += prepared
        elif language == "sh":
            commands += sh_commands(body, at + 2)
        elif language == "console":
            commands += console_commands(body, at + 2)
        elif language in ("bash", "shell", "shell-session", "zsh"):
            raise ReadmeError(f"line {at + 1}: mark commands as sh or console, not {language}: else no test runs them")
        at = end + 1
    return commands, left_out


def normal(line):
    line = line.rstrip()
    for pattern, instead in VOLATILE:
        line = pattern.sub(instead, line)
    return line


def line_matches(shown, printed):
    return re.fullmatch(".*".join(re.escape(part) for part in shown.split("...")), printed) is not None


def output_matches(shown, printed):
    """Whether printed lines are as shown ones say; both already normal. By a table, so that many `...` cost no time."""
    reachable = {0}
    for line in shown:
        if line.strip() == "...":
            reachable = set(range(min(reachable), len(printed) + 1)) if reachable else set()
        else:
            reachable = {i + 1 for i in reachable if i < len(printed) and line_matches(line, printed[i])}
    return len(printed) in reachable


def trimmed(lines):
    lines = [normal(line) for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    return lines


class Shell(contextlib.AbstractContextManager):
    """One bash for a whole page, told one command at a time."""

    def __init__(self, folder, env):
        self.outputs = folder / "outputs"
        self.outputs.mkdir()
        self.count = 0
        self.marks, marks = os.pipe()
        self.process = subprocess.Popen(["bash", "--noprofile", "--norc"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, cwd=folder / "root", env={**env, "MARKS": str(marks)}, pass_fds=[marks],
                                        start_new_session=True)
        os.close(marks)

    def run(self, text, deadline):
        """(exit code, file of its output)"""
        self.count += 1
        output = self.outputs / str(self.count)
        self.process.stdin.write(f"{{\n{text}\n}} >'{output}' 2>&1 </dev/null\necho $? >&$MARKS\n".encode())
        self.process.stdin.flush()
        mark, end = b"", time.monotonic() + deadline
        while not mark.endswith(b"\n"):
            if not select.select([self.marks], [], [], max(0, end - time.monotonic()))[0]:
                raise ReadmeError(f"not done within {deadline} s; so far it printed:\n{output.read_text(errors='replace')}")
            byte = os.read(self.marks, 1)
            if not byte:
                raise ReadmeError("it ended the shell")
            mark += byte
        return int(mark), output

    def __exit__(self, *_):
        # The session has all that the page started, in the background too.
        for signal_number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal_number)
            if signal_number == signal.SIGTERM:
                self.process.stdin.close()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(5)
        self.process.wait()
        os.close(self.marks)


def wait_for_first_line(output):
    end = time.monotonic() + READY_S
    while b"\n" not in output.read_bytes():
        if time.monotonic() > end:
            raise ReadmeError(f"in the background, and printed no line within {READY_S} s")
        time.sleep(0.01)


def check(command, shell):
    is_dev = command.text.lstrip().startswith("./dev")
    text = f"( cd '{ROOT}' && {command.text}\n)" if is_dev else command.text
    try:
        exit_code, output = shell.run(text, 3600 if is_dev else DEADLINE_S)
        if command.in_background:
            wait_for_first_line(output)
        printed = output.read_text(errors="replace").splitlines()
        if exit_code != command.exit_code:
            raise ReadmeError(f"exits {exit_code}, not {command.exit_code}; it printed:\n" + "\n".join(printed))
        if command.output and not output_matches(trimmed(command.output), trimmed(printed)):
            raise ReadmeError("does not print what is shown\n--- shown\n" + "\n".join(trimmed(command.output)) + "\n--- printed\n" +
                              "\n".join(trimmed(printed)))
    except ReadmeError as error:
        raise ReadmeError(f"line {command.line}: `{command.title}` {error}") from None


@contextlib.contextmanager
def place_to_run():
    """A folder with root/ and home/, and the environment."""
    with tempfile.TemporaryDirectory(prefix="procedura-readme-") as name:
        folder = pathlib.Path(name)
        root, home = folder / "root", folder / "home"
        home.mkdir(mode=0o700)
        (root / "build" / "release").mkdir(parents=True)
        (root / "build" / "release" / "bin").symlink_to(BIN)
        python = folder / "python"
        python.mkdir()
        (python / "python3").symlink_to(sys.executable)
        for entry in ROOT.iterdir():
            if entry.name not in ("build", ".git"):
                (root / entry.name).symlink_to(entry)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PROCEDURA_", "XDG_")) and not k.lower().endswith("_proxy")}
        yield folder, {**kept, "HOME": str(home), "PATH": f"{BIN}:{python}:{os.environ['PATH']}", "TERM": "dumb", "LC_ALL": "C.UTF-8"}


def run_page(markdown, say=print):
    """Runs a page; raises ReadmeError at the first thing that is wrong. Returns how many commands were run."""
    commands, left_out = commands_of(markdown)
    for line, reason in left_out:
        say(f"  line {line}: not run: {reason}")
    count = 0
    with place_to_run() as (folder, env), Shell(folder, env) as shell:
        for command in commands:
            if not isinstance(command, File) and command.text.lstrip().startswith("./dev") and BIN != ROOT / "build" / "release" / "bin":
                say(f"  line {command.line}: `{command.text}` is only run when build/release is under test")
                continue
            begun = time.monotonic()
            command.run(shell, folder / "root")
            count += 1
            say(f"  line {command.line}: ok ({time.monotonic() - begun:.1f} s): {command.title}")
    return count


def main(paths):
    failed = False
    for path in paths:
        print(path)
        try:
            print(f"  {run_page(pathlib.Path(path).read_text(encoding='utf-8'))} commands run")
        except ReadmeError as error:
            print(f"{path}: {error}", file=sys.stderr)
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) if len(sys.argv) > 1 else "usage: readme_commands.py README.md...")
