// Keeps the page in step with the mock: its journal as a stream, its state by asking.

const ASK_EVERY_MS = 700;
const TRY_AGAIN_MS = 1000;

const live = {
  state: { partitions: [], open: { total: 0, connections: [] } },
  run: '',        // of the mock: another one after it was started anew
  stop: null,     // ends the stream
  wake: null,     // ends the waiting between two attempts
};

const pause = (ms) => new Promise((resolve) => {
  live.wake = resolve;
  setTimeout(resolve, ms);
});

function showLink(state, text) {
  $('link').dataset.state = state;
  say($('link-text'), text);
}

async function learnState() {
  const name = $('partition').value;
  let state;
  try {
    state = await askJson(`state${partitionQuery(name)}`);
  } catch (error) {
    if (error.status !== 404 || !name) throw error;
    $('partition').value = '';  // it was reset away, or the mock is another one
    return learnState();
  }
  if (state.run !== live.run) {
    if (live.run) notice('The mock was started anew.');
    live.run = store.run = state.run;
    clearStore();
    hideDetail();
    drawChoices();
    if (list.frozen) list.frozen = [];
    live.stop?.abort();
  }
  live.state = state;
  if (name === $('partition').value) drawState(state);
}

async function followState(signal) {
  while (!signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, document.hidden ? 3000 : ASK_EVERY_MS));
    if (!signal.aborted) await learnState();
  }
}

async function followJournal(signal) {
  await readLines(`journal?follow=1&since=${store.last}`, signal, (lines) => {
    if (addLines(lines)) drawChoices();
    redraw();
  });
}

/** One time of being connected; ends when the journal's stream does. */
async function liveOnce() {
  live.stop = null;
  await learnState();
  live.stop = new AbortController();
  const { signal } = live.stop;
  try {
    showLink('live', 'live');
    await Promise.race([followJournal(signal), followState(signal)]);
  } finally {
    live.stop.abort();
  }
}

async function liveOn() {
  for (;;) {
    try {
      await liveOnce();
      showLink('wait', 'reconnecting');
    } catch (error) {
      if (error.status === 401) {
        showLink('lost', 'needs the admin token');
        askForToken(token ? 'That was not it.' : '');
        await new Promise((resolve) => { live.wake = resolve; });
        continue;
      }
      showLink('lost', error.status ? error.message : 'The mock does not answer. Trying again…');
    }
    await pause(TRY_AGAIN_MS);
  }
}

function connectAgain() {
  if (live.wake) live.wake();
}

wireList();
wireActions();
$('partition').addEventListener('change', () => {
  store.filter.partition = $('partition').value;
  refilter();
  attempt(learnState);
});
addEventListener('online', connectAgain);
liveOn();
