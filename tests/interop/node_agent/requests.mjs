// From bytes to a request, or to the error that the sender gets (CON-4, CON-9, REQ-1 to REQ-5).
import { depthOf } from "./json.mjs";

const MAX_DEPTH = 256;
const MAX_ID_BYTES = 256;

/** What goes out as `{"status":"error"}`; `members` are put beside code and message. */
export class AgentError extends Error {
  constructor(code, message, members = {}) {
    super(message);
    this.code = code;
    this.members = members;
  }
}

/** The JSON object of a text message. Throws AgentError BAD_FRAME. */
export function objectFrom(data, isBinary) {
  if (isBinary) throw new AgentError("BAD_FRAME", "binary frames carry no requests");
  const text = data.toString("utf8");
  if (depthOf(text) > MAX_DEPTH) throw new AgentError("BAD_FRAME", `nested deeper than ${MAX_DEPTH}`);
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new AgentError("BAD_FRAME", "not valid JSON");
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new AgentError("BAD_FRAME", "not a JSON object");
  }
  return value;
}

/** What is wrong with the members of a request, or undefined. Further members are nobody's business. */
export function flawOf({ id, cmd, args, mode }) {
  if (typeof id !== "string") return "id must be a string";
  const idBytes = Buffer.byteLength(id);
  if (idBytes < 1 || idBytes > MAX_ID_BYTES) return `id must have 1 to ${MAX_ID_BYTES} bytes`;
  if (typeof cmd !== "string") return "cmd must be a string";
  if (!Array.isArray(args) || args.some((arg) => typeof arg !== "string")) return "args must be an array of strings";
  if (mode !== "sync" && mode !== "async") return 'mode must be "sync" or "async"';
  return undefined;
}

/** The module's own arguments (REQ-4). Throws AgentError BAD_REQUEST where the agent insists on the module's name. */
export function moduleArguments({ cmd, args }, style) {
  if (style === "bare") return args;
  if (args[0] === cmd) return args.slice(1);
  if (style === "either") return args;
  throw new AgentError("BAD_REQUEST", `args must start with the name of the module, "${cmd}"`);
}

/**
 * Reads `--name VALUE`, `--name=VALUE` and flags. `spec` gives each name "flag", "text" or "count". Anything else is a
 * BAD_REQUEST: an agent that swallowed a stray word would hide that the client got the style of `args` wrong.
 */
export function readOptions(args, spec) {
  const options = {};
  const queue = [...args];
  while (queue.length > 0) {
    const word = queue.shift();
    const [, name, , inline] = /^--([a-z-]+)(=([\s\S]*))?$/.exec(word) ?? [];
    const kind = Object.hasOwn(spec, name ?? "") ? spec[name] : undefined;
    if (!kind) throw new AgentError("BAD_REQUEST", `unexpected argument "${word}"`);
    if (kind === "flag") {
      options[name] = true;
      continue;
    }
    const value = inline ?? queue.shift();
    if (value === undefined) throw new AgentError("BAD_REQUEST", `--${name} needs a value`);
    if (kind === "count" && !/^[0-9]{1,9}$/.test(value)) {
      throw new AgentError("BAD_REQUEST", `--${name} needs a whole number, not "${value}"`);
    }
    options[name] = kind === "count" ? Number(value) : value;
  }
  return options;
}
