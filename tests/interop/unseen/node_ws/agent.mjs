// A Procedura agent on Node and the npm package `ws`, written from protocol/README.md alone.
//
//   node agent.mjs --port N [--fault ID]...
//
// It listens on 127.0.0.1 (port 0: any free one), prints {"listening":"ws://127.0.0.1:PORT"}, and ends on SIGTERM with 0.

import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { Connection } from './connection.mjs';
import { acts, faultIds, switchOn } from './faults.mjs';
import { Metrics } from './metrics.mjs';
import { isKnown } from './sessions.mjs';

const require = createRequire(new URL('../../node_agent/package.json', import.meta.url));
const { WebSocket, WebSocketServer } = require('ws');

const HOST = '127.0.0.1';
const DEFAULT_PORT = '8765';
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
const MAX_FRAGMENTS = 1024 * 1024;
const GOODBYE_MS = 2000;
const OWN_NAMES = ['127.0.0.1', 'localhost', '[::1]'];

function usageError(message) {
  process.stderr.write(`${message}\nusage: node agent.mjs --port N [--fault ${faultIds().join('|')}]...\n`);
  process.exit(2);
}

function readCommandLine() {
  let values;
  try {
    ({ values } = parseArgs({
      options: { port: { type: 'string', default: DEFAULT_PORT }, fault: { type: 'string', multiple: true, default: [] } },
    }));
  } catch (error) {
    usageError(error.message);
  }
  const port = /^[0-9]+$/.test(values.port) ? Number(values.port) : NaN;
  if (!(port <= 65535)) usageError('--port must be a number from 0 to 65535');
  for (const id of values.fault) {
    if (!switchOn(id)) usageError('--fault: no such fault');
  }
  return port;
}

// `ws` closes with its own code and no reason when it refuses what came; the peer's Close it answers with the peer's reason.
class AgentSocket extends WebSocket {
  close(code, reason) {
    super.close(code === 1009 && reason === undefined && acts('CON-3.4') ? 1000 : code, reason);
  }
}

// The subprotocol is the token (AUT-1) and is always selected (AUT-3). Should several be offered, one that is a token counts.
function chooseSubprotocol(offered) {
  const names = [...offered];
  return names.find(isKnown) ?? names[0];
}

const bearerOf = (request) => /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;

// Pages of other origins, and names that were made to point at this machine, are kept out (CON-11): a status, or null.
function refusalOf(request, port) {
  const hosts = request.headersDistinct.host ?? [];
  if (hosts.length !== 1) return 400;
  if (!OWN_NAMES.includes(hosts[0].toLowerCase().replace(/:[0-9]*$/, ''))) return 403;
  const { origin } = request.headers;
  if (origin !== undefined && !OWN_NAMES.some((name) => origin.toLowerCase() === `http://${name}:${port}`)) return 403;
  return null;
}

function refuseUpgrade(socket, status, headers = '') {
  socket.on('error', () => {});
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n${headers}\r\n`);
}

const wantedPort = readCommandLine();
const metrics = new Metrics();
let goingDown = false;

const webSockets = new WebSocketServer({
  noServer: true,
  WebSocket: AgentSocket,
  maxPayload: MAX_MESSAGE_BYTES,
  maxFragments: MAX_FRAGMENTS,
  autoPong: false, // the connection answers: ws would hang up on a burst of more than 60 pings
  perMessageDeflate: false,
  handleProtocols: chooseSubprotocol,
});

const http = createServer((request, response) => {
  const status = refusalOf(request, http.address()?.port) ?? 426;
  response.writeHead(status, { Connection: 'close, Upgrade', Upgrade: 'websocket', 'Content-Type': 'text/plain' });
  response.end(status === 426 ? 'This is a WebSocket endpoint.\n' : 'Refused.\n');
});

http.on('upgrade', (request, socket, head) => {
  const status = goingDown ? 503 : refusalOf(request, http.address()?.port);
  if (status !== null) return refuseUpgrade(socket, status);
  if (request.headers['sec-websocket-version'] !== '13') return refuseUpgrade(socket, 426, 'Sec-WebSocket-Version: 13\r\n');
  webSockets.handleUpgrade(request, socket, head, (webSocket) => {
    const connection = new Connection(webSocket, metrics);
    const bearer = bearerOf(request);
    if (webSocket.protocol) connection.bear(webSocket.protocol, 'subprotocol'); // it decides, even over a Bearer (AUT-2a)
    else if (bearer !== null) connection.bear(bearer, 'bearer');
  });
});

function goDown() {
  if (goingDown) return;
  goingDown = true;
  http.close();
  http.closeAllConnections();
  webSockets.close(() => process.exit(0)); // once the last connection is gone
  for (const webSocket of webSockets.clients) {
    webSocket.close(1001, 'going down');
    webSocket.resume(); // or the answer would not be heard where reading was held back
  }
  setTimeout(() => process.exit(0), GOODBYE_MS);
}

process.on('SIGTERM', goDown);
process.on('SIGINT', goDown);
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});
http.on('error', (error) => {
  process.stderr.write(`cannot listen: ${error.message}\n`);
  process.exit(1);
});
http.listen(wantedPort, HOST, () => {
  process.stdout.write(`${JSON.stringify({ listening: `ws://${HOST}:${http.address().port}` })}\n`);
});
