"""The command line: every freedom that the protocol leaves to an agent is a switch, so that a test can take it."""

import argparse
import dataclasses
import typing

DEFAULT_ACCOUNTS = ["admin@procedura.org:secret123", "guest@procedura.org:four:words:and:colons"]
MESSAGE_LIMIT = 8 * 1024 * 1024


@dataclasses.dataclass(frozen=True)
class Options:
    host: str
    port: int
    ready_file: str | None
    tls_cert: str | None
    tls_key: str | None
    allow_origin: list[str]
    max_message: int
    user: list[str]
    grant: list[str]
    expired: list[str]
    empty_world: bool

    args_style: str
    echo: bool
    refuse: str
    replace: str

    target: str
    ack: str
    ack_job_id: bool
    started_without_id: bool
    running_in_sync: bool
    extra_members: bool
    extra_frames: bool
    json: str
    order: str

    delay: int
    coalesce: bool
    split: bool
    fragment: bool


def whole_number(least: int, most: int) -> typing.Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 12 and least <= int(text) <= most):
            raise argparse.ArgumentTypeError(f"expected a whole number from {least} to {most}, not {text!r}")
        return int(text)

    return parse


def account(text: str) -> str:
    if ":" not in text:
        raise argparse.ArgumentTypeError("expected EMAIL:PASSWORD")
    return text


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="python_agent", usage="python3 python_agent [SWITCH...]; --help shows them", allow_abbrev=False, description=__doc__)
    where = options.add_argument_group("where, and for whom")
    where.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="address to listen on")
    where.add_argument("--port", type=whole_number(0, 65535), default=8765, metavar="N", help="0 takes a free one")
    where.add_argument("--ready-file", metavar="FILE", help="also write the ready line to FILE")
    where.add_argument("--tls-cert", metavar="FILE", help="serve wss:// with this chain (PEM); needs --tls-key")
    where.add_argument("--tls-key", metavar="FILE", help="its key (PEM)")
    where.add_argument("--allow-origin", action="append", default=[], metavar="ORIGIN", help="take upgrades of this origin (CON-11)")
    where.add_argument("--max-message", type=whole_number(1, 1 << 30), default=MESSAGE_LIMIT, metavar="BYTES",
                       help="over it the connection is closed with 1009 (CON-3)")
    where.add_argument("--user", type=account, action="append", default=[], metavar="EMAIL:PASSWORD",
                       help=f"an account; may be repeated (default {DEFAULT_ACCOUNTS[0]} and a guest)")
    where.add_argument("--grant", action="append", default=[], metavar="TOKEN", help="a token of the first account that lives for an hour")
    where.add_argument("--expired", action="append", default=[], metavar="TOKEN", help="a token of the first account whose time is over")
    where.add_argument("--empty-world", action="store_true", help="worldstate_snapshot answers with no entities")

    freedoms = options.add_argument_group("freedoms")
    freedoms.add_argument("--args-style", choices=["either", "module-first", "bare"], default="either", help="what args look like (REQ-4)")
    echo = freedoms.add_mutually_exclusive_group()
    echo.add_argument("--echo", dest="echo", action="store_true", default=True, help="select the offered subprotocol: the default")
    echo.add_argument("--no-echo", dest="echo", action="store_false", help="select none (AUT-3)")
    freedoms.add_argument("--refuse", choices=["error", "http-401"], default="error", help="what a dead token gets (AUT-6)")
    freedoms.add_argument("--replace", choices=["keep", "close"], default="keep", help="what --replace does to others (LOG-5)")
    freedoms.add_argument("--target", choices=["both", "id", "job_id"], default="both", help="what later frames bear (SYN-2, ASY-3)")
    freedoms.add_argument("--ack", choices=["immediate", "late", "none"], default="immediate",
                          help="late: just before the next frame (SYN-4); none: never")
    freedoms.add_argument("--ack-job-id", action="store_true", help="the ack bears a job_id (SYN-2)")
    freedoms.add_argument("--started-without-id", action="store_true", help="started bears the job_id alone (ASY-2)")
    freedoms.add_argument("--running-in-sync", action="store_true", help="sync requests see running frames too (SYN-3)")
    freedoms.add_argument("--extra-members", action="store_true", help="every frame has members that nobody knows (RES-1, ERR-1)")
    freedoms.add_argument("--extra-frames", action="store_true", help="untargeted events and unknown statuses in between (RES-1)")
    freedoms.add_argument("--json", choices=["compact", "python", "spread"], default="compact", help="blanks and escapes")
    freedoms.add_argument("--order", choices=["usual", "reversed"], default="usual", help="reversed: status, job_id and id come last")

    wire = options.add_argument_group("on the wire")
    wire.add_argument("--delay", type=whole_number(0, 60000), default=0, metavar="MS", help="by which every frame is late")
    wire.add_argument("--coalesce", action="store_true", help="frames of one moment leave in one TCP segment")
    wire.add_argument("--split", action="store_true", help="one frame leaves in many TCP segments")
    wire.add_argument("--fragment", action="store_true", help="a message is several WebSocket frames, with a ping among them")
    return options


def parse(argv: list[str]) -> Options:
    """The options of a command line; a wrong one ends the program with 2."""
    command_line = parser()
    options = Options(**vars(command_line.parse_args(argv)))
    if (options.tls_cert is None) != (options.tls_key is None):
        command_line.error("--tls-cert and --tls-key need each other")
    return dataclasses.replace(options, user=options.user or DEFAULT_ACCOUNTS)
