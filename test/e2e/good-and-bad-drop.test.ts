import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { breakLayout } from '../fixtures/break-layouts.ts';
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

    // The first good image is selected and its target can be changed at once.
    expect(await targetField(page).inputValue()).toBe('registry.example/acme/shop:2.0');
    await expect.poll(() => targetField(page).evaluate((field) => field === document.activeElement)).toBe(true);
    expect(app.problems).toEqual([]);
  });

  it('are remembered: the next start lists the good ones again', async () => {
    const { folder: home } = app;
    await app.requestClose();
    expect(await app.exited).toBe(0);
    await using again = await startApp({ folder: home });
    for (const name of ['shop:2.0', 'one:1', 'two:1']) await imageRow(again.page, new RegExp(name)).waitFor();
  });
});
