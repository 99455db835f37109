// The pages of the load generator's reports: what a reader sees and does, from a file, with the network watched.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { after, before, test } from 'node:test';
import { namedTwice, tooWide, unfold, wordsAmiss } from './bench.mjs';
import { Browser, leastContrast, textOf, waitFor } from './support.mjs';

const PAGES = ['whole', 'small', 'bare', 'empty', 'late', 'one', 'hostile', 'slower', 'lopsided', 'hostile_comparison'];

let browser;
let folder;
before(async () => {
  browser = await Browser.launch();
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'procedura-bench-'));
  await promisify(execFile)(process.env.BROWSER_BENCH_PAGES ?? 'bench_pages', [folder]);
});
after(async () => {
  await browser.close();
  await fs.rm(folder, { recursive: true });
});

const address = (name) => pathToFileURL(path.join(folder, `${name}.html`)).href;
const open = (name, options = {}) => browser.open(address(name), { live: false, ...options });

test('it says the verdict first, in a sentence', async () => {
  const page = await open('whole');
  const text = await page.locator('header').innerText();
  assert.match(text, /worldstate_stream \(async\)\n[^]*Pass exit code 0\n+At 200 jobs\/s, half of the jobs were answered within \d/);
  assert.equal(await page.title(), 'worldstate_stream: pass - procedura-bench');
  assert.match(await textOf(page, '.tiles'), /response p50\n\d[\d.]* ms\n95 %: \d[\d.]* ms to \d[\d.]* ms/);
  await page.close();
});

test('nothing is asked for, and nothing goes wrong', async () => {
  for (const name of PAGES) {
    browser.asked.length = 0;
    const page = await open(name);
    await unfold(page);
    for (const button of await page.locator('button:visible').all()) await button.click();
    assert.deepEqual(browser.asked.filter((url) => !url.startsWith('blob:')), [address(name)]);
    assert.deepEqual(browser.wrong, [], name);
    assert.deepEqual(await namedTwice(page), [], name);
    await page.close();
  }
});

test('without JavaScript all figures and pictures are there', async () => {
  const page = await open('whole', { javaScript: false });
  assert.equal(await page.locator('button:visible').count(), 0, 'what would do nothing is not there');
  for (const id of ['curve-response', 'heat', 'load', 'drawn', 'slowest']) {
    const box = await page.locator(`svg#${id}`).boundingBox();
    assert.ok(box.width > 400 && box.height > 100, `${id} is seen`);
  }
  assert.equal(await page.locator('#curve-response path.line.corrected:visible').count() >= 2, true);
  for (const section of ['slos', 'limits', 'latencies', 'counts', 'health', 'origin']) {
    assert.ok((await textOf(page, `#${section}`)).length > 30, section);
  }
  // The browser itself says what a field is.
  assert.match(await page.locator('#heat .field title').first().textContent(), /^0s to 1s: \d+ jobs, .*slowest \d/);
  await page.close();
});

test('what is pointed at is said, with the pointer and with the keys', async () => {
  const page = await open('whole');
  const tip = page.locator('.tip');
  await page.locator('#curve-response .field').nth(20).hover();
  assert.match(await tip.innerText(), /^p\d[\d.]*: response [\d.]+ ms service [\d.]+ ms floor [\d.]+ us$|^p\d[\d.]*: response /);
  await page.locator('h1').hover();
  await waitFor(() => tip.isHidden(), 'the tip to go');

  await page.locator('.scroll', { has: page.locator('#heat') }).focus();
  await page.keyboard.press('ArrowRight');
  assert.match(await tip.innerText(), /^0s to 1s: /);
  await page.keyboard.press('ArrowRight');
  assert.match(await tip.innerText(), /^1s to 2s: /);
  await page.keyboard.press('ArrowLeft');
  assert.match(await tip.innerText(), /^0s to 1s: /);
  const box = await tip.boundingBox();
  assert.ok(box.x >= 0 && box.x + box.width <= 1280, 'it lies within the window');
  await page.keyboard.press('Escape');
  assert.ok(await tip.isHidden());
  await page.close();
});

