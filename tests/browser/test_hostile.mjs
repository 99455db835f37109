// Frames that would like to be more than frames, and other sites that would like to use the mock.
import assert from 'node:assert/strict';
import http from 'node:http';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { Browser, Client, Mock, rows, waitFor } from './support.mjs';

const MARKUP = '<script>window.owned=1</script><img src=x onerror="window.owned=2"><b id=injected>b</b>';
const SCENARIO = {
  name: `name ${MARKUP}`,
  auth: { users: { [MARKUP]: 'secret123' } },
  stubs: [{ name: `stub ${MARKUP}`, match: { cmd: MARKUP }, reply: [{ running: { text: MARKUP } }, { delay: '1h' }, { finished: 1 }] }],
  expect: [{ name: `expects ${MARKUP}`, request: { cmd: 'never', options: { n: MARKUP } } }],
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

test('markup is shown, wherever it comes from', async () => {
  const page = await browser.open(mock.admin);
  const client = await Client.connect(mock);
  client.ask('1', 'login_password', [`${MARKUP}:secret123`, `--device=${MARKUP}`]);
  client.ask(MARKUP, MARKUP, [MARKUP], 'async');
  client.send(MARKUP);
  await page.locator('#jobs', { hasText: MARKUP }).waitFor();
  await page.locator('#expectations', { hasText: MARKUP }).waitFor();
  await page.locator('#connections', { hasText: MARKUP }).waitFor();
  await page.locator('.row[data-kind="out"]', { hasText: 'running' }).click();
  await page.locator('#detail pre', { hasText: '<script>window.owned=1</script>' }).waitFor();
  await page.getByRole('button', { name: 'Push a frame' }).click();
  assert.equal(await page.evaluate(() => window.owned), undefined);
  assert.equal(await page.locator('#injected').count(), 0);
  assert.equal(await page.locator('img').count(), 0);
  client.end();
  await page.close();
});

test('characters that turn the text around or hide are shown as what they are', async () => {
  const page = await browser.open(mock.admin);
  const client = await Client.connect(mock);
  client.send('{"id":"turn","cmd":"a\u202egnp.exe\u2066\u200b","args":["\\u0007\u061c"],"mode":"sync"}');
  const row = page.locator('.row[data-kind="in"]', { hasText: 'turn' });
  await row.waitFor();
  await row.click();
  const pre = await page.locator('#detail pre').innerText();
  assert.ok(pre.includes('a\\u202egnp.exe\\u2066\\u200b'), pre);
  const all = await page.evaluate(() => document.body.innerText);
  assert.doesNotMatch(all, /[\u202a-\u202e\u2066-\u2069\u061c\u200b]/);
  client.end();
  await page.close();
});

test('a huge frame and a deep one cost little', async () => {
  const page = await browser.open(mock.admin);
  const client = await Client.connect(mock);
  client.send(JSON.stringify({ id: 'huge', cmd: 'x', args: ['y'.repeat(4_000_000)], mode: 'sync' }));
  client.send(`{"id":"deep","cmd":"x","args":[],"mode":"sync","x":${'['.repeat(200)}${']'.repeat(200)}}`);
  const row = page.locator('.row[data-kind="in"]', { hasText: 'huge' });
  await row.waitFor();
  const begun = Date.now();
  await row.click();
  await page.getByText(/… and [\d,]+ characters more/).waitFor();
  assert.ok(Date.now() - begun < 5000);
  await page.locator('.row[data-kind="in"]', { hasText: 'deep' }).click();
  await page.locator('#detail pre', { hasText: '"deep"' }).waitFor();
  client.end();
  await page.close();
});

test('a page of another origin can neither read nor do anything', async () => {
  const site = http.createServer((_, response) => response.end('<!doctype html><title>elsewhere</title>')).listen(0, '127.0.0.1');
  await once(site, 'listening');
  const client = await Client.connect(mock);
  const page = await browser.open(`http://localhost:${site.address().port}/`, { live: false });
  const outcome = await page.evaluate(async (admin) => {
    const attempt = async (path, options) => {
      try {
        const response = await fetch(admin + path, options);
        return response.type === 'opaque' ? 'opaque' : await response.text();
      } catch {
        return 'refused';
      }
    };
    const load = (tag, attribute) => new Promise((resolve) => {
      const element = document.createElement(tag);
      element.onload = () => resolve('loaded');
      element.onerror = () => resolve('refused');
      element[attribute] = `${admin}journal`;
      document.body.append(element);
    });
    return {
      read: await attempt('journal'),
      json: await attempt('reset', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }),
      form: await attempt('reset', { method: 'POST', mode: 'no-cors', body: new URLSearchParams({ a: 1 }) }),
      text: await attempt('emit', { method: 'POST', mode: 'no-cors', body: '{"partition":"default","frame":{}}' }),
      drop: await attempt('connections/1', { method: 'DELETE' }),
      script: await load('script', 'src'),
      image: await load('img', 'src'),
    };
  }, mock.admin);
  assert.equal(outcome.read, 'refused');
  assert.equal(outcome.json, 'refused');
  assert.equal(outcome.drop, 'refused');
  assert.equal(outcome.script, 'refused');
  assert.equal(outcome.image, 'refused');
  assert.ok(['opaque', 'refused'].includes(outcome.form) && ['opaque', 'refused'].includes(outcome.text));
  assert.equal(client.socket.readyState, 1, 'it was neither reset nor dropped');
  assert.deepEqual(client.frames, []);
  client.end();
  await page.close();
  site.close();
});

test('a name that was bent to point here leads nowhere', async () => {
  const response = await new Promise((resolve, reject) => {
    http.get({ host: '127.0.0.1', port: mock.port, path: '/__admin/journal', headers: { Host: `evil.example:${mock.port}` } }, resolve)
      .on('error', reject);
  });
  assert.equal(response.statusCode, 421);
  response.destroy();
});

test('the policy lets nothing else run', async () => {
  browser.wrong.length = 0;  // of the page elsewhere
  const page = await browser.open(mock.admin);
  const ran = await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.owned = 3';
    document.body.append(script);
    return window.owned;
  });
  assert.equal(ran, undefined);
  await waitFor(() => browser.wrong.length > 0, 'a word of the browser about it');
  assert.ok(browser.wrong.every((text) => text.includes('Content Security Policy')), browser.wrong.join('\n'));
  await waitFor(async () => (await rows(page)).length > 0, 'rows of a page that runs');
  await page.close();
});
