// ~/.procedura/token, or what PROCEDURA_TOKEN_FILE names; beside it, in a file of our own, where the token came from (AUT-8, TOK-2).
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { homedir } from "node:os";
import path from "node:path";
import { Failure } from "./failure.mjs";

const GROUP_AND_OTHERS = 0o077;

export class TokenFile {
  /** `warn(sentence)` is told what is odd about the file. */
  constructor(file, warn) {
    this.path = file ?? (process.env.PROCEDURA_TOKEN_FILE || path.join(homedir(), ".procedura", "token"));
    this.warn = warn;
  }

  /** {token, origin}; nothing if there is no file, or nothing in it. */
  read() {
    let token;
    try {
      if (statSync(this.path).mode & GROUP_AND_OTHERS) this.warn(`${this.path} can be read by others: chmod 600 it, or log in again`);
      token = readFileSync(this.path, "utf8").trim();
    } catch (error) {
      if (error.code === "ENOENT") return undefined;
      throw new Failure("TOKEN", `${this.path} cannot be read (${error.code}); mend it, or name another with --token-file`);
    }
    if (token === "") {
      this.warn(`${this.path} is empty: going on without a token; log in to fill it`);
      return undefined;
    }
    return { token, origin: this.#origin() };
  }

  #origin() {
    try {
      const { origin } = JSON.parse(readFileSync(`${this.path}.origin`, "utf8"));
      return typeof origin === "string" ? origin : undefined;
    } catch {
      return undefined; // as the published SDK has it: a token and nothing else
    }
  }

  write(token, origin) {
    try {
      const folder = path.dirname(this.path);
      if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) chmodSync(folder, 0o700);
      // The origin first: a token with none would be sent anywhere.
      this.#replace(`${this.path}.origin`, `${JSON.stringify({ origin })}\n`);
      this.#replace(this.path, `${token}\n`);
    } catch (error) {
      throw new Failure("TOKEN", `the token cannot be saved in ${this.path}: ${error.code ?? error.message}`);
    }
  }

  #replace(file, text) {
    const part = `${file}.${randomBytes(4).toString("hex")}`;
    try {
      writeFileSync(part, text, { mode: 0o600, flag: "wx" });
      renameSync(part, file);
    } catch (error) {
      rmSync(part, { force: true });
      throw error;
    }
  }
}
