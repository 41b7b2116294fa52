import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeLayout } from '../fixtures/layouts.ts';
import { makeTempDir, type TempDir } from '../fixtures/temp-dir.ts';
import { startRegistry, type TestRegistry } from '../registry/server.ts';
import { type App, startApp } from './app.ts';
import { expectFullBars, imageRow, pushButton, targetField, waitForJob } from './screen.ts';

let images: TempDir;

beforeAll(async () => {
  images = await makeTempDir('closing');
  await makeLayout(join(images.path, 'large'), { refName: 'acme/large:1', layers: 2, layerSize: 3_000_000 });
});

afterAll(() => images?.remove());

const slowRegistry = (): Promise<TestRegistry> => startRegistry({ storage: 'memory', bytesPerSecond: 50_000 });

/** What lies in the buffers between a push and its registry has to get through before the push has ended: faster than it came. */
const lessSlowly = (registry: TestRegistry): void => {
  registry.throttle.bytesPerSecond = 1_000_000;
};

/** The application while it pushes, slowly. */
async function pushing(registry: TestRegistry): Promise<App> {
  const app = await startApp({ settings: { imagesStoreDir: images.path } });
  const { page } = app;
  await imageRow(page, /large/).click();
  await targetField(page).fill(`${registry.host}/acme/large:1`);
  await pushButton(page).click();
  await waitForJob(page, 'running');
  await expect.poll(() => registry.uploads().length).toBeGreaterThan(0);
  return app;
}

describe('closing the window', () => {
  it('asks while a transfer runs; keeping it running keeps it, cancelling takes back what was begun', async () => {
    await using registry = await slowRegistry();
    await using app = await pushing(registry);
    const question = app.page.getByRole('alertdialog', { name: 'Close while pushing?' });
    await app.requestClose();
    await question.getByRole('button', { name: 'Keep running' }).click();
    await question.waitFor({ state: 'detached' });
    await waitForJob(app.page, 'running');

    await app.requestClose();
    await question.getByRole('button', { name: 'Cancel and quit' }).click();
    lessSlowly(registry);
    expect(await app.exited).toBe(0);
    expect(registry.requests.map(({ method }) => method)).toContain('DELETE');
  });

  it('can pause the transfer; the next start continues with it, and just ends when nothing runs', async () => {
    await using registry = await slowRegistry();
    await using app = await pushing(registry);
    await app.requestClose();
    await app.page.getByRole('button', { name: 'Pause and quit' }).click();
    lessSlowly(registry);
    expect(await app.exited).toBe(0);
    registry.throttle.bytesPerSecond = 0;

    await using again = await startApp({ folder: app.folder });
    const { page } = again;
    await page.getByRole('note').getByText('1 push is paused from last time').waitFor();
    await page.getByRole('button', { name: 'Resume' }).first().click();
    await waitForJob(page, 'done');
    await expectFullBars(page);
    expect(registry.tags('acme/large').get('1')).toBe((await page.getByTestId('job-digest').textContent())?.trim());
    await again.requestClose();
    expect(await again.exited).toBe(0);
  });

  it('asks with the system’s dialog when the page hangs', async () => {
    await using registry = await slowRegistry();
    await using app = await pushing(registry);
    await app.answerMessageBox(1);
    await hang(app.page);
    await app.requestClose();
    expect(await app.exited).toBe(0);
  });
});

/** Puts the page into an endless loop. Resolves when it answers no more. */
async function hang(page: Page): Promise<void> {
  void page
    .evaluate(() => {
      for (;;);
    })
    .catch(() => undefined);
  const answers = (): Promise<boolean> =>
    Promise.race([page.evaluate(() => true).catch(() => false), delay(1000, false, { ref: false })]);
  while (await answers());
}
