// @vitest-environment happy-dom
import { act, screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { PushboatError } from '../../../../shared/errors.ts';
import { type HistoryEntry, matchesSearch } from '../../../../shared/history.ts';
import { createFakeApi } from '../fake-api.ts';
import { digestOf } from '../samples.ts';
import { openWindow } from '../setup.tsx';

const entry = (id: string, changes: Partial<HistoryEntry> = {}): HistoryEntry => ({
  id,
  kind: 'push',
  imageName: `acme/${id}:1`,
  target: `ghcr.io/acme/${id}:1`,
  registry: 'ghcr.io',
  state: 'done',
  digest: digestOf(1),
  bytesSent: 1_000_000,
  bytesSaved: 0,
  finishedAt: Date.UTC(2026, 10, 26, 8, 12),
  ...changes,
});

async function openHistory(entries: HistoryEntry[]) {
  const fake = createFakeApi({
    'history.list': ({ search = '', state, most }) =>
      entries.filter((each) => matchesSearch(each, search) && [undefined, each.state].includes(state)).slice(0, most),
  });
  const user = await openWindow(fake);
  await user.click(within(screen.getByRole('navigation')).getByRole('button', { name: 'History' }));
  await screen.findByRole('heading', { name: 'History' });
  const inputs = (channel: string) => fake.calls.filter((call) => call.channel === channel).map(({ input }) => input);
  return { fake, user, inputs };
}

const results = () => screen.getAllByRole('row').map((row) => within(row).queryAllByRole('cell').at(-2)?.textContent);

test('what was pushed is shown by days with its result: new, moved, or why it failed', async () => {
  await openHistory([
    entry('web', { tag: { state: 'moved', from: digestOf(2) } }),
    entry('api', { tag: { state: 'new' } }),
    entry('bad', { state: 'failed', error: { code: 'DENIED', message: 'denied' } }),
    entry('old', { finishedAt: Date.UTC(2026, 10, 20, 8, 12), kind: 'export' }),
  ]);
  await screen.findByText('acme/web:1');
  expect(results().filter((text) => text !== undefined)).toEqual([
    expect.stringMatching(/^Moved from [0-9a-f]{8}$/),
    'New tag',
    'This account may not push here',
    'Exported',
  ]);
  screen.getByTitle(`Moved from ${digestOf(2)}`);
  expect(screen.getAllByRole('table')).toHaveLength(2);
});

test('a day says what it has saved only where it has', async () => {
  await openHistory([
    entry('web', { bytesSaved: 5_000_000 }),
    entry('old', { finishedAt: Date.UTC(2026, 10, 20, 8, 12) }),
  ]);
  await screen.findByText('acme/web:1');
  const sums = screen
    .getAllByRole('heading', { level: 2 })
    .map(({ lastElementChild }) => lastElementChild?.textContent);
  expect(sums.filter((text) => text?.includes('transfer'))).toEqual([
    '1 transfer · 1 MB sent · 5 MB saved',
    '1 transfer · 1 MB sent',
  ]);
});

test('it is searched, and what failed is shown alone', async () => {
  const { user } = await openHistory([entry('web'), entry('api', { state: 'failed' })]);
  await user.type(screen.getByRole('searchbox', { name: 'Search the history' }), 'api');
  await waitFor(() => expect(screen.queryByText('acme/web:1')).toBeNull());
  screen.getByText('acme/api:1');
  await user.clear(screen.getByRole('searchbox', { name: 'Search the history' }));
  await user.click(within(screen.getByRole('main')).getByRole('button', { name: /^All/ }));
  await user.click(await screen.findByRole('option', { name: 'Failed' }));
  await waitFor(() => expect(screen.queryByText('acme/web:1')).toBeNull());
});

test('an entry is pushed again, and its transfer is shown', async () => {
  const { user, inputs } = await openHistory([entry('web')]);
  await user.click(await screen.findByRole('button', { name: 'Push acme/web:1 to ghcr.io/acme/web:1 again' }));
  expect(inputs('history.again')).toEqual(['web']);
  await screen.findByRole('heading', { name: 'Transfers' });
});

test('what is shown is copied as a receipt', async () => {
  const { user, inputs } = await openHistory([entry('web')]);
  await screen.findByText('acme/web:1');
  await user.click(screen.getByRole('button', { name: 'Receipt' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Copy as Markdown' }));
  expect(inputs('app.copy')).toEqual([expect.stringContaining('| acme/web:1 | ghcr.io/acme/web:1 | done | sha256:')]);
});

test('it is cleared after a question, and grows while it is shown', async () => {
  const entries = [entry('web')];
  const { fake, user, inputs } = await openHistory(entries);
  await screen.findByText('acme/web:1');
  const next = entry('api');
  entries.unshift(next);
  act(() => fake.emit('history', next));
  await screen.findByText('acme/api:1');
  await user.click(screen.getByRole('button', { name: 'Clear…' }));
  await user.click(await screen.findByRole('button', { name: 'Clear the history' }));
  expect(inputs('history.clear')).toHaveLength(1);
});

test('a push is compared with what the registry has, and the answer stands below it', async () => {
  const { fake, user, inputs } = await openHistory([entry('web'), entry('out', { kind: 'export' })]);
  await user.click(await screen.findByRole('button', { name: 'Verify acme/web:1 at ghcr.io/acme/web:1' }));
  await screen.findByText('The registry has it whole, as it was pushed (manifests: 1, blobs: 2, 1 MB).');
  expect(inputs('history.verify')).toEqual(['web']);
  expect(screen.getAllByRole('button', { name: /^Verify/ })).toHaveLength(1);
  fake.answer({
    'history.verify': () => {
      const detail = 'the blob sha256:ab is not there';
      throw new PushboatError('VERIFICATION_FAILED', `It is not as it should be: ${detail}.`, { detail });
    },
  });
  await user.click(screen.getByRole('button', { name: /^Verify/ }));
  expect(await screen.findByText('the blob sha256:ab is not there')).toBeDefined();
});

test('the keys go through the rows, unfold one, copy its receipt and push it again', async () => {
  const error = { code: 'DENIED', message: 'denied by the project' } as const;
  const bad = entry('bad', { state: 'failed', digest: undefined, error, finishedAt: Date.UTC(2026, 10, 20, 8, 12) });
  const { user, inputs } = await openHistory([entry('web'), bad]);
  const first = await screen.findByRole('button', { name: 'Details of acme/web:1 to ghcr.io/acme/web:1' });
  act(() => first.focus());
  await user.keyboard('{ArrowDown}{Enter}');
  expect(document.activeElement).toBe(
    screen.getByRole('button', { name: 'Details of acme/bad:1 to ghcr.io/acme/bad:1', expanded: true }),
  );
  screen.getByText('denied by the project');
  await user.keyboard('{Control>}c{/Control}');
  expect(inputs('app.copy')).toEqual([expect.stringContaining('| acme/bad:1 | ghcr.io/acme/bad:1 | failed |')]);
  await user.keyboard('r');
  expect(inputs('history.again')).toEqual(['bad']);
});

test('every cell of a row has the column of its title, whichever are shown', async () => {
  await openHistory([entry('web')]);
  const [row] = (await screen.findAllByRole('row')).slice(1);
  const shownFrom = (cell: Element) => cell.className.match(/@\w+:table-cell/)?.[0];
  const titles = screen.getAllByRole('columnheader').map(shownFrom);
  expect([...(row?.children ?? [])].map(shownFrom)).toEqual(titles);
});

test('a history without entries says what will be in it, and offers to try it', async () => {
  const { user, inputs } = await openHistory([]);
  await screen.findByText('Nothing pushed yet');
  await user.click(screen.getByRole('button', { name: 'Try it' }));
  expect(inputs('practice.start')).toHaveLength(1);
  expect(screen.queryByRole('heading', { name: 'History' })).toBeNull();
});

test('the receipt of one entry is saved, in each format', async () => {
  const { user, inputs } = await openHistory([entry('web'), entry('api')]);
  await user.click(await screen.findByRole('button', { name: 'Receipt of acme/api:1 to ghcr.io/acme/api:1' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Save as JSON…' }));
  expect(inputs('receipts.save')).toEqual([{ of: 'history', ids: ['api'], format: 'json' }]);
});

test('what failed long ago is found, too, and how much was found is said', async () => {
  const many = Array.from({ length: 150 }, (_entry, index) => entry(`web-${index}`));
  const { user, inputs } = await openHistory([...many, entry('old', { state: 'failed' })]);
  await screen.findByText('acme/web-0:1');
  await user.click(within(screen.getByRole('main')).getByRole('button', { name: /^All/ }));
  await user.click(await screen.findByRole('option', { name: 'Failed' }));
  await screen.findByText('acme/old:1');
  expect(inputs('history.list').at(-1)).toEqual({ most: 100, state: 'failed' });
  screen.getByText('1 found');
});

test('older entries are read when they are asked for', async () => {
  const many = Array.from({ length: 101 }, (_entry, index) => entry(`web-${index}`));
  const { user, inputs } = await openHistory(many);
  expect(inputs('history.list').at(-1)).toEqual({ most: 100 });
  // By text: to work out the names of some hundred buttons takes seconds.
  await user.click(await screen.findByText('Show older entries'));
  await screen.findByText('acme/web-100:1');
  expect(screen.queryByText('Show older entries')).toBeNull();
});
