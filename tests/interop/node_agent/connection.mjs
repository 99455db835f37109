// One WebSocket: requests in, checked in the order of REQ-8, and the frames of their exchanges out.
import { Exchange } from "./exchange.mjs";
import { toJson } from "./json.mjs";
import { MODULES } from "./modules.mjs";
import { AgentError, flawOf, moduleArguments, objectFrom } from "./requests.mjs";
import { Outbox } from "./outbox.mjs";

const STRANGE_MEMBERS = { v: 2, trace: { id: "nobody", job_id: "nobody", status: "error" }, quoted: '"status":"finished"}' };

export class Connection {
  #agent;
  #outbox;
  #live = new Set(); // ids of requests without a terminal frame
  #timers = new Set();
  #closed = false;

  /** `identity` is { session, via }, or {} without a token; a session that is over still counts as one (AUTH_EXPIRED). */
  constructor(webSocket, agent, identity) {
    this.#agent = agent;
    this.identity = identity;
    this.webSocket = webSocket;
    this.#outbox = new Outbox(webSocket, agent.options, agent.metrics);
    webSocket.on("message", (data, isBinary) => this.#take(data, isBinary));
    webSocket.on("error", () => {}); // ws closes with the right code by itself: 1007, 1009, 1002
    webSocket.on("close", () => this.#end());
  }

  #take(data, isBinary) {
    this.#agent.metrics.count("in", data.length);
    let request = {};
    try {
      request = objectFrom(data, isBinary);
      this.#admit(request);
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      this.#refuse(request, error);
    }
  }

  /** An error as the first and only frame: with the id if that is a string that no live request has (REQ-5, REQ-7). */
  #refuse({ id }, { code, message, members }) {
    this.#agent.metrics.error(code);
    const target = typeof id === "string" && !this.#live.has(id) ? { id } : {};
    this.#send({ ...target, status: "error", code, message, ...members });
  }

  #admit(request) {
    const flaw = flawOf(request);
    if (flaw) throw new AgentError("BAD_REQUEST", flaw);
    if (this.#live.has(request.id)) throw new AgentError("DUPLICATE_ID", "that id is live", { ref: request.id });
    const module = MODULES.get(request.cmd);
    if (!module?.public) this.#requireIdentity();
    if (!module) throw new AgentError("UNKNOWN_MODULE", "there is no such module");
    const options = module.read(moduleArguments(request, this.#agent.options["args-style"]));
    this.#start(request, module, options);
  }

  #requireIdentity() {
    const { session } = this.identity;
    if (!session) throw new AgentError("AUTH_REQUIRED", "log in first");
    if (this.#agent.sessions.isExpired(session)) throw new AgentError("AUTH_EXPIRED", "the session is over, log in again");
  }

  async #start(request, module, options) {
    const { metrics } = this.#agent;
    const exchange = new Exchange(request, this.#agent.nextJobId(), this.#agent.options, (members) => this.#send(members));
    this.#live.add(request.id);
    metrics.jobs.live += 1;
    exchange.accept();
    try {
      const result = await module.run({
        options,
        user: this.identity.session?.user,
        connection: this,
        agent: this.#agent,
        running: (members) => exchange.running(members),
        pause: (ms) => this.#pause(ms),
      });
      this.#live.delete(request.id);
      exchange.finished(result);
      metrics.jobs.finished += 1;
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      this.#live.delete(request.id);
      metrics.error(error.code);
      exchange.failed(error);
      metrics.jobs.failed += 1;
    } finally {
      metrics.jobs.live -= 1;
    }
  }

  /** Resolves after so many milliseconds, at once for 0, and fails when the connection ends: a job dies with its connection. */
  #pause(ms) {
    if (ms === 0) return undefined;
    return new Promise((resolve, reject) => {
      const timer = { reject };
      timer.handle = setTimeout(() => {
        this.#timers.delete(timer);
        resolve();
      }, ms);
      this.#timers.add(timer);
    });
  }

  #send(members) {
    const { "extra-members": extra, json, order } = this.#agent.options;
    let frame = extra ? { ...STRANGE_MEMBERS, ...members, more: [{ job_id: null }] } : members;
    if (order === "reversed") frame = Object.fromEntries(Object.entries(frame).reverse());
    this.#outbox.send(toJson(frame, json));
  }

  #end() {
    if (this.#closed) return;
    this.#closed = true;
    this.#outbox.stop();
    for (const { handle, reject } of this.#timers) {
      clearTimeout(handle);
      reject(new AgentError("DISCONNECTED", "the client is gone"));
    }
    this.#agent.left(this);
  }
}
