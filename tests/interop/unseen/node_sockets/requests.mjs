// From a frame to its replies: what is a request, who may make it, and in which order it is answered.

import { faulty, fired } from './faults.mjs';
import { Failure, modules } from './modules.mjs';

const DEEPEST = 256;

/** Whether JSON text nests deeper than that, told without building anything of it. */
function nestsDeeper(bytes, deepest) {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; ++at) {
    const byte = bytes[at];
    if (inString) {
      if (byte === 0x5c) ++at; // backslash
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x7b || byte === 0x5b) { if (++depth > deepest) return true; } // { [
    else if (byte === 0x7d || byte === 0x5d) --depth; // } ]
  }
  return false;
}

function parse(bytes) {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined; // its message would quote the frame, and the frame may hold a password
  }
}

/** What is wrong with the members of a request, or null. */
function problemOf({ id, cmd, args, mode }) {
  if (typeof id !== 'string') return 'id must be a string';
  const length = Buffer.byteLength(id);
  if (length < 1 || length > 256) return 'id must have 1 to 256 bytes';
  if (typeof cmd !== 'string') return 'cmd must be a string';
  if (!Array.isArray(args) || !args.every((arg) => typeof arg === 'string')) return 'args must be an array of strings';
  if (mode !== 'sync' && mode !== 'async') return 'mode must be sync or async';
  return null;
}

/** One connection's requests. */
export class Client {
  session = null; // dead or alive: it is looked at with each request
  via = null;
  connection = null;
  #agent;
  #live = new Set();

  constructor(agent) { this.#agent = agent; }

  binary() { this.#error({}, 'BAD_FRAME', 'binary frames are not taken'); }

  text(bytes) {
    if (nestsDeeper(bytes, DEEPEST)) return this.#error({}, 'BAD_FRAME', `nested deeper than ${DEEPEST}`);
    const request = parse(bytes);
    if (request === undefined) return this.#error({}, 'BAD_FRAME', 'not JSON');
    if (typeof request !== 'object' || request === null || Array.isArray(request)) return this.#error({}, 'BAD_FRAME', 'not a JSON object');

    const { id, cmd, args, mode } = request;
    const problem = problemOf(request);
    if (problem !== null) {
      const target = typeof id === 'string' && !this.#live.has(id) ? { id } : {};
      return this.#error(target, 'BAD_REQUEST', problem);
    }
    if (this.#live.has(id)) return this.#error({}, 'DUPLICATE_ID', 'a request with this id is still running', { ref: id });

    const module = modules.get(cmd);
    const isOpen = module?.isOpen ?? cmd.startsWith('__');
    if (!isOpen && !this.session?.live) {
      if (this.session === null) return this.#error({ id }, 'AUTH_REQUIRED', 'log in first');
      return this.#error({ id }, 'AUTH_EXPIRED', 'the session has expired: log in again');
    }
    if (module === undefined) return this.#error({ id }, 'UNKNOWN_MODULE', 'there is no such module');
    this.#run(id, mode, module, args[0] === cmd ? args.slice(1) : args);
  }

  async #run(id, mode, module, args) {
    const { jobs } = this.#agent;
    const target = { id };
    this.#live.add(id);
    if (!module.isBuiltIn) ++jobs.live;

    const early = mode === 'sync' && faulty('SYN-1.1');
    if (mode === 'async' || early) target.job_id = this.#agent.nextJobId();
    this.#send({ ...target, status: mode === 'async' || early ? 'started' : 'ack' });
    if (early) fired('SYN-1.1');

    let last;
    try {
      const call = { client: this, agent: this.#agent, running: (members) => this.#send({ ...target, status: 'running', ...members }) };
      const result = await module.run(args, call);
      last = () => this.#send({ ...target, status: 'finished', result });
      if (!module.isBuiltIn) ++jobs.finished;
    } catch (error) {
      const { code, message } = error instanceof Failure ? error : { code: 'INTERNAL', message: 'the module broke' };
      last = () => this.#error(target, code, message);
      if (!module.isBuiltIn) ++jobs.failed;
    }
    if (!module.isBuiltIn) --jobs.live;
    this.#live.delete(id);
    last();
  }

  #error(target, code, message, context = {}) {
    this.#agent.errors.set(code, (this.#agent.errors.get(code) ?? 0) + 1);
    this.#send({ ...target, status: 'error', code, message, ...context });
  }

  #send(reply) { this.connection.sendText(JSON.stringify(reply)); }
}
