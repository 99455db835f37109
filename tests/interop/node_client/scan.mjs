// Where the members of a frame stand in its text, without a tree: text that is cut off or nested without end can be looked at too.

export const MOST_NESTING = 256;
const STRUCTURE = /["{}[\],:]/g;
const QUOTE = /["\\]/g;

/** The place after the string that begins at `from`; -1 if it does not end. */
function endOfString(text, from) {
  QUOTE.lastIndex = from + 1;
  for (let found = QUOTE.exec(text); found; found = QUOTE.exec(text)) {
    if (found[0] === '"') return found.index + 1;
    QUOTE.lastIndex += 1; // what a backslash escapes is skipped with it
  }
  return -1;
}

/** The members of an object as text, by name, those that are complete; and how deep it is nested. */
export function scan(text) {
  const members = Object.create(null);
  let depth = 0;
  let deepest = 0;
  let name;
  let value = -1;
  const take = (end) => {
    if (name !== undefined && value >= 0) members[name] = text.slice(value, end).trim();
    name = undefined;
    value = -1;
  };
  STRUCTURE.lastIndex = 0;
  for (let found = STRUCTURE.exec(text); found; found = STRUCTURE.exec(text)) {
    const at = found.index;
    const mark = found[0];
    if (mark === '"') {
      const end = endOfString(text, at);
      if (end < 0) break;
      if (depth === 1 && value < 0) name = stringOf(text.slice(at, end));
      STRUCTURE.lastIndex = end;
    } else if (mark === "{" || mark === "[") {
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if (mark === "}" || mark === "]") {
      if (depth === 1) take(at);
      depth -= 1;
    } else if (depth === 1 && mark === ",") {
      take(at);
    } else if (depth === 1 && value < 0) {
      value = at + 1;
    }
  }
  return { members, deepest };
}

/** The string that a piece of JSON is; undefined if it is none. */
export function stringOf(json) {
  if (json === undefined || !json.startsWith('"')) return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/**
 * A frame: its ids and status, and the text of its members. `broken` says what is wrong with it; its ids are then those that
 * could be read all the same (CON-4, CON-9).
 */
export function readFrame(text) {
  const { members, deepest } = scan(text);
  const frame = { id: stringOf(members.id), jobId: stringOf(members.job_id), status: stringOf(members.status), members, text };
  frame.broken = whatIsBroken(frame, deepest);
  return frame;
}

function whatIsBroken({ id, jobId, status, members, text }, deepest) {
  if (deepest > MOST_NESTING) return `nested deeper than ${MOST_NESTING}`;
  try {
    if (JSON.parse(text)?.constructor !== Object) return "no JSON object";
  } catch {
    return "not valid JSON";
  }
  if (members.id !== undefined && id === undefined) return "`id` is no string";
  if (members.job_id !== undefined && jobId === undefined) return "`job_id` is no string";
  if (status === undefined) return "`status` is no string";
  if (status === "error" && stringOf(members.message) === undefined) return "an error without a message";
  return undefined;
}
