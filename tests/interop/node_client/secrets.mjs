// What must not be seen, and what a terminal must not be told (AUT-7).

export class Secrets {
  #words = new Set();

  add(word) {
    if (!word) return;
    const forms = [word, Buffer.from(word).toString("base64"), encodeURIComponent(word), JSON.stringify(word).slice(1, -1)];
    for (const form of forms) if (form.length >= 4) this.#words.add(form);
  }

  /** A credential is a secret as a whole, decoded, and so is its password. */
  addCredential(credential) {
    this.add(credential);
    let plain = credential;
    if (credential.startsWith("b64:") || !credential.includes(":")) {
      plain = Buffer.from(credential.replace(/^b64:/, ""), "base64").toString("utf8");
      this.add(plain);
    }
    this.add(plain.slice(plain.indexOf(":") + 1));
  }

  redact(text) {
    let out = text;
    for (const word of [...this.#words].sort((a, b) => b.length - a.length)) out = out.replaceAll(word, "<redacted>");
    return out;
  }
}

/** Text of others, fit for a terminal. */
export function printable(text) {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** JSON text on one line, its values as they were written. */
export function oneLine(json) {
  return json.replace(/("[^"\\]*(?:\\[^][^"\\]*)*")|\s+/g, (_, string) => string ?? "");
}
