// The pages that procedura-bench itself writes, of real runs against a real agent. How fast it was, and whether this machine was too
// busy for a verdict, is nothing that is asked here; what has to be on the page whatever came out, is.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, before, test } from 'node:test';
import { namedTwice, tooWide, unfold, wordsAmiss } from './bench.mjs';
import { Browser, Mock, textOf } from './support.mjs';

const BENCH = process.env.BROWSER_BENCH ?? 'procedura-bench';
const MOCK_AGENT = process.env.BROWSER_MOCK_AGENT ?? 'mock-agent';
const MARKUP = '</script><script>window.owned=1</script><!--<img src=x onerror="window.owned=2"><b id=injected>b</b>\u202e\u2028';
const SECRET = 'path-geheim';
const SCENARIO = {
  version: 1,
  auth: { required: false, users: { 'admin@procedura.org': SECRET } },
  stubs: [
    { name: 'stream', match: { cmd: 'stream' },
      reply: ['accept', { running: { progress: 0.5 } }, { running: { progress: 1 } }, { finished: { entities: {} } }] },
    { name: 'snapshot', match: { cmd: 'snapshot' }, reply: ['accept', { finished: { entities: {} } }] },
    { name: 'refuses', match: { cmd: 'refuses' }, reply: ['accept', { send: { id: '${id}', status: 'error', code: MARKUP, message: '' } }] },
  ],
};
const VERDICTS = { 0: /(Pass|Valid|Equivalent|B is faster)/, 97: /Inconclusive/, 98: /Invalid/, 99: /(SLO failed|B is slower)/ };
// A busy machine sends late, and starts its agents late.
const PATIENT = ['--max-send-lag', '1h', '--cut-off', '1m'];

let browser;
let mock;
let secure;
let folder;
before(async () => {
  browser = await Browser.launch();
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'procedura-bench-runs-'));
  [mock, secure] = await Promise.all([Mock.start(SCENARIO), Mock.start(SCENARIO, { options: ['--tls-self-signed'] })]);
});
after(async () => {
  await browser.close();
  await Promise.all([mock.stop(), secure.stop()]);
  await fs.rm(folder, { recursive: true });
});

const file = (name) => path.join(folder, name);

/** Runs procedura-bench; gives its exit code. Anything but a verdict is an error. */
async function bench(...words) {
  const run = spawn(BENCH, words, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, CREDENTIAL: `admin@procedura.org:${SECRET}` } });
  let said = '';
  run.stderr.on('data', (data) => { said += data; });
  const [code] = await once(run, 'close');
  assert.ok(code in VERDICTS, `${words.join(' ')} ended with ${code}: ${said}`);
  return code;
}

const open = (name, options = {}) => browser.open(pathToFileURL(file(name)).href, { live: false, ...options });

/** Opens the page in every way that a reader may, and returns it, wide and light. */
async function looked(name) {
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [380, 1400]) {
      const page = await open(name, { width, colorScheme });
      await unfold(page);
      assert.ok(await tooWide(page) <= 0, `${name} is too wide at ${width}`);
      assert.deepEqual(await wordsAmiss(page), [], `${name} at ${width}`);
      await page.close();
    }
  }
  const still = await open(name, { javaScript: false });
  assert.equal(await still.locator('button:visible').count(), 0, 'what would do nothing is not there');
  for (const svg of await still.locator('main > section > figure svg[id]').all()) {
    const box = await svg.boundingBox();
    assert.ok(box.width > 400 && box.height > 40, `a picture of ${name} is seen`);
  }
  await still.close();

  browser.asked.length = 0;
  const page = await open(name, { width: 1400 });
  await unfold(page);
  assert.deepEqual(await namedTwice(page), [], name);
  for (const button of await page.locator('button:visible').all()) await button.click();
  assert.deepEqual(browser.asked.filter((url) => !url.startsWith('blob:')), [page.url()]);
  assert.deepEqual(browser.wrong, [], name);
  assert.equal(await page.evaluate(() => window.owned), undefined);
  assert.equal(await page.locator('#injected, img').count(), 0);
  assert.doesNotMatch(await page.content(), new RegExp(SECRET));
  return page;
}

const sections = (page) => page.$$eval('main > section', (all) => all.map((each) => each.id));
const json = async (page) => JSON.parse(await page.locator('script[type="application/json"]').textContent());

