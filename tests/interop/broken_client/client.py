#!/usr/bin/env python3
"""A Procedura client that keeps every rule, and breaks one of them when it is told to: --break RULE, --proof FILE.

It is the proof that the conformance suite's client cases are good: each rule broken turns the check red that is about it, and
with none broken every check is green. Written from protocol/README.md, on sockets and nothing else, so that it can break framing
too. catalogue.py has the rules.

    client.py login --url ws://127.0.0.1:8765 "admin@procedura.org:secret123"
    client.py run --url ws://127.0.0.1:8765 worldstate_snapshot -- --terse
    client.py stream --url ws://127.0.0.1:8765 place_ooi_sprites -- --n 4
    client.py several --url ws://127.0.0.1:8765 worldstate_snapshot whoami

It exits with 0, 1 (the agent answered with an error), 2 (usage), 3 (no connection, or one that was lost), 4 (a token that must not
be used) or 5 (no answer in time).
"""

import argparse
import os
import re
import sys
import time

import failure as failure_module
from failure import Failure
from faults import Faults
from framing import MAX_MESSAGE_BYTES
from json_text import members
from opening import DEFAULT_URL, Url, check_token, connect
from redaction import Secrets
from session import Exchange, Session
from tokens import TokenStore


def parse(argv):
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--url", default=DEFAULT_URL)
    common.add_argument("--token")
    common.add_argument("--token-file")
    common.add_argument("--ca", help="trust these authorities: a PEM file")
    common.add_argument("--connect-timeout", type=float, default=5)
    common.add_argument("--ack-timeout", type=float, default=10)
    common.add_argument("--final-timeout", type=float, default=600)
    common.add_argument("--idle-timeout", type=float, default=3600)
    common.add_argument("--ping-interval", type=float, default=120)
    common.add_argument("--pong-timeout", type=float, default=300)
    common.add_argument("--max-message", type=int, default=MAX_MESSAGE_BYTES)
    common.add_argument("--break", dest="rule", default=os.environ.get("BROKEN_CLIENT_RULE"))
    common.add_argument("--proof", default=os.environ.get("BROKEN_CLIENT_PROOF"))
    parser = argparse.ArgumentParser(description="A Procedura client.", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    login = commands.add_parser("login", parents=[common], allow_abbrev=False)
    login.add_argument("credential")
    login.add_argument("--device", default="")
    for name in ("run", "stream"):
        command = commands.add_parser(name, parents=[common], allow_abbrev=False)
        command.add_argument("cmd")
    commands.add_parser("several", parents=[common], allow_abbrev=False).add_argument("cmds", nargs="+")
    # What follows the first -- is the module's own.
    at = argv.index("--") if "--" in argv else len(argv)
    options = parser.parse_args(argv[:at])
    options.args = argv[at + 1:]
    return options


REFUSALS = ("CONNECT_TIMEOUT", "CONNECT_FAILED", "HANDSHAKE_REFUSED", "TLS_FAILED")


class Client:
    def __init__(self, options):
        self.options = options
        self.faults = Faults(options.rule, options.proof)
        self.secrets = Secrets()
        self.url = None

    # The two streams, which show no secret.

    def say(self, words):
        print(self.secrets.out_of(words), file=sys.stderr, flush=True)

    def show(self, json):
        if self.options.command == "run" and self.faults.breaks("hides-results", "a result was not printed"):
            return
        if self.options.command == "stream" and self.faults.breaks("hides-streams", "a frame of a stream was not printed"):
            return
        json = self.spoiled(json)
        if self.faults.breaks("shows-secrets", "a result was printed with what is secret in it"):
            print(json, flush=True)
        else:
            print(self.secrets.out_of_json(json), flush=True)

    def spoiled(self, json):
        if self.faults.breaks("ascii-only", "characters outside printable ASCII were left out"):
            json = "".join(letter for letter in re.sub(r"\\u[0-9a-f]{4}", "", json) if " " <= letter <= "~")
        if re.search(r"\d{9}", json) and self.faults.breaks("rounds-numbers", "numbers were rounded to six digits"):
            json = re.sub(r"(?<![\w.-])-?\d{9,}(?![\w.-])", lambda found: f"{float(found[0]):g}", json)
        return json

    def tell(self, failure):
        if failure.code == "MESSAGE_TOO_BIG" and self.faults.breaks("hangs-on-big", "a message that was too big was not the end"):
            time.sleep(3600)
        if self.faults.breaks("silent-errors", f"{failure.code} was kept from the user"):
            return
        if self.faults.breaks("telling-errors", "an error was printed with what is secret in it"):
            print(failure, file=sys.stderr, flush=True)
        elif self.faults.breaks("nameless-refusals" if failure.code in REFUSALS else "nameless-errors", f"{failure.code} was not named"):
            self.say(f"error: {failure.message}")
        elif failure.by_agent and self.faults.breaks("no-codes", f"the agent's code {failure.code} was not named"):
            self.say(f"error: {failure.message}")
        else:
            self.say(f"error: {failure}")

    # What it does

    def run(self):
        if self.options.command == "login":
            self.secrets.add_credential(self.options.credential)
        self.secrets.add(self.options.token)
        try:
            self.url = Url(self.options.url)
            code = self.login() if self.options.command == "login" else self.ask()
        except Failure as failure:
            if failure.code in REFUSALS and self.faults.breaks("hangs-on-refusals", f"{failure.code} was not the end"):
                time.sleep(3600)
            if failure.code == "BAD_TOKEN" and self.faults.breaks("exits-0-if-unsendable", "a token that cannot be sent was no reason to fail"):
                return 0
            self.tell(failure)
            code = failure.exit_code
            if failure.code in REFUSALS and self.faults.breaks("exits-0-if-refused", f"the exit code {code} became 0"):
                code = 0
        if code == 0 and self.faults.breaks("exits-1", "the exit code 0 became 1"):
            code = 1
        elif code == failure_module.TIME and self.faults.breaks("exits-0-if-late", f"the exit code {code} became 0"):
            code = 0
        elif code != 0 and self.faults.breaks("exits-0", f"the exit code {code} became 0"):
            code = 0
        if self.faults.breaks("lingers", "it did not exit when all was done"):
            time.sleep(3600)
        return code

    def store(self):
        return TokenStore(self.options.token_file, self.faults, lambda words: self.say(f"warning: {words}"))

    def token(self):
        token = self.options.token or self.store().load(self.url.origin)
        self.secrets.add(token)
        if token is not None:
            check_token(token, self.faults)
            if self.faults.breaks("prints-token", "the token was printed"):
                print(f"using the token {token}", file=sys.stderr)
            if not self.url.secure and not self.url.is_loopback():
                self.say(f"warning: the token goes to {self.url.origin} without TLS")
        return token

    def session(self, token, on_frame):
        return Session(connect(self.url, self.options, token, self.faults), self.options, self.faults, on_frame)

    def login(self):
        stale = None
        if self.faults.rule == "stale-login" and (stale := self.store().load(self.url.origin)):
            self.faults.breaks("stale-login", "the login went out with the saved token")
        args = [self.options.credential, "--replace"] + ([f"--device={self.options.device}"] if self.options.device else [])
        if self.faults.breaks("options-first", "the credential went behind the options"):
            args = [*args[1:], args[0]]
        if self.faults.breaks("prints-credential", "the credential was printed"):
            print(f"logging in with {self.options.credential}", file=sys.stderr)
        exchange = Exchange("login_password", args, "sync")
        self.hold(self.session(stale, lambda _: None), [exchange])
        if isinstance(exchange.outcome, Failure):
            if self.faults.breaks("saves-anything", "a login that failed left something in the token file"):
                self.store().save("nothing", self.url.origin)
            raise exchange.outcome
        token = members(exchange.outcome)["session_token"][0] if exchange.outcome.startswith("{") and "session_token" in members(exchange.outcome) else None
        if not isinstance(token, str):
            raise Failure("PROTOCOL_ERROR", "the login finished without a session_token")
        self.secrets.add(token)
        check_token(token, self.faults)
        if not self.faults.breaks("forgets-login", "the token of a login was not saved"):
            self.store().save(token, self.url.origin)
        self.show(exchange.outcome)
        return 0

    def ask(self):
        command = self.options.command
        mode = "async" if command == "stream" else "sync"
        exchanges = [Exchange(cmd, list(self.options.args), mode) for cmd in getattr(self.options, "cmds", None) or [self.options.cmd]]
        token = self.token()
        session = self.session(token, self.show if command == "stream" else lambda _: None)
        self.hold(session, exchanges)
        lost = [each for each in exchanges if isinstance(each.outcome, Failure) and each.outcome.code == "CONNECTION_LOST"]
        if lost and self.faults.breaks("replays", f"{lost[0].cmd} was sent once more after the connection was lost"):
            for each in lost:
                each.outcome, each.frames, each.job_id = None, 0, None
            self.hold(self.session(token, lambda _: None), lost)
        if len(exchanges) > 1 and self.faults.breaks("last-result-alone", "only one of several results was printed"):
            exchanges = exchanges[-1:]
        if not session.wire.answered and self.faults.breaks("result-after-close", "the agent did not answer the Close, and the result was thrown away"):
            return 1
        for each in exchanges:
            if not isinstance(each.outcome, Failure) and command != "stream":
                self.show(each.outcome)
        failures = [each.outcome for each in exchanges if isinstance(each.outcome, Failure)]
        for failure in failures:
            self.tell(failure)
        return failures[0].exit_code if failures else 0

    @staticmethod
    def hold(session, exchanges):
        """A whole session: the requests, and the goodbye."""
        session.run(exchanges)
        session.wire.close()


if __name__ == "__main__":
    sys.exit(Client(parse(sys.argv[1:])).run())
