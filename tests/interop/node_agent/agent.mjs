// The program: listens, says so in one JSON line, and goes with 1001 when it is told to.
import { renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { Connection } from "./connection.mjs";
import { Metrics } from "./metrics.mjs";
import { parseCommandLine, usage, UsageError } from "./options.mjs";
import { SegmentShaper } from "./segments.mjs";
import { Sessions } from "./sessions.mjs";
import { answerRefusal, judge } from "./upgrade.mjs";

const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
const DEFAULT_ACCOUNTS = ["admin@procedura.org:secret123", "guest@procedura.org:four:words:and:colons"];
const PATIENCE_WITH_CLOSING_MS = 2000;

class Agent {
  metrics = new Metrics();
  #connections = new Set();
  #jobs = 0;

  constructor(options) {
    this.options = options;
    const accounts = options.user.length > 0 ? options.user : DEFAULT_ACCOUNTS;
    this.sessions = new Sessions(accounts, options);
    this.webSockets = new WebSocketServer({
      noServer: true,
      maxPayload: MAX_MESSAGE_BYTES,
      perMessageDeflate: false,
      // Only the first offer is looked at as a token, so it alone may be selected (AUT-3a).
      handleProtocols: ([first]) => (options["no-echo"] ? false : first),
    });
  }

  nextJobId() {
    this.#jobs += 1;
    return `job-${this.#jobs}`;
  }

  /** One upgrade request, from the HTTP server. */
  upgrade(request, socket, head) {
    socket.on("error", () => socket.destroy());
    const { identity, refusal } = judge(request, this.sessions, this.options.refuse);
    if (refusal) {
      answerRefusal(socket, refusal);
      return;
    }
    const { coalesce, split } = this.options;
    const stream = coalesce || split ? new SegmentShaper(socket, { coalesce, split }) : socket;
    this.webSockets.handleUpgrade(request, stream, head, (webSocket) => {
      this.metrics.connected();
      this.#connections.add(new Connection(webSocket, this, identity));
    });
  }

  left(connection) {
    this.metrics.disconnected();
    this.#connections.delete(connection);
  }

  /** LOG-5: closes what else bears this session. */
  closeOthers(session, survivor) {
    for (const connection of this.#connections) {
      if (connection !== survivor && connection.identity.session === session) {
        connection.webSocket.close(4001, "replaced by another login");
      }
    }
  }

  goAway() {
    for (const { webSocket } of this.#connections) webSocket.close(1001, "the agent is going down");
    setTimeout(() => this.#connections.forEach(({ webSocket }) => webSocket.terminate()), PATIENCE_WITH_CLOSING_MS).unref();
  }
}

function announce(server, { host, "ready-file": readyFile }) {
  const { port } = server.address();
  const line = JSON.stringify({ listening: `ws://${host.includes(":") ? `[${host}]` : host}:${port}`, pid: process.pid });
  if (readyFile) {
    // Renamed into place: who waits for the file never reads half of it.
    writeFileSync(`${readyFile}.part`, `${line}\n`);
    renameSync(`${readyFile}.part`, readyFile);
  }
  process.stdout.write(`${line}\n`);
}

function serve(options) {
  const agent = new Agent(options);
  const server = createServer((_request, response) => {
    response.writeHead(426, { "Content-Type": "text/plain", Connection: "close", Upgrade: "websocket" });
    response.end("This is a Procedura agent: speak WebSocket to it.\n");
  });
  server.on("upgrade", (request, socket, head) => agent.upgrade(request, socket, head));
  server.on("error", (error) => {
    process.stderr.write(`cannot listen on ${options.host}:${options.port}: ${error.message}\n`);
    process.exitCode = 3;
  });
  server.listen(options.port, options.host, () => announce(server, options));
  const stop = () => {
    server.close();
    agent.goAway();
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

try {
  const options = parseCommandLine(process.argv.slice(2));
  if (options.help) process.stdout.write(`${usage()}\n`);
  else serve(options);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`agent.mjs: ${error.message}\nsee: node agent.mjs --help\n`);
  process.exitCode = 2;
}
