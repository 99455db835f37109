// What peers sent, made fit to be looked at. It reaches the page as text and never as markup.

const $ = (id) => document.getElementById(id);

/** Control and direction characters as escapes: a frame must not look like another one. */
const shown = (text) =>
  String(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** An element with a class and a text. */
function make(tag, name = '', text = '') {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text !== '') element.textContent = shown(text);
  return element;
}

/** Sets a text only where it is another one, so that a selection and a screen reader are left alone. */
function say(element, text) {
  const now = shown(text);
  if (element.textContent !== now) element.textContent = now;
}

// --- JSON as text: a frame keeps the digits that it came with

/** Where the member or element that begins at `at` ends. The text is known to be JSON. */
function memberEnd(text, at) {
  let depth = 0;
  for (; at < text.length; at++) {
    const c = text[at];
    if (c === '"') at = stringEnd(text, at);
    else if (c === '{' || c === '[') depth++;
    else if ((c === '}' || c === ']') && depth-- === 0) return at;
    else if (c === ',' && depth === 0) return at;
  }
  return at;
}

/** Where the closing quote of the string that begins at `at` stands. */
function stringEnd(text, at) {
  for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === '\\') at++;
  return at;
}

/** The members of an object: name and text of the value, both as written. */
function* membersOf(text) {
  const behindSpace = (at) => {
    while (text[at] <= ' ') at++;
    return at;
  };
  for (let at = behindSpace(1); text[at] === '"';) {
    const end = memberEnd(text, at);
    const quote = stringEnd(text, at);
    yield [text.slice(at + 1, quote), text.slice(text.indexOf(':', quote) + 1, end).trim()];
    at = behindSpace(end + 1);
  }
}

/** The text of a member of the outermost object, or null. */
function rawMember(text, name) {
  for (const [key, value] of membersOf(text)) if (key === name) return value;
  return null;
}

/** JSON laid out in lines; numbers and strings stay to the letter. */
function pretty(text) {
  const empty = /\s*[}\]]/y;
  const numbers = /\[[^[\]{}"]{1,60}\]/y;  // a short list of them stays on its line
  const parts = [];
  let depth = 0;
  const newLine = () => parts.push('\n', '  '.repeat(depth));
  for (let at = 0; at < text.length; at++) {
    const c = text[at];
    if (c === '"') {
      const end = stringEnd(text, at);
      parts.push(text.slice(at, end + 1));
      at = end;
    } else if ((numbers.lastIndex = at, numbers.test(text))) {
      parts.push(text.slice(at, numbers.lastIndex).replace(/\s/g, '').replaceAll(',', ', '));
      at = numbers.lastIndex - 1;
    } else if (c === '{' || c === '[') {
      parts.push(c);
      empty.lastIndex = at + 1;
      if (empty.test(text)) {
        at = empty.lastIndex - 1;
        parts.push(text[at]);
      } else {
        depth++;
        newLine();
      }
    } else if (c === '}' || c === ']') {
      depth--;
      newLine();
      parts.push(c);
    } else if (c === ',') {
      parts.push(c);
      newLine();
    } else if (c === ':') {
      parts.push(': ');
    } else if (c > ' ') {
      parts.push(c);
    }
  }
  return parts.join('');
}

// --- quantities

const count = (n) => Number(n).toLocaleString('en');

function bytes(n) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  while (n >= 1000 && unit < units.length - 1) {
    n /= 1000;
    unit++;
  }
  return `${unit && n < 10 ? n.toFixed(1) : Math.round(n)} ${units[unit]}`;
}

function seconds(s) {
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < 120) return `${Math.round(s)} s`;
  if (s < 7200) return `${Math.floor(s / 60)} min`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

function nanoseconds(ns) {
  if (Math.abs(ns) < 1e3) return `${ns} ns`;
  if (Math.abs(ns) < 1e6) return `${(ns / 1e3).toFixed(0)} µs`;
  if (Math.abs(ns) < 1e9) return `${(ns / 1e6).toFixed(ns < 1e7 ? 2 : 1)} ms`;
  return `${(ns / 1e9).toFixed(2)} s`;
}
