// The frames of RFC 6455 on a socket that has been upgraded, the server's side.
//
// Every byte of a payload is copied once, unmasked, to where its message grows; the buffer doubles, so that neither a
// big message nor one of a million fragments costs more than its length. Control frames have a buffer of their own:
// a ping between two fragments gets its pong at once.

import { isUtf8 } from 'node:buffer';

const CONTINUATION = 0x0, TEXT = 0x1, BINARY = 0x2, CLOSE = 0x8, PING = 0x9, PONG = 0xa;
const CONGESTED = 32 * 1024 * 1024; // more than this unsent: nothing more is read from this peer
const PATIENCE_MS = 5000; // with a peer that does not hang up after a Close
const KEPT_BYTES = 64 * 1024; // of a buffer, from message to message

/** Where the last character that is whole ends, in bytes[from...to]: the start of another may still lack its rest. */
function endOfWhole(bytes, from, to) {
  for (let back = 1; back <= 3 && to - back >= from; ++back) {
    const byte = bytes[to - back];
    if ((byte & 0xc0) === 0x80) continue;
    const size = byte >= 0xf5 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1;
    return size > back ? to - back : to;
  }
  return to;
}

const mayBeSent = (code) => (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);

export class Connection {
  #socket; #limit; #traffic; #on;
  #header = Buffer.alloc(14); #headerUsed = 0; #headerSize = 2;
  #frame = null; // {fin, opcode, left, mask, turn} while its payload comes
  #control = Buffer.alloc(125); #controlUsed = 0;
  #message = Buffer.alloc(0); #messageUsed = 0; #messageChecked = 0;
  #messageType = null; // of the message whose fragments are coming
  #deaf = false; // what still comes is thrown away
  #closeSent = false;
  #patience = null;