test('what is said lies within the window, beside the pointer', async () => {
  for (const width of [380, 1280]) {
    const page = await open('whole', { width, height: 500 });
    for (const id of ['heat', 'load', 'slowest']) {
      const fields = page.locator(`#${id} .field`);
      await fields.first().scrollIntoViewIfNeeded();
      const at = await page.locator(`#${id}`).boundingBox();
      await page.evaluate((bottom) => scrollBy(0, bottom - innerHeight), at.y + at.height);
      for (const field of [fields.first(), fields.last()]) {
        const box = await field.boundingBox();
        const [x, y] = [Math.min(box.x + box.width - 1, width - 40), box.y + box.height - 1];
        for (const from of [0, x - 3]) await page.mouse.move(from, y);
        await page.mouse.move(x, y);
        const tip = await page.locator('.tip').boundingBox();
        assert.ok(tip.x >= 0 && tip.x + tip.width <= width, `${id} at ${width}: ${JSON.stringify(tip)}`);
        assert.ok(tip.y >= 0 && tip.y + tip.height <= 500, `${id} at ${width}: ${JSON.stringify(tip)}`);
        const covers = tip.x < x && x < tip.x + tip.width && tip.y < y && y < tip.y + tip.height;
        assert.ok(!covers, `${id} at ${width}: it covers what is pointed at`);
      }
    }
    await page.close();
  }
});

test('a series is switched off and on again', async () => {
  const page = await open('whole');
  const key = page.locator('#rates').getByRole('button', { name: 'achieved' });
  const line = page.locator('#rates svg path[data-series="achieved"]');
  assert.equal(await key.getAttribute('aria-pressed'), 'true');
  await key.click();
  assert.equal(await key.getAttribute('aria-pressed'), 'false');
  assert.ok(await line.isHidden());
  await key.focus();
  await page.keyboard.press('Enter');
  assert.ok(await line.isVisible());
  await page.close();
});

test('the stall and the failures are seen where they were', async () => {
  const page = await open('whole');
  const said = await page.$$eval('#heat .field', (all) => all.map((field) => field.dataset.says));
  const slowest = said.map((text) => [parseFloat(/slowest ([\d.]+) ms/.exec(text)?.[1] ?? '0'), text]).sort((a, b) => b[0] - a[0])[0];
  assert.match(slowest[1], /^(19|20)s to /);
  assert.deepEqual(said.filter((text) => text.includes(' failed')).map((text) => /^\d+/.exec(text)[0]), ['10', '11', '12']);
  assert.equal(await page.locator('#heat .error').count(), 3);
  await page.close();
});

test('the JSON is given out as a file, whole', async () => {
  for (const name of ['whole', 'hostile']) {
    const page = await open(name);
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save the JSON' }).click()]);
    assert.equal(download.suggestedFilename(), 'report.json');
    const json = JSON.parse(await fs.readFile(await download.path(), 'utf8'));
    assert.equal(json.format, 'procedura-bench-run');
    await page.close();
  }
});

test('the command is copied, or selected where that is forbidden', async () => {
  const page = await open('whole');
  const button = page.locator('#origin .command').getByRole('button');
  await button.click();
  await waitFor(async () => ['Copied', 'Press Ctrl+C'].includes(await button.innerText()), 'a word about the copy');
  assert.match(await textOf(page, '#origin .command code'), /^procedura-bench run --url wss:/);
  await page.close();
});

test('what the agent said is shown and does nothing', async () => {
  for (const name of ['hostile', 'hostile_comparison']) {
    const page = await open(name);
    await unfold(page);
    assert.equal(await page.evaluate(() => window.owned), undefined);
    assert.equal(await page.locator('#injected, img').count(), 0);
    const text = await page.evaluate(() => document.body.innerText);
    assert.ok(text.includes('<b id=injected>b</b>'), 'it is shown to the letter');
    assert.doesNotMatch(text, /[\u202a-\u202e\u2066-\u2069\u061c\u2028\u001b]|geheim/);
    await page.close();
  }
});

