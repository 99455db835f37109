// What every page of the load generator has to be, whatever it tells of.

/** Everything that can be opened is. */
export const unfold = (page) => page.evaluate(() => { for (const each of document.querySelectorAll('details')) each.open = true; });

/** How many pixels the page is wider than its window. */
export const tooWide = (page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

/** What is wrong with the words in pictures: too small, cut off, on each other. */
export const wordsAmiss = (page) => page.evaluate(() => {
  const found = [];
  for (const svg of document.querySelectorAll('svg[id]')) {
    const frame = svg.getBoundingClientRect();
    const words = [...svg.querySelectorAll('text')].map((text) => [text.textContent, text.getBoundingClientRect()]);
    words.forEach(([text, box], i) => {
      if (box.height < 11) found.push(`${svg.id}: ${text} is ${box.height} px high`);
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1 || box.top < frame.top - 1) {
        found.push(`${svg.id}: ${text} sticks out`);
      }
      for (const [other, its] of words.slice(i + 1)) {
        const over = Math.min(box.right, its.right) - Math.max(box.left, its.left) > 1
          && Math.min(box.bottom, its.bottom) - Math.max(box.top, its.top) > 3;
        if (over) found.push(`${svg.id}: ${text} lies on ${other}`);
      }
    });
  }
  return found;
});

/** What is named twice, though an id is one thing's. */
export const namedTwice = (page) => page.$$eval('[id]', (all) => all.map((each) => each.id).filter((id, i, ids) => ids.indexOf(id) !== i));
