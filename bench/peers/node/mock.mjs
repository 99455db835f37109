// The least that answers the request with an ack and a result, on Node's ws.
//
//     node mock.mjs --port 0 --result JSON
import { parseArgs } from "node:util";
import { WebSocketServer } from "ws";

const { values } = parseArgs({ options: { port: { type: "string" }, result: { type: "string" } } });
const result = JSON.parse(values.result);

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(values.port), perMessageDeflate: false });
server.on("connection", (socket) => {
  socket.on("message", (data) => {
    const { id } = JSON.parse(data);
    socket.send(JSON.stringify({ id, status: "ack" }));
    socket.send(JSON.stringify({ id, status: "finished", result }));
  });
});
server.on("listening", () => {
  console.log(JSON.stringify({ listening: `ws://127.0.0.1:${server.address().port}/` }));
});
