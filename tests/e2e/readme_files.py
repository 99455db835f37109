"""The files, scenarios and CI recipes that a page shows, for readme_commands.py.

* A ```json, ```jsonc, ```yaml or ```python block below a line that begins with a file name in backticks and ends in a colon
  (`flaky.json`, a scenario:) is written to that file, where the commands below it find it.
* Each ```jsonc block is a scenario or a piece of one, and `mock-agent check` must find nothing wrong with it. A piece is members
  of a scenario (`"auth": {...}`), stubs, expectations, or steps: what is missing around it is put around it, on the same line, so
  that the places in messages stay right. A whole scenario must have no warnings either.
* A ```yaml block that is called .gitlab-ci.yml or lies in .github/workflows/ is a recipe: its shell steps are run as that CI runs
  them, each step in a shell of its own that ends at the first failure. Steps and jobs called `Install ...`, and `before_script`,
  prepare a machine: they are not run, but listed.
"""

import json
import pathlib
import re
import shlex

import yaml

LANGUAGES = ("json", "jsonc", "yaml", "python")
FILE_NAME = re.compile(r"^`([\w./-]+\.(?:json|ndjson|ya?ml|py))`.*:$")
TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
AROUND = {
    "members": ('{"version": 1, ', "}"),
    "stubs": ('{"version": 1, "stubs": [', "]}"),
    "expectations": ('{"version": 1, "expect": [', "]}"),
    "steps": ('{"version": 1, "stubs": [{"name": "piece", "match": {}, "reply": [', "]}]}"),
}


class RecipeError(Exception):
    """A recipe is none that its CI would take."""


def file_name_above(lines, fence):
    """The name that the line above this fence gives the block, if it does."""
    above = next((line.strip() for line in reversed(lines[:fence]) if line.strip()), "")
    found = FILE_NAME.match(above)
    return found.group(1) if found else None


def without_comments(text):
    return TOKEN.sub(lambda found: found.group() if found.group().startswith('"') else " ", text)


def kind_of(text):
    """What a ```jsonc block is: `scenario`, or which piece of one."""
    plain = without_comments(text)
    try:
        values = json.loads(f"[{plain}]")
    except json.JSONDecodeError:
        return "members" if plain.lstrip().startswith('"') else "scenario"
    objects = [value for value in values if isinstance(value, dict)]
    if len(objects) < len(values) or not objects:
        return "steps"
    if len(objects) == 1 and ("version" in objects[0] or "stubs" in objects[0] or "expect" in objects[0]):
        return "scenario"
    if all("name" in each for each in objects):
        return "stubs" if all("match" in each for each in objects) else "expectations"
    return "steps"


def as_scenario(text):
    """(a whole scenario, whether the page shows it whole)"""
    kind = kind_of(text)
    if kind == "scenario":
        return text, True
    before, after = AROUND[kind]
    return f"{before}{text}\n{after}\n", False


def place_for(folder, name):
    """Where a page's file goes: within the folder, and not through a link into the repository."""
    path = folder / pathlib.Path(name)
    if folder.resolve() not in path.resolve().parents:
        raise ValueError(f"`{name}` would be written outside the folder that pages run in")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def is_recipe(name):
    return name is not None and (name == ".gitlab-ci.yml" or name.startswith(".github/workflows/"))


def lines_of(script, where):
    if isinstance(script, str):
        return [script]
    if isinstance(script, list) and script and all(isinstance(line, str) for line in script):
        return script
    raise RecipeError(f"{where}: expected commands, found {script!r}")


def mapping(value, where):
    if not isinstance(value, dict) or not value:
        raise RecipeError(f"{where}: expected a mapping, found {value!r}")
    return value


def github_steps(workflow):
    if True not in workflow and "on" not in workflow:  # YAML 1.1 takes the key `on` for true
        raise RecipeError("expected `on`: nothing would ever start this workflow")
    for job_name, job in mapping(workflow.get("jobs"), "jobs").items():
        where = f"jobs.{job_name}"
        if "runs-on" not in mapping(job, where) or not isinstance(job.get("steps"), list):
            raise RecipeError(f"{where}: expected `runs-on` and a list of `steps`")
        for i, step in enumerate(job["steps"]):
            if ("run" in mapping(step, f"{where}.steps[{i}]")) == ("uses" in step):
                raise RecipeError(f"{where}.steps[{i}]: expected either `run` or `uses`")
            if "run" in step:
                name = step.get("name", f"{job_name}, step {i + 1}")
                yield name, "\n".join(lines_of(step["run"], f"{where}.steps[{i}].run")), step.get("env", {})


def gitlab_steps(pipeline):
    jobs = {name: job for name, job in pipeline.items() if isinstance(job, dict) and "script" in job}
    if not jobs:
        raise RecipeError("expected a job with a `script`")
    for name, job in jobs.items():
        if "before_script" in job:
            yield f"Install for {name}", "\n".join(lines_of(job["before_script"], f"{name}.before_script")), {}
        yield name, "\n".join(lines_of(job["script"], f"{name}.script")), job.get("variables", {})


def recipe_steps(name, text):
    """[(name of a step, its script, its variables)] of a recipe."""
    try:
        recipe = mapping(yaml.safe_load(text), "the recipe")
    except yaml.YAMLError as error:
        raise RecipeError(f"no YAML: {error}") from None
    return list(gitlab_steps(recipe) if name == ".gitlab-ci.yml" else github_steps(recipe))


def is_installation(step_name):
    return step_name.startswith("Install")


def step_command(script, variables):
    """A step as one command of a shell."""
    env = " ".join(f"{key}={shlex.quote(str(value))}" for key, value in variables.items())
    return f"env {env} bash --noprofile --norc -eo pipefail -c {shlex.quote(script)}"
