// The chosen entry: its frame, what led to it, what it led to, and how late it was.

const MOST_SHOWN = 200000;  // characters of a frame
const MOST_LISTED = 50;

function hideDetail() {
  list.chosen = 0;
  $('detail').hidden = true;
  redraw();
}

function showDetail(seq) {
  const entry = findEntry(seq);
  const detail = $('detail');
  detail.hidden = !entry;
  if (!entry) return;

  const title = make('div', 'title');
  const close = make('button', 'small', 'Close');
  close.type = 'button';
  close.addEventListener('click', () => {
    hideDetail();
    list.box.focus();
  });
  title.append(make('h3', '', `${entry.seq} · ${nameOf(entry)}`), close);
  const facts = make('dl');
  detail.replaceChildren(title, facts, ...causePart(entry), ...framePart(entry), ...effectPart(entry));
  drawFacts(facts, entry);
  // It was told of before it had left: how late it was is known by now.
  if (entry.direction === 'out' && entry.sent_ns === undefined) learnWhenItLeft(entry, facts);
}

function drawFacts(facts, entry) {
  const rows = [
    ['Time', `${(entry.t_ns / 1e9).toFixed(6)} s after the start`],
    ['Direction', { in: 'from the client', out: 'to the client' }[entry.direction]],
    ['Connection', entry.connection],
    ['Partition', entry.partition],
    ['Stub', entry.stub && `${entry.stub}, instance ${entry.instance}${entry.step === undefined ? '' : `, step ${entry.step}`}`],
    ['Token by', entry.via],
    ['Lateness', entry.sent_ns !== undefined && entry.intended_ns !== undefined ? nanoseconds(entry.sent_ns - entry.intended_ns) : ''],
  ].filter(([, value]) => value);
  facts.replaceChildren(...rows.flatMap(([name, value]) => [make('dt', '', name), make('dd', 'foreign', value)]));
}

async function learnWhenItLeft(entry, facts) {
  try {
    const [line] = (await (await ask(`journal?since=${entry.seq - 1}&limit=1`)).text()).split('\n');
    const now = line && JSON.parse(line);
    if (!now || now.seq !== entry.seq || now.sent_ns === undefined) return;
    entry.sent_ns = now.sent_ns;
    entry.intended_ns = now.intended_ns;
    if (list.chosen === entry.seq) drawFacts(facts, entry);
  } catch {
    // It is shown without.
  }
}

function framePart(entry) {
  const raw = rawMember(entry.raw, 'frame');
  const text = raw === null ? entry.text : raw.length > MOST_SHOWN ? raw : pretty(raw);
  if (!text) return [];
  const part = make('div');
  part.append(make('h4', '', entry.event === 'frame' ? 'Frame' : 'Words'));
  part.append(make('pre', 'foreign', text.slice(0, MOST_SHOWN)));
  if (text.length > MOST_SHOWN) part.append(make('p', 'dim', `… and ${count(text.length - MOST_SHOWN)} characters more`));
  return [part];
}

function causePart(entry) {
  const chain = [entry];
  while (chain[0].caused_by && chain.length < MOST_LISTED) {
    const cause = findEntry(chain[0].caused_by);
    if (!cause) break;
    chain.unshift(cause);
  }
  return chain.length > 1 ? [linksPart('What led to it', chain, entry)] : [];
}

function effectPart(entry) {
  const effects = store.entries.filter((other) => other.caused_by === entry.seq);
  if (!effects.length) return [];
  return [linksPart(`What it led to (${count(effects.length)})`, effects.slice(0, MOST_LISTED), entry)];
}

function linksPart(title, entries, here) {
  const part = make('div');
  const links = make('ol');
  for (const entry of entries) {
    const item = make('li');
    const text = `${entry.seq} ${ARROWS[kindOf(entry)]} ${nameOf(entry)}`;
    if (entry === here) {
      item.append(make('span', 'here', text));
    } else {
      const link = make('button', 'plain', text);
      link.type = 'button';
      link.addEventListener('click', () => choose(entry.seq));
      item.append(link);
    }
    links.append(item);
  }
  part.append(make('h4', '', title), links);
  return part;
}