test('a comparison says who is slower, by what, and in which pairs', async () => {
  const page = await open('slower');
  assert.match(await page.locator('header').innerText(), /B is slower exit code 99\n+B is worse than A in a metric that decides\. cpu_per_job \+10\.1 %\./);
  assert.equal(await page.title(), 'worldstate_snapshot: B against A, slower - procedura-bench');
  await page.locator('#ratio .field').first().hover();
  assert.match(await textOf(page, '.tip'), /^cpu_per_job: \+10\.1 %, between \+9\.13 % and \+10\.9 %; 2\.00 % either way counts as nothing; slower$/);
  assert.equal(await page.locator('#pairs-0 .point').count(), 20);
  await page.locator('#pairs-0 .field').nth(2).hover();
  assert.match(await textOf(page, '.tip'), /^pair 3, [AB] first: \+\d+\.\d+ %$/);
  for (const side of ['side-a', 'side-b']) assert.ok((await page.locator(`#mirror-response .${side}`).boundingBox()).height > 100);
  await page.close();
});

test('the policy lets nothing else run', async () => {
  const page = await open('whole');
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

for (const colorScheme of ['light', 'dark']) {
  test(`all text can be read on ${colorScheme}`, async () => {
    for (const name of ['whole', 'small', 'hostile', 'slower']) {
      const page = await open(name, { colorScheme });
      await unfold(page);
      for (const selector of ['.tag', '.dim', 'dt', '.value', '.verdict strong', '.verdict li', 'code', 'th', 'td', 'td small', 'summary', 'svg text', '.keys li']) {
        if (await page.locator(selector).count() === 0) continue;
        const contrast = await leastContrast(page, selector);
        assert.ok(contrast >= 4.5, `${selector} of ${name}: ${contrast}`);
      }
      await page.close();
    }
  });
}

test('it fits narrow and wide windows', async () => {
  for (const name of PAGES) {
    for (const width of [340, 700, 1024, 2200]) {
      const page = await open(name, { width });
      await unfold(page);
      const over = await tooWide(page);
      assert.ok(over <= 0, `${name} is ${over} px too wide at ${width}`);
      await page.close();
    }
  }
});

test('words in pictures are large enough, within them, and not on each other', async () => {
  for (const name of PAGES) {
    for (const width of [340, 700, 1280]) {
      const page = await open(name, { width });
      await unfold(page);
      assert.deepEqual(await wordsAmiss(page), [], `${name} at ${width}`);
      await page.close();
    }
  }
});

test('paper is white and as wide as it is', async () => {
  for (const name of ['whole', 'slower']) {
    const page = await open(name, { width: 700, colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    await unfold(page);
    for (const selector of ['h1', '.dim', 'td', 'svg text']) {
      const contrast = await leastContrast(page, selector);
      assert.ok(contrast >= 4.5, `${selector} of ${name}: ${contrast}`);
    }
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)');
    const cut = await page.$$eval('.scroll', (all) => all.filter((each) => each.scrollWidth > each.clientWidth + 1).length);
    assert.equal(cut, 0, `tables of ${name} that are cut`);
    await page.close();
  }
});

test('on paper all of it is open', async () => {
  const page = await open('whole');
  await page.emulateMedia({ media: 'print' });
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  assert.ok(await page.locator('#curve-ack').isVisible());
  assert.equal(await page.locator('[data-do]:visible').count(), 0);
  assert.equal(await page.locator('#rates .keys li', { hasText: 'achieved' }).innerText(), 'achieved', 'a line without a name is no use');
  assert.ok(await page.locator('#rates .keys').getByText('achieved').isVisible());
  await page.evaluate(() => dispatchEvent(new Event('afterprint')));
  assert.ok(await page.locator('#curve-ack').isHidden());
  await page.close();
});
