// Options of a module: `--name=value`, `--name value`, and flags.

import { AgentError } from './errors.mjs';

// `valued` and `flags` name what is known. What is not is ignored, or refused if `strict`.
export function readOptions(args, { valued = [], flags = [], strict = false }) {
  const found = new Map();
  for (let i = 0; i < args.length; i++) {
    const [, name, value] = /^--([^=]+)(?:=(.*))?$/s.exec(args[i]) ?? [];
    if (valued.includes(name)) {
      if (value === undefined && i + 1 === args.length) throw new AgentError('BAD_REQUEST', `--${name} needs a value`);
      found.set(name, value ?? args[++i]);
    } else if (flags.includes(name) && value === undefined) {
      found.set(name, true);
    } else if (strict) {
      throw new AgentError('BAD_REQUEST', 'an argument is not known here');
    }
  }
  return found;
}

// A whole number in decimal digits within the bounds, or BAD_REQUEST.
export function wholeNumber(text, name, lowest, highest) {
  const number = /^[0-9]+$/.test(text) ? Number(text) : NaN;
  if (!(number >= lowest && number <= highest)) {
    throw new AgentError('BAD_REQUEST', `--${name} must be a whole number from ${lowest} to ${highest}`);
  }
  return number;
}
