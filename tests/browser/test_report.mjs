// The report's page: what a reader does with it, from a file, with the network watched.
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { after, before, test } from 'node:test';
import { Browser, leastContrast, textOf, waitFor } from './support.mjs';
import { BROKEN, MARKUP, judge } from './report.mjs';

let browser;
let report;
before(async () => {
  browser = await Browser.launch();
  report = await judge(BROKEN);
});
after(async () => {
  await browser.close();
  await report.remove();
});

const open = (fragment = '', options = {}) => browser.open(report.url + fragment, { live: false, ...options });
/** Of the elements that are seen, their ids or texts. */
const seen = (page, selector, what = 'innerText') => page.locator(`${selector}:visible`).evaluateAll((all, key) => all.map((each) => each[key]), what);
const outcomes = (page) => page.$$eval('.cell:not([hidden])', (all) => [...new Set(all.map((cell) => cell.dataset.outcome))].sort());
const counted = (page) => textOf(page, '#shown');

test('it begins with what was judged, and says the verdict in words', async () => {
  assert.equal(report.exitCode, 1);
  const page = await open();
  assert.match((await page.locator('header').innerText()).split('\n')[0], /^\d+ of \d+ applicable clauses judged/);
  assert.equal(await textOf(page, '.verdict strong'), 'Does not conform');
  assert.match(await page.title(), /exit code 1$/);
  await page.close();
});

test('nothing is asked for, and nothing goes wrong', async () => {
  browser.asked.length = 0;
  const page = await open();
  await page.locator('.cell.fail').first().click();
  await page.keyboard.press('/');
  await page.keyboard.type('ack');
  assert.deepEqual(browser.asked, [report.url]);
  assert.deepEqual(browser.wrong, []);
  await page.close();
});

