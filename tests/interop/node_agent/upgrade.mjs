// The handshake: who may connect, and which token counts (CON-11, AUT-2 to AUT-6).

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/;

function originIsForeign(origin) {
  try {
    return !LOOPBACK.test(new URL(origin).hostname);
  } catch {
    return true;
  }
}

/** `{ token, via }` of an upgrade request, {} without a token. The subprotocol decides where both are sent (AUT-2a). */
export function offeredToken({ headers }) {
  const [subprotocol] = (headers["sec-websocket-protocol"] ?? "").split(",").map((word) => word.trim());
  if (subprotocol) return { token: subprotocol, via: "subprotocol" };
  const [, bearer] = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? "") ?? [];
  return bearer ? { token: bearer, via: "bearer" } : {};
}

/** `{ identity }`, or `{ refusal: { status, reason } }` where the upgrade is to fail. */
export function judge(request, sessions, refuse) {
  const { origin } = request.headers;
  if (origin !== undefined && originIsForeign(origin)) return { refusal: { status: 403, reason: "Forbidden" } };
  const { token, via } = offeredToken(request);
  if (token === undefined) return { identity: {} };
  const session = sessions.find(token);
  if (refuse === "http-401" && (!session || sessions.isExpired(session))) {
    return { refusal: { status: 401, reason: "Unauthorized" } };
  }
  return { identity: session ? { session, via } : {} };
}

export function answerRefusal(socket, { status, reason }) {
  const body = `${reason}\n`;
  const challenge = status === 401 ? 'WWW-Authenticate: Bearer realm="procedura"\r\n' : "";
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\n${challenge}Connection: close\r\nContent-Type: text/plain\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
  );
}
