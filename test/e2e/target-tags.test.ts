import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MediaType } from '../../shared/media-types.ts';
import { makeLayout } from '../fixtures/layouts.ts';
import { makeTempDir, type TempDir } from '../fixtures/temp-dir.ts';
import { startRegistry, type TestRegistry } from '../registry/server.ts';
import { type App, startApp } from './app.ts';
import { imageRow, pushButton, targetField, waitForJob } from './screen.ts';

let folder: TempDir;
let registry: TestRegistry;
let app: App;

beforeAll(async () => {
  folder = await makeTempDir('target-tags');
  registry = await startRegistry({ storage: 'memory' });
  for (const name of ['api', 'web']) {
    await makeLayout(join(folder.path, name), {
      refName: `acme/${name}:1.0`,
      seed: name,
      created: '2026-01-02T03:04:05Z',
    });
  }
  app = await startApp({ settings: { imagesStoreDir: folder.path, lookForUpdates: 'no' } });
});

afterAll(async () => {
  await app?.close();
  await registry?.close();
  await folder?.remove();
});

async function choose(name: RegExp, target: string): Promise<void> {
  await imageRow(app.page, name).click();
  await targetField(app.page).fill(`${registry.host}/${target}`);
}

/** As another person would, from another computer. */
async function retag(repository: string, from: string, to: string): Promise<void> {
  const url = `http://${registry.host}/v2/${repository}/manifests`;
  const found = await fetch(`${url}/${from}`, { headers: { accept: MediaType.ociManifest } });
  const body = await found.arrayBuffer();
  const put = await fetch(`${url}/${to}`, { method: 'PUT', headers: { 'content-type': MediaType.ociManifest }, body });
  expect(put.ok).toBe(true);
}

describe('tags of a repository', () => {
  it('say which image they are and since when, those of others, too, and are taken by the keyboard', async () => {
    const { page } = app;
    await choose(/web/, 'acme/web:1.0');
    await page.keyboard.press('Escape');
    await pushButton(page).click();
    await waitForJob(page, 'done');
    await retag('acme/web', '1.0', 'stable');
    await choose(/web/, 'acme/web:s');
    const theirs = page.getByRole('option', { name: /^stable same image · .+ ago · [0-9a-f]{8}$/ });
    await theirs.waitFor();
    await page.keyboard.press('Tab');
    expect(await targetField(page).inputValue()).toBe(`${registry.host}/acme/web:stable`);
    await page.locator('[data-testid=tag-line][data-state=same]').last().waitFor();
  });

  it('stay as they are where that is chosen in the preview', async () => {
    const { page } = app;
    const before = registry.tags('acme/web').get('stable');
    await choose(/api/, 'acme/web:stable');
    await page.keyboard.press('Escape');
    await page.locator('[data-testid=tag-line][data-state=moves]').last().waitFor();
    await page.getByRole('button', { name: 'Preview' }).click();
    const preview = page.getByRole('dialog');
    await preview.getByText('Tag stable moves.').waitFor();
    await preview.getByText('Only if new').click();
    await preview.getByText('stable exists').waitFor();
    await preview.getByRole('button', { name: 'Push', exact: true }).click();
    await expect.poll(() => page.locator('[data-testid=job][data-state=done]').count()).toBe(2);
    expect(registry.tags('acme/web').get('stable')).toBe(before);
    expect(app.problems).toEqual([]);
  });
});
