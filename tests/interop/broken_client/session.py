"""The requests of one connection: what is sent, which frame belongs to which of them, and how long is waited."""

import itertools
import json
import os
import time

from failure import Failure
from framing import BINARY, PONG, TEXT
from json_text import Malformed, TooDeep, check_depth, members, shallow

STATUSES = ("ack", "started", "running", "finished", "error")
FOREVER_S = 3600


class Exchange:
    def __init__(self, cmd, args, mode):
        self.cmd = cmd
        self.args = args
        self.mode = mode
        self.id = os.urandom(4).hex()
        self.job_id = None
        self.last = 0  # when its latest frame came, or it was sent
        self.frames = 0
        self.outcome = None  # the text of its result, or a Failure


class Session:
    def __init__(self, wire, options, faults, on_frame):
        self.wire = wire
        self.options = options
        self.faults = faults
        self.on_frame = on_frame  # told of each frame of a request, as text
        self.exchanges = []
        self.untargeted = None  # the latest error that belonged to nobody, in words
        self.learned = []  # (exchange, job_id), when it is learned late
        self.ignored = 0  # messages that were no frame, late, or of an unknown status
        self.next_ping = time.monotonic() + options.ping_interval
        self.pong_due = None
        self.pings = itertools.count(1)

    def run(self, exchanges):
        """Sends the requests at once, and waits for the end of each."""
        for exchange in exchanges:
            if self.exchanges and self.faults.breaks("reused-ids", f"{exchange.cmd} got the id of a live request"):
                exchange.id = self.exchanges[0].id
            self.exchanges.append(exchange)
            self.send(exchange)
            if len(exchanges) > 1 and self.faults.breaks("one-by-one", f"nothing else was sent before the end of {exchange.cmd}"):
                while exchange.outcome is None:
                    self.step([exchange])
        try:
            while live := [each for each in self.exchanges if each.outcome is None]:
                self.step(live)
        except Failure as failure:
            if failure.code != "CONNECTION_LOST" or not self.faults.breaks("ignores-drops", "the end of the connection was not told"):
                self.end_all(failure)
                return
            time.sleep(self.options.final_timeout)
            self.end_all(failure)

    def end_all(self, failure):
        for each in self.exchanges:
            if each.outcome is None:
                job = f"; the job {each.job_id} may still run" if each.job_id else ""
                each.outcome = Failure(failure.code, failure.message + job)

    # What is asked

    def send(self, exchange):
        args = [exchange.cmd, *exchange.args]
        if self.faults.breaks("bare-args", "args went out without the module's name"):
            args = list(exchange.args)
        if sorted(exchange.args) != exchange.args and self.faults.breaks("sorted-args", "the arguments were sorted"):
            args = [exchange.cmd, *sorted(exchange.args)]
        if "" in args and self.faults.breaks("no-empty-args", "an empty argument was left out"):
            args = [arg for arg in args if arg]
        cmd = exchange.cmd
        if self.faults.breaks("capitals", "the module's name went out in capitals"):
            cmd = cmd.upper()
        request = {"id": exchange.id, "cmd": cmd, "args": args, "mode": exchange.mode}
        if self.faults.breaks("no-mode", "a request went out without its mode"):
            del request["mode"]
        if self.faults.breaks("numeric-ids", "a request went out with a number for its id"):
            request["id"] = int(exchange.id, 16)
        if exchange.mode == "async" and self.faults.breaks("always-sync", "an async request went out as a sync one"):
            request["mode"] = "sync"
        if self.faults.breaks("args-in-one", "the arguments went out as one string"):
            request["args"] = " ".join(args)
        if self.faults.breaks("long-ids", "a request went out with an id of 300 bytes"):
            exchange.id = request["id"] = exchange.id.ljust(300, "0")
        message = json.dumps([request] if self.faults.breaks("lists", "a request went out in an array") else request, ensure_ascii=False)
        binary = self.faults.breaks("binary-requests", "a request went out as a binary message")
        self.wire.send(BINARY if binary else TEXT, message.encode(errors="surrogateescape"))
        exchange.last = time.monotonic()

    # What is waited for

    def patience(self, exchange):
        """Seconds from its latest frame, and the error when they are over."""
        if exchange.frames == 0:
            return self.options.ack_timeout, "ACK_TIMEOUT"
        return self.options.idle_timeout if exchange.mode == "async" else self.options.final_timeout, "FINAL_TIMEOUT"

    def step(self, live):
        now = time.monotonic()
        for each in live:
            patience, code = self.patience(each)
            if now < each.last + patience:
                continue
            if self.faults.breaks(f"no-{code.lower().replace('_', '-')}", f"{patience:g} s went by without a frame, and the wait went on"):
                each.last = now + FOREVER_S
                continue
            words = f"no frame of {each.cmd} for {patience:g} s" + (f"; the agent said {self.untargeted}" if self.untargeted else "")
            each.outcome = Failure(code, words + (f"; the job {each.job_id} may still run" if each.job_id else ""))
            return
        self.keep_alive(now)
        if not self.wire.buffer:
            for each, job_id in self.learned:
                each.job_id = job_id
        due = min(each.last + self.patience(each)[0] for each in live)
        event = self.wire.receive(min(due, self.next_ping, self.pong_due or due))
        if event is None:
            return
        kind, payload = event
        if kind == PONG:
            self.pong_due = None
        elif kind == BINARY:
            if self.faults.breaks("dies-on-binary", "a binary message was not survived"):
                raise SystemExit(70)
            self.ignored += 1
        else:
            self.take(payload.decode(errors="replace"))

    def keep_alive(self, now):
        if self.pong_due is not None and now >= self.pong_due:
            raise Failure("CONNECTION_LOST", f"a ping was not answered within {self.options.pong_timeout:g} s (no Close: 1006)")
        if now >= self.next_ping:
            self.next_ping = now + self.options.ping_interval
            if not self.faults.breaks("no-pings", "a ping that was due was not sent"):
                self.wire.ping(str(next(self.pings)).encode())
                if self.pong_due is None and not self.faults.breaks("no-pong-timeout", "a missing pong is not missed"):
                    self.pong_due = now + self.options.pong_timeout

    # What is heard

    def take(self, text):
        try:
            if not self.faults.breaks("any-depth", "a message was read without a look at its depth"):
                check_depth(text)
            frame = {name: value for name, (value, _) in members(text).items()}
        except TooDeep as problem:
            self.broken(self.id_of(shallow(text)), str(problem))
            return
        except Malformed as problem:
            if self.faults.breaks("dies-on-junk", "a message that is no frame was not survived"):
                raise SystemExit(70) from None
            self.broken(problem.found.get("id", (None,))[0], f"a frame that is no JSON: {problem}")
            return
        status = frame.get("status")
        wrong = [name for name in ("id", "job_id", "status") if name in frame and not isinstance(frame[name], str)]
        if wrong or status is None:
            self.broken(frame.get("id"), f"a frame with a wrong or missing {wrong[0] if wrong else 'status'}")
        elif status not in STATUSES:
            if self.faults.breaks("dies-on-unknown-status", f"a frame of status {status} was not survived"):
                raise SystemExit(70)
            self.ignored += 1
        else:
            self.route(frame, text)

    @staticmethod
    def id_of(text):
        try:
            return members(text).get("id", (None,))[0]
        except Malformed as problem:
            return problem.found.get("id", (None,))[0]

    def broken(self, exchange_id, words):
        if self.faults.breaks("passes-over-broken", f"{words} was passed over"):
            return
        for each in self.exchanges:
            if each.outcome is None and each.id == exchange_id:
                each.outcome = Failure("PROTOCOL_ERROR", f"the agent sent {words}")
                return
        self.ignored += 1

    def route(self, frame, text):
        exchange = self.owner(frame)
        if any(isinstance(value, dict) for name, value in frame.items() if name != "result") and self.faults.breaks("flat-frames", "a member that is an object was not survived"):
            raise SystemExit(70)
        if exchange is None:
            if "id" not in frame and "job_id" not in frame and self.faults.breaks("dies-on-untargeted", "a frame of nobody was not survived"):
                raise SystemExit(70)
            if frame["status"] == "error" and "id" not in frame and "job_id" not in frame:
                self.untargeted = f"{frame.get('code', 'ERROR')} ({frame.get('message', '')})"
            self.ignored += 1
            return
        if "job_id" in frame and self.faults.breaks("learns-jobs-late", "a job_id was not known yet while the rest of its segment was read"):
            self.learned.append((exchange, frame["job_id"]))
        elif "job_id" in frame and not (frame["status"] == "ack" and self.faults.breaks("forgets-job-of-ack", "the job_id of an ack was not kept")):
            exchange.job_id = frame["job_id"]
        if frame["status"] == "running" and exchange.mode == "sync" and self.faults.breaks("no-running-in-sync", "a running frame of a sync request was not survived"):
            raise SystemExit(70)
        if frame["status"] == "finished" and self.wire.buffer and self.faults.breaks("last-final", "a finished with something behind it was passed over"):
            return
        if frame["status"] == "error" and self.faults.breaks("no-errors", "an error was passed over"):
            return
        exchange.frames += 1
        exchange.last = time.monotonic()
        if frame["status"] == "finished":
            if exchange.frames == 1 and exchange.mode == "sync" and self.faults.breaks("needs-ack", "a finished without an ack was passed over"):
                return
            exchange.outcome = members(text).get("result", (None, "null"))[1]
            if not exchange.outcome.startswith("{") and self.faults.breaks("objects-only", "a result that is no object was taken for none"):
                exchange.outcome = "{}"
        elif frame["status"] == "error":
            if exchange.mode == "async" and exchange.frames == 1 and self.faults.breaks("no-error-at-once", "an error before started was passed over"):
                return
            exchange.outcome = Failure(str(frame.get("code", "ERROR")), str(frame.get("message", "")), by_agent=True)
        self.on_frame(text)

    def owner(self, frame):
        live = [each for each in self.exchanges if each.outcome is None]
        if live and frame["status"] == "finished" and frame.get("id") not in [each.id for each in live] \
                and frame.get("job_id") not in [each.job_id for each in live if each.job_id] \
                and self.faults.breaks("any-final", "the end of another request was taken"):
            return live[0]
        for each in live:
            if frame.get("id") == each.id:
                if each.job_id and "job_id" not in frame and self.faults.breaks("job-ids-alone", "a frame by id alone was passed over"):
                    return None
                return each
        if "id" in frame and any(frame["id"] == each.id for each in self.exchanges):
            return None  # late
        if frame["status"] == "started" and "id" not in frame:
            waiting = [each for each in live if each.mode == "async" and each.frames == 0]
            if waiting and not self.faults.breaks("needs-started-id", "a started without an id was passed over"):
                return waiting[0]
        for each in live:
            if each.job_id is not None and frame.get("job_id") == each.job_id:
                return None if self.faults.breaks("ids-alone", "a frame by job_id was passed over") else each
        return None
