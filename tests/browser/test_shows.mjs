// What the page shows, live and without a reload.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Browser, Client, Mock, isLive, rows, textOf, waitFor } from './support.mjs';

const SCENARIO = {
  name: 'page-world',
  auth: { users: { 'admin@procedura.org': 'secret123' } },
  stubs: [
    { name: 'snapshot', match: { cmd: 'worldstate_snapshot' }, reply: [{ finished: { entities: {} } }] },
    { name: 'sprites', match: { cmd: 'place_ooi_sprites' },
      reply: [{ running: { progress: 0.25 } }, { delay: '1h' }, { finished: {} }] },
    { name: 'flaky', match: { cmd: 'upload' }, reply: [{ fault: 'truncate' }, { finished: 'a longer text than nothing' }] },
  ],
  expect: [
    { name: 'looked at the world', request: { cmd: 'worldstate_snapshot' } },
    { name: 'four sprites', request: { cmd: 'place_ooi_sprites', options: { n: 4 } } },
  ],
};

let browser;
let mock;
before(async () => {
  browser = await Browser.launch();
  mock = await Mock.start(SCENARIO);
});
after(async () => {
  await browser.close();
  await mock.stop();
});

test('connections, jobs, expectations and the journal, as they come', async () => {
  const page = await browser.open(mock.admin);
  assert.equal(new URL(page.url()).pathname, '/__admin/ui');
  assert.equal(await textOf(page, '#scenario'), 'page-world · seed 0');
  await page.getByText('Nobody is connected.').waitFor();
  await page.getByText('Nothing has happened yet.').waitFor();

  const client = await Client.connect(mock, { 'X-Procedura-Partition': 'team-a' });
  client.ask('1', 'login_password', ['admin@procedura.org:secret123', '--device=laptop']);
  const connection = page.locator('#connections li');
  await connection.getByText('admin@procedura.org').waitFor();
  assert.match(await connection.innerText(), /#1[^]*partition team-a · device laptop · by login · 0 live/);

  assert.match(await textOf(page, '#expectations li:first-child'), /looked at the world/);
  assert.equal(await page.locator('#expectations li:first-child [role=img]').getAttribute('aria-label'), 'unmet');
  client.ask('2', 'worldstate_snapshot');
  await page.locator('#expectations li:first-child [aria-label="met"]').waitFor();
  client.ask('3', 'place_ooi_sprites', ['--n', '40'], 'async');
  await page.getByText('options.n: expected 4, found "40"').waitFor();
  assert.equal(await textOf(page, '#verdict'), '1 of 2 met');

  const job = page.locator('#jobs li');
  await job.getByText('place_ooi_sprites').waitFor();
  assert.match(await job.innerText(), /2 frames · next in 1 h|2 frames · next in \d+ min/);
  await waitFor(async () => await page.locator('#jobs progress').evaluate((bar) => bar.value) === 0.25, 'progress of the job');

  const shown = await waitFor(async () => {
    const all = await rows(page);
    return all.some((row) => row.text.includes('progress 0.25')) && all;
  }, 'frame in the journal');
  assert.ok(shown.some((row) => row.kind === 'event' && row.text.includes('opened')));
  assert.ok(shown.some((row) => row.kind === 'in' && row.text.includes('login_password')));
  assert.ok(!shown.some((row) => row.text.includes('secret123')));

  client.end();
  await page.getByText('Nobody is connected.').waitFor();
  await page.getByText('No reply is waiting').waitFor();
  await page.close();
});

test('an entry with its frame, its cause and how late it was', async () => {
  const page = await browser.open(mock.admin);
  const client = await Client.connect(mock, { 'X-Procedura-Partition': 'team-b' });
  client.ask('big', 'worldstate_snapshot', ['12345678901234567890123']);
  client.send('{"id": "exact", "cmd": "worldstate_snapshot", "args": [], "mode": "sync", "n": 12345678901234567890123}');
  await client.until((frame) => frame.includes('"finished"') && frame.includes('exact'), 'answer');
  await page.fill('#filter-text', '"exact"');
  await waitFor(async () => (await rows(page)).length === 3, 'the request and its answers');
  const request = page.locator('.row[data-kind="in"]:not([hidden])');
  await request.click();
  const detail = page.locator('#detail');
  assert.match(await detail.innerText(), /"n": 12345678901234567890123/, 'every digit');
  assert.match(await detail.innerText(), /What it led to \(2\)/);
  await detail.getByRole('button', { name: /finished/ }).click();
  await page.locator('#detail h3', { hasText: 'finished' }).waitFor();
  const text = await waitFor(async () => {
    const now = await detail.innerText();
    return /Lateness/.test(now) && now;
  }, 'lateness');
  assert.match(text, /What led to it[^]*worldstate_snapshot/);
  assert.match(text, /Stub\s+snapshot, instance/);
  assert.match(text, /Lateness\s+[\d.]+ (ns|µs|ms|s)/);
  client.end();
  await page.close();
});

test('only what is asked for: by text, direction, stub, connection, fault and partition', async () => {
  const page = await browser.open(mock.admin);
  const a = await Client.connect(mock, { 'X-Procedura-Partition': 'left' });
  const b = await Client.connect(mock, { 'X-Procedura-Partition': 'right' });
  a.ask('needle-a', 'worldstate_snapshot');
  b.ask('needle-b', 'upload');
  await a.until((frame) => frame.includes('finished'), 'answer');
  await b.until(() => b.frames.length >= 2, 'answers');
  const number = (await mock.get('connections?partition=right')).connections[0].connection;
  await waitFor(async () => (await page.locator('#filter-connection option').allInnerTexts()).includes(`connection ${number}`), 'choice');

  const shows = (what, check) => waitFor(async () => {
    const all = await rows(page);
    return all.length > 0 && all.every(check);
  }, what);
  await page.fill('#filter-text', 'NEEDLE-A');
  await shows('rows of the text', (row) => row.text.includes('needle-a'));
  await page.selectOption('#filter-direction', 'in');
  await shows('what came in', (row) => row.kind === 'in');
  await page.fill('#filter-text', '');
  await page.selectOption('#filter-direction', '');
  await page.selectOption('#filter-stub', 'flaky');
  await shows('rows of the stub', (row) => row.text.includes(`#${number}`));
  await page.selectOption('#filter-stub', '');
  await page.check('#filter-faults');
  await shows('faults', (row) => row.kind === 'fault' && row.text.includes('truncate'));
  await page.uncheck('#filter-faults');
  await page.selectOption('#filter-connection', String(number));
  await shows('rows of the connection', (row) => row.text.includes(`#${number}`));
  await page.selectOption('#filter-connection', '');
  await page.selectOption('#partition', 'left');
  await shows('rows of the partition', (row) => !row.text.includes(`#${number} `));
  await waitFor(async () => await page.locator('#connections li').count() === 1, 'only the connection of the partition');
  await page.selectOption('#partition', '');
  await page.fill('#filter-text', 'nowhere to be found');
  await page.getByText('No entry passes the filter.').waitFor();
  a.end();
  b.end();
  await page.close();
});

test('the same page again when the mock is started anew', async () => {
  const first = await Mock.start({ ...SCENARIO, name: 'before' });
  const page = await browser.open(first.admin);
  const client = await Client.connect(first);
  await page.locator('.row', { hasText: 'opened' }).waitFor();
  client.socket.on('error', () => {});
  await first.stop();
  await page.waitForSelector('#link[data-state="lost"]');
  const second = await Mock.start({ ...SCENARIO, name: 'behind' }, { port: first.port });
  await isLive(page);
  await waitFor(async () => await textOf(page, '#scenario') === 'behind · seed 0', 'the other scenario');
  assert.equal(await page.locator('.row:not([hidden])').count(), 0, 'of the old journal nothing is left');
  const again = await Client.connect(second);
  again.ask('new', 'worldstate_snapshot');
  await page.locator('.row[data-kind="in"]', { hasText: 'new' }).waitFor();
  again.end();
  await page.close();
  await second.stop();
});

test('the keyboard is enough', async () => {
  const page = await browser.open(mock.admin);
  await waitFor(async () => (await rows(page)).length > 3, 'rows');
  await page.locator('#entries').focus();
  await page.keyboard.press('Home');
  const chosen = page.locator('.row[aria-selected="true"]');
  await chosen.locator('.seq', { hasText: /^1$/ }).waitFor();
  await page.keyboard.press('ArrowDown');
  await chosen.locator('.seq', { hasText: /^2$/ }).waitFor();
  assert.equal(await page.locator('#entries').getAttribute('aria-activedescendant'), await chosen.getAttribute('id'));
  await page.keyboard.press('Escape');
  await page.locator('#detail').waitFor({ state: 'hidden' });
  // Everything that can be used has a name.
  const nameless = await page.$$eval('button, select, input, textarea, [role=listbox], [tabindex]', (all) => all
    .filter((one) => !(one.ariaLabel || one.getAttribute('aria-labelledby') || one.labels?.length || one.innerText?.trim()))
    .map((one) => one.outerHTML.slice(0, 80)));
  assert.deepEqual(nameless, []);
  await page.close();
});

test('nothing but the mock was asked for anything, and nothing went wrong', () => {
  assert.ok(browser.asked.length > 10);
  assert.deepEqual(browser.asked.filter((url) => !/^(http:\/\/127\.0\.0\.1:\d+\/__admin\/|data:)/.test(url)), []);
  assert.deepEqual(browser.wrong, []);
});
