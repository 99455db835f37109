// Users, their passwords, and the sessions that login_password gives out. Nothing here is ever logged.

import { isUtf8 } from 'node:buffer';
import { randomBytes, scrypt, scryptSync, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

import { faulty, fired } from './faults.mjs';

const derive = promisify(scrypt);
const COST = { N: 4096, r: 8, p: 1 };
const KEY_BYTES = 32;
const MAX_REMEMBERED = 100_000;

const account = (password) => {
  const salt = randomBytes(16);
  return { salt, key: scryptSync(password, salt, KEY_BYTES, COST) };
};
const users = new Map([
  ['admin@procedura.org', account('secret123')],
  ['ops@procedura.org', account('pa:ss:word')],
]);
const nobody = account(randomBytes(16));

/** The text of canonical base64 of UTF-8, else null. Buffer.from alone would skip what it does not know. */
function fromBase64(text) {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text && isUtf8(bytes) ? bytes.toString('utf8') : null;
}

/** [email, password], or null for a credential that cannot be read (LOG-1). */
function readCredential(text) {
  let plain = text;
  if (text.startsWith('b64:')) plain = fromBase64(text.slice(4));
  else if (!text.includes(':')) plain = fromBase64(text);
  const colon = plain === null ? -1 : plain.indexOf(':');
  return colon < 0 ? null : [plain.slice(0, colon), plain.slice(colon + 1)];
}

/** The user whom the credential proves, or null; it takes as long for an unknown user or an unreadable one (LOG-6). */
export async function prove(credential) {
  const [email, password] = readCredential(credential) ?? [null, credential];
  const { salt, key } = users.get(email) ?? nobody;
  const same = timingSafeEqual(await derive(password, salt, KEY_BYTES, COST), key);
  return same && users.has(email) ? email : null;
}

export class Session {
  constructor(user, device) {
    this.user = user;
    this.device = device;
    this.token = randomBytes(24).toString('base64url');
    this.dies = 0;
  }

  // No timer ends a session: setTimeout takes 24 days at most, a session may live for a year.
  get live() { return performance.now() < this.dies; }
  get expiresIn() { return Math.max(0, Math.ceil((this.dies - performance.now()) / 1000)); }
  prolong(seconds) { this.dies = performance.now() + seconds * 1000; }
}

export class Sessions {
  #byToken = new Map(); // the dead ones too, to tell who is late from who is unknown
  #byDevice = new Map();

  /** The session of a token, dead or alive, or null. */
  find(token) { return this.#byToken.get(token) ?? null; }

  /** The live session of the user and the device, else a new one; without a device always a new one (LOG-3). */
  open(user, device, ttl) {
    const place = device === null ? null : `${user}\n${this.#compared(device)}`;
    let session = place === null ? undefined : this.#byDevice.get(place);
    const attached = session?.live ?? false;
    if (!attached) {
      session = new Session(user, device);
      this.#forgetSome();
      this.#byToken.set(session.token, session);
      if (place !== null) this.#byDevice.set(place, session);
    } else if (session.device !== device) {
      fired('LOG-3.4', 'a device got the session of another one that begins alike');
    }
    session.prolong(ttl);
    return { session, attached };
  }

  #compared(device) { return faulty('LOG-3.4') ? [...device].slice(0, 16).join('') : device; }

  #forgetSome() {
    if (this.#byToken.size < MAX_REMEMBERED) return;
    for (const [token, session] of this.#byToken) if (!session.live) this.#byToken.delete(token);
    for (const [place, session] of this.#byDevice) if (!session.live) this.#byDevice.delete(place);
  }
}
