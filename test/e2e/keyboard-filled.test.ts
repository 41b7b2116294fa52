import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeLayout } from '../fixtures/layouts.ts';
import { makeTempDir, type TempDir } from '../fixtures/temp-dir.ts';
import { startRegistry, type TestRegistry } from '../registry/server.ts';
import { type App, startApp } from './app.ts';
import { imageRow } from './screen.ts';

let folder: TempDir;
let registry: TestRegistry;
let app: App;

beforeAll(async () => {
  folder = await makeTempDir('keyboard-filled');
  registry = await startRegistry({ storage: 'memory' });
  for (const name of ['api', 'web', 'worker']) {
    await makeLayout(join(folder.path, name), { refName: `acme/${name}:1.0`, seed: name });
  }
  app = await startApp({ settings: { imagesStoreDir: folder.path, lookForUpdates: 'no' } });
  await imageRow(app.page, /web/).waitFor();
});

afterAll(async () => {
  await app?.close();
  await registry?.close();
  await folder?.remove();
});

const press = (key: string) => app.page.keyboard.press(key);

const hasFocus = (place: Locator): Promise<boolean> =>
  place.evaluate((element) => element.contains(document.activeElement)).catch(() => false);

async function expectFocusIn(place: Locator): Promise<void> {
  await expect.poll(() => hasFocus(place)).toBe(true);
}

/** Presses the key until the focus is in `place`, as a person does who looks where it went. */
async function pressUntilIn(key: string, place: Locator): Promise<void> {
  for (let presses = 0; presses < 40 && !(await hasFocus(place)); presses++) await press(key);
  expect(await hasFocus(place)).toBe(true);
}

const button = (name: string | RegExp): Locator => app.page.getByRole('button', { name });
const view = (name: string): Locator => app.page.getByRole('region', { name, exact: true });

async function open(name: string): Promise<void> {
  const entry = app.page.getByRole('navigation').getByRole('button', { name, exact: true });
  await pressUntilIn('F6', app.page.getByRole('navigation'));
  await pressUntilIn('Tab', entry);
  await press('Enter');
  await app.page.getByRole('heading', { name, level: 1 }).waitFor();
  await pressUntilIn('F6', view(name));
}

describe('without a mouse, in a window with much in it', () => {
  it('several images are pushed from the sheet, and what closes gives the focus back', async () => {
    const { page } = app;
    const list = page.getByRole('grid');
    await pressUntilIn('F6', view('Images'));
    await pressUntilIn('Tab', list);
    await press('ArrowDown');
    await press('Control+e');
    await page.getByRole('dialog', { name: /^Export/ }).waitFor();
    await press('Escape');
    await expectFocusIn(list);
    await press('Control+a');
    await press('Enter');
    await page.keyboard.type(`${registry.host}/team`);
    await pressUntilIn('Shift+Tab', button('Edit in a larger sheet'));
    await press('Enter');
    const sheet = page.getByRole('dialog', { name: 'Push 3 images' });
    const target = sheet.getByLabel('Target of acme/web:1.0');
    await pressUntilIn('Tab', target);
    await press('End');
    await page.keyboard.type('-wrong');
    await pressUntilIn('Shift+Tab', sheet.getByRole('button', { name: 'Back to the rule: acme/web:1.0' }));
    await press('Enter');
    await expectFocusIn(target);
    expect(await target.inputValue()).toBe(`${registry.host}/team/acme/web:1.0`);
    await press('Escape');
    await expectFocusIn(button('Edit in a larger sheet'));
    await press('Control+Enter');
    await page.getByTestId('group').getByText('3 of 3 pushed').waitFor();
    expect(registry.tags('team/acme/web').size).toBe(1);
    await pressUntilIn('Tab', button('Clear the selection'));
    await press('Enter');
    await expectFocusIn(view('Image'));
  });

  it('a group’s receipt is copied, and when the last transfer is taken off the list the focus stays in the view', async () => {
    await open('Transfers');
    await pressUntilIn('Tab', button('Receipt'));
    await press('Enter');
    await app.page.getByRole('menuitem', { name: 'Copy as Markdown' }).waitFor();
    await press('Enter');
    await expect.poll(() => app.clipboard()).toContain('team/acme/web:1.0');
    await expectFocusIn(button('Receipt'));
    await pressUntilIn('Tab', button('Remove all of them from the list'));
    await press('Enter');
    await app.page.getByRole('heading', { name: 'No transfers yet' }).waitFor();
    await expect.poll(() => hasFocus(view('Transfers'))).toBe(true);
  });

  it('the history is searched, unfolded, and pushed again from', async () => {
    const { page } = app;
    await open('History');
    await pressUntilIn('Tab', page.getByRole('searchbox', { name: 'Search the history' }));
    await page.keyboard.type('acme');
    const rows = button(/^Details of acme/);
    await pressUntilIn('Tab', rows.first());
    await press('ArrowDown');
    await expectFocusIn(rows.nth(1));
    await press('Enter');
    await expect.poll(() => rows.nth(1).getAttribute('aria-expanded')).toBe('true');
    await pressUntilIn('Tab', page.getByRole('button', { name: /^Receipt of acme/ }).nth(1));
    await pressUntilIn('Shift+Tab', rows.nth(1));
    await press('r');
    await page.getByTestId('job').first().waitFor();
    await expectFocusIn(view('Transfers'));
    await open('History');
    await pressUntilIn('Tab', button('Clear…'));
    await press('Enter');
    await page.getByRole('alertdialog').waitFor();
    await press('Escape');
    await expect.poll(() => hasFocus(button('Clear…'))).toBe(true);
  });

  it('a registry is tested, gets an account, and is removed', async () => {
    const { page } = app;
    await open('Registries');
    const test = button('Test connection');
    await pressUntilIn('Tab', test);
    await press('Enter');
    await page.getByTestId('connection-step').first().waitFor();
    await expectFocusIn(test);
    await pressUntilIn('Tab', button('Add account…'));
    await press('Enter');
    await expectFocusIn(page.getByRole('dialog').getByLabel('Namespace or repository'));
    await press('Escape');
    await expectFocusIn(button('Add account…'));
    await pressUntilIn('Shift+Tab', view('Registries').getByRole('button', { name: 'Remove', exact: true }));
    await press('Enter');
    const question = page.getByRole('alertdialog');
    await pressUntilIn('Tab', question.getByRole('button', { name: 'Remove' }));
    await press('Enter');
    await question.waitFor({ state: 'detached' });
    await expect.poll(() => hasFocus(view('Registries'))).toBe(true);
  });

  it('settings are changed', async () => {
    const { page } = app;
    await open('Settings');
    await pressUntilIn('Tab', page.getByRole('button', { name: /Theme/ }));
    await press('Enter');
    await page.getByRole('listbox').waitFor();
    await press('End');
    await press('Enter');
    await expect.poll(() => page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
    await expectFocusIn(page.getByRole('button', { name: /Theme/ }));
    const days = page.getByLabel('Keep entries for');
    await pressUntilIn('Tab', days);
    await press('Control+a');
    await page.keyboard.type('30');
    await press('Enter');
    await expect
      .poll(() =>
        page.evaluate(async () => {
          const reply = await window.pushboat.request('settings.get', undefined);
          return reply.ok ? reply.value.historyDays : reply.error;
        }),
      )
      .toBe(30);
    expect(app.problems).toEqual([]);
  });
});
