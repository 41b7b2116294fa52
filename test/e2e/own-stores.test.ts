import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuildahStore, makeBuildahStore } from '../fixtures/buildah-store.ts';
import { type DockerRegistry, startDockerRegistry } from '../fixtures/docker-registry.ts';
import { type Dockerd, startDockerd } from '../fixtures/dockerd.ts';
import { makeTempDir, type TempDir } from '../fixtures/temp-dir.ts';
import { run } from '../fixtures/tools.ts';
import { type App, startApp } from './app.ts';
import { expectFullBars, imageRow, pushButton, targetField, waitForJob } from './screen.ts';

let folder: TempDir;
let registry: DockerRegistry;
let dockerd: Dockerd;
let store: BuildahStore;
let app: App;

/** A real engine with one image, a store that buildah has written, and the app with both in its environment. */
beforeAll(async () => {
  [folder, registry, dockerd, store] = await Promise.all([
    makeTempDir('own-stores'),
    startDockerRegistry(),
    startDockerd(),
    makeBuildahStore('overlay'),
  ]);
  const archive = join(folder.path, 'image.tar');
  const target = `docker-archive:${archive}:acme/engine:7`;
  await run('skopeo', ['--insecure-policy', 'copy', `${store.prefix}${store.image}`, target]);
  await dockerd.docker('load', '--input', archive);
  const conf = join(folder.path, 'storage.conf');
  await writeFile(conf, `[storage]\ndriver = "overlay"\ngraphroot = "${store.root}"\n`);
  app = await startApp({ env: { DOCKER_HOST: dockerd.host, CONTAINERS_STORAGE_CONF: conf } });
});

afterAll(async () => {
  await app?.close();
  await store?.remove();
  await dockerd?.stop();
  await registry?.stop();
  await folder?.remove();
});

/** What skopeo says of an image on the registry, or in a store. */
async function inspected(image: string): Promise<{ config: string; diffIds: string[]; digest: string }> {
  const inspect = async (...options: string[]): Promise<string> => {
    const { stdout } = await run('skopeo', ['inspect', '--tls-verify=false', ...options, image]);
    return stdout.toString('utf8').trim();
  };
  const manifest = JSON.parse(await inspect('--raw')) as { config: { digest: string } };
  const config = JSON.parse(await inspect('--config', '--raw')) as { rootfs: { diff_ids: string[] } };
  return {
    config: manifest.config.digest,
    diffIds: config.rootfs.diff_ids,
    digest: await inspect('--format', '{{.Digest}}'),
  };
}

/** Chooses the source and the image by clicks, types the target, and clicks *Push*. Returns the digest that the window shows. */
async function clickToPush(sourceName: string, image: RegExp, target: string): Promise<string> {
  const { page } = app;
  await page.getByRole('navigation').getByRole('button', { name: sourceName }).first().click();
  await imageRow(page, image).click();
  await targetField(page).fill(target);
  await pushButton(page).click();
  const job = page.locator('[data-testid="job"]', { hasText: target });
  await job.waitFor();
  await expect.poll(() => job.getAttribute('data-state'), { timeout: 60_000 }).toBe('done');
  return (await job.getByTestId('job-digest').textContent())?.trim() ?? '';
}

describe('the stores that are found by themselves', () => {
  it('are Docker’s, from which an image is pushed by clicking', async () => {
    const target = `${registry.host}/clicked/engine:7`;
    const shown = await clickToPush('Docker', /acme\/engine:7/, target);
    const pushed = await inspected(`docker://${target}`);
    expect(shown).toBe(pushed.digest);
    const { stdout } = await dockerd.docker('image', 'inspect', 'acme/engine:7');
    const [{ Id, RootFS }] = JSON.parse(stdout.toString('utf8')) as [{ Id: string; RootFS: { Layers: string[] } }];
    expect(pushed).toMatchObject({ config: Id, diffIds: RootFS.Layers });
    await waitForJob(app.page, 'done');
    await expectFullBars(app.page);
  });

  it('are Buildah’s, from which an image is pushed by clicking', async () => {
    const target = `${registry.host}/clicked/buildah:3`;
    const shown = await clickToPush('Buildah/Podman store', /pushboat\/stores:3/, target);
    const pushed = await inspected(`docker://${target}`);
    expect(shown).toBe(pushed.digest);
    const { config, diffIds } = await inspected(`${store.prefix}${store.image}`);
    expect(pushed).toMatchObject({ config, diffIds });
    expect(app.problems).toEqual([]);
  });
});
