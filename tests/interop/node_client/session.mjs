// Which frame is whose: any number of requests at once on one connection. Pure: text goes in, what happened comes out.
import { randomBytes } from "node:crypto";
import { Failure } from "./failure.mjs";
import { readFrame, stringOf } from "./scan.mjs";

const STATUSES = ["ack", "started", "running", "finished", "error"];

export class Session {
  #live = new Map(); // by id, in the order of the requests
  #jobs = new Map(); // by job_id
  counters = { junk: 0, unknownStatus: 0, untargeted: 0 };
  lastUntargetedError = undefined;

  /** A request to be sent: the exchange that it begins, with its `text`. */
  submit(cmd, args, mode) {
    let id;
    do id = randomBytes(4).toString("hex");
    while (this.#live.has(id));
    const exchange = { id, cmd, mode, jobId: undefined, heard: false, text: JSON.stringify({ id, cmd, args, mode }) };
    this.#live.set(id, exchange);
    return exchange;
  }

  forget(exchange) {
    this.#live.delete(exchange.id);
    if (exchange.jobId !== undefined) this.#jobs.delete(exchange.jobId);
  }

  /** {exchange, frame}, {exchange, failure}, or nothing if the message is for nobody who waits. */
  received(text) {
    const frame = readFrame(text);
    const exchange = this.#owner(frame);
    if (frame.broken !== undefined) {
      this.counters.junk += 1;
      if (!exchange) return undefined;
      this.forget(exchange);
      return { exchange, failure: new Failure("PROTOCOL_ERROR", `the agent sent a broken frame: ${frame.broken}`) };
    }
    if (!exchange) {
      this.counters.untargeted += 1;
      if (frame.status === "error") this.lastUntargetedError = stringOf(frame.members.message);
      return undefined;
    }
    if (!STATUSES.includes(frame.status)) {
      this.counters.unknownStatus += 1;
      return undefined;
    }
    // Known before the next frame is looked at, even when both came in one segment (ASY-3).
    if (frame.jobId !== undefined && exchange.jobId === undefined) {
      exchange.jobId = frame.jobId;
      this.#jobs.set(frame.jobId, exchange);
    }
    exchange.heard = true;
    if (frame.status === "finished" || frame.status === "error") this.forget(exchange);
    return { exchange, frame };
  }

  #owner({ id, jobId, status }) {
    if (this.#live.has(id)) return this.#live.get(id);
    if (id === undefined && status === "started") {
      // In the order of the requests (ASY-2).
      for (const exchange of this.#live.values()) if (exchange.mode === "async" && !exchange.heard) return exchange;
    }
    return this.#jobs.get(jobId);
  }
}
