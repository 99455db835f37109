// The journal's list. Only the rows that are seen exist; they are moved and filled anew as one scrolls.

const list = {
  box: $('entries'),
  rows: $('rows'),
  height: 28,        // of a row, as the style says
  pool: [],
  following: true,   // the newest entry stays in sight
  frozen: null,      // while paused: the entries that are shown
  chosen: 0,         // `seq`
  drawn: false,      // a redraw is on its way
};

const listed = () => list.frozen ?? store.view;

/** Draws before the next frame, once, however often it is asked to. */
function redraw() {
  if (list.drawn) return;
  list.drawn = true;
  requestAnimationFrame(() => {
    list.drawn = false;
    draw();
  });
}

function draw() {
  const entries = listed();
  const narrow = matchMedia('(max-width: 900px)').matches;
  list.height = narrow ? 44 : 28;
  list.rows.style.height = `${entries.length * list.height}px`;
  if (list.following) list.box.scrollTop = list.box.scrollHeight;

  const spare = 6;
  const first = Math.max(0, Math.floor(list.box.scrollTop / list.height) - spare);
  const last = Math.min(entries.length, Math.ceil((list.box.scrollTop + list.box.clientHeight) / list.height) + spare);
  while (list.pool.length < last - first) list.pool.push(list.rows.appendChild(makeRow()));
  list.pool.forEach((row, i) => {
    row.hidden = first + i >= last;
    if (!row.hidden) fillRow(row, entries[first + i], first + i, entries.length);
  });
  const chosen = list.pool.find((row) => !row.hidden && row.seq === list.chosen);
  if (chosen) list.box.setAttribute('aria-activedescendant', chosen.id);
  else list.box.removeAttribute('aria-activedescendant');

  $('entries-none').hidden = entries.length > 0;
  say($('entries-none'), store.entries.length ? 'No entry passes the filter.' : 'Nothing has happened yet.');
  drawCounts(entries);
}

function drawCounts(entries) {
  const all = store.entries.length;
  say($('journal-count'), entries.length === all ? count(all) : `${count(entries.length)} of ${count(all)}`);
  const fresh = list.frozen ? store.view.length - list.frozen.length : 0;
  say($('follow'), list.following ? 'Pause' : fresh > 0 ? `Follow (${count(fresh)} new)` : 'Follow');
  $('follow').setAttribute('aria-pressed', String(list.following));
  const gaps = [];
  if (store.missed) gaps.push(`${count(store.missed)} entries were dropped by the mock before this page could have them`);
  if (store.forgotten) gaps.push(`${count(store.forgotten)} older entries are not kept by this page`);
  $('journal-gap').hidden = gaps.length === 0;
  say($('journal-gap'), gaps.join('; '));
}

function makeRow() {
  const row = make('div', 'row');
  row.setAttribute('role', 'option');
  row.id = `row-${list.pool.length}`;
  for (const part of ['seq', 'time', 'dir', 'who', 'what', 'text']) row.append(make('span', part));
  row.children[2].setAttribute('aria-hidden', 'true');
  row.addEventListener('click', () => choose(row.seq));
  return row;
}

const ROUTINE = new Set(['id', 'job_id', 'status', 'cmd', 'mode']);
const MOST_IN_ROW = 300;  // characters
const MOST_PARSED_FOR_ROW = 20000;
const ARROWS = { in: '→', out: '←', event: '•', fault: '!' };

/** The word that an entry is known by. */
function nameOf(entry) {
  if (entry.event === 'frame') return entry.frame ? String(entry.frame.cmd ?? entry.frame.status ?? 'frame') : 'text';
  return entry.event === 'fault' ? `fault ${entry.fault}` : entry.event === 'closed' ? `closed ${entry.code}` : entry.event;
}

/** What a row says of an entry: its id, and what the frame has besides the members that every frame has. */
function textOf(entry) {
  const raw = rawMember(entry.raw, 'frame');
  if (raw === null) return (entry.text ?? '').slice(0, MOST_IN_ROW);
  let text = entry.frame.id === undefined ? '' : `${entry.frame.id}  `;
  if (raw.length > MOST_PARSED_FOR_ROW) return text + raw.slice(0, MOST_IN_ROW);
  for (const [name, value] of membersOf(raw)) {
    if (ROUTINE.has(name)) continue;
    text += name === 'args' ? `${value} ` : `${name} ${value} `;
    if (text.length > MOST_IN_ROW) break;
  }
  return text.slice(0, MOST_IN_ROW);
}

