import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { makeLayout } from '../fixtures/layouts.ts';
import { makeTempDir } from '../fixtures/temp-dir.ts';
import { startRegistry } from '../registry/server.ts';
import { startApp } from './app.ts';
import { imageRow, loginDialog, targetField, waitForJob } from './screen.ts';

const hasFocus = (locator: Locator): Promise<boolean> =>
  locator.evaluate((element) => element.contains(document.activeElement)).catch(() => false);

/** Presses the key until the focus is in `place`, as a person does who looks where it went. */
async function pressUntilIn(page: Page, key: string, place: Locator): Promise<void> {
  for (let presses = 0; presses < 20 && !(await hasFocus(place)); presses++) await page.keyboard.press(key);
  expect(await hasFocus(place)).toBe(true);
}

describe('without a mouse', () => {
  it('a person finds an image, types a target, pushes, signs in at the second try, previews and copies the digest', async () => {
    await using folder = await makeTempDir('keyboard');
    const { image } = await makeLayout(join(folder.path, 'web'), { refName: 'acme/web:1.2', layers: 3 });
    await makeLayout(join(folder.path, 'api'), { refName: 'acme/api:3.4', seed: 'api' });
    await using registry = await startRegistry({
      storage: 'memory',
      auth: { kind: 'bearer', users: { ada: 'lovelace' } },
    });
    await using app = await startApp({ settings: { imagesStoreDir: folder.path } });
    const { page } = app;
    await imageRow(page, /web/).waitFor();

    await page.keyboard.press('ControlOrMeta+f');
    await page.keyboard.type('web');
    await imageRow(page, /api/).waitFor({ state: 'detached' });
    const list = page.getByRole('grid');
    await pressUntilIn(page, 'Tab', list);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Space');
    await page.getByRole('heading', { name: /web/ }).waitFor();

    await pressUntilIn(page, 'F6', page.getByRole('region', { name: 'Image', exact: true }));
    await pressUntilIn(page, 'Tab', targetField(page));
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type(`${registry.host}/acme/web:1.2`);
    await page.keyboard.press('ControlOrMeta+Enter');

    await loginDialog(page).waitFor();
    await expect.poll(() => hasFocus(loginDialog(page).getByLabel('User name'))).toBe(true);
    await page.keyboard.type('ada');
    await page.keyboard.press('Tab');
    await page.keyboard.type('byron');
    await page.keyboard.press('Enter');
    await loginDialog(page).getByText('refused this login').waitFor();
    const password = loginDialog(page).getByLabel('Password or token');
    await expect.poll(() => hasFocus(password)).toBe(true);
    expect(await password.inputValue()).toBe('');
    await page.keyboard.type('lovelace');
    await page.keyboard.press('Enter');
    await waitForJob(page, 'done');

    const preview = page.getByRole('button', { name: 'Preview' });
    await pressUntilIn(page, 'F6', page.getByRole('region', { name: 'Image', exact: true }));
    await pressUntilIn(page, 'Tab', preview);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('table').waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => hasFocus(preview)).toBe(true);

    const copy = page.getByRole('button', { name: 'Copy the digest' }).last();
    await pressUntilIn(
      page,
      'F6',
      page
        .locator('[data-pane]')
        .filter({ has: page.getByTestId('job') })
        .last(),
    );
    await pressUntilIn(page, 'Tab', copy);
    await page.keyboard.press('Enter');
    await expect.poll(() => app.clipboard()).toBe(image.digest);
    expect(registry.tags('acme/web').get('1.2')).toBe(image.digest);
  });
});
