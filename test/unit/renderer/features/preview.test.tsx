// @vitest-environment happy-dom
import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { PushboatError } from '../../../../shared/errors.ts';
import { MediaType } from '../../../../shared/media-types.ts';
import type { PushPreview } from '../../../../shared/transfer-events.ts';
import { createFakeApi } from '../fake-api.ts';
import { detailsOf, digestOf, image, STORE } from '../samples.ts';
import { openWindow } from '../setup.tsx';

const GHCR = 'ghcr.io/acme/web:1.2';
const HARBOR = 'harbor.example/acme/web:1.2';

function previewOf(target: string, overrides: Partial<PushPreview> = {}): PushPreview {
  return {
    target,
    digest: digestOf(9),
    mediaType: MediaType.ociManifest,
    blobs: [],
    manifests: [],
    bytesTotal: 84_000_000,
    differs: [],
    bytesToSend: 37_000_000,
    tag: { state: 'new' },
    login: null,
    notes: [],
    ...overrides,
  };
}

async function openPreview(answer: (target: string) => PushPreview | Promise<PushPreview>, targets = [GHCR, HARBOR]) {
  const web = image({ id: 'web', name: 'acme/web:1.2', references: [GHCR] });
  const fake = createFakeApi({
    'sources.list': () => [STORE],
    'images.list': () => [web],
    'images.details': () => detailsOf(web),
    'push.preview': ({ target }) => answer(target),
  });
  const user = await openWindow(fake);
  await user.click(await screen.findByRole('row', { name: /acme\/web:1\.2/ }));
  for (const [index, target] of targets.entries()) {
    if (index > 0) await user.click(screen.getByRole('button', { name: 'Another destination' }));
    const field = screen.getAllByRole('combobox')[index] ?? expect.fail('no field');
    await user.clear(field);
    await user.paste(target);
    await user.keyboard('{Escape}');
  }
  await user.click(screen.getByRole('button', { name: 'Preview' }));
  const dialog = within(await screen.findByRole('dialog'));
  const pushed = () => fake.calls.filter(({ channel }) => channel === 'push.start').map(({ input }) => input);
  return { user, dialog, pushed };
}

test('a preview has one part for each destination, and its button says how many are pushed', async () => {
  const { user, dialog, pushed } = await openPreview((target) =>
    previewOf(target, target === HARBOR ? { tag: { state: 'same' }, bytesToSend: 0 } : {}),
  );
  const tabs = await dialog.findAllByRole('tab');
  await waitFor(() =>
    expect(tabs.map(({ textContent }) => textContent)).toEqual([
      `${GHCR}37 MB to send · new`,
      `${HARBOR}0 B to send · already this image`,
    ]),
  );
  dialog.getByText('37 MB to send to 2 destinations');
  await user.click(tabs[1] ?? expect.fail('one part only'));
  await dialog.findByText('Everything is already there: nothing to send.');
  await user.click(dialog.getByRole('button', { name: 'Push to 2 destinations' }));
  expect(pushed()).toMatchObject([{ targets: [GHCR, HARBOR] }]);
});

test('a destination whose part fails says why, and only the others are pushed', async () => {
  const { user, dialog, pushed } = await openPreview((target) => {
    if (target === HARBOR) throw new PushboatError('HOST_UNREACHABLE', 'nobody there', { detail: 'ECONNREFUSED' });
    return previewOf(target);
  });
  await dialog.findByText('1 destination is left out; its section says why.');
  await user.click(dialog.getAllByRole('tab')[1] ?? expect.fail('one part only'));
  await dialog.findByText('ECONNREFUSED');
  await user.click(dialog.getByRole('button', { name: 'Push to 1 destination' }));
  expect(pushed()).toMatchObject([{ targets: [GHCR] }]);
});

test('nothing can be pushed from a preview before each registry has answered', async () => {
  const slow = Promise.withResolvers<PushPreview>();
  const { dialog } = await openPreview((target) => (target === HARBOR ? slow.promise : previewOf(target)));
  await waitFor(() => expect(dialog.getAllByRole('tab')[0]?.textContent).toContain('37 MB'));
  const push = dialog.getByRole('button', { name: 'Push to 2 destinations' });
  expect(push).toHaveProperty('disabled', true);
  slow.resolve(previewOf(HARBOR));
  await waitFor(() => expect(push).toHaveProperty('disabled', false));
});

test('one destination has no tabs, and a button that says so', async () => {
  const { dialog } = await openPreview(previewOf, [GHCR]);
  await dialog.findByText('37 MB');
  expect(dialog.queryByRole('tab')).toBeNull();
  dialog.getByRole('button', { name: 'Push' });
});
