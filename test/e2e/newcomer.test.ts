import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { savedArchive, savedImage } from '../fixtures/docker-archives.ts';
import { type DockerRegistry, startDockerRegistry } from '../fixtures/docker-registry.ts';
import { makeLayout } from '../fixtures/layouts.ts';
import { makeTempDir, type TempDir } from '../fixtures/temp-dir.ts';
import { run } from '../fixtures/tools.ts';
import { type App, startApp } from './app.ts';
import { imageRow, pushButton, targetField, waitForJob } from './screen.ts';

let folder: TempDir;
let registry: DockerRegistry;
let app: App;
let digest: string;

beforeAll(async () => {
  folder = await makeTempDir('newcomer');
  registry = await startDockerRegistry();
  const store = join(folder.path, 'store');
  ({
    image: { digest },
  } = await makeLayout(join(store, 'web'), { refName: `${registry.host}/acme/web:1.0` }));
  await writeFile(join(folder.path, 'api.tar'), savedArchive(savedImage('api'), ['acme/api:2.0']));
  app = await startApp({ settings: { imagesStoreDir: store } });
});

afterAll(async () => {
  await app?.close();
  await registry?.stop();
  await folder?.remove();
});

/** What a person does, counted: each press, each key, each drop is one. */
function counted() {
  let count = 0;
  const act = async (done: Promise<unknown>): Promise<void> => {
    count++;
    await done;
  };
  return {
    count: () => count,
    click: (place: Locator) => act(place.click()),
    key: (key: string) => act(app.page.keyboard.press(key)),
    drop: (path: string) => act(app.drop([path])),
  };
}

async function inspected(reference: string): Promise<string> {
  const words = ['inspect', '--tls-verify=false', '--no-tags', '--format={{.Digest}}', `docker://${reference}`];
  return (await run('skopeo', words)).stdout.toString().trim();
}

describe('a newcomer', () => {
  it('pushes an image that has a whole name with two clicks after the start', async () => {
    const person = counted();
    await person.click(imageRow(app.page, /web/));
    await person.click(pushButton(app.page));
    await waitForJob(app.page, 'done');
    expect(person.count()).toBe(2);
    expect(await inspected(`${registry.host}/acme/web:1.0`)).toBe(digest);
  });

  it('pushes a dropped archive to the registry that was used before with four actions', async () => {
    const person = counted();
    await person.drop(join(folder.path, 'api.tar'));
    await expect.poll(() => targetField(app.page).evaluate((field) => field === document.activeElement)).toBe(true);
    await person.key('ArrowDown');
    await person.click(app.page.getByRole('option', { name: `${registry.host}/acme/api:2.0` }));
    await person.click(pushButton(app.page));
    await app.page
      .locator('[data-testid=job][data-state=done]')
      .filter({ hasText: `${registry.host}/acme/api:2.0` })
      .waitFor();
    expect(person.count()).toBe(4);
    expect(await inspected(`${registry.host}/acme/api:2.0`)).toMatch(/^sha256:/);
    expect(app.problems).toEqual([]);
  });
});
