// parse.mjs DOCUMENT: what the AsyncAPI parser makes of it, as one JSON object: `messages` by operation (null where it takes no
// document), and `problems`, each with its severity (0: error, 1: warning).
import { Parser, fromFile } from "@asyncapi/parser";

const { document, diagnostics } = await fromFile(new Parser(), process.argv[2]).parse();
const ids = (messages) => messages.all().map((message) => message.id());
const operations = document?.operations().all().map((operation) => [
  operation.id(),
  { messages: ids(operation.messages()), reply: operation.reply() ? ids(operation.reply().messages()) : [] },
]);
const problems = diagnostics.map(({ severity, message, path }) => ({ severity, message, at: path.join("/") }));
process.stdout.write(JSON.stringify({ operations: operations ? Object.fromEntries(operations) : null, problems }) + "\n");