test('a run of async jobs over TLS', async () => {
  const code = await bench('run', '--url', secure.listening, '--insecure', '--credential-env', 'CREDENTIAL', '--module', 'stream',
    '--mode', 'async', '--rate', '300', '--connections', '3', '--duration', '1500ms', '--warm-up', '100ms', '--seed', '7', '--arrival', 'poisson',
    '--slo', 'p50<1m', '--slo', 'failed<1%', ...PATIENT, '--html', 'run.html', '--out', 'run.json', '--', '--n', '<3>');
  const page = await looked('run.html');
  assert.deepEqual(await sections(page),
    ['slos', 'limits', 'curve', 'time', 'rates', 'jobs', 'latencies', 'counts', 'health', 'origin']);
  const header = await textOf(page, 'header');
  assert.match(header, VERDICTS[code]);
  assert.match(header, new RegExp(`exit code ${code}`));
  assert.match(await textOf(page, '.tiles'), /response p50\n\d[^]*\nno interval: too few seconds\n[^]*response p99\n–\nneeds 10,000 jobs, \d+ there/);
  assert.match(await textOf(page, '.tiles'), /first_event p50\n\d/);
  assert.match(await textOf(page, '#slos'), /p50<1m\s+✓ met\s+\d[^]*failed<1%\s+✓ met\s+0 of \d+ jobs/);
  for (const line of ['corrected', 'service', 'floor']) assert.ok(await page.locator(`#curve-response path.line.${line}`).count() >= 2, line);
  assert.equal(await page.locator('#drawn .event').count(), 20);
  const origin = await textOf(page, '#origin');
  for (const what of [/TLS\nTLSv1\.\d, TLS_\w+; certificate not checked/, /Seed\n7\n/, /Schedule\n[0-9a-f]{16}\n/, /CPUs\n\d+; may use \d/,
    /procedura-bench run --url wss:.* --credential-env CREDENTIAL .*-- --n '<3>'/]) assert.match(origin, what);
  assert.match(await textOf(page, '#health'), /Its core\s+\d[^]*What the agent counted[^]*frames_in\s+\d+\s+\d+/);
  assert.deepEqual(await json(page), JSON.parse(await fs.readFile(file('run.json'), 'utf8')));
  await page.close();

  assert.equal(await bench('report', 'run.json', '--html', 'later.html'), 0);
  assert.equal(await fs.readFile(file('later.html'), 'utf8'), await fs.readFile(file('run.html'), 'utf8'), 'the same page comes of the JSON');
});

test('a run of which every job failed, in words that would be more', async () => {
  assert.equal(await bench('run', '--url', mock.listening, '--module', 'refuses', '--concurrency', '2', '--duration', '300ms', '--warm-up', '0s',
    '--no-floor', '--html', 'failed.html'), 98);
  const page = await looked('failed.html');
  assert.match(await textOf(page, 'header'), /Invalid exit code 98\n+No figure on this page stands for the agent\.\n+(– )?no job finished; \d+ of \d+ ended with <\/script>/);
  assert.match(await textOf(page, '#curve'), /No job finished\./);
  assert.match(await textOf(page, '#counts'), /<\/script><script>window\.owned=1/);
  assert.match(await page.locator('.value').first().evaluate((each) => getComputedStyle(each).textDecorationLine), /line-through/);
  await page.close();
});

test('two parts of a run, and the whole', async () => {
  const part = (i) => bench('run', '--url', mock.listening, '--module', 'snapshot', '--rate', '200', '--connections', '2', '--duration', '1s', '--warm-up', '0s',
    '--no-floor', '--slo', 'p50<1m', ...PATIENT, '--shard', `${i}/2`, '--out', `part-${i}.json`, '--html', `part-${i}.html`);
  const [first] = await Promise.all([part(0), part(1)]);
  const page = await looked('part-0.html');
  const header = await textOf(page, 'header');
  assert.match(header, /2 connections; part 1 of 2/);
  if (first === 0) assert.match(header, /Valid, as far as this part goes[^]*In part 1 of 2, at 200 jobs\/s of the whole[^]*SLOs are judged after the merge/);
  assert.match(await textOf(page, '#limits'), /This is part 1 of 2 of a load/);
  await page.close();

  const code = await bench('merge', 'part-0.json', 'part-1.json', '--html', 'whole.html');
  const whole = await looked('whole.html');
  assert.match(await textOf(whole, 'header'), VERDICTS[code]);
  assert.match(await textOf(whole, '#slos'), /p50<1m\s+✓ met/);
  assert.match(await textOf(whole, '#counts'), /due\n200\nsent\n200\nfinished\n200/);
  assert.match(await textOf(whole, '#origin'), /Processes\n2, merged/);
  await whole.close();
});

test('a comparison of two agents that it starts', async () => {
  await fs.writeFile(file('scenario.json'), JSON.stringify(SCENARIO));
  const agent = (seed) => `'${MOCK_AGENT}' --script scenario.json --seed ${seed} --port {port}`;
  const code = await bench('compare', '--a', agent(1), '--b', agent(2), '--pairs', '20', '--module', 'snapshot', '--rate', '4000', '--duration', '60ms', '--warm-up', '0s',
    ...PATIENT, '--start-within', '1m', '--html', 'comparison.html', '--out', 'comparison.json');
  const page = await looked('comparison.html');
  assert.deepEqual(await sections(page), ['ratios', 'compared', 'limits', 'pairs', 'mirror', 'origin']);
  const header = await textOf(page, 'header');
  assert.match(header, VERDICTS[code]);
  assert.match(header, /20 pairs of 20/);
  const struck = await page.locator('#compared td').first().evaluate((each) => getComputedStyle(each).textDecorationLine);
  assert.equal(struck, code === 98 ? 'line-through' : 'none');
  for (const metric of ['response.p50', 'cpu_per_job', 'bytes_per_job']) assert.ok((await textOf(page, '#compared')).includes(metric), metric);
  for (const side of ['side-a', 'side-b']) assert.ok((await page.locator(`#mirror-response .${side}`).boundingBox()).height > 50, side);
  assert.equal(await page.locator('#pairs > figure .field').count() % 20, 0);
  assert.ok(await page.locator('#pairs .point').count() >= 20);
  assert.match(await textOf(page, '#origin .command code'), /^procedura-bench compare --a /);
  assert.deepEqual(await json(page), JSON.parse(await fs.readFile(file('comparison.json'), 'utf8')));
  await page.close();
});
