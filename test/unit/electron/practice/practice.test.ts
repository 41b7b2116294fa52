import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LocalImage } from '../../../../electron/image/types.ts';
import { Practice } from '../../../../electron/practice/practice.ts';
import { createCatalog } from '../../../../electron/sources/catalog/catalog.ts';
import type { Catalog } from '../../../../electron/sources/catalog/types.ts';
import { parseReference } from '../../../../shared/reference.ts';
import { testStores } from '../../../fixtures/environment.ts';
import { makeTempDir, type TempDir } from '../../../fixtures/temp-dir.ts';
import { basicLogin, makePusher } from '../transfers/harness.ts';

let folder: TempDir;
let catalog: Catalog;
let practice: Practice;

beforeEach(async () => {
  folder = await makeTempDir('practice');
  catalog = createCatalog({
    ...testStores(),
    imagesStoreDir: join(folder.path, 'no store'),
    addedPaths: [],
    onPathsChanged: async () => undefined,
    onProblem: () => undefined,
  });
  practice = new Practice(catalog, folder.path);
});
afterEach(async () => {
  await practice.end();
  await catalog.close();
  await folder.remove();
});

it('a sample image is pushed to the practice registry after a login, and again with nothing to send', async () => {
  const { registry, imageId, username, password } = await practice.start();
  await using pusher = makePusher();
  const openImage = (): Promise<LocalImage> => catalog.open(imageId);
  const target = parseReference(`${registry}/practice/hello:1.0`);
  const request = { imageId, imageName: 'hello', openImage, target, options: {} };
  const id = pusher.service.start(request);
  expect((await pusher.service.settled(id)).job).toMatchObject({
    state: 'needs-login',
    // Whoever is asked sees what to type.
    login: { registry, reason: expect.stringMatching(new RegExp(`as ${username} with the password ${password}$`)) },
  });
  pusher.login = basicLogin(username, password);
  pusher.service.registryChanged(registry);
  const { job } = await pusher.service.settled(id);
  expect(job).toMatchObject({ state: 'done', result: { notes: [], unchanged: false } });
  expect(job.result?.digest).toBe((await openImage()).root.digest);
  const again = await pusher.service.settled(pusher.service.start(request));
  expect(again.job.result).toMatchObject({ unchanged: true, bytesSent: 0 });
}, 20_000);

it('started twice it is one, and nothing of it is left at its end', async () => {
  const [first, second] = await Promise.all([practice.start(), practice.start()]);
  expect(second).toEqual(first);
  expect(catalog.images().map(({ references }) => references)).toEqual([[`${first.registry}/practice/hello:1.0`]]);
  await practice.end();
  expect(catalog.images()).toEqual([]);
  expect(await readdir(folder.path)).toEqual([]);
  await expect(fetch(`http://${first.registry}/v2/`)).rejects.toThrow();
});
