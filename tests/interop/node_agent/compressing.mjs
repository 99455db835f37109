// Echoes what it is asked, with permessage-deflate as its first argument wants it (options of `ws`, as JSON; false: none).
//
//     node compressing.mjs '{"serverNoContextTakeover": true, "threshold": 0}'

import { WebSocketServer } from "ws";

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: JSON.parse(process.argv[2]) });
server.on("listening", () => console.log(JSON.stringify({ listening: `ws://127.0.0.1:${server.address().port}` })));
server.on("connection", (socket) => {
  socket.on("message", (data) => {
    const { id, args } = JSON.parse(data);
    for (const part of ["running", "running", "finished"]) {
      socket.send(JSON.stringify({ id, status: part, result: args.at(-1), extensions: socket.extensions }));
    }
  });
});
process.on("SIGTERM", () => process.exit(0));
