// What the buttons and the pointer do.

/** Copies the text before `button`. Where the browser has no clipboard for files, the text is selected for the reader to copy. */
async function copyBefore(button) {
  const source = button.previousElementSibling;
  let done = false;
  try {
    await navigator.clipboard.writeText(source.textContent);
    done = true;
  } catch {
    getSelection().selectAllChildren(source);
    done = document.execCommand('copy');
  }
  const word = button.textContent;
  button.textContent = done ? 'Copied' : 'Press Ctrl+C';
  setTimeout(() => { button.textContent = word; }, 1500);
}

/** Gives the reader the JSON that lies in the page, as a file. */
function save() {
  const text = document.querySelector('script[type="application/json"]').textContent.trimStart();
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = 'report.json';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

for (const button of all('button[data-do]')) button.hidden = false;
document.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-do]');
  if (button?.dataset.do === 'copy') copyBefore(button);
  if (button?.dataset.do === 'save') save();
});
document.addEventListener('pointermove', (event) => {
  say(event.target.closest?.('.field') ?? null, event.clientX, event.clientY);
});
document.addEventListener('pointerdown', (event) => {
  if (event.pointerType !== 'mouse') say(event.target.closest?.('.field') ?? null, event.clientX, event.clientY);
});
document.addEventListener('keydown', (event) => {
  const picture = event.target.closest?.('.scroll');
  if (event.key === 'Escape') say(null);
  if (!picture?.querySelector('.field')) return;
  const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (by === undefined) return;
  event.preventDefault();
  step(picture, by);
});
document.addEventListener('focusout', () => say(null));

// On paper nothing can be opened.
let openedForPaper = [];
addEventListener('beforeprint', () => {
  openedForPaper = all('details:not([open])');
  for (const each of openedForPaper) each.open = true;
});
addEventListener('afterprint', () => {
  for (const each of openedForPaper) each.open = false;
});
