// @vitest-environment happy-dom
import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { briefDigest } from '../../../../shared/digest.ts';
import { PushboatError } from '../../../../shared/errors.ts';
import { MediaType } from '../../../../shared/media-types.ts';
import type { PushPreview } from '../../../../shared/transfer-events.ts';
import type { TransferOptions } from '../../../../shared/transfer-options.ts';
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

async function openPreview(
  answer: (target: string, options: TransferOptions) => PushPreview | Promise<PushPreview>,
  targets = [GHCR, HARBOR],
) {
  const web = image({ id: 'web', name: 'acme/web:1.2', references: [GHCR] });
  const fake = createFakeApi({
    'sources.list': () => [STORE],
    'images.list': () => [web],
    'images.details': () => detailsOf(web),
    'push.preview': ({ target, options }) => answer(target, options),
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
  const calls = (wanted: string) => fake.calls.filter(({ channel }) => channel === wanted).map(({ input }) => input);
  return { user, dialog, calls, pushed: () => calls('push.start') };
}

test('a preview has one part for each destination, and its button says how many are pushed', async () => {
  const { user, dialog, pushed } = await openPreview((target) =>
    previewOf(target, target === HARBOR ? { tag: { state: 'same' }, bytesToSend: 0 } : {}),
  );
  const tabs = await dialog.findAllByRole('tab');
  await waitFor(() =>
    expect(tabs.map(({ textContent }) => textContent)).toEqual([
      `${GHCR}37 MB to send · new tag`,
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
  const { dialog } = await openPreview((target) => previewOf(target), [GHCR]);
  await dialog.findByText('37 MB');
  expect(dialog.queryByRole('tab')).toBeNull();
  dialog.getByRole('button', { name: 'Push' });
});

test('the time is said where an earlier push tells how fast the registry is reached, and there is something to send', async () => {
  const { user, dialog } = await openPreview((target) =>
    previewOf(target, target === GHCR ? { rate: 12_000_000 } : {}),
  );
  await dialog.findByText('Time at 12 MB/s');
  dialog.getByText('about 3s');
  await user.click(dialog.getAllByRole('tab')[1] ?? expect.fail('one part only'));
  expect(dialog.queryByText(/^Time at/)).toBeNull();
});

test('a tag that moves says from which image to which, and what it was can be copied', async () => {
  const { user, dialog, calls } = await openPreview(
    (target) => previewOf(target, { tag: { state: 'moves', from: digestOf(7) } }),
    [GHCR],
  );
  const notice = await dialog.findByTestId('tag-notice');
  expect(notice.textContent).toBe(
    `Tag 1.2 moves. ${briefDigest(digestOf(7))} → ${briefDigest(digestOf(9))} this image`,
  );
  await user.click(within(notice).getByRole('button', { name: 'Copy the digest that the tag has now' }));
  expect(calls('app.copy')).toEqual([digestOf(7)]);
});

test('“Only if new” is chosen in the preview, too: it asks again, and nothing is pushed before the answers', async () => {
  const slow = Promise.withResolvers<void>();
  const { user, dialog, pushed } = await openPreview(
    async (target, { onlyNew }) => {
      if (!onlyNew) return previewOf(target, { tag: { state: 'moves', from: digestOf(7) } });
      await slow.promise;
      return previewOf(target, { tag: { state: 'kept', digest: digestOf(7) }, bytesToSend: 0 });
    },
    [GHCR],
  );
  await dialog.findByText('37 MB');
  const choice = dialog.getByRole('checkbox', { name: 'Only if new' });
  await user.click(choice);
  expect(document.activeElement).toBe(choice);
  expect(dialog.getByRole('button', { name: 'Push' })).toHaveProperty('disabled', true);
  slow.resolve();
  await dialog.findByText(/and stays as it is/);
  expect(dialog.queryByRole('table')).toBeNull();
  await user.click(dialog.getByRole('button', { name: 'Push' }));
  expect(pushed()).toMatchObject([{ options: { onlyNew: true } }]);
});

test('what is sent for several platforms has a part for each, with what of it is to be sent', async () => {
  const platforms = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }));
  const blob = { kind: 'layer' as const, mediaType: MediaType.ociLayerGzip, size: 3_000_000 };
  const { dialog } = await openPreview(
    (target) =>
      previewOf(target, {
        blobs: platforms.flatMap((platform, place) => [
          { ...blob, platform, digest: digestOf(10 + place), action: 'exists' as const },
          { ...blob, platform, digest: digestOf(20 + place), action: place === 0 ? ('upload' as const) : 'exists' },
        ]),
        manifests: platforms.map((platform, place) => ({
          digest: digestOf(30 + place),
          mediaType: MediaType.ociManifest,
          size: 500,
          platform,
          exists: place === 1,
        })),
      }),
    [GHCR],
  );
  const parts = (await dialog.findAllByRole('rowheader')).map(({ textContent }) => textContent);
  expect(parts).toEqual(['amd64 2 of 3 to send · 3 MB', 'arm64 all of it is there']);
});