function fillRow(row, entry, index, total) {
  row.style.top = `${index * list.height}px`;
  row.setAttribute('aria-selected', String(entry.seq === list.chosen));
  row.setAttribute('aria-posinset', index + 1);
  row.setAttribute('aria-setsize', total);
  if (row.seq === entry.seq && row.run === store.run) return;
  row.seq = entry.seq;
  row.run = store.run;
  row.dataset.kind = kindOf(entry);
  const [seq, time, dir, who, what, text] = row.children;
  say(seq, entry.seq);
  say(time, (entry.t_ns / 1e9).toFixed(3));
  say(dir, ARROWS[kindOf(entry)]);
  say(who, entry.connection ? `#${entry.connection}` : '');
  say(what, nameOf(entry));
  say(text, textOf(entry));
  row.setAttribute('aria-label',
    shown(`${entry.seq}, ${kindOf(entry)}, ${entry.connection ? `connection ${entry.connection}, ` : ''}${nameOf(entry)}, ${textOf(entry).slice(0, 120)}`));
}

// --- moving about in it

function setFollowing(on) {
  if (on === list.following) return;
  list.following = on;
  list.frozen = on ? null : store.view.slice();
  redraw();
}

function refilter() {
  applyFilter();
  if (list.frozen) list.frozen = store.view.slice();
  redraw();
}

function choose(seq) {
  list.chosen = seq;
  showDetail(seq);
  const index = listed().findIndex((entry) => entry.seq === seq);
  if (index >= 0) {
    const top = index * list.height;
    const { scrollTop, clientHeight } = list.box;
    if (top < scrollTop) list.box.scrollTop = top;
    else if (top + list.height > scrollTop + clientHeight) list.box.scrollTop = top + list.height - clientHeight;
    if (index < listed().length - 1) setFollowing(false);
  }
  redraw();
}

function move(by) {
  const entries = listed();
  if (!entries.length) return;
  const now = entries.findIndex((entry) => entry.seq === list.chosen);
  const from = now < 0 && by < 0 ? entries.length : now;
  choose(entries[Math.max(0, Math.min(entries.length - 1, from + by))].seq);
}

const KEYS = {
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  PageDown: () => move(Math.floor(list.box.clientHeight / list.height)),
  PageUp: () => move(-Math.floor(list.box.clientHeight / list.height)),
  Home: () => move(-Infinity),
  End: () => move(Infinity),
  Escape: () => hideDetail(),
};

function wireList() {
  list.box.addEventListener('scroll', () => {
    const away = list.box.scrollHeight - list.box.scrollTop - list.box.clientHeight;
    if (list.following && away > list.height * 2) setFollowing(false);
    redraw();
  });
  list.box.addEventListener('keydown', (event) => {
    const act = KEYS[event.key];
    if (!act || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    act();
  });
  $('follow').addEventListener('click', () => setFollowing(!list.following));
  new ResizeObserver(redraw).observe(list.box);

  let pending = 0;
  $('filters').addEventListener('submit', (event) => event.preventDefault());
  $('filters').addEventListener('input', () => {
    clearTimeout(pending);
    pending = setTimeout(() => {
      Object.assign(store.filter, {
        text: $('filter-text').value.toLowerCase(),
        direction: $('filter-direction').value,
        stub: $('filter-stub').value,
        connection: $('filter-connection').value,
        faults: $('filter-faults').checked,
      });
      refilter();
    }, 60);
  });
}

/** The stubs and connections that were seen, as choices. */
function drawChoices() {
  fillChoices($('filter-stub'), 'every stub', [...store.stubs].sort(), (stub) => stub);
  const newest = [...store.connections].sort((a, b) => b - a).slice(0, 500);
  fillChoices($('filter-connection'), 'every connection', newest, (connection) => `connection ${connection}`);
}

function fillChoices(select, all, values, label) {
  const chosen = select.value;
  const options = [['', all], ...values.map((value) => [String(value), label(value)])];
  if (chosen && !options.some(([value]) => value === chosen)) options.push([chosen, label(chosen)]);
  select.replaceChildren(...options.map(([value, text]) => {
    const option = make('option', '', text);
    option.value = value;
    return option;
  }));
  select.value = chosen;
}
