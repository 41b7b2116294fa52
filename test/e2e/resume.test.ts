import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Settings } from '../../shared/settings.ts';
import { makeLayout } from '../fixtures/layouts.ts';
import { makeTempDir, type TempDir } from '../fixtures/temp-dir.ts';
import { startProxy } from '../registry/proxy.ts';
import { startRegistry, type TestRegistry } from '../registry/server.ts';
import { type App, startApp } from './app.ts';
import { expectFullBars, imageRow, layerRows, pushButton, targetField, waitForJob } from './screen.ts';

/** Bytes. */
const MB = 1_000_000;
const LAYER = 40 * MB;
const CHUNK = 2 * MB;
/** Config, manifest and what the layer's archive adds. */
const BESIDES = 100_000;

let images: TempDir;

beforeAll(async () => {
  images = await makeTempDir('resume');
  await makeLayout(join(images.path, 'large'), { refName: 'acme/large:1', layers: 1, layerSize: LAYER });
});

afterAll(() => images?.remove());

const receivedBy = ({ requests }: TestRegistry): number => requests.reduce((sum, { received }) => sum + received, 0);

/** The application while it pushes the large image. */
async function pushing(registry: { host: string }, settings: Partial<Settings> = {}): Promise<App> {
  const app = await startApp({
    settings: { imagesStoreDir: images.path, registries: { [registry.host]: { chunkSize: CHUNK } }, ...settings },
  });
  const { page } = app;
  await imageRow(page, /large/).click();
  await targetField(page).fill(`${registry.host}/acme/large:1`);
  await pushButton(page).click();
  await waitForJob(page, 'running');
  return app;
}

async function expectPushed(page: Page, registry: TestRegistry): Promise<void> {
  await waitForJob(page, 'done');
  await expectFullBars(page);
  expect(registry.tags('acme/large').get('1')).toBe((await page.getByTestId('job-digest').textContent())?.trim());
}

describe('a push that was paused', () => {
  it('sends nothing more until it is resumed, then continues from there', async () => {
    await using registry = await startRegistry({ bytesPerSecond: 8 * MB });
    await using app = await pushing(registry);
    const { page } = app;
    await expect.poll(() => receivedBy(registry), { timeout: 20_000 }).toBeGreaterThan(LAYER / 4);
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await waitForJob(page, 'paused');
    const before = receivedBy(registry);
    await layerRows(page).filter({ hasText: 'Paused' }).waitFor();
    await sleep(700);
    expect(receivedBy(registry)).toBe(before);
    expect(before).toBeLessThan(LAYER);

    await page.getByRole('button', { name: 'Resume', exact: true }).click();
    await layerRows(page)
      .filter({ hasText: /Resumed at \d+ MB/ })
      .waitFor();
    await expectPushed(page, registry);
    expect(receivedBy(registry)).toBeGreaterThan(LAYER);
    expect(receivedBy(registry)).toBeLessThan(LAYER + CHUNK + BESIDES);
    expect(app.problems).toEqual([]);
  });
});

describe('a push', () => {
  it('that rests while the computer sleeps, and then until the next start, sends nothing twice', async () => {
    await using registry = await startRegistry({ bytesPerSecond: 8 * MB });
    await using app = await pushing(registry, { registries: {} });
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
    await again.page.getByRole('button', { name: 'Resume', exact: true }).click();
    await expectPushed(again.page, registry);
    expect(receivedBy(registry)).toBeLessThan(LAYER + BESIDES);
  });

  it('waits for a registry that goes away, and goes on when a person says that it is back', async () => {
    await using registry = await startRegistry({ bytesPerSecond: 8 * MB });
    await using proxy = await startProxy({ target: registry.host });
    await using app = await pushing(proxy, { registries: {} });
    const { page } = app;
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
    expect(receivedBy(registry)).toBeLessThan(LAYER + BESIDES);
  });
});

describe('a push that was cut off by the end of the application’s process', () => {
  it('is offered at the next start, and resumed sends what is missing', async () => {
    await using registry = await startRegistry({ bytesPerSecond: 8 * MB });
    await using app = await pushing(registry);
    await expect.poll(() => receivedBy(registry), { timeout: 20_000 }).toBeGreaterThan(LAYER / 2);
    await app.kill();
    expect(receivedBy(registry)).toBeLessThan(LAYER);
    registry.throttle.bytesPerSecond = 0;

    await using again = await startApp({ folder: app.folder });
    const { page } = again;
    await waitForJob(page, 'interrupted');
    await page.getByRole('note').getByText('1 push was cut off when Pushboat ended').waitFor();
    await page.getByRole('button', { name: 'Resume', exact: true }).click();
    await expectPushed(page, registry);
    expect(await page.getByRole('note').count()).toBe(0);
    expect(receivedBy(registry)).toBeLessThan(LAYER * 1.1);
    expect(again.problems).toEqual([]);
  });

  it('can be discarded, and is not offered again', async () => {
    await using registry = await startRegistry({ bytesPerSecond: 8 * MB });
    await using app = await pushing(registry);
    await expect.poll(() => registry.uploads().length).toBeGreaterThan(0);
    await app.kill();

    await using again = await startApp({ folder: app.folder });
    await again.page.getByRole('button', { name: 'Discard', exact: true }).click();
    await expect.poll(() => again.page.getByTestId('job').count()).toBe(0);
    await again.requestClose();
    expect(await again.exited).toBe(0);

    await using third = await startApp({ folder: app.folder });
    await imageRow(third.page, /large/).waitFor();
    expect(await third.page.getByTestId('job').count()).toBe(0);
  });
});

/** Bytes per second that arrive over this time. */
async function rateOver(registry: TestRegistry, milliseconds: number): Promise<number> {
  const [bytes, time] = [receivedBy(registry), performance.now()];
  await sleep(milliseconds);
  return ((receivedBy(registry) - bytes) * 1000) / (performance.now() - time);
}

describe('the bandwidth limit', () => {
  it('changed in the settings while a push runs holds from then on', async () => {
    await using registry = await startRegistry();
    await using app = await pushing(registry, { bandwidthLimit: MB });
    const { page } = app;
    await expect.poll(() => receivedBy(registry)).toBeGreaterThan(MB / 2);
    const slow = await rateOver(registry, 3_000);
    expect(slow).toBeGreaterThan(0.7 * MB);
    expect(slow).toBeLessThan(1.3 * MB);

    const view = (name: string) => page.getByRole('navigation').getByRole('button', { name });
    await view('Settings').click();
    const field = page.getByLabel('Bandwidth limit');
    expect(await field.inputValue()).toBe('1');
    await field.fill('4');
    await field.press('Enter');
    await sleep(500);
    const faster = await rateOver(registry, 3_000);
    expect(faster).toBeGreaterThan(2.8 * MB);
    expect(faster).toBeLessThan(5.2 * MB);

    await view('Transfers').click();
    await page.getByRole('button', { name: /Bandwidth limit/ }).click();
    await page.getByRole('option', { name: 'No limit' }).click();
    const started = performance.now();
    await expectPushed(page, registry);
    expect(performance.now() - started).toBeLessThan(4_000);
    expect(app.problems).toEqual([]);
  });
});
