"""python_client.py as a program: its command line, what it prints, and the names of what goes wrong.

stdout has the result as JSON, of a stream every event. Exit codes: 0 finished, 1 the agent answered with an error, 2 usage,
3 no connection, or one that was lost, 4 no entry, 5 no answer in time, 6 the agent broke the protocol.
"""

import argparse
import asyncio
import base64
import json
import logging
import re
import ssl
import sys
import urllib.parse

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage, InvalidStatusCode, InvalidURI, SecurityError

from python_client import AgentError, RemoteAgent, Trouble

EXITS = {"CONNECT_TIMEOUT": 3, "CONNECT_FAILED": 3, "TLS_FAILED": 3, "CONNECTION_LOST": 3, "HANDSHAKE_REFUSED": 4, "TOKEN": 4,
         "ACK_TIMEOUT": 5, "FINAL_TIMEOUT": 5, "PROTOCOL_ERROR": 6, "MESSAGE_TOO_BIG": 6}
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Shown:
    """What is printed, without secrets (AUT-7) and without what a terminal would obey."""

    def __init__(self):
        self._secrets = set()

    def hide(self, secret):
        if secret and len(secret) >= 4:
            raw = secret.encode("utf-8", "surrogateescape")
            self._secrets |= {secret, base64.b64encode(raw).decode(), urllib.parse.quote(secret, errors="replace"),
                              json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}

    def hide_credential(self, credential):
        self.hide(credential)
        plain = credential
        if credential.startswith("b64:") or ":" not in credential:
            plain = base64.b64decode(credential.removeprefix("b64:").encode() + b"==").decode("utf-8", "replace")
            self.hide(plain)
        self.hide(plain.partition(":")[2])

    def redacted(self, text):
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "<redacted>")
        return text

    def result(self, value):
        print(self.redacted(json.dumps(value, indent=2, ensure_ascii=False)), flush=True)

    def sentence(self, text):
        line = CONTROLS.sub(lambda found: f"\\x{ord(found.group()):02x}", self.redacted(str(text)))
        print(f"python_client: {line}", file=sys.stderr)


def seconds(text):
    value = float(text) if re.fullmatch(r"[0-9]{1,8}(\.[0-9]{1,6})?", text) else 0
    if value <= 0:
        raise argparse.ArgumentTypeError(f"expected seconds, not {text!r}")
    return value


def parse(argv):
    """The options, and the module's arguments verbatim: argparse must not take them for its own."""
    parser = argparse.ArgumentParser(prog="python_client.py", description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="ws://127.0.0.1:8765")
    parser.add_argument("--token", help="instead of the saved one")
    parser.add_argument("--token-file", metavar="FILE", help="instead of ~/.procedura/token")
    parser.add_argument("--ca", metavar="FILE", help="certificates to trust (PEM)")
    for name in ("connect-timeout", "ack-timeout", "final-timeout", "idle-timeout", "ping-interval", "pong-timeout"):
        parser.add_argument(f"--{name}", type=seconds, metavar="S", default=argparse.SUPPRESS)
    commands = parser.add_subparsers(dest="command", required=True)
    login = commands.add_parser("login")
    login.add_argument("credential")
    login.add_argument("--attach", action="store_true")
    login.add_argument("--device")
    login.add_argument("--ttl", type=int)
    for name in ("run", "stream"):
        command = commands.add_parser(name)
        command.add_argument("module")
        command.add_argument("args", nargs=argparse.REMAINDER)
    end = argv.index("--") if "--" in argv else len(argv)
    options = parser.parse_args(argv[:end])
    if options.command != "login":
        options.args += argv[end + 1 :]
    return options


def named(error, url):
    """The protocol's name for what the library raised, and a sentence."""
    if isinstance(error, Trouble):
        return error.code, str(error)
    if isinstance(error, InvalidStatusCode):
        return "HANDSHAKE_REFUSED", f"{url} answered with {error.status_code}"
    if isinstance(error, (SecurityError, InvalidURI)):
        return "HANDSHAKE_REFUSED", str(error)
    if isinstance(error, ConnectionClosed):
        ours = error.sent.code if error.sent and not error.rcvd_then_sent else None
        if ours == 1009:
            return "MESSAGE_TOO_BIG", "a message of the agent is over the limit"
        if ours in (1002, 1007):
            return "PROTOCOL_ERROR", "the agent broke the WebSocket protocol"
        theirs = f"the agent closed with {error.rcvd.code}" if error.rcvd else "the agent hung up without a Close"
        job_id = getattr(error, "job_id", None)
        return "CONNECTION_LOST", theirs + (f"; job {job_id} may still run" if job_id else "")
    if isinstance(error, asyncio.TimeoutError):
        return "CONNECT_TIMEOUT", f"no connection to {url} in time"
    if isinstance(error, InvalidMessage):
        return "CONNECT_FAILED", f"{url} gave no answer to the upgrade that could be read"
    if isinstance(error, InvalidHandshake):
        return "PROTOCOL_ERROR", f"the handshake is not in order: {error}"
    if isinstance(error, ssl.SSLError) or (url.startswith("wss:") and isinstance(error, ConnectionError)
                                           and not isinstance(error, ConnectionRefusedError)):
        return "TLS_FAILED", getattr(error, "verify_message", None) or str(error)
    return "CONNECT_FAILED", f"{url}: {error}"


def work(options, shown):
    timeouts = {name: value for name, value in vars(options).items() if name.endswith(("_timeout", "_interval"))}
    if "final_timeout" in timeouts:
        timeouts.setdefault("idle_timeout", timeouts["final_timeout"])
    agent = RemoteAgent(options.url, options.token, options.token_file, ca=options.ca, **timeouts)
    shown.hide(agent.token)
    if options.command == "login":
        result = agent.login_password(options.credential, attach=options.attach, device=options.device, ttl=options.ttl)
        shown.hide(agent.token)
        shown.result(result)
    elif options.command == "run":
        shown.result(agent.run(options.module, options.args))
    else:
        asyncio.run(print_stream(agent, options, shown))


async def print_stream(agent, options, shown):
    async for event in agent.run_async_stream(options.module, options.args):
        shown.result(event)
        if event["phase"] == "error":
            raise AgentError(event)


def main(argv):
    options, shown = parse(argv), Shown()
    sys.stdout.reconfigure(errors="backslashreplace")  # half a surrogate pair leaves as JSON writes it
    handler = logging.Handler()
    handler.emit = lambda record: shown.sentence(record.getMessage())
    logging.getLogger("python_client").addHandler(handler)
    shown.hide(options.token)
    if options.command == "login":
        shown.hide_credential(options.credential)
    try:
        work(options, shown)
    except AgentError as error:
        if options.command != "stream":
            shown.result(error.frame)
        shown.sentence(error)
        return 1
    except (Trouble, OSError, asyncio.TimeoutError, ConnectionClosed, InvalidHandshake, InvalidURI) as error:
        code, sentence = named(error, options.url)
        shown.sentence(f"{code}: {sentence}")
        return EXITS[code]
    except KeyError as error:
        shown.sentence(f"PROTOCOL_ERROR: the agent's answer has no {error}")
        return EXITS["PROTOCOL_ERROR"]
    return 0
