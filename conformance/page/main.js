// The filter's controls, the fragment of the address that remembers them, and what the buttons do.

const form = document.getElementById('filter');
const status = document.getElementById('shown');

/** What the address says: `#q=ack&outcome=FAIL,WARN&area=sync&level=MUST&changed=1&case=sync/lifecycle`. */
function read() {
  const words = new URLSearchParams(location.hash.slice(1));
  return {
    text: words.get('q') ?? '',
    outcomes: (words.get('outcome') ?? '').split(',').filter(Boolean),
    area: words.get('area') ?? '',
    level: words.get('level') ?? '',
    changed: words.get('changed') === '1',
    case: words.get('case') ?? '',
    clause: words.get('clause') ?? '',
  };
}

function write(state, asStep) {
  const words = { q: state.text, outcome: state.outcomes.join(','), area: state.area, level: state.level,
    changed: state.changed ? '1' : '', case: state.case, clause: state.clause };
  const fragment = Object.entries(words).filter(([, value]) => value !== '')
    .map(([key, value]) => `${key}=${encodeURIComponent(value).replaceAll('%2F', '/').replaceAll('%2C', ',')}`).join('&');
  const address = `${location.href.split('#')[0]}${fragment === '' ? '' : `#${fragment}`}`;
  history[asStep ? 'pushState' : 'replaceState'](null, '', address);
}

/** What the controls say. */
function chosen() {
  const data = new FormData(form);
  return { text: data.get('q').trim(), outcomes: data.getAll('outcome'), area: data.get('area'), level: data.get('level'),
    changed: data.has('changed'), case: '', clause: '' };
}

function choose(state) {
  form.elements.q.value = state.text;
  for (const box of all('input[name="outcome"]', form)) box.checked = state.outcomes.includes(box.value);
  for (const name of ['area', 'level']) {
    const select = form.elements[name];
    select.value = state[name];
    if (select.selectedIndex < 0) select.value = '';  // the address may say anything
  }
  if (form.elements.changed) form.elements.changed.checked = state.changed;
}

function show() {
  const { shown, of } = apply(chosen());
  status.textContent = shown === of ? `${of} checks` : `${shown} of ${of} checks`;
}

/** Brings the case or the clause that `state` names before the reader, whatever the filter says. */
function goTo(state) {
  const target = document.getElementById(state.case !== '' ? `case=${state.case}` : `clause=${state.clause}`);
  if (target === null) return;
  for (let up = target; up !== null; up = up.parentElement) up.hidden = false;
  const details = target.closest('details');
  if (details !== null) {
    details.open = true;
    details.querySelector('summary').focus({ preventScroll: true });
  }
  (details ?? target).scrollIntoView({ block: 'start' });
}

/** The page as the address says it should be. */
function restore() {
  const state = read();
  choose(state);
  show();
  goTo(state);
}

form.hidden = false;
for (const button of all('button[data-do]')) button.hidden = false;
form.addEventListener('submit', (event) => event.preventDefault());
form.addEventListener('input', () => {
  write(chosen(), false);
  show();
});
form.addEventListener('reset', (event) => {
  event.preventDefault();
  choose({ text: '', outcomes: [], area: '', level: '', changed: false });
  write(chosen(), false);
  show();
});
addEventListener('hashchange', restore);
addEventListener('popstate', restore);

document.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-do]');
  if (button?.dataset.do === 'copy') copyBefore(button);
  if (button?.dataset.do === 'indent') toggleIndent(button);
  const link = event.target.closest('a[href^="#case="], a[href^="#clause="]');
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    const words = new URLSearchParams(link.getAttribute('href').slice(1));
    const state = { ...chosen(), case: words.get('case') ?? '', clause: words.get('clause') ?? '' };
    write(state, true);
    goTo(state);
  }
});

document.addEventListener('keydown', (event) => {
  const typing = event.target.matches('input, select');
  if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    form.elements.q.focus();
  }
});

// On paper nothing can be opened: the evidence of what went wrong is.
let openedForPaper = [];
addEventListener('beforeprint', () => {
  openedForPaper = all('.problem details:not([open])');
  for (const each of openedForPaper) each.open = true;
});
addEventListener('afterprint', () => {
  for (const each of openedForPaper) each.open = false;
});

restore();
