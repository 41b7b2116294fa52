import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeLayout } from '../fixtures/layouts.ts';
import { makeTempDir, type TempDir } from '../fixtures/temp-dir.ts';
import { startProxy } from '../registry/proxy.ts';
import { startRegistry, type TestRegistry } from '../registry/server.ts';
import { type App, startApp } from './app.ts';
import { expectFullBars, imageRow, layerRows, pushButton, targetField, waitForJob } from './screen.ts';

/** Bytes. */
const MB = 1_000_000;
const LAYER = 40 * MB;
/** Config, manifest and what the layer's archive adds. */
const BESIDES = 100_000;
/** What a registry may have read of a body, and not kept, when the line broke. */
const IN_FLIGHT = MB;

let images: TempDir;

beforeAll(async () => {
  images = await makeTempDir('resume');
  await makeLayout(join(images.path, 'large'), { refName: 'acme/large:1', layers: 1, layerSize: LAYER });
});

afterAll(() => images?.remove());

const receivedBy = ({ requests }: TestRegistry): number => requests.reduce((sum, { received }) => sum + received, 0);

const view = (page: Page, name: string | RegExp) => page.getByRole('navigation').getByRole('button', { name }).first();

/** Begins to push the large image. */
async function push(page: Page, { host }: { host: string }, name = 'acme/large'): Promise<void> {
  await view(page, /^All/).click();
  await imageRow(page, /large/).click();
  await targetField(page).fill(`${host}/${name}:1`);
  await pushButton(page).click();
  await waitForJob(page, 'running');
}

/** The application while it pushes the large image. */
async function pushing(registry: { host: string }): Promise<App> {
  const app = await startApp({ settings: { imagesStoreDir: images.path } });
  await push(app.page, registry);
  return app;
}

async function expectPushed(page: Page, registry: TestRegistry): Promise<void> {
  await waitForJob(page, 'done');
  await expectFullBars(page);
  expect(registry.tags('acme/large').get('1')).toBe((await page.getByTestId('job-digest').textContent())?.trim());
}

async function clearList(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Clear finished' }).click();
  await expect.poll(() => page.getByTestId('job').count()).toBe(0);
}

/** Bytes per second that arrive over this time. */
async function rateOver(registry: TestRegistry, milliseconds: number): Promise<number> {
  const [bytes, time] = [receivedBy(registry), performance.now()];
  await sleep(milliseconds);
  return ((receivedBy(registry) - bytes) * 1000) / (performance.now() - time);
}

/** Types megabytes per second in the settings, and waits until it holds. */
async function setLimit(page: Page, limit: number): Promise<void> {
  await view(page, 'Settings').click();
  const field = page.getByLabel('Bandwidth limit');
  await field.fill(`${limit}`);
  await field.press('Enter');
  const saved = () =>
    page.evaluate(async () => {
      const reply = await window.pushboat.request('settings.get', undefined);
      return reply.ok ? reply.value.bandwidthLimit : reply.error;
    });
  await expect.poll(saved).toBe(limit * MB);
}

describe('a push', () => {
  let app: App;
  let page: Page;

  beforeAll(async () => {
    app = await startApp({ settings: { imagesStoreDir: images.path } });
    ({ page } = app);
  });

  afterAll(() => app?.close());

  it('that was paused sends nothing more until it is resumed, then continues from there', async () => {
    await using registry = await startRegistry({ bytesPerSecond: 8 * MB });
    await push(page, registry);
    await expect.poll(() => receivedBy(registry), { timeout: 20_000 }).toBeGreaterThan(LAYER / 4);
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await waitForJob(page, 'paused');
    const before = receivedBy(registry);
    await layerRows(page).filter({ hasText: 'Paused' }).waitFor();
    await sleep(300);
    expect(receivedBy(registry)).toBe(before);
    expect(before).toBeLessThan(LAYER);

    await page.getByRole('button', { name: 'Resume', exact: true }).click();
    await layerRows(page)
      .filter({ hasText: /Resumed at \d+ MB/ })
      .waitFor();
    registry.throttle.bytesPerSecond = 0;
    await expectPushed(page, registry);
    expect(receivedBy(registry)).toBeGreaterThan(LAYER);
    expect(receivedBy(registry)).toBeLessThan(LAYER + BESIDES);
    await clearList(page);
  });

  it('waits for a registry that goes away, and goes on when a person says that it is back', async () => {
    await using registry = await startRegistry({ bytesPerSecond: 8 * MB });
    await using proxy = await startProxy({ target: registry.host });
    await push(page, proxy);
    await expect.poll(() => receivedBy(registry), { timeout: 20_000 }).toBeGreaterThan(LAYER / 8);
    proxy.down = true;
    proxy.cut();
    await page.getByText(`No answer from ${proxy.host}: next try in`).waitFor();
    await waitForJob(page, 'running');
    registry.throttle.bytesPerSecond = 0;
    proxy.down = false;
    const tryNow = page.getByRole('button', { name: 'Try now' });
    await tryNow.click();
    await tryNow.waitFor({ state: 'detached' });
    await expectPushed(page, registry);
    expect(receivedBy(registry)).toBeLessThan(LAYER + IN_FLIGHT);
    await clearList(page);
  });

  it('keeps to a limit that is changed in the settings while it runs', async () => {
    await using registry = await startRegistry();
    await setLimit(page, 1);
    await push(page, registry);
    await expect.poll(() => receivedBy(registry)).toBeGreaterThan(MB / 2);
    const slow = await rateOver(registry, 2_000);
    expect(slow).toBeGreaterThan(0.7 * MB);
    expect(slow).toBeLessThan(1.3 * MB);

    await setLimit(page, 4);
    await sleep(500);
    const faster = await rateOver(registry, 2_000);
    expect(faster).toBeGreaterThan(2.8 * MB);
    expect(faster).toBeLessThan(5.2 * MB);

    await view(page, 'Transfers').click();
    await page.getByRole('button', { name: /Bandwidth limit/ }).click();
    await page.getByRole('option', { name: 'No limit' }).click();
    const started = performance.now();
    await expectPushed(page, registry);
    // At the limit it would take three times as long.
    expect(performance.now() - started).toBeLessThan(4_000);
    expect(app.problems).toEqual([]);
  });
});

