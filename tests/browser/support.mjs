// What the tests of the pages share: a mock, clients that talk to it, a browser that sees nothing else, and waiting with an end.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import WebSocket from 'ws';

const MOCK_AGENT = process.env.BROWSER_MOCK_AGENT ?? 'mock-agent';
const CHROMIUM = process.env.BROWSER_CHROMIUM ?? '/usr/bin/chromium';
// Generous, for a loaded machine and sanitizers: nobody waits for it unless something is broken.
export const DEADLINE_MS = 60_000;

/** Waits until `condition` gives something true, and returns it. */
export async function waitFor(condition, what) {
  const end = Date.now() + DEADLINE_MS;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`no ${what} within ${DEADLINE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** `mock-agent` with a scenario; on a free port unless `port` says otherwise. */
export class Mock {
  static async start(scenario, { port = 0, options = [], env = {} } = {}) {
    const mock = new Mock();
    mock.folder = await fs.mkdtemp(path.join(os.tmpdir(), 'procedura-page-'));
    const script = path.join(mock.folder, 'scenario.json');
    const ready = path.join(mock.folder, 'ready.json');
    await fs.writeFile(script, JSON.stringify({ version: 1, ...scenario }));
    mock.process = spawn(MOCK_AGENT, ['--script', script, '--port', String(port), '--ready-file', ready, ...options],
      { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
    mock.said = '';
    mock.process.stderr.on('data', (data) => { mock.said += data; });
    const read = () => fs.readFile(ready, 'utf8').catch(() => mock.process.exitCode !== null);
    const text = await waitFor(read, 'ready file of mock-agent');
    if (text === true) throw new Error(`mock-agent ended: ${mock.said}`);
    Object.assign(mock, JSON.parse(text));
    mock.origin = new URL(mock.admin).origin;
    mock.port = Number(new URL(mock.admin).port);
    return mock;
  }

  async stop() {
    if (this.process.exitCode === null) {
      this.process.kill('SIGKILL');
      await once(this.process, 'exit');
    }
    await fs.rm(this.folder, { recursive: true });
  }

  async get(what, headers = {}) {
    return (await fetch(this.admin + what, { headers })).json();
  }
}

/** A client that remembers what came. */
export class Client {
  static async connect(mock, headers = {}) {
    const client = new Client();
    client.frames = [];
    client.socket = new WebSocket(mock.listening, { headers });
    client.socket.on('message', (data) => client.frames.push(data.toString()));
    client.closed = once(client.socket, 'close').then(([code]) => code);
    await once(client.socket, 'open');
    return client;
  }
  send(frame) {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }
  ask(id, cmd, args = [], mode = 'sync') {
    this.send({ id, cmd, args, mode });
  }
  async until(condition, what) {
    return waitFor(() => this.frames.find(condition), what);
  }
  end() {
    this.socket.terminate();
  }
}

/** A browser for one test file. Every address that a page of it asks for is written down. */
export class Browser {
  static async launch() {
    const browser = new Browser();
    browser.asked = [];
    browser.wrong = [];
    browser.chromium = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync'],
    });
    return browser;
  }
  async open(url, { width = 1280, height = 800, colorScheme = 'light', live = true, javaScript = true } = {}) {
    const page = await this.chromium.newPage({ viewport: { width, height }, colorScheme, javaScriptEnabled: javaScript });
    page.setDefaultTimeout(DEADLINE_MS);
    page.on('request', (request) => this.asked.push(request.url()));
    page.on('pageerror', (error) => this.wrong.push(error.stack));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) this.wrong.push(message.text());
    });
    await page.goto(url);
    if (live) await isLive(page);
    return page;
  }
  close() {
    return this.chromium.close();
  }
}

export const isLive = (page) => page.waitForSelector('#link[data-state="live"]');
export const textOf = (page, selector) => page.locator(selector).innerText();
/** What the rows that are seen say, from top to bottom. */
export const rows = (page) => page.$$eval('.row:not([hidden])', (all) => all
  .map((row) => ({ top: parseFloat(row.style.top), text: row.innerText.replaceAll('\n', ' '), kind: row.dataset.kind }))
  .sort((a, b) => a.top - b.top));

/** Text against what is behind it, after WCAG 2: the least of all in `selector`. */
export const leastContrast = (page, selector) => page.$$eval(selector, (all) => {
  const parse = (colour) => { const [r, g, b, a = 1] = colour.match(/[\d.]+/g).map(Number); return { c: [r, g, b], a }; };
  const luminance = (c) => c.map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let up = element; up; up = up.parentElement) {
      const { c, a } = parse(getComputedStyle(up).backgroundColor);
      if (a === 1) return c;
    }
    return [255, 255, 255];
  };
  return Math.min(...all.map((element) => {
    const style = getComputedStyle(element);
    const [x, y] = [luminance(parse(element.closest('svg') ? style.fill : style.color).c), luminance(behind(element))].sort((a, b) => b - a);
    return (x + 0.05) / (y + 0.05);
  }));
});
