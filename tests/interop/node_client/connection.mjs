// The WebSocket, as the library has it: its events, timers and errors, named as the protocol names them.
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { WebSocket } from "ws";
import { Failure } from "./failure.mjs";

const SUBPROTOCOL = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VISIBLE = /^[\x21-\x7e]+$/;
const NEVER_CONNECTED = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT", "EADDRNOTAVAIL"];
const CLOSE_TIMEOUT_MS = 1000;

/** The token on both paths (AUT-1), or on one where it is no legal subprotocol (AUT-4). Throws Failure. */
export function credentialsOf(token, warn) {
  if (token === undefined) return { headers: {}, protocols: [] };
  if (!VISIBLE.test(token)) throw new Failure("TOKEN", "the token has characters that no header can carry; log in again");
  const protocols = SUBPROTOCOL.test(token) ? [token] : [];
  if (protocols.length === 0) warn("the token is no legal subprotocol: it is sent as Authorization alone");
  return { headers: { Authorization: `Bearer ${token}` }, protocols };
}

function namedError(error, url, secured) {
  if (error.code?.startsWith("WS_ERR_")) return new Failure("PROTOCOL_ERROR", error.message);
  if (url.protocol === "wss:" && !secured && !NEVER_CONNECTED.includes(error.code)) return new Failure("TLS_FAILED", error.message);
  if (error.code === undefined) return new Failure("PROTOCOL_ERROR", `the handshake is not in order: ${error.message}`);
  return new Failure("CONNECT_FAILED", `${url.origin}: ${error.code}`);
}

function certificates(file) {
  try {
    return file === undefined ? undefined : readFileSync(file);
  } catch (error) {
    throw new Failure("USAGE", `--ca: ${file} cannot be read (${error.code})`);
  }
}

/**
 * Connects, and answers with {send(text), close(), onText, onLost}: `onLost(failure)` is called once, when the connection ends
 * before close() was called. Throws Failure.
 */
export async function connect(asked, token, warn) {
  const { headers, protocols } = credentialsOf(token, warn);
  const socket = new WebSocket(asked.url, protocols, {
    headers, ca: certificates(asked.ca), maxPayload: asked["max-message"], perMessageDeflate: false, followRedirects: false,
    servername: isIP(asked.url.hostname) ? "" : asked.url.hostname,
  });
  let secured = false;
  await new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      reject(new Failure("CONNECT_TIMEOUT", `no connection to ${asked.url.origin} within ${asked["connect-timeout"] / 1000} s`));
      socket.terminate();
    }, asked["connect-timeout"]);
    const settle = (then) => (value) => {
      clearTimeout(late);
      then(value);
    };
    socket.on("upgrade", (response) => {
      secured = true;
      // An agent need not select the subprotocol that is a token (AUT-3); the library would fail the handshake for that.
      if (protocols.length > 0) response.headers["sec-websocket-protocol"] ??= protocols[0];
    });
    socket.on("unexpected-response", (request, response) => {
      settle(reject)(new Failure("HANDSHAKE_REFUSED", `${asked.url.origin} answered with ${response.statusCode}`));
      request.destroy();
    });
    socket.on("open", settle(resolve));
    socket.on("error", (error) => settle(reject)(namedError(error, asked.url, secured)));
  });
  return new Connection(socket, asked);
}

class Connection {
  #socket;
  #closing = false;
  #lost; // what the library said before it closed
  #pings;
  #pong;
  onText = () => {};
  onLost = () => {};

  constructor(socket, asked) {
    this.#socket = socket;
    socket.on("message", (data, binary) => binary || this.onText(data.toString("utf8")));
    socket.on("error", (error) => {
      const tooBig = error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH";
      if (tooBig) this.#lost ??= new Failure("MESSAGE_TOO_BIG", `a message of the agent has more than ${asked["max-message"]} bytes`);
      else if (error.code?.startsWith("WS_ERR_")) this.#lost ??= new Failure("PROTOCOL_ERROR", error.message);
      else this.#lost ??= new Failure("CONNECTION_LOST", `the connection broke: ${error.code ?? error.message}`);
      this.#end();
    });
    socket.on("close", (code, reason) => {
      const said = reason.length > 0 ? `, "${reason}"` : "";
      this.#lost ??= new Failure("CONNECTION_LOST", code === 1006 ? "the agent hung up without a Close" : `the agent closed with ${code}${said}`);
      this.#end();
    });
    this.#keepAlive(asked["ping-interval"], asked["pong-timeout"]);
  }

  send(text) {
    this.#socket.send(text);
  }

  /** The close handshake; an agent that does not answer it is left (CON-10). */
  async close() {
    this.#closing = true;
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise((resolve) => this.#socket.once("close", resolve));
    const late = setTimeout(() => this.#socket.terminate(), CLOSE_TIMEOUT_MS);
    this.#socket.close(1000);
    await closed;
    clearTimeout(late);
    this.#quiet();
  }

  #keepAlive(interval, timeout) {
    this.#pings = setInterval(() => {
      if (this.#socket.readyState !== WebSocket.OPEN) return;
      this.#socket.ping();
      this.#pong ??= setTimeout(() => {
        this.#lost ??= new Failure("CONNECTION_LOST", `no pong within ${timeout / 1000} s`);
        this.#socket.terminate();
      }, timeout);
    }, interval);
    this.#socket.on("pong", () => {
      clearTimeout(this.#pong);
      this.#pong = undefined;
    });
  }

  #quiet() {
    clearInterval(this.#pings);
    clearTimeout(this.#pong);
  }

  #end() {
    this.#quiet();
    const tell = this.#closing ? () => {} : this.onLost;
    this.#closing = true;
    tell(this.#lost);
  }
}