describe('a push that rests', () => {
  it('while the computer sleeps, and then until the next start, sends nothing twice', async () => {
    await using registry = await startRegistry({ bytesPerSecond: 8 * MB });
    await using app = await pushing(registry);
    await expect.poll(() => receivedBy(registry), { timeout: 20_000 }).toBeGreaterThan(LAYER / 8);
    await app.sleep();
    const isSending = () => registry.requests.some(({ method, status }) => method === 'PATCH' && status === undefined);
    await expect.poll(isSending, { timeout: 20_000 }).toBe(false);
    const asleep = receivedBy(registry);
    await app.wake();
    await expect.poll(() => receivedBy(registry), { timeout: 20_000 }).toBeGreaterThan(asleep + MB);

    await app.requestClose();
    await app.page.getByRole('button', { name: 'Pause and quit' }).click();
    expect(await app.exited).toBe(0);
    expect(receivedBy(registry)).toBeLessThan(LAYER);
    registry.throttle.bytesPerSecond = 0;
    await using again = await startApp({ folder: app.folder });
    // As they were called before the end.
    await layerRows(again.page).filter({ hasText: 'COPY' }).first().waitFor();
    await again.page.getByRole('button', { name: 'Resume', exact: true }).click();
    await expectPushed(again.page, registry);
    expect(receivedBy(registry)).toBeLessThan(LAYER + BESIDES);
  });
});

describe('pushes that were cut off by the end of the application’s process', () => {
  it('are offered at the next start: one resumed sends what is missing, one discarded is gone', async () => {
    await using registry = await startRegistry({ bytesPerSecond: 8 * MB });
    await using app = await pushing(registry);
    await push(app.page, registry, 'acme/other');
    await expect.poll(() => receivedBy(registry), { timeout: 20_000 }).toBeGreaterThan(LAYER / 2);
    await app.kill();
    expect(receivedBy(registry)).toBeLessThan(LAYER);
    registry.throttle.bytesPerSecond = 0;

    await using again = await startApp({ folder: app.folder });
    const { page } = again;
    const job = (name: string) => page.getByTestId('job').filter({ hasText: `${registry.host}/${name}:1` });
    await page.getByRole('note').getByText('2 pushes were cut off when Pushboat ended').waitFor();
    await job('acme/other').getByRole('button', { name: 'Discard', exact: true }).click();
    await job('acme/other').waitFor({ state: 'detached' });
    await job('acme/large')
      .getByRole('button', { name: /^Layers of/ })
      .click();
    await job('acme/large').getByRole('button', { name: 'Resume', exact: true }).click();
    await expectPushed(page, registry);
    expect(await page.getByRole('note').count()).toBe(0);
    expect(receivedBy(registry)).toBeLessThan(LAYER * 1.1);
    expect(again.problems).toEqual([]);
    await again.requestClose();
    expect(await again.exited).toBe(0);

    await using third = await startApp({ folder: app.folder });
    await imageRow(third.page, /large/).waitFor();
    expect(await third.page.getByTestId('job').count()).toBe(0);
  });
});
