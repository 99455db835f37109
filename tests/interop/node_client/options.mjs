// The command line.
import { parseArgs } from "node:util";
import { Failure } from "./failure.mjs";

export const USAGE = `A Procedura client on Node's ws.

  node client.mjs [options] login EMAIL:PASSWORD [--attach] [--device KEY] [--ttl SECONDS]
  node client.mjs [options] run MODULE [-- ARGUMENT...]
  node client.mjs [options] stream MODULE [-- ARGUMENT...]
  node client.mjs [options] several MODULE...              all of them at once, on one connection

  --url URL               ws://HOST:PORT or wss://HOST:PORT (default ws://127.0.0.1:8765)
  --token TOKEN           instead of the saved one
  --token-file FILE       instead of ~/.procedura/token
  --ca FILE               certificates to trust (PEM)
  --args-style STYLE      module-first (default) or bare
  --connect-timeout S     until the connection stands (5)
  --ack-timeout S         until the first frame (10)
  --final-timeout S       since the last frame of a request (600)
  --idle-timeout S        the same, for streams (3600)
  --ping-interval S       between pings (120); --pong-timeout S  for the answer (300)
  --max-message BYTES     over it the connection is closed with 1009 (8388608)

stdout: the result as JSON; of a stream, every frame on a line. Exit codes: 0 finished, 1 the agent's error, 2 usage, 3 no connection,
4 no entry, 5 no answer in time, 6 connection or protocol broken.`;

const SECONDS = { "connect-timeout": 5, "ack-timeout": 10, "final-timeout": 600, "idle-timeout": undefined, "ping-interval": 120, "pong-timeout": 300 };
const TEXTS = { url: "ws://127.0.0.1:8765", token: undefined, "token-file": undefined, ca: undefined, "args-style": "module-first", "max-message": "8388608", device: undefined, ttl: undefined };
const STREAM_IDLE_S = 3600;
const LONGEST_S = 2_000_000; // what a timer of Node's can hold

function number(name, text, most) {
  const value = /^[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) : NaN;
  if (!(value > 0 && value <= most)) throw new Failure("USAGE", `--${name}: expected a number up to ${most}, not "${text}"`);
  return value;
}

function websocketUrl(text) {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!["ws:", "wss:"].includes(url?.protocol) || url.username || url.password || url.hash) {
    throw new Failure("USAGE", "--url: expected ws://HOST:PORT or wss://HOST:PORT");
  }
  return url;
}

/** What was asked for; times in milliseconds. Throws Failure. */
export function parseCommandLine(argv) {
  const end = argv.includes("--") ? argv.indexOf("--") : argv.length;
  const options = { help: { type: "boolean" }, attach: { type: "boolean" } };
  for (const name of [...Object.keys(SECONDS), ...Object.keys(TEXTS)]) options[name] = { type: "string" };
  let parsed;
  try {
    parsed = parseArgs({ args: argv.slice(0, end), options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new Failure("USAGE", error.message.split("\n")[0]);
  }
  const { values, positionals } = parsed;
  const asked = { ...TEXTS, ...values };
  if (asked.help) return { command: "help" };
  for (const [name, fallback] of Object.entries(SECONDS)) {
    const seconds = values[name] === undefined ? fallback : number(name, values[name], LONGEST_S);
    asked[name] = seconds === undefined ? undefined : seconds * 1000;
  }
  asked["idle-timeout"] ??= values["final-timeout"] === undefined ? STREAM_IDLE_S * 1000 : asked["final-timeout"];
  asked["max-message"] = number("max-message", asked["max-message"], 2 ** 31);
  asked.url = websocketUrl(asked.url);
  if (!["module-first", "bare"].includes(asked["args-style"])) throw new Failure("USAGE", "--args-style: expected module-first or bare");
  const [command, ...rest] = positionals;
  const enough = { login: rest.length === 1, run: rest.length === 1, stream: rest.length === 1, several: rest.length > 0 };
  if (!enough[command]) throw new Failure("USAGE", "expected login CREDENTIAL, run MODULE, stream MODULE or several MODULE...; see --help");
  return { ...asked, command, words: rest, args: argv.slice(end + 1) };
}
