"""The direction between the rooms, read from the #include lines.

protocol <- client, mockserver;  conformance and bench stand on protocol and client, testing on all three. Conformance also plays
the agent to clients, with the mock's public in-process class. The protocol is pure:
no I/O, threads or clocks.
Beast is heavy to compile, so the translation units that see it are named here, one by one.
"""

import re
from pathlib import Path

MAY_INCLUDE = {
    "protocol": set(),
    "client": {"protocol"},
    "mockserver": {"protocol"},
    "testing": {"protocol", "client", "mockserver"},
    "conformance": {"protocol", "client", "mockserver"},
    "bench": {"protocol", "client"},
}

# Every .cpp that sees Beast or Asio's TLS, itself or through a header of ours. A new one needs a reason: each takes
# about a minute and 1.4 GB to compile.
BEAST_UNITS = {
    "bench/peers/cpp/client.cpp",  # Beast as such is what it measures by, and so the next one
    "bench/peers/cpp/server.cpp",
    "bench/src/io/null_responder.cpp",  # bench may not see the mock, and needs something that answers at once
    "client/src/ws_tls_transport.cpp",  # the same connection over TLS: a unit of its own, so that ws:// costs nothing for it
    "client/src/ws_transport.cpp",
    "mockserver/src/net/http_session.cpp",
    "mockserver/src/net/record_proxy.cpp",
    "mockserver/src/net/record_tunnel.cpp",
    "mockserver/src/net/tls.cpp",
    "mockserver/src/net/websocket_session.cpp",
}

HEAVY = re.compile(r"boost/(beast\b|asio/ssl\b)")
IMPURE_HEADERS = re.compile(
    r"(boost/(asio|beast)\b.*|thread|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier|stop_token|fstream|filesystem"
    r"|iostream|cstdio|stdio\.h|unistd\.h|fcntl\.h|poll\.h|ctime|time\.h|sys/.*|netinet/.*|arpa/.*|openssl/.*)"
)
IMPURE_WORDS = re.compile(r"(::now\s*\(|\bsleep_(for|until)\b|\bgetenv\b|\brandom_device\b|\bstd::(rand|time)\s*\()")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


class Tree:
    """The sources of the rooms under `root`, and what each includes."""

    def __init__(self, root: Path):
        self.root = root
        self.text = {
            path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
            for room in MAY_INCLUDE
            for path in sorted((root / room).rglob("*"))
            if path.suffix in {".hpp", ".h", ".ipp", ".cpp"}
        }

    def includes(self, file: str) -> list[tuple[int, str]]:
        """Line and name of each include; those in comments do not count."""
        text = COMMENT.sub(lambda m: "\n" * m.group().count("\n"), self.text[file])
        return [(text.count("\n", 0, m.start(2)) + 1, m.group(2)) for m in INCLUDE.finditer(text)]

    def resolve(self, file: str, name: str) -> list[str]:
        """Our files that `name` can mean in `file`: beside it, else the same room's, else any room's; none for a library's."""
        beside = (self.root / file).parent.joinpath(name).resolve()
        if beside.is_relative_to(self.root) and (found := beside.relative_to(self.root).as_posix()) in self.text:
            return [found]
        matches = [f for f in self.text if f.endswith("/" + name)]
        return [f for f in matches if room_of(f) == room_of(file)] or matches

    def sees_beast(self, file: str, seen: set[str] | None = None) -> bool:
        seen = set() if seen is None else seen
        if file in seen:
            return False
        seen.add(file)
        return any(
            HEAVY.match(name) or any(self.sees_beast(f, seen) for f in self.resolve(file, name)) for _, name in self.includes(file)
        )


def room_of(file: str) -> str:
    return file.split("/", 1)[0]


def violations(root: Path, beast_units: set[str]) -> list[str]:
    tree = Tree(root.resolve())
    return [*wrong_direction(tree), *impure_protocol(tree), *stray_beast(tree, beast_units)]


def wrong_direction(tree: Tree):
    for file in tree.text:
        room = room_of(file)
        for line, name in tree.includes(file):
            for target in tree.resolve(file, name):
                if room == "conformance" and room_of(target) == "mockserver" and not target.startswith("mockserver/include/"):
                    yield f"{file}:{line}: conformance includes {target}, but may see only the mock's public headers"
                if room_of(target) != room and room_of(target) not in MAY_INCLUDE[room]:
                    allowed = " and ".join(sorted(MAY_INCLUDE[room])) or "nothing of ours"
                    yield f"{file}:{line}: {room} includes {target}, but may include only {allowed}"


def impure_protocol(tree: Tree):
    for file in (f for f in tree.text if room_of(f) == "protocol"):
        for line, name in tree.includes(file):
            if IMPURE_HEADERS.fullmatch(name):
                yield f"{file}:{line}: protocol/ is pure and does not include <{name}>; pass what it gives in as data"
        code = COMMENT.sub(lambda m: "\n" * m.group().count("\n"), tree.text[file])
        for match in IMPURE_WORDS.finditer(code):
            line = code.count("\n", 0, match.start()) + 1
            yield f"{file}:{line}: protocol/ is pure and does not use '{match.group().strip()}'; time and chance are inputs"


def stray_beast(tree: Tree, beast_units: set[str]):
    seeing = {f for f in tree.text if f.endswith(".cpp") and tree.sees_beast(f)}
    for file in sorted(seeing - beast_units):
        yield f"{file}: sees Beast or Asio's TLS; keep them behind a pimpl, or name the file in BEAST_UNITS of tests/structure/rooms.py"
    for file in sorted(beast_units - seeing):
        yield f"{file}: named in BEAST_UNITS of tests/structure/rooms.py, but sees no Beast (or is gone)"
