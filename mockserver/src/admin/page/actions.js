// What one can do to the mock: push a frame, drop a connection, reset.

function notice(text) {
  const element = make('p', 'notice', text);
  $('notices').append(element);
  setTimeout(() => element.remove(), 6000);
}

/** Does something, and says what came of it if it failed. */
async function attempt(act) {
  try {
    await act();
  } catch (error) {
    if (error.status === 401) askForToken();
    else notice(error.message);
  }
}

// --- push

/** What is wrong with a frame, or ''. */
function frameProblem(text) {
  try {
    const value = JSON.parse(text);
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return 'A frame is a JSON object: { … }';
    return '';
  } catch (error) {
    return error.message;
  }
}

function checkFrame() {
  const problem = frameProblem($('push-frame').value);
  say($('push-problem'), problem);
  $('push-send').disabled = Boolean(problem);
  $('push-frame').setAttribute('aria-invalid', String(Boolean(problem)));
}

function askToPush(connection) {
  const select = $('push-to');
  const options = live.state.open.connections.map((one) => [`connection ${one.connection}`, `connection ${one.connection}${one.user ? ` (${one.user})` : ''}`]);
  for (const name of live.state.partitions) options.push([`partition ${name}`, `all of partition ${name}`]);
  select.replaceChildren(...options.map(([value, text]) => {
    const option = make('option', '', text);
    option.value = value;
    return option;
  }));
  if (connection) select.value = `connection ${connection}`;
  checkFrame();
  $('push-dialog').showModal();
  $('push-frame').focus();
}

async function push() {
  const to = $('push-to').value;
  const name = to.slice(to.indexOf(' ') + 1);
  const whom = to.startsWith('connection ') ? `"connection":${name}` : `"partition":${JSON.stringify(name)}`;
  // As it was typed, so that no number loses a digit.
  const { sent } = await askJson('emit', { method: 'POST', body: `{${whom},"frame":${$('push-frame').value}}` });
  $('push-dialog').close();
  notice(sent === 1 ? 'Sent.' : `Sent to ${count(sent)} connections.`);
}

// --- drop and reset

function askToDrop(connection) {
  say($('drop-title'), `Drop connection ${connection}`);
  $('drop-form').connection = connection;
  $('drop-dialog').showModal();
}

async function drop() {
  const { connection } = $('drop-form');
  await ask(`connections/${connection}?code=${encodeURIComponent($('drop-code').value)}`, { method: 'DELETE' });
  $('drop-dialog').close();
  notice(`Connection ${connection} is being closed.`);
}

function askToReset() {
  const partition = $('partition').value;
  say($('reset-title'), partition ? `Reset partition ${partition}` : 'Reset every partition');
  say($('reset-text'), 'Its connections are closed with 1001; sessions, variables, counts and expectations begin anew. The journal stays.');
  $('reset-dialog').showModal();
}

async function reset() {
  const { reset: names } = await askJson(`reset${partitionQuery($('partition').value)}`, { method: 'POST' });
  $('reset-dialog').close();
  notice(names.length === 1 ? `Partition ${names[0]} was reset.` : `${count(names.length)} partitions were reset.`);
}

// --- the token

function askForToken(problem = '') {
  say($('token-problem'), problem);
  if (!$('token-dialog').open) $('token-dialog').showModal();
}

function wireActions() {
  const onSubmit = (id, act) => $(id).addEventListener('submit', (event) => {
    event.preventDefault();
    attempt(act);
  });
  onSubmit('push-form', push);
  onSubmit('drop-form', drop);
  onSubmit('reset-form', reset);
  onSubmit('token-form', async () => {
    token = $('token').value;
    $('token').value = '';
    $('token-dialog').close();
    connectAgain();
  });
  for (const button of document.querySelectorAll('[data-close]')) {
    button.addEventListener('click', () => button.closest('dialog').close());
  }
  // Without it there is nothing to see behind the dialog.
  $('token-dialog').addEventListener('cancel', (event) => event.preventDefault());
  $('push-frame').addEventListener('input', checkFrame);
  $('push').addEventListener('click', () => askToPush());
  $('reset').addEventListener('click', askToReset);
}
