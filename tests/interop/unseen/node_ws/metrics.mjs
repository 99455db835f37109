// Counters of the whole agent. Frames and bytes are those of text and binary messages, without WebSocket's own headers.
export class Metrics {
  #startedAt = performance.now();
  connections = { open: 0, total: 0 };
  frames = { in: 0, out: 0 };
  bytes = { in: 0, out: 0 };
  jobs = { live: 0, finished: 0, failed: 0 };
  #errors = new Map();

  countError(code) {
    this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1);
  }

  report() {
    return {
      uptime_s: Math.floor((performance.now() - this.#startedAt) / 1000),
      connections: { ...this.connections },
      frames: { ...this.frames },
      bytes: { ...this.bytes },
      jobs: { ...this.jobs },
      errors: Object.fromEntries(this.#errors),
    };
  }
}
