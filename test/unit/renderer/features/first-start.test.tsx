// @vitest-environment happy-dom
import { act, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import { usePractice } from '../../../../renderer/stores/practice.ts';
import { createFakeApi } from '../fake-api.ts';
import { ADDED, detailsOf, image } from '../samples.ts';
import { openWindow } from '../setup.tsx';

afterEach(() => usePractice.setState({ info: null }));

test('Try it shows the sample with its target, and what to sign in with, until it is ended', async () => {
  const sample = image({ id: 'hello', references: ['localhost:41000/practice/hello:1.0'], sourceId: ADDED.id });
  const api = createFakeApi({ 'images.details': () => detailsOf(sample) });
  const user = await openWindow(api);
  screen.getByRole('heading', { name: 'Push your first image' });
  await user.click(screen.getByRole('button', { name: 'Try it' }));
  act(() => {
    api.emit('sources', [ADDED]);
    api.emit('images', { sourceId: ADDED.id, upserted: [sample], removed: [] });
  });
  await waitFor(() =>
    expect(screen.getByRole('combobox')).toHaveProperty('value', 'localhost:41000/practice/hello:1.0'),
  );
  screen.getByText(/Practice registry localhost:41000: push the sample, and sign in as practice/);
  await user.click(screen.getByRole('button', { name: 'End it' }));
  await waitFor(() => expect(screen.queryByText(/Practice registry/)).toBeNull());
  expect(api.calls.map(({ channel }) => channel)).toContain('practice.end');
});