test('from a red check to what was said is one click', async () => {
  const page = await open();
  assert.equal(await page.locator('.wire:visible').count(), 0);
  await page.locator('.cell.fail', { hasText: 'sync/lifecycle:ack-first' }).click();
  const row = page.locator('tr.theirs:visible', { hasText: '"status":"finished"' }).last();
  await row.waitFor();
  assert.match(await row.innerText(), /^\d+\.\d{3} s\s.*#\d+\s.*← came/);
  const box = await page.locator('.case[open] > summary').boundingBox();
  assert.ok(box.y >= 0 && box.y < 800, 'it was brought into view');
  await page.close();
});

test('what went wrong stands at the top with all that is needed, and its evidence is one click away', async () => {
  const page = await open();
  const problem = page.locator('.problem', { hasText: 'sync/lifecycle:ack-first' }).first();
  const text = await problem.innerText();
  for (const part of ['FAIL', 'SYN-1', 'finished', 'allowed', 'an ack before anything else', 'clause', 'Sync: first']) {
    assert.ok(text.includes(part), `${part} in ${text}`);
  }
  await problem.locator('summary').first().click();
  await problem.locator('.wire:visible').first().waitFor();
  assert.match(await problem.locator('.inside:visible .command code').first().innerText(), /^procedura-conformance server .*--select /);
  await problem.getByText('By hand, in bash').first().click();
  const recipe = await problem.locator('.hand[open] .command code').first().innerText();
  assert.match(recipe, /^say\(\) [^]*\nexec 3<>\/dev\/tcp\/127\.0\.0\.1\/\d+ 4>&3\n[^]*\nsay '[^]*worldstate_snapshot[^]*\ntimeout 5 cat <&3/);
  await page.close();
});

test('the filter shows what it says', async () => {
  const page = await open();
  const all = await counted(page);
  assert.match(all, /^\d+ checks$/);
  await page.getByRole('checkbox', { name: 'FAIL' }).check();
  assert.deepEqual(await outcomes(page), ['FAIL']);
  assert.match(await counted(page), new RegExp(`^\\d+ of ${all}$`));
  assert.equal(await page.locator('.problem.warn:visible').count(), 0);
  await page.getByRole('combobox', { name: 'Area' }).selectOption('sync');
  assert.ok((await seen(page, '.cell')).every((text) => text.includes('sync/')));
  await page.getByRole('button', { name: 'Clear' }).click();
  assert.equal(await counted(page), all);
  await page.getByRole('combobox', { name: 'Level' }).selectOption('SHOULD');
  assert.ok(await page.$$eval('.cell:not([hidden])', (cells) => cells.length > 0 && cells.every((cell) => cell.dataset.level === 'SHOULD')));
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.getByRole('searchbox').fill('nothing has these words');
  assert.match(await counted(page), /^0 of /);
  assert.deepEqual(await seen(page, '.nothing'), ['Nothing of this passes the filter.', 'No check passes the filter.', 'No case passes the filter.']);
  await page.getByRole('searchbox').fill('UPGRADE');
  assert.ok((await seen(page, '.case, .elsewhere')).some((text) => text.includes('handshake/upgrade')));
  await page.close();
});

test('the address remembers the filter and the case, and the way back', async () => {
  const page = await open();
  await page.getByRole('checkbox', { name: 'FAIL' }).check();
  await page.getByRole('searchbox').fill('ack first & more=%');
  await page.getByRole('searchbox').fill('ack');
  await page.locator('.cell.fail:visible', { hasText: 'sync/lifecycle' }).click();
  await waitFor(() => /#q=ack&outcome=FAIL&case=sync\/lifecycle$/.test(page.url()), 'the case in the address');
  const address = page.url();
  const filter = { checks: await counted(page), text: await page.getByRole('searchbox').inputValue() };
  await page.goBack();
  await waitFor(() => /#q=ack&outcome=FAIL$/.test(page.url()), 'the address without it');
  await page.close();

  const again = await browser.open(address, { live: false });
  assert.deepEqual({ checks: await counted(again), text: await again.getByRole('searchbox').inputValue() }, filter);
  await again.locator('.case[data-case="sync/lifecycle"][open] .wire:visible').waitFor();
  await again.evaluate(() => { location.hash = '#area=handshake&outcome=%3Cb%3E,PASS&level=nonsense&case=../../x'; });
  await waitFor(async () => (await seen(again, '.cell')).every((text) => text.includes('handshake/')), 'the filter of a changed address');
  await again.close();
});

test('without JavaScript it can be read, and links lead to their cases', async () => {
  const page = await browser.open(`${report.url}`, { live: false, javaScript: false });
  assert.equal(await page.locator('#filter:visible').count(), 0, 'what would do nothing is not there');
  assert.equal(await page.locator('button:visible').count(), 0);
  assert.match(await page.locator('header').innerText(), /applicable clauses judged/);
  await page.locator('.problem summary').first().click();
  await page.locator('.problem .wire:visible').first().waitFor();
  await page.locator('.cell', { hasText: 'async/lifecycle:started' }).first().click();
  await page.locator('.case[data-case="async/lifecycle"] .wire:visible').waitFor();
  await page.close();
});

test('what the agent said is shown and does nothing', async () => {
  const page = await open();
  await page.evaluate(() => { for (const each of document.querySelectorAll('details')) each.open = true; });
  assert.equal(await page.evaluate(() => window.owned), undefined);
  assert.equal(await page.locator('#injected').count(), 0);
  assert.equal(await page.locator('img').count(), 0);
  const text = await page.evaluate(() => document.body.innerText);
  assert.ok(text.includes(MARKUP.replaceAll('"', '\\"')), 'it is shown to the letter');
  assert.ok(text.includes('bytes in all'), 'a megabyte is cut');
  assert.doesNotMatch(text, /[\u202a-\u202e\u2066-\u2069\u061c\u2028\u0007]/);
  assert.doesNotMatch(text, /secret123/);
  assert.match(text, /<redacted>/);
  await page.close();
});

test('the policy lets nothing else run', async () => {
  const page = await open();
  const ran = await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.owned = 3';
    document.body.append(script);
    return window.owned;
  });
  assert.equal(ran, undefined);
  await waitFor(() => browser.wrong.length > 0, 'a word of the browser about it');
  assert.ok(browser.wrong.every((text) => text.includes('Content Security Policy')), browser.wrong.join('\n'));
  browser.wrong.length = 0;
  await page.close();
});

test('frames are indented on request, and put back', async () => {
  const page = await open('#case=sync/lifecycle');
  const frame = page.locator('.case[data-case="sync/lifecycle"] td.json', { hasText: '"worldstate_snapshot"' }).first();
  const before = await frame.innerText();
  const button = page.locator('.case[data-case="sync/lifecycle"]').getByRole('button', { name: 'Indent JSON' });
  await button.click();
  const indented = await frame.innerText();
  assert.ok(indented.split('\n').length > 4, indented);
  assert.deepEqual(JSON.parse(indented), JSON.parse(before));
  assert.equal(await button.getAttribute('aria-pressed'), 'true');
  await button.click();
  assert.equal(await frame.innerText(), before);
  await page.close();
});

test('a command is copied, or selected where that is forbidden', async () => {
  const page = await open();
  const row = page.locator('header .command');
  await row.getByRole('button').click();
  await waitFor(async () => ['Copied', 'Press Ctrl+C'].includes(await row.getByRole('button').innerText()), 'a word about the copy');
  await page.close();
});

test('the keyboard does it all', async () => {
  const page = await open();
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'To what went wrong');
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.name), 'q');
  await page.keyboard.type('ack-first');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.value), 'FAIL');
  await page.keyboard.press('Space');
  await waitFor(() => page.url().includes('outcome=FAIL'), 'the outcome in the address');
  await page.locator('.cell.fail:visible').first().focus();
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.localName), 'summary');
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('.wire:visible').count(), 0, 'Enter closes it again');
  await page.close();
});

