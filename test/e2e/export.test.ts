import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeBuildahImage, type RealImage } from '../fixtures/real-images.ts';
import { makeTempDir, type TempDir } from '../fixtures/temp-dir.ts';
import { run } from '../fixtures/tools.ts';
import { startApp } from './app.ts';
import { expectFullBars, imageRow, waitForJob } from './screen.ts';

let folder: TempDir;
let image: RealImage;

beforeAll(async () => {
  folder = await makeTempDir('export');
  image = await makeBuildahImage(join(folder.path, 'shop web'));
});
afterAll(() => folder?.remove());

const exportDialog = (page: Page): Locator => page.getByRole('dialog', { name: /^Export / });

async function openExport(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: 'Export…' }).click();
  await exportDialog(page).waitFor();
  return exportDialog(page);
}

async function digestBySkopeo(name: string): Promise<string> {
  const { stdout } = await run('skopeo', ['inspect', '--format={{.Digest}}', name]);
  return stdout.toString().trim();
}

describe('an image of the list', () => {
  it('is exported to an archive that the system’s dialog names, and skopeo reads what was shown', async () => {
    await using app = await startApp({ paths: [image.path] });
    const { page } = app;
    await imageRow(page, /1\.0/).click();
    const dialog = await openExport(page);
    const archive = join(folder.path, 'web.tar');
    await app.answerOpenDialog([archive]);
    await dialog.getByRole('button', { name: 'Choose…' }).click();
    await dialog.getByLabel('Name in it (optional)').fill('acme/web:1.0');
    await expect
      .poll(() => dialog.getByTestId('export-destination').textContent())
      .toBe(`oci-archive:${archive}:acme/web:1.0`);
    await dialog.getByRole('button', { name: 'Export', exact: true }).click();

    await waitForJob(page, 'done');
    await exportDialog(page).waitFor({ state: 'detached' });
    await expectFullBars(page);
    const shown = (await page.getByTestId('job-digest').textContent())?.trim();
    expect(shown).toBe(image.digest);
    expect(await digestBySkopeo(`oci-archive:${archive}:acme/web:1.0`)).toBe(image.digest);

    await page.getByRole('button', { name: 'Copy the destination' }).click();
    await expect.poll(() => app.clipboard()).toBe(`oci-archive:${archive}:acme/web:1.0`);
    expect(app.problems).toEqual([]);
  });

  it('is exported with the keyboard alone to a folder, and a path that begins nowhere is refused in the dialog', async () => {
    await using app = await startApp({ paths: [image.path] });
    const { page } = app;
    await imageRow(page, /1\.0/).click();
    await page.getByRole('button', { name: 'Export…' }).focus();
    await page.keyboard.press('Enter');
    const dialog = exportDialog(page);
    const choice = dialog.getByRole('button', { name: /Export as/ });
    await choice.focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type('Plain');
    await page.keyboard.press('Enter');
    // The list that closes gives the focus back.
    await expect.poll(() => choice.evaluate((each) => each === document.activeElement)).toBe(true);
    await page.keyboard.press('Tab');
    const field = dialog.getByRole('textbox', { name: 'Folder' });
    await expect.poll(() => field.evaluate((each) => each === document.activeElement)).toBe(true);
    await page.keyboard.type('nowhere');
    await dialog.getByRole('alert').waitFor();
    expect(await dialog.getByRole('button', { name: 'Export', exact: true }).isDisabled()).toBe(true);
    await page.keyboard.press('ControlOrMeta+a');
    const target = join(folder.path, 'plain');
    await page.keyboard.type(target);
    await dialog.getByRole('alert').waitFor({ state: 'detached' });
    await page.keyboard.press('Enter');

    await waitForJob(page, 'done');
    expect(await digestBySkopeo(`dir:${target}`)).toBe(image.digest);
  });
});
