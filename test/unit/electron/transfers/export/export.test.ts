import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDestination } from '../../../../../electron/destinations/parse-destination.ts';
import type { LocalImage } from '../../../../../electron/image/types.ts';
import type { ExportImage, ExportRequest } from '../../../../../electron/transfers/types.ts';
import { PushboatError } from '../../../../../shared/errors.ts';
import { MediaType } from '../../../../../shared/media-types.ts';
import type { JobSnapshot } from '../../../../../shared/transfer-events.ts';
import { testEnvironment } from '../../../../fixtures/environment.ts';
import { blobPath, makeLayout, type WrittenImage } from '../../../../fixtures/layouts.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';
import { makePusher, type Pusher, requestFor } from '../harness.ts';
import { type MemoryDestination, memoryDestination } from '../memory-destination.ts';

let folder: TempDir;
let pusher: Pusher;

beforeEach(async () => {
  folder = await makeTempDir('exports');
  pusher = makePusher();
});
afterEach(async () => {
  await pusher[Symbol.asyncDispose]();
  await folder.remove();
});

function layout(name = 'web', compression: 'gzip' | 'none' = 'gzip', layers = 3) {
  const layer = { size: 60_000, content: 'text', compression } as const;
  return makeLayout(join(folder.path, name), {
    seed: name,
    layers: Array.from({ length: layers }, (_, index) => ({ ...layer, seed: `${name} ${index}` })),
  });
}

async function imageOf(path: string, change: (image: LocalImage) => LocalImage = (image) => image) {
  const { imageId, imageName, openImage } = await requestFor(path, 'localhost/unused:1');
  return { imageId, imageName, openImage: async () => change(await openImage()) } satisfies ExportImage;
}

const toMemory = (image: ExportImage, destination: MemoryDestination): ExportRequest => ({
  images: [image],
  destination,
  options: {},
});

const run = (request: ExportRequest): Promise<JobSnapshot> => pusher.service.settled(pusher.service.start(request));

