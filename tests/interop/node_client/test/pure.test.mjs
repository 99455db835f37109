// What the client decides without a socket: node --test
import assert from "node:assert/strict";
import test from "node:test";
import { parseCommandLine } from "../options.mjs";
import { readFrame, scan } from "../scan.mjs";
import { oneLine, printable, Secrets } from "../secrets.mjs";
import { Session } from "../session.mjs";

const finished = (target, result = 1) => JSON.stringify({ ...target, status: "finished", result });

test("members are found as they were written", () => {
  const { members, deepest } = scan('{ "a\\"}": 1.50 ,"b":{"c":["]",{}]}, "d" : "\\\\" }');
  assert.deepEqual({ ...members }, { 'a"}': "1.50", b: '{"c":["]",{}]}', d: '"\\\\"' });
  assert.equal(deepest, 4);
});

test("what is cut off keeps what came before", () => {
  const whole = '{"id":"a","job_id":"j","status":"finished","result":{"n":[1,2]}}';
  for (let end = 0; end < whole.length; end += 1) {
    const frame = readFrame(whole.slice(0, end));
    assert.notEqual(frame.broken, undefined);
    assert.equal(frame.id, end > 9 ? "a" : undefined, whole.slice(0, end));
  }
});

test("frames that are broken say so", () => {
  const cases = [
    ["[]", "no JSON object"], ["null", "no JSON object"], ['"x"', "no JSON object"], ["", "not valid JSON"], ["{}", "`status` is no string"],
    ['{"status":7,"id":"a"}', "`status` is no string"], ['{"status":"ack","id":7}', "`id` is no string"],
    ['{"status":"ack","id":"a","job_id":{}}', "`job_id` is no string"], ['{"status":"error","id":"a"}', "an error without a message"],
    [`{"status":"finished","result":${"[".repeat(256)}${"]".repeat(256)},"id":"a"}`, "nested deeper than 256"],
  ];
  for (const [text, broken] of cases) assert.equal(readFrame(text).broken, broken, text);
  assert.equal(readFrame(cases.at(-1)[0]).id, "a");
  assert.equal(readFrame(`{"status":"finished","result":${"[".repeat(255)}${"]".repeat(255)},"id":"a"}`).broken, undefined);
});

test("frames find their request", () => {
  const session = new Session();
  const [a, b, c] = [session.submit("a", [], "sync"), session.submit("b", [], "async"), session.submit("c", [], "async")];
  const whose = (text) => session.received(text)?.exchange;
  assert.equal(whose(`{"status":"started","job_id":"J1"}`), b);
  assert.equal(whose(`{"status":"started","job_id":"J2"}`), c);
  assert.equal(whose(`{"status":"started","job_id":"J3"}`), undefined);
  assert.equal(whose(`{"status":"ack","id":"${a.id}","job_id":"J4"}`), a);
  assert.equal(whose(`{"status":"running","job_id":"J2"}`), c);
  assert.equal(whose(`{"status":"pondering","job_id":"J2"}`), undefined);
  assert.equal(whose(finished({ job_id: "J4" })), a);
  assert.equal(whose(finished({ job_id: "J4" })), undefined); // late
  assert.equal(whose(finished({ id: a.id })), undefined);
  assert.equal(whose(finished({ id: "somebody" })), undefined);
  assert.equal(whose(finished({ id: b.id })), b);
  assert.deepEqual(session.counters, { junk: 0, unknownStatus: 1, untargeted: 4 });
});

test("a broken frame ends the request that it names, and no other", () => {
  const session = new Session();
  const [a, b] = [session.submit("a", [], "sync"), session.submit("b", [], "sync")];
  assert.equal(session.received(`{"status":"finished"`), undefined);
  const { exchange, failure } = session.received(`{"id":"${a.id}","status":`);
  assert.equal(exchange, a);
  assert.equal(failure.code, "PROTOCOL_ERROR");
  assert.equal(session.received(finished({ id: b.id })).exchange, b);
});

test("secrets show in no form", () => {
  const secrets = new Secrets();
  secrets.addCredential(`b64:${Buffer.from("ann@x:pa:ss\"word").toString("base64")}`);
  for (const form of ["ann@x:pa:ss\"word", "pa:ss\"word", "pa%3Ass%22word", 'pa:ss\\"word', Buffer.from("pa:ss\"word").toString("base64")]) {
    assert.ok(!secrets.redact(`<${form}>`).includes("ss"), form);
  }
});

test("output is one line, its values as they were, and tells a terminal nothing", () => {
  assert.equal(oneLine('{\n\t"a b" : 1.50,\r\n "c": "x  \\" y" }'), '{"a b":1.50,"c":"x  \\" y"}');
  assert.equal(printable("a\u001b[2Jb\u009b\u202ec"), "a\\u001b[2Jb\\u009b\\u202ec");
});

test("command lines", () => {
  const asked = parseCommandLine(["--url", "wss://h:1", "--final-timeout", "0.5", "stream", "m", "--", "--url", "x", "--"]);
  assert.deepEqual([asked.command, asked.words, asked.args, asked["idle-timeout"]], ["stream", ["m"], ["--url", "x", "--"], 500]);
  assert.equal(parseCommandLine(["run", "m"])["idle-timeout"], 3_600_000);
  for (const argv of [[], ["run"], ["run", "a", "b"], ["dance"], ["--url", "http://h", "run", "m"], ["--url", "ws://u:p@h", "run", "m"],
    ["--ack-timeout", "0", "run", "m"], ["--ack-timeout", "1e3", "run", "m"], ["--nonsense", "run", "m"], ["--args-style", "x", "run", "m"]]) {
    assert.throws(() => parseCommandLine(argv), { code: "USAGE" }, argv.join(" "));
  }
});
