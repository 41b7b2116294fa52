import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseDestination } from '../../../../electron/destinations/parse-destination.ts';
import type { ImageDestination } from '../../../../electron/destinations/types.ts';
import { REF_NAME } from '../../../../electron/image/layout/file-names.ts';
import { exportsHandlers } from '../../../../electron/ipc/transfers.ts';
import type { DesktopActions } from '../../../../electron/ipc/types.ts';
import type { Services } from '../../../../electron/services.ts';
import type { ExportRequest } from '../../../../electron/transfers/types.ts';
import { MediaType } from '../../../../shared/media-types.ts';
import type { ExportTarget } from '../../../../shared/transfer-events.ts';
import { testEnvironment } from '../../../fixtures/environment.ts';
import { makeTempDir, type TempDir } from '../../../fixtures/temp-dir.ts';
import { image } from '../../renderer/samples.ts';
import { memoryDestination } from '../transfers/memory-destination.ts';

let folder: TempDir;
beforeEach(async () => {
  folder = await makeTempDir('ipc-exports');
});
afterEach(() => folder.remove());

/** The handlers over a desktop whose folder dialog gives `chosen`, and one job. */
function handlers(chosen: string | null, destination?: ExportTarget, written?: ImageDestination) {
  const shown: string[] = [];
  const started: ExportRequest[] = [];
  const services = {
    destination: (text: string) => written ?? memoryDestination({ text }),
    transfers: {
      list: () => [{ job: { id: 'job', destination } }],
      start: (request: ExportRequest) => {
        started.push(request);
        return 'job';
      },
    },
    catalog: { images: () => [image({ id: 'web' })], openImage: () => expect.fail('opened before its turn') },
  } as unknown as Services;
  const desktop = {
    chooseTargetFolder: async () => chosen,
    chooseNewArchive: async (name: string) => `/saved/${name}`,
    showInFolder: (path: string) => void shown.push(path),
  } as unknown as DesktopActions;
  return { ...exportsHandlers(services, desktop), shown, started };
}

const choose = (chosen: string | null) => handlers(chosen)['exports.choosePlace']({ kind: 'folder', name: 'web-1.2' });

test('a folder that is empty or a layout is written to, and in any other a new one', async () => {
  const [empty, layout, full] = ['empty', 'layout', 'full'].map((name) => join(folder.path, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [empty, layout, full]) await mkdir(path);
  await writeFile(join(layout, 'oci-layout'), '{}');
  await writeFile(join(full, 'letter.txt'), '');
  expect(await choose(empty)).toBe(empty);
  expect(await choose(layout)).toBe(layout);
  expect(await choose(full)).toBe(join(full, 'web-1.2'));
  expect(await choose(null)).toBeNull();
});

test('an archive is chosen as a new file', async () => {
  const place = handlers(null)['exports.choosePlace']({ kind: 'archive', name: 'web.tar' });
  expect(await place).toBe('/saved/web.tar');
});

test('a path must say where it begins', () => {
  const check = handlers(null)['exports.check'];
  expect(check('oci:/srv/layout')).toBeUndefined();
  expect(() => check('oci:layout')).toThrow(expect.objectContaining({ code: 'USAGE' }));
});

test('only what a job has written is shown in the file manager', () => {
  const written = handlers(null, { transport: 'oci', path: '/srv/layout' });
  void written['exports.show']('job');
  expect(written.shown).toEqual(['/srv/layout']);
  expect(() => written['exports.show']('/etc')).toThrow();
  expect(() => handlers(null, { transport: 'docker-daemon' })['exports.show']('job')).toThrow();
});

test('an image that is gone cannot be exported', async () => {
  const start = handlers(null)['exports.start'];
  await expect(start({ imageId: 'gone', destination: 'oci:/srv/layout', options: {} })).rejects.toThrow(
    expect.objectContaining({ code: 'IMAGE_NOT_FOUND' }),
  );
});

test.each([
  ['an archive', 'oci-archive:/IN/image.tar:1', 'image.tar'],
  ['the image of a folder', 'dir:/IN', ''],
  ['a name of a layout', 'oci:/IN:1', ':1'],
])('%s that is there is not replaced unasked', async (_what, text, replaced) => {
  const destination = parseDestination(text.replace('/IN', folder.path), testEnvironment());
  await writeFile(join(folder.path, 'image.tar'), 'the only copy');
  await writeFile(join(folder.path, 'manifest.json'), '{}');
  const digest = `sha256:${'a'.repeat(64)}`;
  const entry = { mediaType: MediaType.ociManifest, digest, size: 2, annotations: { [REF_NAME]: '1' } };
  await writeFile(join(folder.path, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
  const start = handlers(null, undefined, destination)['exports.start'];
  const asked = { imageId: 'gone', destination: text, options: {} };
  await expect(start(asked)).rejects.toMatchObject({
    code: 'DESTINATION_EXISTS',
    hint: 'confirm-replace',
    facts: { path: expect.stringContaining(replaced) },
  });
  // With the person's word it gets as far as the image.
  await expect(start({ ...asked, replace: true })).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
});

test('what is only added to asks nothing', async () => {
  const text = `oci:${folder.path}:2`;
  const destination = parseDestination(text, testEnvironment());
  const start = handlers(null, undefined, destination)['exports.start'];
  await expect(start({ imageId: 'gone', destination: text, options: {} })).rejects.toMatchObject({
    code: 'IMAGE_NOT_FOUND',
  });
});

test('a place that is agreed to while nothing is there is asked about again when something is', async () => {
  const path = join(folder.path, 'image.tar');
  const destination = parseDestination(`oci-archive:${path}`, testEnvironment());
  const { 'exports.start': start, started } = handlers(null, undefined, destination);
  const asked = { imageId: 'web', destination: `oci-archive:${path}`, options: {}, replace: true };
  await start(asked);
  await writeFile(path, 'another export');
  await start(asked);
  expect(started.map(({ keepsExisting }) => keepsExisting)).toEqual([true, false]);
});
