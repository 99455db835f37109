#!/usr/bin/env node
// A Procedura client on Node's ws, written from the protocol's clauses alone (../README.md). See --help.
import { Calls } from "./calls.mjs";
import { connect } from "./connection.mjs";
import { Failure } from "./failure.mjs";
import { parseCommandLine, USAGE } from "./options.mjs";
import { scan, stringOf } from "./scan.mjs";
import { oneLine, printable, Secrets } from "./secrets.mjs";
import { TokenFile } from "./token_file.mjs";

const LOOPBACK = /^(localhost|127\.[0-9.]+|\[::1\])$/;
const secrets = new Secrets();

const say = (sentence) => process.stderr.write(`node_client: ${printable(secrets.redact(sentence))}\n`);
const print = (json) => process.stdout.write(`${secrets.redact(oneLine(json))}\n`);

/** What may be shown to this agent: the token that was named, or the saved one if it came from here (AUT-8). */
function tokenFor(asked, file) {
  if (asked.token !== undefined) return asked.token;
  const saved = file.read();
  if (saved === undefined) return undefined;
  secrets.add(saved.token);
  const elsewhere = saved.origin !== undefined && saved.origin !== asked.url.origin && asked["token-file"] === undefined;
  if (elsewhere) throw new Failure("TOKEN", `the saved token is for ${saved.origin}; log in to ${asked.url.origin}, or name a token with --token`);
  return saved.token;
}

async function login(calls, asked, file) {
  const [credential] = asked.words;
  const args = [credential, asked.attach ? "--attach" : "--replace"];
  if (asked.device !== undefined) args.push(`--device=${asked.device}`);
  if (asked.ttl !== undefined) args.push(`--ttl=${asked.ttl}`);
  const result = await calls.call("login_password", args, "sync");
  const token = stringOf(scan(result).members.session_token);
  if (!token) throw new Failure("PROTOCOL_ERROR", "the agent let us in, but gave no session_token");
  secrets.add(token);
  file.write(token, asked.url.origin);
  print(result);
}

/** Connects, does `work(calls)`, and takes leave, whatever came of it. */
async function connected(asked, token, work) {
  const connection = await connect(asked, token, say);
  try {
    return await work(new Calls(connection, asked));
  } finally {
    await connection.close();
  }
}

async function run(asked) {
  if (asked.command === "help") {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  if (asked.url.protocol === "ws:" && !LOOPBACK.test(asked.url.hostname)) say(`${asked.url.origin} is not encrypted: tokens can be read on the way`);
  const file = new TokenFile(asked["token-file"], say);
  const [module] = asked.words;
  if (asked.command === "login") {
    // Without the saved token: a stale one must not lock its user out (LOG-8).
    await connected(asked, undefined, (calls) => login(calls, asked, file));
    return;
  }
  await connected(asked, tokenFor(asked, file), async (calls) => {
    if (asked.command === "stream") {
      await calls.call(module, asked.args, "async", print);
    } else if (asked.command === "run") {
      print(await calls.call(module, asked.args, "sync"));
    } else {
      const each = async (cmd) => print(`{"cmd":${JSON.stringify(cmd)},"result":${await calls.call(cmd, asked.args, "sync")}}`);
      const done = await Promise.allSettled(asked.words.map(each));
      const failed = done.filter(({ status }) => status === "rejected").map(({ reason }) => reason);
      failed.slice(1).forEach(report);
      if (failed.length > 0) throw failed[0];
    }
  });
}

function report(error) {
  if (!(error instanceof Failure)) throw error;
  say(`${error.code}: ${error.message}`);
}

try {
  const asked = parseCommandLine(process.argv.slice(2));
  secrets.add(asked.token);
  if (asked.command === "login") secrets.addCredential(asked.words[0]);
  await run(asked);
} catch (error) {
  report(error);
  process.exitCode = error.exitCode;
}
