// The faults that --fault switches on. Without one of them the agent is correct.

const known = new Map([
  ['SYN-1.1', 'sync requests get started instead of ack'],
  ['LOG-3.4', 'devices are compared by their first 16 characters'],
  ['AUT-2a.2', 'if both tokens differ the connection is anonymous'],
]);
const on = new Set();

export function switchOn(id) {
  if (!known.has(id)) throw new Error(`no such fault: ${id}; there are ${[...known.keys()].join(', ')}`);
  on.add(id);
}

export const faulty = (id) => on.has(id);

/** The proof that a fault acted. */
export function fired(id, what = known.get(id)) {
  process.stderr.write(`fault ${id}: ${what}\n`);
}
