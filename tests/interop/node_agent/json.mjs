// JSON as other agents write it: all of it means the same, and a client has to read all of it.

const STYLES = {
  compact: { comma: ",", colon: ":", ascii: false },
  python: { comma: ", ", colon: ": ", ascii: true },
  spread: { comma: " ,\n\t", colon: "\t:\r\n", ascii: false },
};

/** JSON text that is put into a frame as it stands: number text and member order stay as somebody else wrote them. */
export class RawJson {
  constructor(text) {
    this.text = text;
  }
}

const escaped = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** Writes `value` in one of the three styles; members that are undefined are left out. */
export function toJson(value, styleName = "compact") {
  const { comma, colon, ascii } = STYLES[styleName];
  const scalar = (x) => (ascii ? JSON.stringify(x).replace(/[\u007f-\uffff]/g, escaped) : JSON.stringify(x));
  const write = (x) => {
    if (x instanceof RawJson) return x.text;
    if (Array.isArray(x)) return `[${x.map(write).join(comma)}]`;
    if (x === null || typeof x !== "object") return scalar(x);
    const members = Object.entries(x).filter(([, member]) => member !== undefined);
    return `{${members.map(([name, member]) => scalar(name) + colon + write(member)).join(comma)}}`;
  };
  return write(value);
}

/** The deepest nesting of a JSON text, found without building anything (CON-9). Text that is no JSON gets some number. */
export function depthOf(text) {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i];
    if (inString) {
      if (c === "\\") i += 1;
      else if (c === '"') inString = false;
    } else if (c === '"') {
      inString = true;
    } else if (c === "{" || c === "[") {
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if (c === "}" || c === "]") {
      depth -= 1;
    }
  }
  return deepest;
}
