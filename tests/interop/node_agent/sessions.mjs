// Accounts and sessions: who has which token, and until when (AUT-6, LOG-1 to LOG-6).
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { AgentError } from "./requests.mjs";

const DEFAULT_TTL_S = 3600;
const MAX_TTL_S = 31_536_000;
const digest = (text) => createHash("sha256").update(text).digest();

function fromBase64(text) {
  // Buffer.from passes over what is not base64, and a credential is either right or wrong.
  if (text.length === 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(text, "base64"));
  } catch {
    return undefined;
  }
}

/** `[user, password]`, or undefined for what is no credential (LOG-1, in its order). */
export function readCredential(credential) {
  let plain = credential;
  if (credential.startsWith("b64:")) plain = fromBase64(credential.slice(4));
  else if (!credential.includes(":")) plain = fromBase64(credential);
  const colon = plain?.indexOf(":") ?? -1;
  return colon < 0 ? undefined : [plain.slice(0, colon), plain.slice(colon + 1)];
}

export function readTtl(text) {
  if (text === undefined) return DEFAULT_TTL_S;
  const seconds = /^[0-9]{1,8}$/.test(text) ? Number(text) : 0;
  if (seconds < 1 || seconds > MAX_TTL_S) {
    throw new AgentError("BAD_REQUEST", `--ttl needs whole seconds from 1 to ${MAX_TTL_S}`);
  }
  return seconds;
}

export class Sessions {
  #passwords = new Map();
  #byToken = new Map();

  constructor(accounts, { grant = [], expired = [] } = {}) {
    for (const account of accounts) {
      const colon = account.indexOf(":");
      this.#passwords.set(account.slice(0, colon), digest(account.slice(colon + 1)));
    }
    const [owner] = this.#passwords.keys();
    for (const token of grant) this.#add(token, owner, null, DEFAULT_TTL_S);
    for (const token of expired) this.#add(token, owner, null, -1);
  }

  #add(token, user, device, ttl) {
    const session = { token, user, device, expiresAt: Date.now() + ttl * 1000 };
    this.#byToken.set(token, session);
    return session;
  }

  /** The user of a credential; whatever is wrong with it, the same error after the same work (LOG-6). */
  authenticate(credential) {
    const [user, password] = readCredential(credential) ?? ["", ""];
    const expected = this.#passwords.get(user);
    const matches = timingSafeEqual(digest(password), expected ?? digest(""));
    if (!expected || !matches) throw new AgentError("AUTH_FAILED", "unknown user or wrong password");
    return user;
  }

  /** Joins the live session of that user and device, or starts one; without a device there is nothing to join (LOG-3). */
  login(user, device, ttl) {
    const joined = device === null ? undefined : this.#liveSession(user, device);
    if (!joined) return { session: this.#add(randomBytes(24).toString("base64url"), user, device, ttl), attached: false };
    joined.expiresAt = Date.now() + ttl * 1000;
    return { session: joined, attached: true };
  }

  #liveSession(user, device) {
    return [...this.#byToken.values()].find((s) => s.user === user && s.device === device && !this.isExpired(s));
  }

  find(token) {
    return this.#byToken.get(token);
  }

  isExpired(session) {
    return Date.now() >= session.expiresAt;
  }

  secondsLeft(session) {
    return Math.max(0, Math.ceil((session.expiresAt - Date.now()) / 1000));
  }
}
