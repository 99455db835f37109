// From the bytes of a text message to one JSON object, or to the reason why it is none (CON-2, CON-4, CON-9).

import { acts } from './faults.mjs';

const MAX_DEPTH = 256;
const QUOTE = 0x22, BACKSLASH = 0x5c, LOWER_U = 0x75;
const OPEN_BRACE = 0x7b, CLOSE_BRACE = 0x7d, OPEN_BRACKET = 0x5b, CLOSE_BRACKET = 0x5d;

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

// The UTF-16 unit of the \u escape at `at`, if it can be a surrogate; else 0.
function surrogateAt(bytes, at) {
  if (bytes[at] !== BACKSLASH || bytes[at + 1] !== LOWER_U || (bytes[at + 2] | 0x20) !== 0x64) return 0;
  const unit = Number.parseInt(bytes.latin1Slice(at + 2, at + 6), 16);
  return unit >= 0xd800 && unit <= 0xdfff ? unit : 0;
}

// One pass over the bytes, before JSON.parse builds anything. Whether the text is JSON at all is left to JSON.parse.
function objection(bytes) {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (inString) {
      if (byte === QUOTE) {
        inString = false;
      } else if (byte === BACKSLASH) {
        const unit = surrogateAt(bytes, i);
        if (unit !== 0) {
          // Half a pair stands for no character, and no UTF-8 could carry it back.
          if (unit >= 0xdc00 || surrogateAt(bytes, i + 6) < 0xdc00) return 'half of a surrogate pair';
          i += 6;
        }
        i += 1;
      }
    } else if (byte === QUOTE) {
      inString = true;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (++depth > MAX_DEPTH) return `nested deeper than ${MAX_DEPTH}`;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth--;
    }
  }
  return null;
}

// { frame } or { problem }. JSON.parse lets the last of several equal members count; nothing here quotes the text (AUT-7).
export function readFrame(bytes) {
  const problem = objection(bytes);
  if (problem !== null) return { problem };
  let value;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return { problem: 'not valid JSON' };
  }
  if (Array.isArray(value) && isObject(value[0]) && acts('CON-4.3')) value = value[0];
  return isObject(value) ? { frame: value } : { problem: 'not a JSON object' };
}

// What is wrong with the members of a request, or null (REQ-1, REQ-2, REQ-5).
export function memberProblem({ id, cmd, args, mode }) {
  if (typeof id !== 'string') return 'id must be a string';
  const idBytes = Buffer.byteLength(id, 'utf8');
  if (idBytes < 1 || idBytes > 256) return 'id must have 1 to 256 bytes';
  if (typeof cmd !== 'string') return 'cmd must be a string';
  if (!Array.isArray(args) || !args.every((arg) => typeof arg === 'string')) return 'args must be an array of strings';
  if (mode !== 'sync' && mode !== 'async') return 'mode must be "sync" or "async"';
  return null;
}