for (const colorScheme of ['light', 'dark']) {
  test(`all text can be read on ${colorScheme}`, async () => {
    const page = await open('', { colorScheme });
    for (const selector of ['.tag', '.cell', '.dim', '.sentence', '.why', 'a', 'dt', '.verdict strong', '.chip', 'code']) {
      const contrast = await leastContrast(page, selector);
      assert.ok(contrast >= 4.5, `${selector}: ${contrast}`);
    }
    await page.close();
  });
}

test('it fits narrow and wide windows', async () => {
  for (const width of [340, 700, 1024, 2200]) {
    const page = await open('', { width });
    await page.evaluate(() => { for (const each of document.querySelectorAll('details')) each.open = true; });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(over <= 0, `${over} px too wide at ${width}`);
    await page.close();
  }
});

test('on paper the evidence is open', async () => {
  const page = await open();
  await page.emulateMedia({ media: 'print' });
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  assert.ok(await page.locator('.problem .wire:visible').count() > 0);
  assert.equal(await page.locator('#filter:visible').count(), 0);
  await page.evaluate(() => dispatchEvent(new Event('afterprint')));
  assert.equal(await page.locator('.wire:visible').count(), 0);
  await page.close();
});

test('it is small, and filters at once', async () => {
  assert.ok((await fs.stat(report.page)).size < 2_000_000);
  const page = await open();
  const took = await page.evaluate(() => {
    const begun = performance.now();
    document.querySelector('#filter [name=q]').value = 'status';
    document.getElementById('filter').dispatchEvent(new Event('input'));
    document.body.getBoundingClientRect();
    return performance.now() - begun;
  });
  assert.ok(took < 1000, `${took} ms`);
  await page.close();
});

test('what changed since an earlier run is told, and can be filtered for', async () => {
  const earlier = JSON.parse(await fs.readFile(report.json, 'utf8'));
  earlier.checks.find((check) => check.id === 'sync/lifecycle:ack-first').outcome = 'PASS';
  earlier.checks.push({ ...earlier.checks[0], id: `sync/<b id=injected>:gone` });
  const before = `${report.json}.before`;
  await fs.writeFile(before, JSON.stringify(earlier));
  const now = await judge(BROKEN, ['--compare-with', before]);
  const page = await browser.open(now.url, { live: false });
  const changes = page.locator('#changes');
  assert.match(await changes.innerText(), /sync\/lifecycle:ack-first\s+PASS\s+✗ FAIL/);
  assert.match(await changes.innerText(), /sync\/<b id=injected>:gone\s+\S+\s+gone/);
  assert.equal(await page.locator('#injected').count(), 0);
  await page.getByRole('checkbox', { name: 'changed' }).check();
  assert.ok((await page.$$eval('.cell:not([hidden])', (all) => all.map((cell) => cell.dataset.check))).includes('sync/lifecycle:ack-first'));
  assert.equal(await page.locator('.cell.pass:visible', { hasText: 'handshake/upgrade' }).count(), 0);
  await changes.getByRole('link', { name: 'sync/lifecycle:ack-first' }).click();
  await page.locator('.case[data-case="sync/lifecycle"] .wire:visible').waitFor();
  await page.close();
  await now.remove();
});

test('the badge is a picture with a name', async () => {
  const page = await browser.open(pathToFileURL(report.badge).href, { live: false });
  assert.match(await page.locator('title').textContent(), /^procedura conformance: \d+ of \d+ applicable clauses judged and kept; failing$/);
  assert.deepEqual(browser.wrong, []);
  await page.close();
});
