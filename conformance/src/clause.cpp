#include <procedura/conformance/clause.hpp>

#include <algorithm>
#include <array>

namespace procedura::conformance {
namespace {

// Transcribed from the protocol's page, word for word: a report quotes what the agent's authors can look up.
constexpr auto table = std::to_array<Clause>({
    {"CON-1", Level::must, "D", Party::both,
     "RFC 6455 WebSocket over `ws://` or `wss://`. Default endpoint `ws://127.0.0.1:8765`."},
    {"CON-2", Level::must, "D", Party::both, "One JSON object per text frame, UTF-8."},
    {"CON-3", Level::must, "O", Party::both,
     "Both sides take messages of at least 8 MiB (a limit that can be set). Over its limit a side closes with 1009."},
    {"CON-4", Level::must, "X", Party::both,
     "A binary frame, invalid JSON, or JSON that is no object is answered by an agent with an untargeted error (`BAD_FRAME`), "
     "and ignored and counted by a client; the connection stays open. A frame whose `id` can be read but whose rest is broken "
     "ends that request at the client with `PROTOCOL_ERROR`."},
    {"CON-5", Level::must, "R", Party::both, "Invalid UTF-8 in a text frame fails the connection (1007)."},
    {"CON-6", Level::must, "RD", Party::both,
     "Ping is answered by pong, also while jobs run. Clients ping on an interval (default 120 s) and give up on a missing pong "
     "(default 300 s), both settable."},
    {"CON-7", Level::must, "O", Party::both,
     "One connection carries any number of concurrent requests, sync and async mixed; none waits for another."},
    {"CON-8", Level::may, "X", Party::both,
     "permessage-deflate only where both sides are told to; inflated sizes count against CON-3."},
    {"CON-9", Level::must, "X", Party::both,
     "Nesting deeper than 256 is refused before any tree is built (agent: `BAD_FRAME`; client: `PROTOCOL_ERROR`). Frames are "
     "checked as a whole: what is not valid JSON is not JSON."},
    {"CON-10", Level::must, "RX", Party::both,
     "A clean end is a close handshake with 1000; an agent going down closes with 1001; a Close is answered."},
    {"CON-11", Level::must, "X", Party::agent,
     "An agent on loopback refuses an upgrade with a foreign `Origin` unless told otherwise, and `Host` names it does not know "
     "on its HTTP side."},
    {"AUT-1", Level::must, "D", Party::client,
     "A client that holds a session token sends it in the handshake both as its only `Sec-WebSocket-Protocol` value "
     "(preferred) and as `Authorization: Bearer <token>` (fallback)."},
    {"AUT-2", Level::must, "D", Party::agent, "The agent takes either one alone."},
    {"AUT-2a", Level::must, "X", Party::agent, "If both are sent and differ, the subprotocol decides."},
    {"AUT-3", Level::may, "D", Party::both,
     "The agent echoes the token as the selected subprotocol. Our mock does whenever it accepts the upgrade (Node `ws` and "
     "browsers fail a handshake without the echo)."},
    {"AUT-3a", Level::must, "R", Party::both,
     "No subprotocol is selected that was not offered; a client fails a handshake in which one is."},
    {"AUT-4", Level::must, "RX", Party::client,
     "A token with characters outside RFC 9110's `token` set (base64's `=` and `/`) cannot be a subprotocol: the client sends "
     "it as Bearer alone and logs that. Bytes outside 0x21–0x7E (CR and LF among them) are refused locally, before any "
     "connection."},
    {"AUT-5", Level::must, "D", Party::agent,
     "A connection without a token is accepted, so that `login_password` can be called on it."},
    {"AUT-6", Level::must, "X", Party::agent,
     "An unknown, expired or revoked token never runs a protected module. The agent either refuses the upgrade (HTTP 401) or "
     "accepts and answers each protected command with `AUTH_REQUIRED` (unknown, revoked) or `AUTH_EXPIRED`. The mock can do "
     "each, and closing with 4401; its default is the error, because published clients send their stale token with the very "
     "login that would renew it."},
    {"AUT-7", Level::must, "X", Party::both,
     "Tokens, passwords and credentials never appear in a log, a journal, a report, an error message, or (beyond start-up) a "
     "process list: they show as `<redacted>`. `?token=` in a URL grants nothing."},
    {"AUT-8", Level::must, "X", Party::client,
     "Our client keeps the origin a token came from beside it. Another host, or `wss` → `ws`, gets no saved token (exit 4, "
     "unless `--token` or `--token-file` is explicit). A saved token without a recorded origin is used as the published SDK "
     "would. `ws://` to a host that is not loopback is warned about."},
    {"AUT-9", Level::must, "X", Party::agent,
     "Authentication is looked at per request; running jobs finish after expiry. Protected is every module but "
     "`login_password`, the `__` built-ins and what the agent declares public."},
    {"LOG-1", Level::must, "D", Party::both,
     "Args: the credential, then `--replace` or `--attach`, `--device=KEY`, `--ttl=SECONDS`. Credential: `email:password`, or "
     "its base64, with or without the prefix `b64:`. Read in this order: `b64:` prefix → base64; contains `:` → plain, split "
     "at the first `:`; else base64."},
    {"LOG-2", Level::must, "D", Party::both,
     "Success finishes with a result object that has `session_token` (string, legal as a subprotocol). The client saves it, "
     "and uses it from then on for both handshake paths."},
    {"LOG-3", Level::must, "DX", Party::agent,
     "Idempotent per device: the same user and device key get the same token while it lives. Another device key gets another "
     "token (X), and so does each login without a device key (X)."},
    {"LOG-4", Level::must, "X", Party::agent,
     "The token dies `ttl` seconds after the latest login that returned it; 1 … 31,536,000, anything else is `BAD_REQUEST`. "
     "The result also has `user`, `device`, `expires_in` (seconds) and `attached` (true when a live session was joined)."},
    {"LOG-5", Level::must, "X", Party::agent,
     "`--attach` joins the live session of that user and device, or starts one, and disturbs nobody. `--replace` (the clients' "
     "default) does the same; an agent may then close the session's other connections with 4001 (the mock: `auth.replace`, "
     "`keep` by default), never the one that logs in."},
    {"LOG-6", Level::must, "X", Party::agent,
     "A wrong password, an unknown user and a malformed credential get the same error (`AUTH_FAILED`), in comparable time, and "
     "no token."},
    {"LOG-7", Level::must, "X", Party::agent,
     "After a successful login the connection it came on bears that identity; no reconnect is needed."},
    {"LOG-8", Level::must, "X", Party::client,
     "Our client logs in on a connection without the saved token, so that a stale one never locks its user out of an agent "
     "that refuses the upgrade."},
    {"TOK-1", Level::must, "D", Party::client,
     "The token is kept in `~/.procedura/token`, or in the file that `PROCEDURA_TOKEN_FILE` names: the token, with optional "
     "white space around it."},
    {"TOK-2", Level::must, "X", Party::client,
     "The token's folder has mode 0700 and its files 0600; they are replaced atomically; one that is unreadable, empty or "
     "world-readable gets a clear message, never a crash."},
    {"REQ-1", Level::must, "D", Party::both,
     "`{\"id\": string, \"cmd\": string, \"args\": [string...], \"mode\": \"sync\" | \"async\"}`. Further members are "
     "ignored."},
    {"REQ-2", Level::must, "DO", Party::both,
     "`id` is made by the client and unique among its live requests; it comes back byte for byte. 1–256 bytes. O: the Python "
     "SDK uses 8 hex digits."},
    {"REQ-3", Level::must, "D", Party::both, "`cmd` names the module."},
    {"REQ-4", Level::must, "DO", Party::both,
     "`args`: documented as starting with the module's name (*module-first*). The published Python SDK sends the module's "
     "arguments alone (*bare*), because its agent prepends the name. Both exist in the field. The mock takes both (one leading "
     "element equal to `cmd` is dropped; a scenario can be strict). Our client's default is *automatic*: what the last login "
     "to this origin found to work, else module-first; a login whose style is not known yet tries module-first and, if that is "
     "refused, bare, once, and remembers. The suite reports which styles an agent honours."},
    {"REQ-5", Level::must, "X", Party::agent,
     "A request with a missing or wrongly typed member, or an unknown `mode`, gets `BAD_REQUEST`, with its `id` if that was a "
     "string and is not live."},
    {"REQ-6", Level::must, "X", Party::agent, "An unknown `cmd` gets `UNKNOWN_MODULE` with the `id`."},
    {"REQ-7", Level::must, "X", Party::agent,
     "A request whose `id` is live on that connection gets `DUPLICATE_ID`, untargeted, with the id as `ref` (targeted, it "
     "would end the first request, which goes on)."},
    {"REQ-8", Level::must, "X", Party::agent,
     "Checked in this order: frame, members, duplicate, and then authentication and module in either order (the mock: "
     "authentication first)."},
    {"SYN-1", Level::must, "DO", Party::both,
     "Sync: first `{\"id\",\"status\":\"ack\"}`, then one `{\"status\":\"finished\",\"result\":...}`. Clients also take a "
     "`finished` without an ack before it (O)."},
    {"SYN-2", Level::may, "O", Party::both,
     "The ack has a `job_id`; later frames may then be targeted by `id`, by `job_id` or by both."},
    {"SYN-4", Level::should, "O", Party::agent, "The ack is sent when the request is taken, not when the module ends."},
    {"SYN-3", Level::may, "O", Party::both, "`running` frames may come between ack and finished."},
    {"ASY-1", Level::must, "D", Party::agent,
     "Async: at once `{\"status\":\"started\",\"job_id\"}`, then any number of `running`, then one `finished`."},
    {"ASY-4", Level::must, "O", Party::agent, "A `job_id` is unique among the agent's live jobs."},
    {"ASY-2", Level::should, "O", Party::both,
     "`started` also bears the `id`. The documentation shows it without one: such an agent sends them in the order of the "
     "requests, and a client gives it to its oldest async request that still waits."},
    {"ASY-3", Level::must, "O", Party::both,
     "Frames after `started` are targeted by `id`, by `job_id` or by both. A client knows the `job_id` before it looks at the "
     "next frame, even when both came in one TCP segment."},
    {"ERR-1", Level::must, "DO", Party::both,
     "`{\"status\":\"error\",\"message\":string, \"code\"?: string, ...}` ends the request; it may come first (with no ack or "
     "started) or after any frame. Further members are context and are kept for the user."},
    {"END-1", Level::must, "D", Party::both,
     "Nothing targeted follows a `finished` or `error`. A client drops late frames and counts them."},
    {"ORD-1", Level::must, "D", Party::both,
     "The frames of one request arrive in the order above; frames of different requests interleave freely."},
    {"ORD-2", Level::must, "D", Party::agent, "A targeted frame goes to the connection that made the request and to no other."},
    {"RES-1", Level::must, "O", Party::both,
     "`result` is any JSON value; unknown `status` values are ignored by clients (counted)."},
    {"CLI-1", Level::must, "OX", Party::client,
     "What a client waits for ends and is named: `CONNECT_TIMEOUT`, `CONNECT_FAILED`, `HANDSHAKE_REFUSED` (with the HTTP "
     "status), `TLS_FAILED`, `ACK_TIMEOUT`, `FINAL_TIMEOUT`, `DEADLINE`, `CONNECTION_LOST` (with the close code), "
     "`SLOW_CONSUMER`, `CANCELLED`, `PROTOCOL_ERROR`, `MESSAGE_TOO_BIG`."},
    {"CLI-2", Level::must, "X", Party::client,
     "A request that was sent is never sent again on its own (but see REQ-4 on login): a module may not be safe to run twice."},
    {"CLI-3", Level::must, "X", Party::client,
     "A program whose request failed says so on stderr and exits with another code than 0; one that succeeded exits with 0 "
     "soon after the result, having closed its connection."},
    {"BLT-1", Level::must, "X", Party::agent, "`__keepalive` finishes with `{\"ok\":true,\"server_time_ms\":int}`."},
    {"BLT-2", Level::must, "X", Party::agent,
     "`__diag_ws_metrics` finishes with `{\"uptime_s\",\"connections\":{\"open\",\"total\"},\"frames\":{\"in\",\"out\"},"
     "\"bytes\":{\"in\",\"out\"},\"jobs\":{\"live\",\"finished\",\"failed\"},\"errors\":{CODE:int}}`."},
    {"BLT-3", Level::must, "X", Party::agent,
     "`__diag_auth` finishes with `{\"authenticated\":bool,\"user\",\"device\",\"via\":\"subprotocol\"|\"bearer\"|\"login\"|"
     "null,\"expires_in\"}`; never the token."},
});

}  // namespace

std::span<const Clause> clauses() noexcept {
  return table;
}

const Clause* find_clause(std::string_view id) noexcept {
  const auto found = std::find_if(table.begin(), table.end(), [id](const Clause& clause) { return clause.id == id; });
  return found == table.end() ? nullptr : &*found;
}

std::string_view to_string(Level level) noexcept {
  switch (level) {
    case Level::must:
      return "MUST";
    case Level::should:
      return "SHOULD";
    case Level::may:
      break;
  }
  return "MAY";
}

std::string_view to_string(Source source) noexcept {
  switch (source) {
    case Source::documented:
      return "documented";
    case Source::rfc:
      return "RFC";
    case Source::observed:
      return "observed";
    case Source::ours:
      break;
  }
  return "declared";
}

std::string_view to_string(Subject subject) noexcept {
  return subject == Subject::agent ? "agent" : "client";
}

}  // namespace procedura::conformance
