// What a picture says when it is pointed at, and series that can be switched off. Without this script the browser shows the
// words of a field itself, later and smaller.

const all = (selector, within = document) => [...within.querySelectorAll(selector)];

const tip = document.createElement('div');
tip.className = 'tip';
tip.hidden = true;
tip.setAttribute('role', 'status');
document.body.append(tip);

let chosen = null;

/** Shows what `field` says beside the place (x, y) of the window; nothing: shows nothing. */
function say(field, x = 0, y = 0) {
  chosen?.classList.remove('chosen');
  chosen = field;
  tip.hidden = field === null;
  if (field === null) return;
  field.classList.add('chosen');
  tip.textContent = field.dataset.says;
  const { clientWidth, clientHeight } = document.documentElement;
  const left = x + 14 + tip.offsetWidth > clientWidth ? Math.max(4, x - 14 - tip.offsetWidth) : x + 14;
  const top = y + 16 + tip.offsetHeight > clientHeight ? Math.max(4, y - 12 - tip.offsetHeight) : y + 16;
  tip.style.left = `${left + scrollX}px`;
  tip.style.top = `${top + scrollY}px`;
}

/** Arrow keys go from field to field. */
function step(picture, by) {
  const fields = all('.field', picture);
  if (fields.length === 0) return;
  const at = fields.indexOf(chosen);
  const next = fields[at < 0 ? (by > 0 ? 0 : fields.length - 1) : Math.min(Math.max(at + by, 0), fields.length - 1)];
  next.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  const box = next.getBoundingClientRect();
  say(next, box.left + box.width / 2, box.top + Math.min(box.height / 2, 60));
}

/** The key of a series becomes a button that shows it or not. */
function switchable(key) {
  const button = document.createElement('button');
  button.type = 'button';
  button.setAttribute('aria-pressed', 'true');
  button.append(...key.childNodes);
  key.append(button);
  button.addEventListener('click', () => {
    const shown = button.getAttribute('aria-pressed') !== 'true';
    button.setAttribute('aria-pressed', String(shown));
    for (const line of all(`path[data-series="${key.dataset.series}"]`, key.closest('figure'))) line.toggleAttribute('hidden', !shown);
  });
}

for (const field of all('.field')) {
  const title = field.querySelector('title');
  field.dataset.says = title.textContent;
  title.remove();  // or it would be said twice
}
for (const keys of all('.keys')) {
  const series = all('li[data-series]', keys);
  if (series.length > 1) for (const key of series) switchable(key);
}
