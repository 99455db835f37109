// The admin side over HTTP. Everything comes from where the page came from.

let token = '';  // in memory only

class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** A response that is fine; else an ApiError with what the mock says of it. */
async function ask(path, { method = 'GET', body, signal } = {}) {
  const headers = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  if (method !== 'GET') headers['Content-Type'] = 'application/json';
  const response = await fetch(`/__admin/${path}`, { method, body, headers, signal, cache: 'no-store' });
  if (response.ok) return response;
  const said = await response.json().catch(() => ({}));
  throw new ApiError(response.status, said.message || `the mock answers ${response.status}`);
}

const askJson = async (path, options) => (await ask(path, options)).json();

/** Calls `take` with the lines of a stream, as many at a time as have come, until it ends. */
async function readLines(path, signal, take) {
  const response = await ask(path, { signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    if (lines.length) take(lines);
  }
}

function partitionQuery(name, separator = '?') {
  return name ? `${separator}partition=${encodeURIComponent(name)}` : '';
}
