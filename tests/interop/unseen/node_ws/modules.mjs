// What can be asked for. A module takes its own arguments (its name is gone) and a context, and returns its result;
// context: { connection, metrics, running(members) }.

import { AgentError } from './errors.mjs';
import { readOptions, wholeNumber } from './options.mjs';
import { judge, login, secondsLeft } from './sessions.mjs';

const LONGEST_TIMER_MS = 2 ** 31 - 1; // setTimeout takes anything above for 1 ms
const SPRITE_INTERVAL_MS = 5;
const DEFAULT_SPRITES = 4;
const DEFAULT_SLEEP_MS = 100;

async function sleep(ms) {
  for (let left = ms; left > 0; left -= LONGEST_TIMER_MS) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(left, LONGEST_TIMER_MS)));
  }
}

function worldstateSnapshot() {
  return {
    meta: { version: 1, world: 'harbour', tick: 1200 },
    entities: { 'ent-1': { kind: 'lighthouse', name: 'Old Light', position: [12, 7] } },
    location: { name: 'North Pier', position: [10, 7] },
    environment: { weather: 'fog', hour: 6 },
  };
}

async function slow(args) {
  const options = readOptions(args, { valued: ['ms'] });
  const ms = options.has('ms') ? wholeNumber(options.get('ms'), 'ms', 0, Number.MAX_SAFE_INTEGER) : DEFAULT_SLEEP_MS;
  await sleep(ms);
  return { slept_ms: ms };
}

async function placeOoiSprites(args, { running }) {
  const options = readOptions(args, { valued: ['n', 'radius'], flags: ['dry-run'] });
  const wanted = options.has('n') ? wholeNumber(options.get('n'), 'n', 0, 1_000_000) : DEFAULT_SPRITES;
  for (let placed = 1; placed <= wanted; placed++) {
    await sleep(SPRITE_INTERVAL_MS);
    running({ placed });
  }
  return { placed: wanted };
}

function fail() {
  throw new AgentError('OUT_OF_SPRITES', 'no sprites are left to place');
}

async function loginPassword(args, { connection }) {
  const { session, attached } = await login(args);
  connection.bear(session.token, 'login');
  return {
    session_token: session.token,
    user: session.user,
    device: session.device,
    expires_in: session.ttl,
    attached,
  };
}

function diagAuth(_args, { connection }) {
  const { session } = judge(connection.token);
  if (session === undefined) return { authenticated: false, user: null, device: null, via: null, expires_in: null };
  return {
    authenticated: true,
    user: session.user,
    device: session.device,
    via: connection.via,
    expires_in: secondsLeft(session),
  };
}

const protectedModule = (run) => ({ run, needsSession: true, isJob: true });
const builtIn = (run) => ({ run, needsSession: false, isJob: false }); // not counted as a job: the metrics would count themselves

export const modules = new Map([
  ['login_password', { run: loginPassword, needsSession: false, isJob: true }],
  ['worldstate_snapshot', protectedModule(worldstateSnapshot)],
  ['echo', protectedModule((args) => ({ args }))],
  ['slow', protectedModule(slow)],
  ['place_ooi_sprites', protectedModule(placeOoiSprites)],
  ['fail', protectedModule(fail)],
  ['whoami', protectedModule((_args, { session }) => ({ user: session.user }))],
  ['__keepalive', builtIn(() => ({ ok: true, server_time_ms: Date.now() }))],
  ['__diag_ws_metrics', builtIn((_args, { metrics }) => metrics.report())],
  ['__diag_auth', builtIn(diagAuth)],
]);
