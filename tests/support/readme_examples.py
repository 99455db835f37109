"""Writes the C++ examples of a README into one source file, so that a test can compile and run them.

A ```c++ block stands at file scope. A ```cpp block is a list of statements and becomes `void example_N()`; the documented
address in it becomes `agent_url`, which the test sets. Prints nothing; fails if the page has no examples.
"""

import re
import sys
from pathlib import Path

ADDRESS = '"ws://127.0.0.1:8765"'


def main(page: str, out: str) -> None:
    blocks = re.findall(r"^```(c\+\+|cpp)\n(.*?)^```$", Path(page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    statements = [code for kind, code in blocks if kind == "cpp"]
    if not statements:
        sys.exit(f"{page}: no ```cpp blocks")
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
