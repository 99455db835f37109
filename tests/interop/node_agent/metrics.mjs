// What __diag_ws_metrics reports.

export class Metrics {
  #startedAt = Date.now();
  connections = { open: 0, total: 0 };
  frames = { in: 0, out: 0 };
  bytes = { in: 0, out: 0 };
  jobs = { live: 0, finished: 0, failed: 0 };
  errors = {};

  connected() {
    this.connections.open += 1;
    this.connections.total += 1;
  }

  disconnected() {
    this.connections.open -= 1;
  }

  count(direction, bytes) {
    this.frames[direction] += 1;
    this.bytes[direction] += bytes;
  }

  error(code) {
    this.errors[code] = (this.errors[code] ?? 0) + 1;
  }

  report() {
    const { connections, frames, bytes, jobs, errors } = this;
    return { uptime_s: (Date.now() - this.#startedAt) / 1000, connections, frames, bytes, jobs, errors };
  }
}
