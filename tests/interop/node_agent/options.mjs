// The command line: every freedom that the protocol leaves to an agent is a switch, so that a test can take it.
import { parseArgs } from "node:util";

const flag = (help) => ({ type: "boolean", help });
const text = (fallback, value, help) => ({ type: "string", fallback, value, help });
const choice = (choices, help) => ({ type: "string", fallback: choices[0], choices, value: choices.join("|"), help });
const number = (fallback, min, max, help) => ({ type: "string", fallback, min, max, value: "N", help });
const list = (value, help) => ({ type: "string", multiple: true, fallback: [], value, help });

const SWITCHES = {
  host: text("127.0.0.1", "ADDRESS", "address to listen on"),
  port: number(8765, 0, 65535, "port to listen on; 0 takes a free one"),
  "ready-file": text(undefined, "FILE", "also write the ready line to FILE"),
  user: list("EMAIL:PASSWORD", "an account; may be repeated (default admin@procedura.org:secret123 and a guest)"),
  grant: list("TOKEN", "a token of the first account that lives for an hour; may be repeated"),
  expired: list("TOKEN", "a token of the first account whose time is over; may be repeated"),
  "empty-world": flag("worldstate_snapshot answers with no entities"),

  "args-style": choice(["either", "module-first", "bare"], "what `args` looks like (REQ-4)"),
  "no-echo": flag("do not select the offered subprotocol (AUT-3)"),
  echo: flag("select it: the default, for symmetry"),
  refuse: choice(["error", "http-401"], "what a dead token gets: an error per request, or no upgrade (AUT-6)"),
  replace: choice(["keep", "close"], "what --replace does to the session's other connections (LOG-5)"),

  target: choice(["both", "id", "job_id"], "what frames after ack or started are targeted by (SYN-2, ASY-3)"),
  ack: choice(["immediate", "late", "none"], "late: only before the next frame (SYN-4); none: never (SYN-1, last sentence)"),
  "ack-job-id": flag("the ack bears a job_id (SYN-2)"),
  "started-without-id": flag("started bears the job_id alone (ASY-2)"),
  "running-in-sync": flag("sync requests see running frames too (SYN-3)"),
  "extra-members": flag("every frame has members that nobody knows (RES-1, ERR-1)"),
  "extra-frames": flag("untargeted events and unknown statuses between the frames (RES-1)"),
  json: choice(["compact", "python", "spread"], "JSON without blanks, as Python's json.dumps writes it, or over many lines"),
  order: choice(["usual", "reversed"], "reversed: status, job_id and id come last in a frame"),

  delay: number(0, 0, 60000, "milliseconds by which every frame is late"),
  coalesce: flag("frames of one moment leave in one TCP segment"),
  split: flag("one frame leaves in many TCP segments"),
  fragment: flag("a message is several WebSocket frames, with a ping among them"),
  help: flag("show this"),
};

export class UsageError extends Error {}

function checked(name, spec, value) {
  if (spec.choices && !spec.choices.includes(value)) {
    throw new UsageError(`--${name}: expected ${spec.choices.join(" or ")}, not "${value}"`);
  }
  if (spec.min === undefined) return value;
  const parsed = /^[0-9]+$/.test(value) ? Number(value) : NaN;
  if (!(parsed >= spec.min && parsed <= spec.max)) {
    throw new UsageError(`--${name}: expected a whole number from ${spec.min} to ${spec.max}, not "${value}"`);
  }
  return parsed;
}

/** The switches as an object whose names are those of the command line. Throws UsageError. */
export function parseCommandLine(argv) {
  const known = Object.fromEntries(Object.entries(SWITCHES).map(([name, { type, multiple }]) => [name, { type, ...(multiple && { multiple }) }]));
  let values;
  try {
    ({ values } = parseArgs({ args: argv, options: known, strict: true, allowPositionals: false }));
  } catch (error) {
    throw new UsageError(error.message);
  }
  const options = {};
  for (const [name, spec] of Object.entries(SWITCHES)) {
    const given = values[name];
    options[name] = given === undefined || spec.multiple ? given ?? spec.fallback ?? false : checked(name, spec, given);
  }
  for (const account of options.user) {
    if (!account.includes(":")) throw new UsageError("--user: expected EMAIL:PASSWORD");
  }
  if (options.echo && options["no-echo"]) throw new UsageError("--echo and --no-echo exclude each other");
  return options;
}

export function usage() {
  const lines = Object.entries(SWITCHES).map(([name, { value, help }]) => {
    const left = `  --${name}${value ? ` ${value}` : ""}`;
    return `${left.padEnd(40)} ${help}`;
  });
  return ["node agent.mjs --port 0", "node agent.mjs --target job_id --ack-job-id --coalesce", "", ...lines].join("\n");
}
