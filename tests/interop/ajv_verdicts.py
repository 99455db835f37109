"""JSON Schemas in the hands of ajv (npm), a validator that is not ours."""

import json
import subprocess

from support import HERE, NODE

AJV_DEADLINE_S = 60


def verdicts(schema, documents, others=()):
    """What ajv finds wrong with each document by the schema in a file; None: nothing. `others`: files of schemas it refers to."""
    documents = list(documents)
    done = subprocess.run([NODE, HERE / "ajv" / "validate.mjs", schema, *others], input="".join(json.dumps(each) + "\n" for each in documents),
                          capture_output=True, text=True, timeout=AJV_DEADLINE_S, check=False)
    if done.returncode != 0:
        raise AssertionError(f"ajv does not take {schema}: {done.stderr}")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(documents), done.stdout
    return answers
