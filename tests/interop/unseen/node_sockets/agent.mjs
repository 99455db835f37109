// A Procedura agent on Node's standard library alone: node agent.mjs --port 0 [--fault ID]...

import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

import { faulty, fired, switchOn } from './faults.mjs';
import { Connection } from './framing.mjs';
import { Refusal, accept, checkHost, readUpgrade, refuse } from './handshake.mjs';
import { Client } from './requests.mjs';
import { Sessions } from './sessions.mjs';

const MESSAGE_LIMIT = 16 * 1024 * 1024;

/** What the connections share. */
class Agent {
  sessions = new Sessions();
  connections = new Set();
  connectionsEver = 0;
  traffic = { framesIn: 0, framesOut: 0, bytesIn: 0, bytesOut: 0 };
  jobs = { live: 0, finished: 0, failed: 0 };
  errors = new Map();
  #jobsEver = 0;
  #since = performance.now();

  nextJobId() { return `job-${(++this.#jobsEver).toString(16).padStart(6, '0')}`; }

  metrics() {
    const { framesIn, framesOut, bytesIn, bytesOut } = this.traffic;
    return {
      uptime_s: Math.floor((performance.now() - this.#since) / 1000),
      connections: { open: this.connections.size, total: this.connectionsEver },
      frames: { in: framesIn, out: framesOut },
      bytes: { in: bytesIn, out: bytesOut },
      jobs: { ...this.jobs },
      errors: Object.fromEntries(this.errors),
    };
  }

  /** Takes or refuses an upgrade. An unknown or dead token does not keep anybody out: login_password is open to all. */
  upgrade(request, socket, head) {
    socket.on('error', () => socket.destroy());
    let wish;
    try {
      wish = readUpgrade(request);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return refuse(socket, error);
    }
    const { key, offered, bearer } = wish;
    const subprotocol = offered.find((each) => this.sessions.find(each) !== null) ?? offered[0] ?? null;

    const client = new Client(this);
    client.session = this.sessions.find(subprotocol ?? bearer); // the subprotocol decides (AUT-2a)
    client.via = subprotocol !== null ? 'subprotocol' : 'bearer';
    if (faulty('AUT-2a.2') && subprotocol !== null && bearer !== null && subprotocol !== bearer) {
      client.session = null;
      fired('AUT-2a.2');
    }

    accept(socket, key, subprotocol);
    const connection = new Connection(socket, {
      limit: MESSAGE_LIMIT,
      traffic: this.traffic,
      on: {
        text: (bytes) => client.text(bytes),
        binary: () => client.binary(),
        closed: () => this.connections.delete(connection),
      },
    });
    client.connection = connection;
    this.connections.add(connection);
    ++this.connectionsEver;
    if (head.length > 0) connection.take(head);
  }
}

function answerPlainHttp(request, response) {
  const headers = { 'Content-Type': 'text/plain', Connection: 'close' };
  try {
    checkHost(request);
    response.writeHead(426, { ...headers, Upgrade: 'websocket' }).end('only WebSocket is spoken here\n');
  } catch (error) {
    response.writeHead(error.status, headers).end(`${error.message}\n`);
  }
}

function readCommandLine() {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '8765' }, fault: { type: 'string', multiple: true, default: [] } },
  });
  const port = /^\d{1,5}$/.test(values.port) ? Number(values.port) : NaN;
  if (!(port <= 65535)) throw new Error('--port takes 0 to 65535');
  values.fault.forEach(switchOn);
  return port;
}

function main() {
  let port;
  try {
    port = readCommandLine();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }

  const agent = new Agent();
  const server = createServer(answerPlainHttp);
  server.on('upgrade', (request, socket, head) => agent.upgrade(request, socket, head));
  server.on('error', (error) => {
    process.stderr.write(`cannot listen: ${error.code}\n`);
    process.exit(1);
  });

  let goingDown = false;
  const goDown = () => {
    if (goingDown) return;
    goingDown = true;
    server.close();
    server.closeAllConnections();
    for (const connection of agent.connections) connection.close(1001);
    const leave = () => { if (agent.connections.size === 0) process.exit(0); };
    setInterval(leave, 10);
    setTimeout(() => process.exit(0), 2000);
    leave();
  };
  process.on('SIGTERM', goDown);
  process.on('SIGINT', goDown);
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});

  server.listen(port, '127.0.0.1', () => {
    process.stdout.write(`${JSON.stringify({ listening: `ws://127.0.0.1:${server.address().port}` })}\n`);
  });
}

main();
