// What goes wrong has a name (the protocol's, or the agent's own) and an exit code.
const EXITS = {
  USAGE: 2, TOKEN: 4, CONNECT_TIMEOUT: 3, CONNECT_FAILED: 3, TLS_FAILED: 3, HANDSHAKE_REFUSED: 4,
  ACK_TIMEOUT: 5, FINAL_TIMEOUT: 5, DEADLINE: 5, CONNECTION_LOST: 6, PROTOCOL_ERROR: 6, MESSAGE_TOO_BIG: 6,
};

export class Failure extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }

  /** 1: the agent itself said no. */
  get exitCode() {
    return EXITS[this.code] ?? 1;
  }
}
