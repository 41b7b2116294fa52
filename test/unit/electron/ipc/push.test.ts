import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { pushHandlers } from '../../../../electron/ipc/push.ts';
import type { Catalog } from '../../../../electron/sources/catalog/types.ts';
import { OciLayoutSource } from '../../../../electron/sources/oci-layout/layout-listing.ts';
import type { ImageSummary } from '../../../../shared/images.ts';
import { blobPath, LayoutWriter } from '../../../fixtures/layouts.ts';
import { makePusher, type Pusher } from '../transfers/harness.ts';
import { makePushRig } from '../transfers/push/rig.ts';

const rig = makePushRig();

/** A catalog of one layout, as far as pushes ask for it. */
async function catalogOf(layout: string): Promise<Catalog & { images(): ImageSummary[] }> {
  const source = new OciLayoutSource(layout);
  const images = await Array.fromAsync(source.list());
  return { images: () => images, open: (id: string) => source.open(id) } as unknown as Catalog;
}

/** Starts a group: each image under its own tag of one repository, or where `targets` says. */
async function startGroup(pusher: Pusher, layout: string, targets: Record<string, string> = {}) {
  const catalog = await catalogOf(layout);
  const pushes = catalog.images().map(({ id, references: [tag = ''] }) => ({
    imageId: id,
    target: targets[tag] ?? rig.target(`acme/all:${tag}`),
  }));
  const services = { transfers: pusher.service, catalog, rememberSigning: async () => undefined };
  const started = await pushHandlers(services)['push.startMany']({ pushes, options: {} });
  const jobs = await Promise.all(started.jobIds.map(async (id) => (await pusher.service.settled(id)).job));
  return { ...started, jobs };
}

const BASE = { seed: 'base', size: 4096 };

async function threeOnOneBase() {
  const writer = await LayoutWriter.create(rig.path('layout'));
  const images = [];
  for (const name of ['a', 'b', 'c']) {
    const image = await writer.image({ seed: name, layers: [BASE, { seed: name, size: 1024 }] });
    writer.list(image, { refName: name });
    images.push(image);
  }
  return { layout: await writer.finish(), images };
}

test('images that are pushed together are one group, and what they share is sent once', async () => {
  const { layout, images } = await threeOnOneBase();
  await using pusher = makePusher();
  const { jobs, failures } = await startGroup(pusher, layout, { c: rig.target('acme/other:c') });
  expect(failures).toEqual([]);
  expect(jobs.map(({ state }) => state)).toEqual(['done', 'done', 'done']);
  expect(new Set(jobs.map(({ group }) => group)).size).toBe(1);
  expect(jobs[0]?.group).toEqual(expect.any(String));
  const base = encodeURIComponent(images[0]?.layers[0]?.digest ?? '');
  const sent = rig.registry.requests.filter(({ method, search }) => method === 'PUT' && search.includes(base));
  expect(sent).toHaveLength(1);
});

test('a failure stops none of the others, and one that cannot even start is told with its target', async () => {
  const { layout, images } = await threeOnOneBase();
  const [, broken] = images;
  await rm(blobPath(layout, broken?.layers[1]?.digest ?? expect.fail()));
  await using pusher = makePusher();
  const { jobs, failures } = await startGroup(pusher, layout, { a: 'NO/Reference' });
  expect(jobs.map(({ state }) => state)).toEqual(['failed', 'done']);
  expect(failures).toMatchObject([{ target: 'NO/Reference', error: { code: 'REF_INVALID' } }]);
});

test('a signature that is pushed to the same repository as an image of the group does not stay behind', async () => {
  const writer = await LayoutWriter.create(rig.path('layout'));
  const image = await writer.image();
  const sbom = await writer.artifact({ subject: image });
  const layout = await writer.list(image, { refName: '1' }).list(sbom, { refName: '1-sbom' }).finish();
  await using pusher = makePusher();
  const behind = (jobs: Awaited<ReturnType<typeof startGroup>>['jobs']) =>
    jobs.flatMap(({ result }) => result?.notes ?? []).filter(({ kind }) => kind === 'behind');
  expect(behind((await startGroup(pusher, layout)).jobs)).toEqual([]);
  const apart = await startGroup(pusher, layout, { '1-sbom': rig.target('acme/sboms:1') });
  expect(behind(apart.jobs)).toHaveLength(1);
});

test('each push of a group may choose platforms of its own', async () => {
  const writer = await LayoutWriter.create(rig.path('layout'));
  const both = await writer.multiPlatform([
    { os: 'linux', architecture: 'amd64' },
    { os: 'linux', architecture: 'arm64' },
  ]);
  const layout = await writer.list(both, { refName: 'both' }).finish();
  await using pusher = makePusher();
  const catalog = await catalogOf(layout);
  const [{ id: imageId } = expect.fail()] = catalog.images();
  const services = { transfers: pusher.service, catalog, rememberSigning: async () => undefined };
  const { jobIds } = await pushHandlers(services)['push.startMany']({
    pushes: [
      { imageId, target: rig.target('acme/all:1') },
      { imageId, target: rig.target('acme/arm:1'), platforms: ['linux/arm64'] },
    ],
    options: {},
  });
  const jobs = await Promise.all(jobIds.map(async (id) => (await pusher.service.settled(id)).job));
  expect(jobs.map(({ result }) => result?.digest)).toEqual([both.digest, both.images[1]?.digest]);
});
