// @vitest-environment happy-dom
import { act, screen, waitFor, within } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import { showError, showInfo, useMessages } from '../../../../renderer/stores/messages.ts';
import { PushboatError } from '../../../../shared/errors.ts';
import { createFakeApi } from '../fake-api.ts';
import { openWindow } from '../setup.tsx';

afterEach(() => useMessages.setState({ messages: [] }));

const strip = () => screen.getByRole('region', { name: 'Messages' });
const fail = () => act(() => showError(new PushboatError('REGISTRY_UNAVAILABLE', 'ghcr.io does not answer.')));

test('messages stand below the view and take their room from it: nothing that is typed into or pressed is under them', async () => {
  await openWindow(createFakeApi());
  fail();
  expect(screen.getByRole('main').nextElementSibling).toBe(strip());
  expect(getComputedStyle(strip()).position).not.toBe('fixed');
  within(strip()).getByRole('alert');
});

test('the keyboard gets to a message as to a pane, and is back where it was when the message is dismissed', async () => {
  const user = await openWindow(createFakeApi());
  const search = screen.getByRole('searchbox');
  search.focus();
  fail();
  expect(document.activeElement).toBe(search);
  await user.keyboard('{F6}');
  while (!strip().contains(document.activeElement)) await user.keyboard('{F6}');
  within(strip()).getByRole('button', { name: 'Dismiss' }).focus();
  await user.keyboard('{Enter}');
  await waitFor(() => expect(screen.queryByRole('alert')).toBeNull());
  expect(document.activeElement).not.toBe(document.body);
});

test('the newest message is the first, where it is seen, however many there are', async () => {
  await openWindow(createFakeApi());
  fail();
  fail();
  act(() => showInfo('The receipt was saved.'));
  expect(strip().firstElementChild).toBe(within(strip()).getByRole('status'));
});

test('a confirmation takes the place of older ones, not that of an offer or an error', async () => {
  await openWindow(createFakeApi());
  fail();
  act(() => {
    showInfo('one.tar was removed from the list', { label: 'Undo', run: () => undefined });
    showInfo('1 image added');
    showInfo('2 images added');
  });
  expect(
    within(strip())
      .getAllByRole('status')
      .map(({ textContent }) => textContent),
  ).toEqual(['2 images added', 'one.tar was removed from the listUndo']);
  within(strip()).getByRole('alert');
});

test('of several messages one that is dismissed leaves the keyboard at the others', async () => {
  const user = await openWindow(createFakeApi());
  fail();
  act(() => showInfo('The receipt was saved.'));
  within(strip()).getByRole('status');
  await user.click(within(strip()).getAllByRole('button', { name: 'Dismiss' })[0] ?? expect.fail('no button'));
  expect(document.activeElement).toBe(strip());
});
