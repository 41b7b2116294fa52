import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { breakLayout } from '../fixtures/break-layouts.ts';
import { savedArchive, savedImage } from '../fixtures/docker-archives.ts';
import { makeLayout } from '../fixtures/layouts.ts';
import { makeTempDir, type TempDir } from '../fixtures/temp-dir.ts';
import { type App, startApp } from './app.ts';
import { imageRow, targetField } from './screen.ts';

let folder: TempDir;
let app: App;

beforeAll(async () => {
  folder = await makeTempDir('drops');
  app = await startApp();
});

afterAll(async () => {
  await app?.close();
  await folder?.remove();
});

describe('several folders dropped at once', () => {
  it('give the images of the good ones, and say of each bad one what is wrong with it', async () => {
    const { page } = app;
    const at = (name: string): string => join(folder.path, name);
    await makeLayout(at('shop'), { refName: 'registry.example/acme/shop:2.0', seed: 'shop' });
    await makeLayout(at('no-index'), { refName: 'registry.example/acme/lost:1' });
    await breakLayout.missingIndex(at('no-index'));
    await mkdir(at('holiday pictures'));
    await makeLayout(at('many/one'), { refName: 'registry.example/acme/one:1', seed: 'one' });
    await makeLayout(at('many/two'), { refName: 'registry.example/acme/two:1', seed: 'two' });

    await app.drop([at('shop'), at('no-index'), at('holiday pictures'), at('many')]);

    for (const name of ['shop:2.0', 'one:1', 'two:1']) await imageRow(page, new RegExp(name)).waitFor();
    expect(await imageRow(page, /lost/).count()).toBe(0);
    const messages = page.getByRole('region', { name: 'Messages' });
    await messages
      .getByText(/index\.json is missing|index\.json/)
      .first()
      .waitFor();
    await messages
      .getByText(/holiday pictures/)
      .first()
      .waitFor();

    // The good images are chosen together, and where they go can be changed at once.
    await page.getByRole('heading', { name: '3 images' }).waitFor();
    expect(await page.getByLabel('Target of registry.example/acme/shop:2.0').inputValue()).toBe(
      'registry.example/acme/shop:2.0',
    );
    const prefix = page.getByRole('textbox', { name: 'Registry and prefix' });
    await expect.poll(() => prefix.evaluate((field) => field === document.activeElement)).toBe(true);
    expect(app.problems).toEqual([]);
  });

  it('may be archives: a good one is listed, and of a cut-off one it is said', async () => {
    const { page } = app;
    const archive = savedArchive(savedImage('dropped'), ['registry.example/acme/saved:3']);
    const [good, bad] = [join(folder.path, 'saved.tar.gz'), join(folder.path, 'cut.tar')];
    await writeFile(good, gzipSync(archive));
    await writeFile(bad, archive.subarray(0, 1000));
    await app.drop([good, bad]);
    await imageRow(page, /saved:3/).waitFor();
    const messages = page.getByRole('region', { name: 'Messages' });
    await messages
      .getByText(/the archive ends at byte 1000/)
      .first()
      .waitFor();
    expect(await targetField(page).inputValue()).toBe('registry.example/acme/saved:3');
    expect(app.problems).toEqual([]);
  });

  it('are remembered: the next start lists the good ones again', async () => {
    const { folder: home } = app;
    await app.requestClose();
    expect(await app.exited).toBe(0);
    await using again = await startApp({ folder: home });
    for (const name of ['shop:2.0', 'one:1', 'two:1', 'saved:3'])
      await imageRow(again.page, new RegExp(name)).waitFor();
  });
});
