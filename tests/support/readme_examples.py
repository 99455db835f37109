"""Writes the C++ examples of READMEs into one source file, so that a test can compile and run them: PAGE... OUT

A ```c++ block stands at file scope. A ```cpp block is a list of statements and becomes `void example_N()`; the documented
address in it becomes `agent_url`, which the test sets. Prints nothing; fails if a page has no examples.
"""

import re
import sys
from pathlib import Path

ADDRESS = '"ws://127.0.0.1:8765"'


def blocks_of(page: str) -> list[tuple[str, str]]:
    found = re.findall(r"^```(c\+\+|cpp)\n(.*?)^```$", Path(page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    if not found:
        sys.exit(f"{page}: no C++ examples")
    return found


def main(*arguments: str) -> None:
    *pages, out = arguments
    blocks = [block for page in pages for block in blocks_of(page)]
    text = ["#include <string>\n\nextern std::string agent_url;\n"]
    number = 0
    for kind, code in blocks:
        if kind == "c++":
            text.append(code)
            continue
        number += 1
        text.append(f"void example_{number}() {{\n{code.replace(ADDRESS, 'agent_url')}}}\n")
    text.append("void (*const examples[])() = {" + ", ".join(f"example_{n}" for n in range(1, number + 1)) + "};\n")
    Path(out).write_text("\n".join(text), encoding="utf-8")


main(*sys.argv[1:])
