// A report's page to look at: a mock that breaks a few rules, with words that would like to be more, judged by procedura-conformance.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Mock } from './support.mjs';

const CONFORMANCE = process.env.BROWSER_CONFORMANCE ?? 'procedura-conformance';
const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const REFERENCE = path.join(ROOT, 'conformance/scenarios/reference-agent.json');
const CREDENTIAL = 'admin@procedura.org:secret123';

export const MARKUP = '<script>window.owned=1</script></script><img src=x onerror="window.owned=2"><b id=injected>b</b>]]>';
const TURNS = '\u202egnp.exe\u2066\u200b\u2028\u0007';

/** No ack; errors without a reason, with markup in them; a result of a megabyte; text that turns around. */
export const BROKEN = {
  version: 1,
  stubs: [
    { name: 'quick', match: { cmd: 'worldstate_snapshot' }, accept: false, reply: [{ finished: { meta: {}, entities: { [MARKUP]: TURNS } } }] },
    { name: 'failing', match: { cmd: 'failing' },
      reply: ['accept', { send: { id: '${id}', status: 'error', code: MARKUP, message: '' } }] },
    { name: 'echo', match: { cmd: 'echo' }, reply: ['accept', { finished: { args: ['x'.repeat(1_000_000)] } }] },
  ],
};

/** Judges the reference agent with `overlay` laid over it. Gives { page, badge, url, exitCode }: paths, and the page's address. */
export async function judge(overlay, options = []) {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'procedura-report-'));
  const script = path.join(folder, 'overlay.json');
  await fs.writeFile(script, JSON.stringify(overlay));
  const agent = await Mock.start({}, { options: ['--script', REFERENCE, '--script', script] });
  const page = path.join(folder, 'report.html');
  const json = path.join(folder, 'report.json');
  const run = spawn(CONFORMANCE, ['server', '--url', agent.listening, '--profile', path.join(ROOT, 'conformance/profiles/mock.json'),
    '--seed', '1', '--jobs', '4', '--html', page, '--badge', path.join(folder, 'badge.svg'), '--json', json, ...options],
  { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, PROCEDURA_CONFORMANCE_CREDENTIAL: CREDENTIAL,
           PROCEDURA_CONFORMANCE_SECOND_CREDENTIAL: 'guest@procedura.org:four:words:and:colons' } });
  const [exitCode] = await once(run, 'exit');
  await agent.stop();
  return { page, json, badge: path.join(folder, 'badge.svg'), url: pathToFileURL(page).href, exitCode, remove: () => fs.rm(folder, { recursive: true }) };
}
