// Users, credentials, and the sessions that tokens stand for.

import { randomBytes, scrypt, scryptSync, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { AgentError } from './errors.mjs';
import { acts } from './faults.mjs';
import { readOptions, wholeNumber } from './options.mjs';

const DEFAULT_TTL_S = 3600;
const MAX_TTL_S = 31_536_000;
const REMEMBER_EXPIRED_MS = 24 * 3600 * 1000;

const derive = promisify(scrypt);
const hashed = (password) => {
  const salt = randomBytes(16);
  return { salt, hash: scryptSync(password, salt, 32) };
};

const users = new Map([
  ['admin@procedura.org', hashed('secret123')],
  ['ops@procedura.org', hashed('pa:ss:word')],
]);
const nobody = hashed(randomBytes(16)); // stands in for unknown users, so that they take as long (LOG-6)

const byToken = new Map();
const byDevice = new Map();

// Expiry is a comparison when somebody asks, never a timer: a year does not fit into one.
const now = () => performance.now();
const isLive = (session) => session !== undefined && now() < session.diesAt;
export const secondsLeft = (session) => Math.max(0, Math.ceil((session.diesAt - now()) / 1000));

// What a token is good for at this moment: { session } or { refusal } (AUT-6, AUT-9).
export function judge(token) {
  const session = token === null ? undefined : byToken.get(token);
  if (session === undefined) return { refusal: new AgentError('AUTH_REQUIRED', 'log in first: login_password') };
  if (!isLive(session)) return { refusal: new AgentError('AUTH_EXPIRED', 'the session has expired: log in again') };
  return { session };
}

export const isKnown = (token) => byToken.has(token);

function fromBase64(text) {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(text, 'base64'));
  } catch {
    return null;
  }
}

// `email:password`, or its base64 with or without `b64:` (LOG-1); null if it is neither.
function readCredential(text) {
  let plain = text;
  if (text.startsWith('b64:')) plain = fromBase64(text.slice(4));
  else if (!text.includes(':')) plain = fromBase64(text);
  const colon = plain?.indexOf(':') ?? -1;
  return colon < 0 ? null : { user: plain.slice(0, colon), password: plain.slice(colon + 1) };
}

// The user's name, or AUTH_FAILED: one error and one amount of work for whatever is wrong (LOG-6).
async function authenticate(text) {
  const credential = readCredential(text);
  const known = users.get(credential?.user);
  const { salt, hash } = known ?? nobody;
  const given = await derive(credential?.password ?? '', salt, 32);
  if (!timingSafeEqual(given, hash) || known === undefined) throw new AgentError('AUTH_FAILED', 'the login failed');
  return credential.user;
}

function forgetLongExpired() {
  for (const [token, session] of byToken) {
    if (session.diesAt + REMEMBER_EXPIRED_MS > now()) continue;
    byToken.delete(token);
    if (byDevice.get(session.key) === session) byDevice.delete(session.key);
  }
}

function startSession(user, device, key) {
  forgetLongExpired();
  const session = { token: randomBytes(32).toString('hex'), user, device, key, ttl: 0, diesAt: 0 };
  byToken.set(session.token, session);
  if (key !== null) byDevice.set(key, session);
  return session;
}

// The live session of this user and device is joined, by --attach and --replace alike; else one is started (LOG-3 to LOG-5).
export async function login([credential = '', ...rest]) {
  const options = readOptions(rest, { valued: ['device', 'ttl'], flags: ['attach', 'replace'], strict: true });
  const ttl = options.has('ttl') ? wholeNumber(options.get('ttl'), 'ttl', 1, MAX_TTL_S) : DEFAULT_TTL_S;
  const device = options.get('device') || null;
  const user = await authenticate(credential);

  const key = device === null ? null : JSON.stringify([user, device]);
  let session = key === null ? undefined : byDevice.get(key);
  let attached = isLive(session);
  if (attached && session.ttl !== ttl && acts('LOG-3.1')) attached = false;
  if (!attached) session = startSession(user, device, key);
  session.ttl = ttl;
  session.diesAt = now() + ttl * 1000; // counted from the latest login, be that sooner or later than before
  return { session, attached };
}
