// Requests on a connection, each with its waiting times.
import { Failure } from "./failure.mjs";
import { stringOf } from "./scan.mjs";
import { Session } from "./session.mjs";

export class Calls {
  #session = new Session();
  #waiting = new Map(); // exchange → what waits for it
  #connection;
  #asked;

  constructor(connection, asked) {
    this.#connection = connection;
    this.#asked = asked;
    connection.onText = (text) => this.#received(text);
    connection.onLost = (failure) => {
      for (const exchange of this.#waiting.keys()) this.#fail(exchange, failure);
    };
  }

  /** The text of the result. `onFrame(text)` sees every frame. Throws Failure; never sends a request twice (CLI-2). */
  call(cmd, args, mode, onFrame = () => {}) {
    return new Promise((resolve, reject) => {
      const whole = this.#asked["args-style"] === "bare" ? args : [cmd, ...args];
      const exchange = this.#session.submit(cmd, whole, mode);
      this.#waiting.set(exchange, { resolve, reject, onFrame });
      this.#patience(exchange, "ACK_TIMEOUT", this.#asked["ack-timeout"]);
      this.#connection.send(exchange.text);
    });
  }

  #patience(exchange, code, ms) {
    const waiter = this.#waiting.get(exchange);
    clearTimeout(waiter.timer);
    waiter.timer = setTimeout(() => {
      const said = this.#session.lastUntargetedError;
      const hint = code === "ACK_TIMEOUT" && said !== undefined ? `; the agent said: ${said}` : "";
      this.#fail(exchange, new Failure(code, `${exchange.cmd}: nothing came for ${ms / 1000} s${hint}`));
    }, ms);
  }

  #received(text) {
    const event = this.#session.received(text);
    if (event === undefined || !this.#waiting.has(event.exchange)) return;
    const { exchange, frame, failure } = event;
    if (failure) {
      this.#fail(exchange, failure);
      return;
    }
    const waiter = this.#waiting.get(exchange);
    waiter.onFrame(frame.text);
    if (frame.status === "finished") {
      this.#settle(exchange).resolve(frame.members.result ?? "null");
    } else if (frame.status === "error") {
      this.#settle(exchange).reject(new Failure(stringOf(frame.members.code) ?? "ERROR", stringOf(frame.members.message)));
    } else {
      this.#patience(exchange, "FINAL_TIMEOUT", exchange.mode === "async" ? this.#asked["idle-timeout"] : this.#asked["final-timeout"]);
    }
  }

  #fail(exchange, failure) {
    const job = exchange.jobId === undefined ? "" : `; job ${exchange.jobId} may still run`;
    this.#session.forget(exchange);
    this.#settle(exchange).reject(new Failure(failure.code, failure.message + job));
  }

  #settle(exchange) {
    const waiter = this.#waiting.get(exchange);
    clearTimeout(waiter.timer);
    this.#waiting.delete(exchange);
    return waiter;
  }
}
