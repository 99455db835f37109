// What the agent can do. A module is an async function of its arguments (without its name) and its call:
// {client, agent, running(members)}. What it returns is the result; a Failure that it throws is the error.

import { prove } from './sessions.mjs';

export class Failure extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const LONGEST_TIMER_MS = 2 ** 31 - 1; // a longer one would go off at once

async function sleep(ms) {
  const end = performance.now() + ms;
  for (let left = ms; left > 0; left = end - performance.now()) {
    await new Promise((resolve) => { setTimeout(resolve, Math.min(Math.ceil(left), LONGEST_TIMER_MS)); });
  }
}

/** The number of `--name N` or `--name=N`: the last one counts. */
function numberOption(args, name, otherwise) {
  let text = otherwise;
  args.forEach((arg, at) => {
    if (arg === name) text = args[at + 1] ?? '';
    else if (arg.startsWith(`${name}=`)) text = arg.slice(name.length + 1);
  });
  const number = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(number)) throw new Failure('BAD_REQUEST', `${name} takes a whole number`);
  return number;
}

function loginOptions(args) {
  const options = { device: null, ttl: 3600 };
  for (const arg of args) {
    if (arg === '--replace' || arg === '--attach') continue; // either joins, and disturbs nobody
    if (arg.startsWith('--device=')) options.device = arg.slice(9) || null;
    else if (arg.startsWith('--ttl=')) {
      options.ttl = /^\d+$/.test(arg.slice(6)) ? Number(arg.slice(6)) : NaN;
      if (!(options.ttl >= 1 && options.ttl <= 31_536_000)) throw new Failure('BAD_REQUEST', '--ttl takes 1 to 31536000 seconds');
    } else {
      throw new Failure('BAD_REQUEST', 'after the credential come --replace or --attach, --device=KEY, --ttl=SECONDS');
    }
  }
  return options;
}

async function loginPassword([credential = '', ...rest], { client, agent }) {
  const { device, ttl } = loginOptions(rest);
  const user = await prove(credential);
  if (user === null) throw new Failure('AUTH_FAILED', 'these credentials are not right');
  const { session, attached } = agent.sessions.open(user, device, ttl);
  client.session = session;
  client.via = 'login';
  return { session_token: session.token, user, device: session.device, expires_in: session.expiresIn, attached };
}

async function placeOoiSprites(args, { client, running }) {
  const count = numberOption(args, '--n', '4');
  for (let placed = 1; placed <= count; ++placed) {
    do await sleep(5); while (client.connection.congested);
    running({ placed });
  }
  return { placed: count };
}

const open = (run) => ({ run, isOpen: true, isBuiltIn: false });
const builtIn = (run) => ({ run, isOpen: true, isBuiltIn: true });
const guarded = (run) => ({ run, isOpen: false, isBuiltIn: false });

// A Map: of an object's members some (constructor, toString) were there before us.
export const modules = new Map([
  ['login_password', open(loginPassword)],

  ['__keepalive', builtIn(async () => ({ ok: true, server_time_ms: Date.now() }))],
  ['__diag_ws_metrics', builtIn(async (args, { agent }) => agent.metrics())],
  ['__diag_auth', builtIn(async (args, { client }) => {
    const session = client.session?.live ? client.session : null;
    return {
      authenticated: session !== null,
      user: session?.user ?? null,
      device: session?.device ?? null,
      via: session && client.via,
      expires_in: session?.expiresIn ?? null,
    };
  })],

  ['worldstate_snapshot', guarded(async () => ({
    meta: { version: 3 },
    entities: { hero: { name: 'Ada', x: 2, y: 5 } },
    location: { name: 'harbour' },
    environment: { weather: 'fog' },
  }))],
  ['echo', guarded(async (args) => ({ args }))],
  ['slow', guarded(async (args) => {
    const ms = numberOption(args, '--ms', '');
    await sleep(ms);
    return { slept_ms: ms };
  })],
  ['place_ooi_sprites', guarded(placeOoiSprites)],
  ['fail', guarded(async () => { throw new Failure('OUT_OF_SPRITES', 'no sprites are left'); })],
  ['whoami', guarded(async (args, { client }) => ({ user: client.session.user }))],
]);
