// 10,000 entries and a mock under load do not freeze the page.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Browser, Client, DEADLINE_MS, Mock, rows, textOf, waitFor } from './support.mjs';

const ENTRIES = 10_000;
const FAST_ENOUGH_MS = 500;  // for one act of the user, on a machine that has other things to do

let browser;
let mock;
let client;
before(async () => {
  browser = await Browser.launch();
  mock = await Mock.start({ stubs: [{ name: 'echo', match: { cmd: 'echo' }, reply: [{ finished: '${args[0]}' }] }] });
  client = await Client.connect(mock);
  for (let i = 0; i < ENTRIES / 3 + 10; i++) client.ask(`r${i}`, 'echo', [`entry number ${i} with a text of some length`]);
  await waitFor(async () => (await mock.get('state')).journal.recorded > ENTRIES, 'entries');
});
after(async () => {
  client.end();
  await browser.close();
  await mock.stop();
});

/** How long the browser takes from an act to the picture that shows it, and how long at most it did not listen meanwhile. */
function timed(page, act) {
  // As a text: the page's own policy lets it make no functions.
  return page.evaluate(`(async () => {
    const tasks = [];
    const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration)));
    observer.observe({ entryTypes: ['longtask'] });
    const begun = performance.now();
    ${act}
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    const took = performance.now() - begun;
    await new Promise((resolve) => setTimeout(resolve, 100));
    observer.disconnect();
    return { took: Math.round(took), blocked: Math.round(Math.max(0, ...tasks)) };
  })()`);
}

test('all of them are there, and only those that are seen are drawn', async () => {
  const page = await browser.open(mock.admin);
  await waitFor(async () => Number((await textOf(page, '#journal-count')).replaceAll(',', '')) >= ENTRIES, 'all entries');
  assert.ok(await page.locator('.row').count() < 120);
  const last = (await rows(page)).at(-1);
  assert.ok(last.text.includes(String((await mock.get('state')).journal.recorded)), 'the newest is in sight');

  await page.click('#follow');
  const scroll = await timed(page, `
    const box = document.getElementById('entries');
    for (let i = 0; i < 40; i++) {
      box.scrollTop = (box.scrollHeight * i) / 40;
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }`);
  assert.ok(scroll.blocked < FAST_ENOUGH_MS, `scrolling blocked for ${scroll.blocked} ms`);
  await page.evaluate(() => { document.getElementById('entries').scrollTop = 0; });
  await waitFor(async () => (await rows(page))[0]?.text.startsWith('1 '), 'the first entry');

  const filter = await timed(page, `
    const box = document.getElementById('filter-text');
    box.value = 'number 3333 ';
    box.dispatchEvent(new Event('input', { bubbles: true }));
    while (document.querySelectorAll('.row:not([hidden])').length > 2) await new Promise((resolve) => requestAnimationFrame(resolve));`);
  assert.equal((await rows(page)).length, 2, 'the request and its answer');
  assert.ok(filter.took < 2 * FAST_ENOUGH_MS && filter.blocked < FAST_ENOUGH_MS, JSON.stringify(filter));
  const choice = await timed(page, `document.querySelector('.row:not([hidden])').click();`);
  assert.ok(choice.took < FAST_ENOUGH_MS, JSON.stringify(choice));
  console.log(`# scroll ${JSON.stringify(scroll)} filter ${JSON.stringify(filter)} choice ${JSON.stringify(choice)}`);
  await page.close();
});

test('one can type while 1,000 entries come each second', async () => {
  const page = await browser.open(mock.admin);
  await waitFor(async () => Number((await textOf(page, '#journal-count')).replaceAll(/\D/g, '')) >= ENTRIES, 'all entries');
  let sent = 0;
  const traffic = setInterval(() => {
    for (let i = 0; i < 17; i++) client.ask(`live${sent++}`, 'echo', ['live']);
  }, 50);
  try {
    let worst = 0;
    for (const letter of 'live1') {
      const begun = Date.now();
      await page.locator('#filter-text').press(letter, { timeout: DEADLINE_MS });
      const { took } = await timed(page, '');
      worst = Math.max(worst, took);
      assert.ok(Date.now() - begun < 20 * FAST_ENOUGH_MS);
    }
    console.log(`# worst letter: ${worst} ms`);
    assert.ok(worst < FAST_ENOUGH_MS, `a letter took ${worst} ms`);
    assert.equal(await page.inputValue('#filter-text'), 'live1');
    await page.locator('.row[data-kind="in"]:not([hidden])', { hasText: 'live1' }).first().waitFor();
  } finally {
    clearInterval(traffic);
  }
  await page.close();
});

test('nothing went wrong meanwhile', () => assert.deepEqual(browser.wrong, []));
