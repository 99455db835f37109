// A stream around the TCP socket that decides which bytes leave together: frames of one moment in one segment, one frame in many,
// or (both) segments whose borders are never those of frames.
import { Duplex } from "node:stream";

const MOST_PIECES = 24;

export class SegmentShaper extends Duplex {
  #socket;
  #coalesce;
  #split;
  #waiting = [];
  #flushing; // the promise of the flush that runs

  constructor(socket, { coalesce, split }) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    this.#coalesce = coalesce;
    this.#split = split;
    socket.setNoDelay(true); // else the kernel would undo --split
    socket.on("data", (chunk) => this.push(chunk) || socket.pause());
    socket.on("end", () => this.push(null));
    socket.on("error", (error) => this.destroy(error));
    socket.on("close", () => this.destroy());
  }

  _read() {
    this.#socket.resume();
  }

  _write(chunk, _encoding, done) {
    this.#waiting.push(chunk);
    if (this.#coalesce) done(); // more of this moment may come; setImmediate runs when its promises have run
    this.#flush().then(() => this.#coalesce || done());
  }

  _final(done) {
    this.#flush().then(() => this.#socket.end(done));
  }

  _destroy(error, done) {
    this.#socket.destroy();
    done(error);
  }

  #flush() {
    this.#flushing ??= this.#writeAll();
    return this.#flushing;
  }

  async #writeAll() {
    if (this.#coalesce) await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      const bytes = Buffer.concat(this.#waiting.splice(0));
      for (const piece of this.#split ? pieces(bytes) : [bytes]) {
        await new Promise((resolve) => this.#socket.write(piece, resolve));
        // One turn of the loop, so that the reader is likely to see the piece alone.
        if (this.#split) await new Promise(setImmediate);
      }
    }
    this.#flushing = undefined; // in the same turn as the look at what waits, so that nothing is left behind
  }
}

/** The first byte alone, then the rest in pieces of a size that fits nothing. */
function* pieces(bytes) {
  yield bytes.subarray(0, 1);
  const size = Math.max(3, Math.ceil(bytes.length / MOST_PIECES));
  for (let at = 1; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
