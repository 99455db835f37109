// The entries that are kept, and those of them that pass the filter.

const KEPT = 20000;

const store = {
  entries: [],        // in their order; `raw` is the line that each came as
  view: [],           // those that pass the filter
  last: 0,            // `seq` of the latest
  missed: 0,          // that the mock had dropped before they came here
  forgotten: 0,       // that this page had no room for
  stubs: new Set(),
  connections: new Set(),
  filter: { text: '', direction: '', stub: '', connection: '', faults: false, partition: '' },
  progress: new Map(),  // of jobs, by connection and id or job id
};

function clearStore() {
  Object.assign(store, { entries: [], view: [], last: 0, missed: 0, forgotten: 0 });
  store.stubs.clear();
  store.connections.clear();
  store.progress.clear();
}

const kindOf = (entry) => (entry.event === 'fault' ? 'fault' : entry.event === 'frame' ? entry.direction : 'event');

function passes(entry) {
  const wanted = store.filter;
  if (wanted.partition && entry.partition !== wanted.partition && entry.partition !== undefined) return false;
  if (wanted.faults && entry.event !== 'fault') return false;
  if (wanted.direction === 'event' ? entry.event === 'frame' : wanted.direction && entry.direction !== wanted.direction) return false;
  if (wanted.stub && entry.stub !== wanted.stub) return false;
  if (wanted.connection && String(entry.connection) !== wanted.connection) return false;
  return !wanted.text || entry.raw.toLowerCase().includes(wanted.text);
}

/** Takes lines as they came; true if there is something new to choose from in the filters. */
function addLines(lines) {
  let choices = false;
  for (const raw of lines) {
    if (!raw) continue;
    const entry = JSON.parse(raw);
    if (entry.event === 'dropped') {
      store.missed += entry.count;
      store.last = Math.max(store.last, entry.first + entry.count - 1);
      continue;
    }
    entry.raw = raw;
    store.last = entry.seq;
    store.entries.push(entry);
    if (passes(entry)) store.view.push(entry);
    choices = note(entry) || choices;
  }
  if (store.entries.length > KEPT * 1.1) forgetOldest();
  return choices;
}

function note(entry) {
  let choices = false;
  if (entry.stub && !store.stubs.has(entry.stub)) choices = Boolean(store.stubs.add(entry.stub));
  if (entry.connection && !store.connections.has(entry.connection)) choices = Boolean(store.connections.add(entry.connection));
  const frame = entry.frame;
  if (frame && entry.direction === 'out' && typeof frame.progress === 'number') {
    for (const id of [frame.id, frame.job_id]) if (id !== undefined) store.progress.set(`${entry.connection} ${id}`, frame.progress);
  }
  return choices;
}

function forgetOldest() {
  const gone = store.entries.length - KEPT;
  const first = store.entries[gone].seq;
  store.forgotten += gone;
  store.entries.splice(0, gone);
  store.view = store.view.filter((entry) => entry.seq >= first);
}

function applyFilter() {
  store.view = store.entries.filter(passes);
}

/** By bisection: they are in order. */
function findEntry(seq) {
  let low = 0;
  let high = store.entries.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (store.entries[middle].seq === seq) return store.entries[middle];
    if (store.entries[middle].seq < seq) low = middle + 1;
    else high = middle - 1;
  }
  return null;
}
