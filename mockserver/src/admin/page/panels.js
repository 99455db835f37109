// The cards: what the mock's state says, drawn anew each time it is asked.

/** Makes `list` show `items`, each in the element that it had before, so that focus and selection stay. */
function keyed(container, items, keyOf, create, update) {
  const had = new Map([...container.children].map((element) => [element.key, element]));
  let before = container.firstChild;
  for (const item of items) {
    const key = keyOf(item);
    let element = had.get(key);
    if (element) {
      had.delete(key);
    } else {
      element = create(item);
      element.key = key;
    }
    update(element, item);
    if (element === before) before = before.nextSibling;
    else container.insertBefore(element, before);
  }
  for (const element of had.values()) element.remove();
}

function drawFigures(state) {
  const late = state.lateness;
  const figures = [
    ['Connections', count(state.open.total)],
    ['Jobs running', count(state.running.total)],
    ['Jobs ended', count(state.jobs.finished + state.jobs.failed)],
    ['Frames in', count(state.frames.in)],
    ['Frames out', count(state.frames.out)],
    ['Bytes out', bytes(state.bytes.out)],
    ['Lateness p99', late.count ? nanoseconds(late.p99_ns) : '–'],
    ['Up', seconds(state.uptime_s)],
  ];
  keyed($('figures'), figures, ([name]) => name,
    ([name]) => {
      const box = make('div');
      box.append(make('dt', '', name), make('dd'));
      return box;
    },
    (box, [, value]) => say(box.lastChild, value));
}

// --- expectations

function drawExpectations(verdict, partitions) {
  const several = new Set(verdict.expectations.map((one) => one.partition)).size > 1;
  keyed($('expectations'), verdict.expectations, (one) => `${one.partition} ${one.where} ${one.name}`, makeExpectation,
    (element, one) => updateExpectation(element, one, several));
  $('expectations-none').hidden = verdict.expectations.length > 0;
  const met = verdict.expectations.filter((one) => one.met).length;
  say($('verdict'), verdict.expectations.length ? `${met} of ${verdict.expectations.length} met` : verdict.met ? '' : 'failed');
  $('verdict').className = `badge ${verdict.met ? 'good' : 'bad'}`;
  drawRemarks(verdict);
}

function makeExpectation() {
  const item = make('li');
  const line = make('div', 'line');
  line.append(make('span', 'mark'), make('span', 'grow foreign'));
  item.append(line, make('p', 'below foreign'), make('pre'));
  return item;
}

function updateExpectation(item, one, several) {
  const [line, place, detail] = item.children;
  const [mark, name] = line.children;
  mark.className = one.met ? 'mark' : 'mark bad';
  mark.setAttribute('role', 'img');
  mark.setAttribute('aria-label', one.met ? 'met' : 'unmet');
  say(mark, one.met ? '✓' : '✗');
  say(name, one.name);
  say(place, several ? `${one.where} · partition ${one.partition}` : one.where);
  detail.hidden = one.met;
  say(detail, one.detail ?? '');
}

function drawRemarks(verdict) {
  const kinds = [
    ['Failures', verdict.failures, verdict.more_failures],
    ['Clients broke the protocol', verdict.broken, verdict.more_broken],
    ['Notes', verdict.notes, verdict.more_notes],
  ];
  const texts = kinds.filter(([, lines]) => lines.length)
    .map(([title, lines, more]) => [title, lines.join('\n') + (more ? `\n… and ${count(more)} more` : '')]);
  keyed($('remarks'), texts, ([title]) => title,
    ([title]) => {
      const part = make('div');
      part.append(make('h3', '', title), make('pre'));
      return part;
    },
    (part, [, text]) => say(part.lastChild, text));
}

// --- connections and jobs

const more = (look) => look.total - (look.connections ?? look.jobs).length;

function drawConnections(open) {
  say($('connections-count'), more(open) ? `${count(open.total - more(open))} of ${count(open.total)}` : count(open.total));
  $('connections-none').hidden = open.total > 0;
  $('push').disabled = open.total === 0;
  keyed($('connections'), open.connections, (one) => one.connection, makeConnection, (item, one) => {
    const [line, below] = item.children;
    say(line.children[1], one.user ?? 'nobody logged in');
    line.children[1].classList.toggle('dim', !one.user);
    say(below, [
      `partition ${one.partition}`,
      one.device && `device ${one.device}`,
      one.via && `by ${one.via}`,
      `${count(one.live)} live`,
      seconds(one.age_s),
    ].filter(Boolean).join(' · '));
  });
}

function makeConnection(one) {
  const item = make('li');
  const line = make('div', 'line');
  const button = (text, act) => {
    const made = make('button', 'small', text);
    made.type = 'button';
    made.setAttribute('aria-label', `${text.replace('…', '')} connection ${one.connection}`);
    made.addEventListener('click', () => act(one.connection));
    return made;
  };
  line.append(make('span', 'number', `#${one.connection}`), make('span', 'cut foreign'), button('Push…', askToPush), button('Drop…', askToDrop));
  item.append(line, make('p', 'below foreign'));
  return item;
}

function drawJobs(running) {
  say($('jobs-count'), more(running) ? `${count(running.total - more(running))} of ${count(running.total)}` : count(running.total));
  $('jobs-none').hidden = running.total > 0;
  keyed($('jobs'), running.jobs, (one) => `${one.partition} ${one.instance}`, makeJob, (item, one) => {
    const [line, bar, below] = item.children;
    say(line.children[0], one.cmd);
    say(line.children[1], one.connection ? `#${one.connection}` : 'detached');
    const progress = store.progress.get(`${one.connection} ${one.id}`) ?? store.progress.get(`${one.connection} ${one.job_id}`);
    bar.hidden = progress === undefined;
    bar.value = progress ?? 0;
    bar.setAttribute('aria-label', shown(`progress of ${one.cmd}`));
    say(below, [
      `${one.job_id || one.id}`,
      `${count(one.frames)} ${one.frames === 1 ? 'frame' : 'frames'}`,
      one.due_in_s === null ? 'waits for a request' : `next in ${seconds(one.due_in_s)}`,
      `stub ${one.stub}`,
      `for ${seconds(one.age_s)}`,
    ].join(' · '));
  });
  if (store.progress.size > 4 * running.jobs.length + 1000) store.progress.clear();
}

function makeJob() {
  const item = make('li');
  const line = make('div', 'line');
  line.append(make('span', 'cut foreign'), make('span', 'number'));
  item.append(line, make('progress'), make('p', 'below foreign'));
  return item;
}

function drawPartitions(names) {
  const select = $('partition');
  if (select.names === names.join('\n')) return;
  select.names = names.join('\n');
  fillChoices(select, 'all', names, (name) => name);
}

function drawState(state) {
  say($('scenario'), `${state.name || 'scenario without a name'} · seed ${state.seed}`);
  document.title = shown(`${state.name || 'mock'} – mock-agent`);
  drawPartitions(state.partitions);
  drawFigures(state);
  drawExpectations(state.verdict);
  drawConnections(state.open);
  drawJobs(state.running);
}