/** Resolves when a writer of this destination has been begun. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

describe('an export', () => {
  it('writes the image once, tells a row per blob, and says where it is', async () => {
    const { path, image } = await layout();
    const destination = memoryDestination();
    const { job, layers } = await run(toMemory(await imageOf(path), destination));
    expect(job).toMatchObject({
      state: 'done',
      target: 'oci-archive:/srv/web.tar:1.2',
      destination: { transport: 'oci-archive', path: '/srv/web.tar' },
      result: { digest: image.digest, reference: 'oci-archive:/srv/web.tar:1.2', unchanged: false },
    });
    expect(job.registry).toBeUndefined();
    expect(job.bytesSent).toBe(job.bytesTotal);
    expect(layers.map(({ state }) => state)).toEqual(Array(5).fill('written'));
    expect(destination.writers).toMatchObject([{ committed: true, disposed: true }]);
    expect(pusher.history.some(({ state }) => state === 'writing' || state === 'written')).toBe(true);
  });

  it('counts what the destination has as saved, and reads none of it', async () => {
    const { path, image } = await layout();
    const [known] = image.layers;
    const destination = memoryDestination({ has: (digest) => digest === known?.digest });
    const { job, layers } = await run(toMemory(await imageOf(path), destination));
    expect(layers.find(({ digest }) => digest === known?.digest)?.state).toBe('exists');
    expect(job.bytesSaved).toBe(known?.size);
    expect([...(destination.writers[0]?.blobs.keys() ?? [])]).not.toContain(known?.digest);
  });

  it('fails before the destination is touched when a blob is missing in the store', async () => {
    const { path, image } = await layout();
    await rm(blobPath(path, firstLayer(image)));
    const destination = memoryDestination();
    const { job, layers } = await run(toMemory(await imageOf(path), destination));
    expect(job).toMatchObject({ state: 'failed', error: { code: 'BLOB_MISSING' } });
    expect(layers.find(({ digest }) => digest === firstLayer(image))?.state).toBe('failed');
    expect(destination.writers).toEqual([]);
  });

  it('fails with the writer’s error, leaves nothing behind, and is written again by a retry', async () => {
    const { path } = await layout();
    let isFull = true;
    const destination = memoryDestination({
      afterBlob: async (count) => {
        if (isFull && count === 2) throw new PushboatError('SOURCE_UNREADABLE', 'There is no room.');
      },
    });
    const failed = await run(toMemory(await imageOf(path), destination));
    expect(failed.job).toMatchObject({ state: 'failed', error: { message: 'There is no room.' } });
    expect(failed.layers.map(({ state }) => state)).toContain('failed');
    expect(destination.writers).toMatchObject([{ committed: false, disposed: true }]);

    isFull = false;
    pusher.service.resume(failed.job.id);
    await expect.poll(() => pusher.service.list()[0]?.job.state).toBe('done');
    const { job, layers } = await pusher.service.settled(failed.job.id);
    expect(destination.writers[1]?.blobs.size).toBe(4);
    expect(job.bytesSent).toBe(job.bytesTotal);
    expect(layers.every(({ state }) => state === 'written')).toBe(true);
  });

  it('cancelled in the middle commits nothing', async () => {
    const { path } = await layout();
    const middle = gate();
    const destination = memoryDestination({ afterBlob: untilAborted(middle.open) });
    const id = pusher.service.start(toMemory(await imageOf(path), destination));
    await middle.opened;
    await pusher.service.cancel(id);
    const { job } = await pusher.service.settled(id);
    expect(job.state).toBe('cancelled');
    expect(destination.writers).toMatchObject([{ committed: false, disposed: true }]);
  });

  it('paused stops at once and starts over when it is resumed', async () => {
    const { path } = await layout();
    const middle = gate();
    let isFirst = true;
    const hold = untilAborted(middle.open);
    const destination = memoryDestination({
      afterBlob: async (count, signal) => {
        if (isFirst && count === 2) await hold(count, signal);
      },
    });
    const id = pusher.service.start(toMemory(await imageOf(path), destination));
    await middle.opened;
    pusher.service.pause(id);
    const paused = await pusher.service.settled(id);
    expect(paused.job.state).toBe('paused');
    expect(paused.layers.every(({ state, sent }) => state === 'waiting' && sent === 0)).toBe(true);
    isFirst = false;
    pusher.service.resume(id);
    await expect.poll(() => pusher.service.list()[0]?.job.state).toBe('done');
    expect(destination.writers.map(({ committed }) => committed)).toEqual([false, true]);
    expect(destination.writers[1]?.blobs.size).toBe(4);
  });

  it('waits for another one to the same file, whatever the name in it, and not for others', async () => {
    const [web, api, docs] = await Promise.all([layout('web'), layout('api'), layout('docs')]);
    const middle = gate();
    const held = gate();
    const order: string[] = [];
    const to = (text: string, hold?: Promise<void>) =>
      memoryDestination({
        text,
        onBegin: async () => {
          order.push(text);
          middle.open();
          await hold;
        },
      });
    const first = pusher.service.start(toMemory(await imageOf(web.path), to('oci:/srv/a:web', held.opened)));
    await middle.opened;
    const second = pusher.service.start(toMemory(await imageOf(api.path), to('oci:/srv/a:api')));
    const other = pusher.service.start(toMemory(await imageOf(docs.path), to('oci:/srv/b:docs')));
    await pusher.service.settled(other);
    expect(order).toEqual(['oci:/srv/a:web', 'oci:/srv/b:docs']);
    held.open();
    await Promise.all([pusher.service.settled(first), pusher.service.settled(second)]);
    expect(order.at(-1)).toBe('oci:/srv/a:api');
  });

  it.each([
    ['oci-archive', 'oci-archive:/IN/new.tar:1'],
    ['dir', 'dir:/IN/new'],
    ['oci', 'oci:/IN/new:1'],
    ['docker-archive', 'docker-archive:/IN/new.tar:web:1'],
  ])('to a new %s: does not replace what another one has made there in the meantime', async (_transport, text) => {
    const [web, api] = await Promise.all([layout('web'), layout('api')]);
    const destination = parseDestination(text.replace('/IN', folder.path), testEnvironment());
    if (destination === undefined) expect.fail('no destination');
    const start = async (path: string) =>
      pusher.service.start({ images: [await imageOf(path)], destination, options: {}, keepsExisting: true });
    const jobs = [await start(web.path), await start(api.path)];
    const [first, second] = await Promise.all(jobs.map((id) => pusher.service.settled(id)));
    expect(first?.job.state).toBe('done');
    expect(second?.job).toMatchObject({ state: 'failed', error: { code: 'DESTINATION_EXISTS' } });
  });

  it('started twice is one job', async () => {
    const { path } = await layout();
    const destination = memoryDestination();
    const image = await imageOf(path);
    const ids = [1, 2].map(() => pusher.service.start(toMemory(image, destination)));
    await Promise.all(ids.map((id) => pusher.service.settled(id)));
    expect(new Set(ids).size).toBe(1);
    expect(destination.writers).toHaveLength(1);
  });

  it('of several images writes them with one commit, or none of them', async () => {
    const [web, api] = await Promise.all([layout('web'), layout('api')]);
    const images: ExportRequest['images'] = [
      { ...(await imageOf(web.path)), references: ['docker.io/acme/web:1'] },
      { ...(await imageOf(api.path)), references: ['docker.io/acme/api:1'] },
    ];
    const destination = memoryDestination();
    const { job } = await run({ images, destination, options: {} });
    expect(job.result?.exported?.map(({ digest }) => digest)).toEqual([web.image.digest, api.image.digest]);
    expect(destination.writers[0]?.added.map(({ references }) => references)).toEqual([
      ['docker.io/acme/web:1'],
      ['docker.io/acme/api:1'],
    ]);
    expect(destination.writers).toHaveLength(1);

    await rm(blobPath(api.path, firstLayer(api.image)));
    const broken = memoryDestination({ text: 'oci-archive:/srv/broken.tar' });
    expect((await run({ images, destination: broken, options: {} })).job.state).toBe('failed');
    expect(broken.writers).toEqual([]);
  });
});

describe('an export of plain layers', () => {
  const plainStore = (image: LocalImage): LocalImage => ({
    root: image.root,
    name: image.name,
    references: image.references,
    uncompressed: true,
    read: (descriptor) => image.read(descriptor),
    check: (descriptor) => image.check(descriptor),
    blob: (descriptor, options) => image.blob(descriptor, options),
  });

  it('compresses them for a destination that wants them so, and says what they became', async () => {
    const { path, image } = await layout('plain', 'none');
    const destination = memoryDestination({ layers: 'compressed' });
    const { job, layers } = await run(toMemory(await imageOf(path, plainStore), destination));
    expect(job.state).toBe('done');
    expect(job.result?.digest).not.toBe(image.digest);
    const sentAs = layers.filter(({ kind }) => kind === 'layer').map((layer) => layer.sentAs);
    expect(sentAs.every((digest) => digest !== undefined && destination.writers[0]?.blobs.has(digest))).toBe(true);
    expect(layers.every(({ state }) => state === 'written')).toBe(true);
  });

  it('leaves them as they are elsewhere, and where nobody wants them compressed', async () => {
    const { path, image } = await layout('plain', 'none');
    const kept = await run(toMemory(await imageOf(path, plainStore), memoryDestination({ layers: 'kept' })));
    expect(kept.job.result?.digest).toBe(image.digest);
    const asked = toMemory(await imageOf(path, plainStore), memoryDestination({ text: 'oci-archive:/b.tar' }));
    const plain = await run({ ...asked, options: { compression: { format: 'none' } } });
    expect(plain.job.result?.digest).toBe(image.digest);
  });

  it('reads a layer of which is known what it becomes only when the destination lacks it', async () => {
    const { path } = await layout('plain', 'none');
    const reads: string[] = [];
    const counted = (image: LocalImage): LocalImage => ({
      ...plainStore(image),
      blob: (descriptor, options) => {
        reads.push(descriptor.digest);
        return image.blob(descriptor, options);
      },
    });
    const image = await imageOf(path, counted);
    const first = await run(toMemory(image, memoryDestination()));
    const layersRead = first.layers.filter(({ kind }) => kind === 'layer').map(({ digest }) => digest);
    reads.length = 0;
    const has = memoryDestination({ text: 'oci:/srv/has', has: () => true });
    const again = await run(toMemory(image, has));
    expect(again.job.result?.digest).toBe(first.job.result?.digest);
    expect(reads).toEqual([]);
    const lacks = memoryDestination({ text: 'oci:/srv/lacks' });
    await run(toMemory(image, lacks));
    expect(reads).toEqual(expect.arrayContaining(layersRead));
    expect(lacks.writers[0]?.blobs.size).toBe(4);
  });

  it('keeps what was compressed when it is paused, and compresses only the rest', async () => {
    const { path, image } = await layout('plain', 'none');
    const reads: string[] = [];
    const counted = (local: LocalImage): LocalImage => ({
      ...plainStore(local),
      blob: (descriptor, options) => {
        // A look at its first bytes is no reading.
        if (options?.length === undefined) reads.push(descriptor.digest);
        return local.blob(descriptor, options);
      },
    });
    const middle = gate();
    let isFirst = true;
    const hold = untilAborted(middle.open);
    const destination = memoryDestination({
      afterBlob: async (count, signal) => {
        if (isFirst && count === 3) await hold(count, signal);
      },
    });
    const id = pusher.service.start(toMemory(await imageOf(path, counted), destination));
    await middle.opened;
    pusher.service.pause(id);
    expect((await pusher.service.settled(id)).job.state).toBe('paused');
    isFirst = false;
    pusher.service.resume(id);
    expect((await pusher.service.settled(id)).job.state).toBe('done');
    const layers = image.layers.map(({ digest }) => digest);
    expect(layers.map((digest) => reads.filter((read) => read === digest).length)).toEqual([1, 1, 1]);
  });
});

describe('the manifests of an export', () => {
  it('become OCI’s where the destination takes no others, and stay as they are elsewhere', async () => {
    const { path, image } = await makeLayout(join(folder.path, 'docker'), { docker: true });
    const oci = await run(toMemory(await imageOf(path), memoryDestination({ manifests: 'oci' })));
    expect(oci.job.result).toMatchObject({
      mediaType: MediaType.ociManifest,
      conversion: { from: MediaType.dockerManifest, to: MediaType.ociManifest, lost: [] },
    });
    expect(oci.layers.find(({ kind }) => kind === 'manifest')).toMatchObject({
      state: 'written',
      convertedFrom: MediaType.dockerManifest,
    });
    const kept = await run(toMemory(await imageOf(path), memoryDestination({ text: 'oci:/srv/kept' })));
    expect(kept.job.result?.digest).toBe(image.digest);
  });

  it('become those that were asked for, unless the destination cannot hold them', async () => {
    const { path } = await layout();
    const options = { format: 'v2s2' } as const;
    const free = toMemory(await imageOf(path), memoryDestination());
    expect((await run({ ...free, options })).job.result?.mediaType).toBe(MediaType.dockerManifest);
    const bound = toMemory(await imageOf(path), memoryDestination({ text: 'oci:/srv/a', manifests: 'oci' }));
    expect((await run({ ...bound, options })).job).toMatchObject({
      state: 'failed',
      error: { code: 'FORMAT_UNSUPPORTED', hint: 'choose-format' },
    });
  });
});

describe('an export that the end of the application cuts off', () => {
  it('is offered again at the next start, and written again', async () => {
    const { path } = await layout();
    const image = await imageOf(path);
    const dataDir = join(folder.path, 'data');
    const middle = gate();
    const remembering = { dataDir, reopenImage: () => image.openImage() };
    {
      await using before = makePusher(remembering);
      before.service.start(toMemory(image, memoryDestination({ afterBlob: untilAborted(middle.open) })));
      await middle.opened;
    }
    const destination = memoryDestination();
    const parseAgain = (text: string) => (text === destination.text ? destination : undefined);
    await using after = makePusher({ ...remembering, parseDestination: parseAgain });
    const [offered] = after.service.list();
    expect(offered?.job).toMatchObject({ state: 'interrupted', target: destination.text });
    after.service.resume(offered?.job.id ?? '');
    await expect.poll(() => after.service.list()[0]?.job.state).toBe('done');
    expect(destination.writers[0]?.blobs.size).toBe(4);
  });

  it.each([
    ['is written over what the person agreed to replace', false, { state: 'done' }],
    ['replaces nothing that nobody agreed to', true, { state: 'failed', error: { code: 'DESTINATION_EXISTS' } }],
  ])('%s, when it is resumed after a start', async (_what, keepsExisting, outcome) => {
    const { path } = await layout();
    const image = await imageOf(path);
    const middle = gate();
    const remembering = { dataDir: join(folder.path, 'data'), reopenImage: () => image.openImage() };
    {
      await using before = makePusher(remembering);
      const request = toMemory(image, memoryDestination({ afterBlob: untilAborted(middle.open) }));
      before.service.start({ ...request, keepsExisting });
      await middle.opened;
    }
    const taken = { ...memoryDestination(), replaces: async () => '/srv/web.tar' };
    await using after = makePusher({ ...remembering, parseDestination: () => taken });
    const [offered] = after.service.list();
    after.service.resume(offered?.job.id ?? '');
    expect((await after.service.settled(offered?.job.id ?? '')).job).toMatchObject(outcome);
  });
});

/** Tells that it is in the middle, and ends with the signal. */
function untilAborted(tell: () => void) {
  return (_count: number, signal: AbortSignal): Promise<void> =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      tell();
    });
}

function firstLayer(image: WrittenImage) {
  const [layer] = image.layers;
  return layer?.digest ?? expect.fail('no layer');
}
