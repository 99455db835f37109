"""Writes the C++ examples of pages into one source file, so that a test can compile and run them: ROOT OUT PAGE...

A ```c++ block stands at file scope, in a namespace of its page. A ```cpp block is a list of statements and becomes a function of
its own. The documented addresses become `agent_url` and `tls_agent_url`, which the test sets. What the compiler and the test say of
an example names page and line. A page without C++ examples adds nothing.
"""

import re
import sys
from pathlib import Path

ADDRESS = re.compile(r'"ws://(?:127\.0\.0\.1|localhost):8765"')
TLS_ADDRESS = re.compile(r'"wss://(?:127\.0\.0\.1|localhost):8765"')
BLOCK = re.compile(r"^```(\S+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
INCLUDE = re.compile(r"^#include .*\n", re.MULTILINE)


def blocks_of(page: str, text: str):
    """Kind, line and code of each C++ block."""
    for block in BLOCK.finditer(text):
        kind, code = block.groups()
        line = text.count("\n", 0, block.start(2)) + 1
        if kind in ("c++", "cpp"):
            yield kind, line, code
        elif re.fullmatch(r"c\+\+\S*|cpp\S*|cc|cxx|hpp", kind, re.IGNORECASE):
            sys.exit(f"{page}:{line - 1}: '{kind}' marks no example; it is cpp for statements and c++ for what stands at file scope")


def slug(page: str) -> str:
    return re.sub(r"\W+", "_", page.removesuffix(".md"))


def main(root: str, out: str, *pages: str) -> None:
    includes, bodies, table = [], [], []
    for page in pages:
        body = []
        for kind, line, code in blocks_of(page, (Path(root) / page).read_text(encoding="utf-8")):
            where = f'#line {line} "{page}"\n'
            if kind == "c++":
                includes += INCLUDE.findall(code)
                body.append(where + INCLUDE.sub("\n", code))
                continue
            tls = bool(TLS_ADDRESS.search(code))
            code = TLS_ADDRESS.sub("tls_agent_url", ADDRESS.sub("agent_url", code))
            body.append(f"static void line_{line}() {{\n{where}{code}}}\n")
            table.append(f'{{"{slug(page)}_{line}", {slug(page)}::line_{line}, {str(tls).lower()}}},\n')
        if body:
            bodies.append(f"namespace {slug(page)} {{\n" + "".join(body) + f"}}  // namespace {slug(page)}\n")
    text = "".join(dict.fromkeys(includes)) + """#include <string>
extern std::string agent_url;
extern std::string tls_agent_url;
struct Example {
  const char* name;
  void (*run)();
  bool over_tls;
};
""" + "".join(bodies)
    if table:
        text += "const Example examples[] = {\n" + "".join(table) + "};\n"
    Path(out).write_text(text, encoding="utf-8")


main(*sys.argv[1:])