  /** traffic: {framesIn, framesOut, bytesIn, bytesOut}, counted up. on: {text(bytes), binary(), closed()}. */
  constructor(socket, { limit, traffic, on }) {
    this.#socket = socket;
    this.#limit = limit;
    this.#traffic = traffic;
    this.#on = on;
    socket.setTimeout(0);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    socket.on('data', (chunk) => this.take(chunk));
    socket.on('end', () => { this.#deaf = true; this.#closeSent = true; socket.end(); }); // sockets of http stay half open
    socket.on('drain', () => socket.resume());
    socket.on('close', () => {
      this.#closeSent = true;
      clearTimeout(this.#patience);
      on.closed();
    });
  }

  get congested() { return !this.#closeSent && this.#socket.writableLength > CONGESTED; }

  sendText(text) {
    this.#send(TEXT, Buffer.byteLength(text), (frame, at) => frame.write(text, at, 'utf8'));
  }

  /** Starts the closing handshake, and hangs up when the peer has answered it. */
  close(code) {
    if (this.#closeSent) return;
    this.#sendClose(code);
    this.#hangUpLater();
  }

  take(chunk) {
    this.#traffic.bytesIn += chunk.length;
    let at = 0;
    while (at < chunk.length && !this.#deaf) {
      if (this.#frame === null) this.#takeOfHeader(chunk[at++]);
      else at = this.#takeOfPayload(chunk, at);
    }
    if (this.congested) this.#socket.pause();
  }

  // --- what comes

  #takeOfHeader(byte) {
    const header = this.#header;
    header[this.#headerUsed++] = byte;
    if (this.#headerUsed === 2) {
      const problem = this.#problemOf(header[0], header[1]);
      if (problem !== null) return this.#fail(1002, problem);
      const length = header[1] & 0x7f;
      this.#headerSize = 2 + (length === 127 ? 8 : length === 126 ? 2 : 0) + 4;
    }
    if (this.#headerUsed >= this.#headerSize) this.#begin();
  }

  #problemOf(first, second) {
    const opcode = first & 0x0f;
    if (first & 0x70) return 'a reserved bit';
    if (!(second & 0x80)) return 'an unmasked frame';
    if (opcode >= 0x8) {
      if (opcode > PONG) return 'an unknown opcode';
      if (!(first & 0x80)) return 'a fragmented control frame';
      if ((second & 0x7f) > 125) return 'a long control frame';
      return null;
    }
    if (opcode > BINARY) return 'an unknown opcode';
    if (opcode === CONTINUATION && this.#messageType === null) return 'a continuation of nothing';
    if (opcode !== CONTINUATION && this.#messageType !== null) return 'a message within a message';
    return null;
  }

  #begin() {
    const header = this.#header;
    const size = this.#headerSize;
    let length = header[1] & 0x7f;
    if (length === 126) {
      length = header.readUInt16BE(2);
      if (length < 126) return this.#fail(1002, 'a length that is too long');
    } else if (length === 127) {
      if (header[2] & 0x80) return this.#fail(1002, 'a negative length');
      const big = header.readBigUInt64BE(2);
      if (big < 65536n) return this.#fail(1002, 'a length that is too long');
      length = Number(big); // rounded over 2^53, and refused below
    }
    const opcode = header[0] & 0x0f;
    if (opcode < CLOSE) {
      if (this.#messageUsed + length > this.#limit) return this.#fail(1009, 'the message is too big');
      if (opcode !== CONTINUATION) this.#messageType = opcode;
      this.#makeRoom(this.#messageUsed + length);
    }
    const mask = [header[size - 4], header[size - 3], header[size - 2], header[size - 1]];
    this.#frame = { fin: (header[0] & 0x80) !== 0, opcode, left: length, mask, turn: 0 };
    this.#headerUsed = 0;
    this.#headerSize = 2;
    if (length === 0) this.#end();
  }

  #makeRoom(bytes) {
    if (bytes <= this.#message.length) return;
    const bigger = Buffer.allocUnsafe(Math.max(bytes, Math.min(2 * this.#message.length, this.#limit), 512));
    this.#message.copy(bigger, 0, 0, this.#messageUsed);
    this.#message = bigger;
  }

  #takeOfPayload(chunk, at) {
    const frame = this.#frame;
    const { mask, turn } = frame;
    const count = Math.min(frame.left, chunk.length - at);
    const control = frame.opcode >= CLOSE;
    const into = control ? this.#control : this.#message;
    const used = control ? this.#controlUsed : this.#messageUsed;
    for (let i = 0; i < count; ++i) into[used + i] = chunk[at + i] ^ mask[(turn + i) & 3];
    if (control) this.#controlUsed += count;
    else this.#messageUsed += count;
    frame.turn = (turn + count) & 3;
    frame.left -= count;
    if (frame.left === 0) this.#end();
    return at + count;
  }

  #end() {
    const { fin, opcode } = this.#frame;
    this.#frame = null;
    ++this.#traffic.framesIn;
    if (opcode >= CLOSE) {
      const payload = this.#control.subarray(0, this.#controlUsed);
      this.#controlUsed = 0;
      if (opcode === CLOSE) this.#closed(payload);
      else if (opcode === PING) this.#send(PONG, payload.length, (frame, at) => payload.copy(frame, at));
      return;
    }
    if (this.#messageType === TEXT && !this.#checkText(fin)) return this.#fail(1007, 'not UTF-8');
    if (!fin) return;
    const type = this.#messageType;
    const bytes = this.#message.subarray(0, this.#messageUsed);
    this.#messageType = null;
    this.#messageUsed = this.#messageChecked = 0;
    if (this.#message.length > KEPT_BYTES) this.#message = Buffer.alloc(0);
    if (this.#closeSent) return; // we are leaving: only the peer's Close is waited for
    if (type === TEXT) this.#on.text(bytes);
    else this.#on.binary();
  }

  /** Checks the characters that the frame brought; one that a fragment cuts in two waits for the next. */
  #checkText(fin) {
    const end = fin ? this.#messageUsed : endOfWhole(this.#message, this.#messageChecked, this.#messageUsed);
    if (!isUtf8(this.#message.subarray(this.#messageChecked, end))) return false;
    this.#messageChecked = end;
    return true;
  }

  #closed(payload) {
    const code = payload.length >= 2 ? payload.readUInt16BE(0) : null;
    if (payload.length === 1 || (code !== null && !mayBeSent(code))) return this.#fail(1002, 'a Close without a fit code');
    if (!isUtf8(payload.subarray(2))) return this.#fail(1007, 'not UTF-8');
    if (!this.#closeSent) this.#sendClose(code);
    this.#deaf = true;
    this.#hangUpLater();
    this.#socket.destroySoon(); // both have said all: when it is sent, it is the server that hangs up
  }

  // --- what goes

  #fail(code, reason) {
    if (!this.#closeSent) this.#sendClose(code, reason);
    this.#hangUp();
  }

  #sendClose(code, reason = '') {
    this.#send(CLOSE, code === null ? 0 : 2 + reason.length, (frame, at) => {
      if (code === null) return;
      frame.writeUInt16BE(code, at);
      frame.write(reason, at + 2, 'latin1');
    });
    this.#closeSent = true;
  }

  /** Ends our half, and takes what the peer still sends: a reset would cost it our Close. */
  #hangUp() {
    this.#deaf = true;
    this.#message = Buffer.alloc(0);
    this.#socket.end();
    this.#socket.resume();
    this.#hangUpLater();
  }

  #hangUpLater() {
    this.#patience ??= setTimeout(() => this.#socket.destroy(), PATIENCE_MS);
  }

  #send(opcode, length, write) {
    if (this.#closeSent) return;
    const size = length < 126 ? 2 : length < 65536 ? 4 : 10;
    const frame = Buffer.allocUnsafe(size + length);
    frame[0] = 0x80 | opcode;
    if (size === 2) frame[1] = length;
    else if (size === 4) { frame[1] = 126; frame.writeUInt16BE(length, 2); }
    else { frame[1] = 127; frame.writeBigUInt64BE(BigInt(length), 2); }
    write(frame, size);
    ++this.#traffic.framesOut;
    this.#traffic.bytesOut += frame.length;
    this.#socket.write(frame);
  }
}
