// What was said: frames are shown as they came, and indented when somebody asks for it.

/** JSON with a line for each value. The text may be cut off or be no JSON at all: nothing is parsed, and no character of a value
 * changes. */
function indented(text) {
  let out = '';
  let depth = 0;
  const line = () => `\n${'  '.repeat(Math.min(depth, 24))}`;
  for (let at = 0; at < text.length; at += 1) {
    const c = text[at];
    if (c === '"') {
      let end = at + 1;
      while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
      out += text.slice(at, end + 1);
      at = end;
    } else if (c === '{' || c === '[') {
      const empty = /^\s*[}\]]/.exec(text.slice(at + 1, at + 20));
      if (empty) {
        out += c + empty[0].trim();
        at += empty[0].length;
      } else {
        depth += 1;
        out += c + line();
      }
    } else if (c === '}' || c === ']') {
      depth = Math.max(0, depth - 1);
      out += line() + c;
    } else if (c === ',') {
      out += c + line();
    } else if (c === ':') {
      out += ': ';
    } else if (c.trim() !== '') {
      out += c;
    }
  }
  return out;
}

const asTheyCame = new WeakMap();

/** Indents all frames of the transcript that `button` belongs to, or puts them back. */
function toggleIndent(button) {
  const pressed = button.getAttribute('aria-pressed') !== 'true';
  button.setAttribute('aria-pressed', String(pressed));
  for (const cell of button.closest('.said').querySelectorAll('td.json')) {
    if (!asTheyCame.has(cell)) asTheyCame.set(cell, cell.textContent);
    const text = asTheyCame.get(cell);
    cell.textContent = pressed ? indented(text) : text;
  }
}

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
