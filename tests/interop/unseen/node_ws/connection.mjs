// One connection: who it is, which of its requests are live, and what is sent back.

import { AgentError } from './errors.mjs';
import { memberProblem, readFrame } from './frame.mjs';
import { modules } from './modules.mjs';
import { judge } from './sessions.mjs';

const MOST_UNSENT_BYTES = 64 * 1024 * 1024;

let lastJob = 0; // of the agent, not of a connection: job ids are unique among all live jobs (ASY-4)

export class Connection {
  #socket;
  #metrics;
  #liveIds = new Set();
  token = null;
  via = null;

  constructor(socket, metrics) {
    this.#socket = socket;
    this.#metrics = metrics;
    metrics.connections.open++;
    metrics.connections.total++;
    socket.on('message', (bytes, isBinary) => this.#take(bytes, isBinary));
    socket.on('ping', (payload) => {
      socket.pong(payload, false, () => this.#listenAgain());
      this.#holdBack();
    });
    socket.on('error', () => {}); // ws closes with the fitting code by itself; a connection that is gone is told by 'close'
    socket.on('close', () => metrics.connections.open--);
  }

  // From now on requests are judged by this token, each at its own time (AUT-9, LOG-7).
  bear(token, via) {
    this.token = token;
    this.via = via;
  }

  // The checks stand in the order of REQ-8.
  #take(bytes, isBinary) {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#metrics.frames.in++;
    this.#metrics.bytes.in += bytes.length;

    const { frame, problem } = isBinary ? { problem: 'a binary frame' } : readFrame(bytes);
    if (frame === undefined) return this.#refuse({}, 'BAD_FRAME', problem);

    const { id, cmd, args, mode } = frame;
    const isLive = this.#liveIds.has(id);
    const wrongMember = memberProblem(frame);
    if (wrongMember !== null) {
      const target = typeof id !== 'string' ? {} : isLive ? { ref: id } : { id };
      return this.#refuse(target, 'BAD_REQUEST', wrongMember);
    }
    if (isLive) return this.#refuse({ ref: id }, 'DUPLICATE_ID', 'a request with this id is live');

    const module = modules.get(cmd);
    if (module === undefined) return this.#refuse({ id }, 'UNKNOWN_MODULE', 'there is no such module');
    const { session, refusal } = judge(this.token);
    if (module.needsSession && refusal) return this.#refuse({ id }, refusal.code, refusal.message);

    this.#run(module, { id, args: args[0] === cmd ? args.slice(1) : args, mode, session });
  }

  // Taken: the ack or started goes out before the module begins, and exactly one terminal frame follows it.
  async #run(module, { id, args, mode, session }) {
    const isAsync = mode === 'async';
    const target = isAsync ? { id, job_id: `job-${++lastJob}` } : { id };
    const { jobs } = this.#metrics;
    this.#liveIds.add(id);
    if (module.isJob) jobs.live++;
    this.#send({ ...target, status: isAsync ? 'started' : 'ack' });

    const running = (members) => {
      if (isAsync) this.#send({ ...target, status: 'running', ...members }); // the documentation shows none in sync mode
    };
    let result, failure;
    try {
      result = await module.run(args, { connection: this, metrics: this.#metrics, session, running });
    } catch (error) {
      failure = error instanceof AgentError ? error : new AgentError('INTERNAL', 'the module failed');
    }

    this.#liveIds.delete(id);
    if (module.isJob) {
      jobs.live--;
      if (failure === undefined) jobs.finished++;
      else jobs.failed++;
    }
    if (failure === undefined) this.#send({ ...target, status: 'finished', result });
    else this.#refuse(target, failure.code, failure.message);
  }

  #refuse(target, code, message) {
    this.#metrics.countError(code);
    this.#send({ ...target, status: 'error', code, message });
  }

  // A job may outlive its connection; its frames then go nowhere (ORD-2).
  #send(frame) {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const text = JSON.stringify(frame);
    this.#metrics.frames.out++;
    this.#metrics.bytes.out += Buffer.byteLength(text);
    this.#socket.send(text, () => this.#listenAgain());
    this.#holdBack();
  }

  // Who does not read what it asked for is not listened to until it does.
  #holdBack() {
    if (this.#socket.bufferedAmount > MOST_UNSENT_BYTES) this.#socket.pause();
  }

  #listenAgain() {
    if (this.#socket.isPaused && this.#socket.bufferedAmount < MOST_UNSENT_BYTES / 2) this.#socket.resume();
  }
}
