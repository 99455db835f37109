// validate.mjs SCHEMA [OTHER...]: a document per line of stdin, a verdict per line of stdout: null, or what is wrong with it.
// OTHER: schemas that SCHEMA refers to.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import Ajv from "ajv";

// Strict: a keyword that is misspelled in the schema is an error, not something to pass over.
const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false });
const [schema, ...others] = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, "utf8")));
others.forEach((other) => ajv.addSchema(other));
const validate = ajv.compile(schema);

for await (const line of createInterface({ input: process.stdin })) {
  const good = validate(JSON.parse(line));
  process.stdout.write(JSON.stringify(good ? null : ajv.errorsText(validate.errors)) + "\n");
}
