// The opening handshake of RFC 6455 on Node's http server: which upgrades are taken, and with which token.

import { createHash } from 'node:crypto';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/; // RFC 9110, 5.6.2
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);
const REASONS = { 400: 'Bad Request', 403: 'Forbidden', 405: 'Method Not Allowed', 426: 'Upgrade Required' };

export class Refusal extends Error {
  constructor(status, message, headers = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** The elements of a header that is a list; empty ones do not count (RFC 9110, 5.6.1.2). */
const elements = (value) => (value ?? '').split(',').map((each) => each.trim()).filter((each) => each !== '');

/** Throws unless the one Host is a name of this machine's loopback: another name is a browser led astray (CON-11). */
export function checkHost(request) {
  const hosts = request.headersDistinct.host ?? [];
  if (hosts.length !== 1) throw new Refusal(400, 'one Host, please');
  const name = /^(\[[^\]]*\]|[^:]*)(?::\d*)?$/.exec(hosts[0])?.[1].toLowerCase();
  if (!LOOPBACK.has(name)) throw new Refusal(403, 'not a host of this agent');
}

/** A page of another origin has no business here; programs send no Origin at all (CON-11). */
function checkOrigin(request) {
  const { origin, host } = request.headers;
  if (origin === undefined) return;
  const own = /^(?:https?|wss?):\/\/([^/]+)$/i.exec(origin)?.[1].toLowerCase();
  if (own !== host.toLowerCase()) throw new Refusal(403, 'foreign origin');
}

/** What the client wants: its key, the subprotocols it offers, its bearer token or null. Throws a Refusal. */
export function readUpgrade(request) {
  checkHost(request);
  checkOrigin(request);
  const { headers } = request;
  if (request.method !== 'GET') throw new Refusal(405, 'an upgrade is a GET', { Allow: 'GET' });
  if (request.httpVersionMajor === 1 && request.httpVersionMinor < 1) throw new Refusal(400, 'HTTP/1.1, please');
  if (!elements(headers.upgrade).some((each) => each.toLowerCase() === 'websocket')) {
    throw new Refusal(426, 'only WebSocket is spoken here', { Upgrade: 'websocket' });
  }
  if (headers['sec-websocket-version'] !== '13') {
    throw new Refusal(426, 'only WebSocket 13 is spoken here', { 'Sec-WebSocket-Version': '13' });
  }
  const key = headers['sec-websocket-key'] ?? '';
  const nonce = Buffer.from(key, 'base64');
  if (nonce.length !== 16 || nonce.toString('base64').length !== key.length) throw new Refusal(400, 'no fit Sec-WebSocket-Key');

  const offered = elements(headers['sec-websocket-protocol']);
  if (!offered.every((each) => TOKEN.test(each)) || new Set(offered).size !== offered.length) {
    throw new Refusal(400, 'no fit Sec-WebSocket-Protocol');
  }
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1] ?? null;
  return { key, offered, bearer };
}

export function accept(socket, key, subprotocol) {
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${createHash('sha1').update(key + GUID).digest('base64')}`,
  ];
  if (subprotocol !== null) lines.push(`Sec-WebSocket-Protocol: ${subprotocol}`);
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
}

export function refuse(socket, { status, message, headers }) {
  const body = `${message}\n`;
  const lines = [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    'Connection: close',
    'Content-Type: text/plain',
    `Content-Length: ${body.length}`,
  ];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
  socket.resume();
  const patience = setTimeout(() => socket.destroy(), 2000);
  socket.on('close', () => clearTimeout(patience));
}
