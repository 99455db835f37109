// Which checks are shown. A check stands on the page up to four times (problem, matrix, change, case); each place is shown or not
// with it, and what holds nothing that is shown is not shown either.

const all = (selector, within = document) => [...within.querySelectorAll(selector)];

/** By id: the places of each check, and what the filter looks at. */
const checks = new Map();
for (const place of all('[data-check]')) {
  const id = place.dataset.check;
  if (!checks.has(id)) checks.set(id, { area: id.split('/')[0], places: [], outcome: '', level: '', changed: false, text: null });
  const check = checks.get(id);
  check.places.push(place);
  check.outcome = place.dataset.outcome ?? check.outcome;
  check.level = place.dataset.level ?? check.level;
  check.changed ||= 'changed' in place.dataset;
}

/** All that is written about a check, with what was said in its case. */
function textOf(id, check) {
  if (check.text === null) {
    const around = new Set(check.places.map((place) => place.closest('tr, .case') ?? place));
    check.text = [id, ...[...around].map((each) => each.textContent)].join('\n').toLowerCase();
  }
  return check.text;
}

function passes(id, check, filter) {
  return (filter.outcomes.length === 0 || filter.outcomes.includes(check.outcome))
    && (filter.area === '' || filter.area === check.area)
    && (filter.level === '' || filter.level === check.level)
    && (!filter.changed || check.changed)
    && (filter.text === '' || textOf(id, check).includes(filter.text.toLowerCase()));
}

/** Shows what `filter` lets pass, and says how much that is. */
function apply(filter) {
  const cases = new Set();
  let shown = 0;
  for (const [id, check] of checks) {
    const passed = passes(id, check, filter);
    if (passed && check.outcome !== '') shown += 1;
    if (passed) cases.add(id.split(':')[0]);
    for (const place of check.places) place.hidden = !passed;
  }
  const isEmpty = filter.outcomes.length === 0 && filter.area === '' && !filter.changed;
  const hasShown = (element) => element.querySelector('[data-check]:not([hidden])') !== null;
  for (const one of all('.case, .elsewhere')) one.hidden = !cases.has(one.dataset.case);
  for (const area of all('.area')) area.hidden = !area.querySelector('.case:not([hidden]), .elsewhere:not([hidden])');
  for (const row of all('tr[data-clause]')) {
    const bare = row.querySelector('[data-check]') === null;
    row.hidden = bare ? !(isEmpty && ['', row.dataset.level].includes(filter.level)
      && row.textContent.toLowerCase().includes(filter.text.toLowerCase())) : !hasShown(row);
  }
  for (const link of all('.blocked li')) link.hidden = !cases.has(link.dataset.case);
  for (const problem of all('.problem')) {
    problem.hidden = !hasShown(problem) && problem.querySelector('.blocked li:not([hidden])') === null;
  }
  for (const part of all('section[data-nothing]')) {
    part.querySelector('.nothing.filtered').hidden = part.querySelector(part.dataset.nothing) !== null;
  }
  return { shown, of: [...checks.values()].filter((check) => check.outcome !== '').length };
}
