// The three rules that this agent can be told to break, one switch each. Without a switch it keeps them all.

const sentences = new Map([
  ['LOG-3.1', 'the same device gets another token when --ttl differs'],
  ['CON-3.4', "a message over the agent's limit closes with 1000 instead of 1009"],
  ['CON-4.3', 'a JSON array is treated as its first element'],
]);

const switchedOn = new Set();

export function switchOn(id) {
  if (!sentences.has(id)) return false;
  switchedOn.add(id);
  return true;
}

export const faultIds = () => [...sentences.keys()];

// True if the fault is on; its line on stderr is the proof that it acted, so ask only where it makes a difference.
export function acts(id) {
  if (!switchedOn.has(id)) return false;
  process.stderr.write(`fault ${id}: ${sentences.get(id)}\n`);
  return true;
}
