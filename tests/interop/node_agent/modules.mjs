// What this agent can do. A module is { public, read(args) → options, run(call) → result }: what `read` throws comes before any
// ack or started, what `run` throws comes after it. A call has { options, user, connection, agent, running(members), pause(ms) }.
import { RawJson } from "./json.mjs";
import { loginPassword } from "./login.mjs";
import { AgentError, readOptions } from "./requests.mjs";

const worldstateSnapshot = {
  read: (args) => readOptions(args, { terse: "flag" }),
  run({ options, agent }) {
    const entities = agent.options["empty-world"] ? {} : { well: { at: [12, -7, 0] }, smithy: { at: [40, 3, 0] } };
    const world = { meta: { version: 3, name: "Brunnental – ein Dorf" }, entities };
    const place = { location: { region: "north", cell: [3, 4] }, environment: { weather: "schöner Regen", hour: 7.5 } };
    return options.terse ? { ...world, location: {}, environment: {} } : { ...world, ...place };
  },
};

const placeOoiSprites = {
  read: (args) => readOptions(args, { "dry-run": "flag", n: "count", radius: "count", delay: "count" }),
  async run({ options, running, pause }) {
    const { n = 4, radius = 100, delay = 0 } = options;
    for (let placed = 1; placed <= n; placed += 1) {
      await pause(delay);
      running({ progress: placed / n, placed, sprite: { kind: "lantern", at: [radius, placed] } });
    }
    return { placed: n, radius, dry_run: options["dry-run"] ?? false };
  },
};

const slow = {
  public: true,
  read: (args) => readOptions(args, { ms: "count" }),
  async run({ options, pause }) {
    const { ms = 1000 } = options;
    await pause(ms);
    return { slept_ms: ms };
  },
};

const fail = {
  public: true,
  read(args) {
    const options = readOptions(args, { first: "flag", n: "count" });
    if (options.first) throw new AgentError("REFUSED", "failed before it began", { retry: false });
    return options;
  },
  run({ options, running }) {
    for (let i = 0; i < (options.n ?? 0); i += 1) running({ step: i });
    throw new AgentError("OUT_OF_SPRITES", "the fail module\u001b[31m failed, as asked", { left: 0, hint: { retry_after_s: 2 } });
  },
};

const echo = { public: true, read: (args) => args, run: ({ options }) => ({ args: options }) };

/** Finishes with its one argument, JSON text, as it stands. */
const raw = {
  public: true,
  read(args) {
    try {
      JSON.parse(args[0]);
    } catch {
      throw new AgentError("BAD_REQUEST", "raw needs one argument, a JSON text");
    }
    return args;
  },
  run: ({ options: [text] }) => new RawJson(text),
};

/** A result of about so many bytes. */
const big = {
  public: true,
  read: (args) => readOptions(args, { bytes: "count" }),
  run: ({ options }) => ({ filler: "x".repeat(options.bytes ?? 1024) }),
};

const whoami = { read: (args) => readOptions(args, {}), run: ({ user }) => ({ user }) };

const keepalive = {
  public: true,
  read: (args) => readOptions(args, {}),
  run: () => ({ ok: true, server_time_ms: Date.now() }),
};

const wsMetrics = { public: true, read: (args) => readOptions(args, {}), run: ({ agent }) => agent.metrics.report() };

const diagAuth = {
  public: true,
  read: (args) => readOptions(args, {}),
  run({ connection, agent }) {
    const { session, via } = connection.identity;
    if (!session || agent.sessions.isExpired(session)) {
      return { authenticated: false, user: null, device: null, via: null, expires_in: 0 };
    }
    const { user, device } = session;
    return { authenticated: true, user, device, via, expires_in: agent.sessions.secondsLeft(session) };
  },
};

export const MODULES = new Map([
  ["login_password", loginPassword],
  ["worldstate_snapshot", worldstateSnapshot],
  ["place_ooi_sprites", placeOoiSprites],
  ["whoami", whoami],
  ["echo", echo],
  ["raw", raw],
  ["big", big],
  ["slow", slow],
  ["fail", fail],
  ["__keepalive", keepalive],
  ["__diag_ws_metrics", wsMetrics],
  ["__diag_auth", diagAuth],
]);
