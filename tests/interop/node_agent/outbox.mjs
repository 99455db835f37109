// Frames on their way out: late (--delay), and as several WebSocket frames (--fragment).
import { WebSocket } from "ws";

const MOST_QUEUED_BYTES = 16 * 1024 * 1024;

export class Outbox {
  #webSocket;
  #options;
  #metrics;
  #late = []; // every frame waits equally long, so that the first in is the first out
  #timers = new Set();

  constructor(webSocket, options, metrics) {
    this.#webSocket = webSocket;
    this.#options = options;
    this.#metrics = metrics;
  }

  send(text) {
    const { delay } = this.#options;
    if (delay === 0) {
      this.#write(text);
      return;
    }
    this.#late.push(text);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#write(this.#late.shift());
    }, delay);
    this.#timers.add(timer);
  }

  stop() {
    this.#timers.forEach(clearTimeout);
    this.#late = [];
  }

  #write(text) {
    if (this.#webSocket.readyState !== WebSocket.OPEN) return;
    if (this.#webSocket.bufferedAmount > MOST_QUEUED_BYTES) {
      this.#webSocket.close(1008, "the client does not read");
      return;
    }
    const bytes = Buffer.from(text, "utf8");
    this.#metrics.count("out", bytes.length);
    if (this.#options.fragment) this.#writeFragments(bytes);
    else this.#webSocket.send(bytes, { binary: false });
  }

  /** An empty first fragment, cuts that do not respect characters, and a ping in between: all of it is RFC 6455. */
  #writeFragments(bytes) {
    const cuts = [0, 0, 1, Math.floor(bytes.length / 2), bytes.length - 1, bytes.length];
    for (let i = 1; i < cuts.length; i += 1) {
      const fin = i === cuts.length - 1;
      this.#webSocket.send(bytes.subarray(cuts[i - 1], cuts[i]), { binary: false, fin });
      if (i === 2) this.#webSocket.ping("between fragments");
    }
  }
}
