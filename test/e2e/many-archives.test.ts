import { createHash } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MediaType } from '../../shared/media-types.ts';
import { savedArchive, savedImage } from '../fixtures/docker-archives.ts';
import { type DockerRegistry, startDockerRegistry } from '../fixtures/docker-registry.ts';
import { makeLayout } from '../fixtures/layouts.ts';
import { makeTempDir, type TempDir } from '../fixtures/temp-dir.ts';
import { run } from '../fixtures/tools.ts';
import { startApp } from './app.ts';

const COUNT = 30;
/** Of the image whose archive lacks a layer at first. */
const BROKEN = 7;

let folder: TempDir;
let registry: DockerRegistry;
let archives: string[];

beforeAll(async () => {
  folder = await makeTempDir('many-archives');
  registry = await startDockerRegistry();
  archives = await Promise.all(
    Array.from({ length: COUNT }, async (_archive, index) => {
      const path = join(folder.path, `image-${index}.tar`);
      const tags = [nameOf(index)];
      if (index !== BROKEN) await writeFile(path, savedArchive(savedImage(`image ${index}`), tags));
      return path;
    }),
  );
  await makeLayout(join(folder.path, 'layout'), { refName: nameOf(BROKEN), seed: 'broken' });
  await packBroken('without a layer');
});

afterAll(async () => {
  await registry?.stop();
  await folder?.remove();
});

/** Two of the images have one name, as those of two platforms have. */
const nameOf = (index: number): string => `acme/app-${index === 1 ? 0 : index}:1.0`;

/** An archive of a layout lists its image without a look at the layers. */
async function packBroken(state: 'whole' | 'without a layer'): Promise<void> {
  const layout = join(folder.path, 'layout');
  const blobs = await readdir(join(layout, 'blobs/sha256'));
  const sizes = await Promise.all(blobs.map(async (name) => (await stat(join(layout, 'blobs/sha256', name))).size));
  // The largest are the layers.
  const missing = blobs[sizes.indexOf(Math.max(...sizes))];
  const without = state === 'whole' ? [] : [`--exclude=./blobs/sha256/${missing}`];
  await run('tar', ['-cf', archives[BROKEN] ?? '', ...without, '-C', layout, '.']);
}

async function skopeo(...words: string[]): Promise<unknown> {
  const { stdout } = await run('skopeo', [...words]);
  return JSON.parse(stdout.toString());
}

/** A target with the digest of the manifest that the registry gives for it, worked out from its bytes. */
async function digestAt(target: string): Promise<[string, string]> {
  const [, repository = '', tag = ''] = /^[^/]+\/(.+):([^:]+)$/.exec(target) ?? [];
  const accept = [MediaType.ociManifest, MediaType.ociIndex, MediaType.dockerManifest].join(', ');
  const response = await fetch(`${registry.url}/v2/${repository}/manifests/${tag}`, { headers: { accept } });
  const bytes = Buffer.from(await response.arrayBuffer());
  return [target, `sha256:${createHash('sha256').update(bytes).digest('hex')}`];
}

const group = (page: Page) => page.getByTestId('group');

describe('a disk full of archives', () => {
  it('is dropped and pushed as one, what failed is pushed again, and the receipt says what the registry has', async () => {
    await using app = await startApp();
    const { page } = app;
    await app.drop(archives);
    await page.getByRole('heading', { name: `${COUNT} images` }).waitFor();

    const prefix = page.getByRole('textbox', { name: 'Registry and prefix' });
    await prefix.fill(`${registry.host}/mirror`);
    await page.getByText('Settle 1 conflict first').waitFor();
    const push = page.getByRole('button', { name: /^Push \d+$/ });
    expect(await push.isDisabled()).toBe(true);
    const conflict = page.getByRole('group', { name: `Several images go to ${registry.host}/mirror/${nameOf(1)}` });
    await conflict.getByRole('button', { name: 'Leave the second out' }).waitFor();
    await page
      .getByLabel(`Target of ${nameOf(1)}`)
      .last()
      .fill(`${registry.host}/mirror/acme/app-1:1.0-arm64`);
    await page.getByRole('button', { name: `Push ${COUNT}` }).click();

    await group(page)
      .getByText(`${COUNT - 1} of ${COUNT} pushed`)
      .waitFor();
    await group(page).getByText('1 failed').waitFor();
    await group(page).locator('[data-testid=job][data-state=failed]').getByText(nameOf(BROKEN)).first().waitFor();
    const repository = `docker://${registry.host}/mirror/acme/app-${BROKEN}`;
    await expect(run('skopeo', ['list-tags', '--tls-verify=false', repository])).rejects.toThrow();

    await packBroken('whole');
    await page.getByRole('button', { name: 'Push the failed again (1)' }).click();
    await group(page).getByText(`${COUNT} of ${COUNT} pushed`).waitFor();

    const path = join(folder.path, 'receipt.json');
    await app.answerOpenDialog([path]);
    await group(page).getByRole('button', { name: 'Receipt' }).click();
    await page.getByRole('menuitem', { name: 'Save as JSON…' }).click();
    await page.getByText(`The receipt was saved as ${path}`).waitFor();
    const rows = JSON.parse(await readFile(path, 'utf8')) as Record<string, string>[];
    expect(rows).toHaveLength(COUNT);
    expect(new Set(rows.map(({ result }) => result))).toEqual(new Set(['done']));
    expect(new Set(rows.map(({ target }) => target)).size).toBe(COUNT);
    const told = rows.map(({ target, digest }) => [target, digest]);
    expect(await Promise.all(rows.map(({ target = '' }) => digestAt(target)))).toEqual(told);
    const { target = '', digest } = rows[BROKEN] ?? {};
    expect(await skopeo('inspect', '--tls-verify=false', '--no-tags', `docker://${target}`)).toMatchObject({
      Digest: digest,
    });
    expect(await skopeo('list-tags', '--tls-verify=false', repository)).toMatchObject({ Tags: ['1.0'] });
    expect(app.problems).toEqual([]);
  });
});
