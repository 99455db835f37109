// The least that puts a load on an agent and measures it, on Node's ws.
//
//     node client.mjs --url URL (--rate R | --concurrency C) --connections N --warm-up S --duration S
//
// One thread. An open loop sleeps until two milliseconds before a job is due, and asks the event loop the rest of the time: Node's timers are
// too late to measure by. A job's latency counts from when it was due.
import { once } from "node:events";
import { parseArgs } from "node:util";
import { WebSocket } from "ws";

const PATIENCE_MS = 2000;
const SPIN_MS = 2;

const names = ["url", "rate", "concurrency", "connections", "warm-up", "duration"];
const { values } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: "string" }])) });
const windowBegin = Number(values["warm-up"]) * 1000;
const windowEnd = windowBegin + Number(values.duration) * 1000;

const due = []; // by id; milliseconds since the start, as all times here
const latencies = [];
let ended = 0;
let endedInWindow = 0;
let start = 0;

const now = () => performance.now() - start;
const inWindow = (at) => at >= windowBegin && at < windowEnd;

function begin(socket, at) {
  const id = String(due.length);
  due.push(at);
  socket.send(JSON.stringify({ id, cmd: "worldstate_snapshot", args: ["worldstate_snapshot", "--terse"], mode: "sync" }));
}

function onMessage(socket, data) {
  const at = now();
  const { id, status } = JSON.parse(data);
  if (status !== "finished") return;
  ended += 1;
  const from = due[Number(id)];
  if (inWindow(from)) latencies.push(at - from);
  if (inWindow(at)) endedInWindow += 1;
  if (values.concurrency && at < windowEnd) begin(socket, at);
}

const sleep = (ms) => new Promise((resolve) => (ms > 0 ? setTimeout(resolve, ms) : setImmediate(resolve)));

// All jobs of the open loop, each at its time.
async function pace(sockets) {
  for (let number = 0; ; number += 1) {
    const at = (number * 1000) / Number(values.rate);
    if (at >= windowEnd) return;
    for (let left = at - now(); left > 0; left = at - now()) await sleep(left - SPIN_MS);
    begin(sockets[number % sockets.length], at);
  }
}

async function connect() {
  const socket = new WebSocket(values.url, { perMessageDeflate: false });
  await once(socket, "open");
  socket.on("message", (data) => onMessage(socket, data));
  return socket;
}

function report() {
  latencies.sort((a, b) => a - b);
  const quantile = (percent, needed) =>
    latencies.length < needed ? null : Math.round(latencies[Math.ceil((latencies.length * percent) / 100) - 1] * 1e6);
  return {
    measured: latencies.length,
    rate: (endedInWindow * 1000) / (windowEnd - windowBegin),
    unfinished: due.length - ended,
    p50_ns: quantile(50, 200),
    p99_ns: quantile(99, 10_000),
  };
}

const sockets = [];
for (let i = 0; i < Number(values.connections); i += 1) sockets.push(await connect());
start = performance.now();
if (values.rate) {
  await pace(sockets);
} else {
  for (let i = 0; i < Number(values.concurrency); i += 1) begin(sockets[i % sockets.length], now());
  await sleep(windowEnd);
}
const deadline = now() + PATIENCE_MS;
while (ended < due.length && now() < deadline) await sleep(10);
console.log(JSON.stringify(report()));
for (const socket of sockets) socket.close();
