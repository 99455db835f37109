// What one can do with the page, and what it asks for first.
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Browser, Client, Mock, isLive, waitFor } from './support.mjs';

const SCENARIO = {
  name: 'page-world',
  stubs: [{ name: 'snapshot', match: { cmd: 'worldstate_snapshot' }, reply: [{ finished: {} }] }],
  expect: [{ name: 'looked', request: { cmd: 'worldstate_snapshot' } }],
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

test('a frame is pushed to a connection, to the letter', async () => {
  const page = await browser.open(mock.admin);
  const client = await Client.connect(mock);
  const other = await Client.connect(mock);
  await page.getByRole('button', { name: 'Push connection 1' }).click();
  const send = page.locator('#push-send');

  for (const [wrong, says] of [['{"status": tru', /./], ['[1]', /A frame is a JSON object/], ['', /./], ['null', /JSON object/]]) {
    await page.fill('#push-frame', wrong);
    await waitFor(() => send.isDisabled(), 'a button that cannot be used');
    assert.match(await page.locator('#push-problem').innerText(), says);
  }
  await page.fill('#push-frame', '{ "status": "event", "n": 12345678901234567890123, "x": 1.50 }');
  await send.click();
  assert.equal(await client.until(() => true, 'the pushed frame'), '{"status":"event","n":12345678901234567890123,"x":1.50}');
  assert.deepEqual(other.frames, []);
  await page.locator('#push-dialog').waitFor({ state: 'hidden' });

  await page.getByRole('button', { name: 'Push a frame' }).click();
  await page.selectOption('#push-to', 'partition default');
  await page.fill('#push-frame', '{"status": "to all"}');
  await send.click();
  await client.until((frame) => frame.includes('to all'), 'frame to all');
  await other.until((frame) => frame.includes('to all'), 'frame to all');
  client.end();
  other.end();
  await page.close();
});

test('a connection is dropped with the code that was asked for', async () => {
  const page = await browser.open(mock.admin);
  const client = await Client.connect(mock);
  const { connection } = (await mock.get('connections')).connections.at(-1);
  await page.getByRole('button', { name: `Drop connection ${connection}`, exact: true }).click();
  await page.fill('#drop-code', '4002');
  await page.locator('#drop-form button[type=submit]').click();
  assert.equal(await client.closed, 4002);
  await page.close();
});

test('a reset is asked about first', async () => {
  const page = await browser.open(mock.admin);
  const client = await Client.connect(mock, { 'X-Procedura-Partition': 'team-a' });
  client.ask('1', 'worldstate_snapshot');
  await page.locator('#partition option', { hasText: 'team-a' }).waitFor({ state: 'attached' });
  await page.selectOption('#partition', 'team-a');
  await page.locator('#verdict', { hasText: '1 of 1 met' }).waitFor();
  await page.click('#reset');
  await page.locator('#reset-title', { hasText: 'Reset partition team-a' }).waitFor();
  await page.keyboard.press('Escape');
  await page.locator('#reset-dialog').waitFor({ state: 'hidden' });
  assert.equal(client.socket.readyState, 1, 'nothing has happened');
  await page.click('#reset');
  await page.locator('#reset-form button[type=submit]').click();
  assert.equal(await client.closed, 1001);
  await page.locator('#verdict', { hasText: '0 of 1 met' }).waitFor();
  await page.close();
});

test('what fails is said', async () => {
  const page = await browser.open(mock.admin);
  const client = await Client.connect(mock);
  const { connection } = (await mock.get('connections')).connections.at(-1);
  await page.getByRole('button', { name: `Drop connection ${connection}`, exact: true }).click();
  client.end();
  await waitFor(async () => (await mock.get('connections')).total === 0, 'end of the connection');
  await page.locator('#drop-form button[type=submit]').click();
  await page.getByRole('alert').getByText(`connection ${connection} is not open`).waitFor();
  await page.close();
});

test('with an admin token the page asks for it, and keeps it in memory', async () => {
  const token = 'page-token-0123';
  const file = path.join(mock.folder, 'admin-token');
  await fs.writeFile(file, `${token}\n`, { mode: 0o600 });
  const guarded = await Mock.start(SCENARIO, { options: ['--admin-token-file', file] });
  const page = await browser.open(guarded.admin, { live: false });
  await page.locator('#token-dialog').waitFor();
  await page.fill('#token', 'something else');
  await page.keyboard.press('Enter');
  await page.locator('#token-problem', { hasText: 'That was not it.' }).waitFor();
  await page.fill('#token', token);
  await page.keyboard.press('Enter');
  await isLive(page);
  const client = await Client.connect(guarded);
  client.ask('1', 'worldstate_snapshot');
  await page.locator('.row[data-kind="in"]').waitFor();
  const kept = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie, location.href]));
  assert.ok(!kept.includes(token), kept);
  assert.ok(!browser.asked.some((url) => url.includes(token)));
  await page.reload();
  await page.locator('#token-dialog').waitFor();
  client.end();
  await page.close();
  await guarded.stop();
});

test('nothing went wrong meanwhile', () => assert.deepEqual(browser.wrong, []));
