// validate.mjs SCHEMA: a document per line of stdin, a verdict per line of stdout: null, or what is wrong with it.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import Ajv from "ajv";

// Strict: a keyword that is misspelled in the schema is an error, not something to pass over.
const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false });
const validate = ajv.compile(JSON.parse(readFileSync(process.argv[2], "utf8")));

for await (const line of createInterface({ input: process.stdin })) {
  const good = validate(JSON.parse(line));
  process.stdout.write(JSON.stringify(good ? null : ajv.errorsText(validate.errors)) + "\n");
}
