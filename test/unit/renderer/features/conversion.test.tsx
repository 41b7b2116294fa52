// @vitest-environment happy-dom
import { screen, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { MediaType } from '../../../../shared/media-types.ts';
import type { PushPreview } from '../../../../shared/transfer-events.ts';
import { createFakeApi } from '../fake-api.ts';
import { detailsOf, digestOf, image, job, layer, STORE } from '../samples.ts';
import { openWindow } from '../setup.tsx';

const CONVERSION = { from: MediaType.ociManifest, to: MediaType.dockerManifest, lost: ['annotations'] as const };

test('a push that was converted says so in its result and in the manifest’s row', async () => {
  const result = {
    reference: 'ghcr.io/acme/web:1.2',
    digest: digestOf(9),
    mediaType: MediaType.dockerManifest,
    bytesSent: 1,
    bytesSaved: 0,
    durationMs: 5,
    unchanged: false,
    warnings: [],
    notes: [
      { kind: 'converted' as const, from: CONVERSION.from, to: CONVERSION.to, because: 'asked' as const },
      { kind: 'lost' as const, what: 'annotations' as const, to: CONVERSION.to },
      { kind: 'foreign' as const, count: 2 },
    ],
    conversion: CONVERSION,
  };
  const manifest = {
    ...layer(0, 'pushed'),
    kind: 'manifest' as const,
    mediaType: MediaType.dockerManifest,
    convertedFrom: MediaType.ociManifest,
  };
  const done = job({ id: 'done', state: 'done', result });
  await openWindow(createFakeApi({ 'transfers.list': () => [{ job: done, layers: [manifest] }] }));
  const card = screen.getByTestId('job');
  const folded = within(card).queryByRole('button', { expanded: false });
  folded?.click();
  await within(card).findByText('Pushed as Docker v2 schema 2');
  expect(card.textContent).toContain(
    'Pushed as Docker v2 schema 2, converted from OCI. Docker v2 schema 2 has no place for annotations. 2 layers may not be distributed and stay at their own address.',
  );
});

test('a preview says what will be converted, and what is lost by it', async () => {
  const web = image({ id: 'web', name: 'acme/web:1.2', references: ['ghcr.io/acme/web:1.2'] });
  const preview: PushPreview = {
    target: 'ghcr.io/acme/web:1.2',
    digest: digestOf(9),
    mediaType: MediaType.dockerManifest,
    conversion: CONVERSION,
    blobs: [],
    manifests: [],
    bytesTotal: 1,
    differs: [],
    bytesToSend: 1,
    tag: { state: 'new' },
    login: null,
    notes: [],
  };
  const fake = createFakeApi({
    'sources.list': () => [STORE],
    'images.list': () => [web],
    'images.details': () => detailsOf(web),
    'push.preview': () => preview,
  });
  const user = await openWindow(fake);
  await user.click(await screen.findByRole('row', { name: /acme\/web:1\.2/ }));
  await user.click(screen.getByRole('button', { name: 'Preview' }));
  const dialog = await screen.findByRole('dialog');
  await within(dialog).findByText(
    'The manifest is converted from OCI to Docker v2 schema 2. Docker v2 schema 2 has no place for annotations.',
  );
  expect(fake.calls.some(({ channel }) => channel === 'push.preview')).toBe(true);
});
