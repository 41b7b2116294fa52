import { readdirSync, statSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseManifest } from '../../../../../electron/image/parse.ts';
import { EngineSource } from '../../../../../electron/sources/docker-daemon/engine-source.ts';
import { makeImageId } from '../../../../../electron/sources/names/image-ids.ts';
import type { PushRequest } from '../../../../../electron/transfers/types.ts';
import { PushboatError } from '../../../../../shared/errors.ts';
import { parseReference } from '../../../../../shared/reference.ts';
import { testEnvironment } from '../../../../fixtures/environment.ts';
import { randomBytes } from '../../../../fixtures/random.ts';
import { tarBlocks } from '../../../../fixtures/tar.ts';
import { startRegistry } from '../../../../registry/server.ts';
import { sha256 } from '../../sources/containers-storage/store-maker.ts';
import { basicLogin, makePusher, type Pusher } from '../harness.ts';
import { makePushRig } from './rig.ts';

/** Layers of 2 MiB that compress, in the order of the image; the engine gives the second before the first. */
const LAYERS = [0, 1, 2].map((i) => Buffer.from(randomBytes(`arriving ${i}`, 1024 * 1024).toString('hex')));
const ORDER = [1, 0, 2];
const MIB = 1024 * 1024;
const KEPT = 64 * 1024;

const digest = (bytes: Buffer) => `sha256:${sha256(bytes)}`;
const DIFF_IDS = LAYERS.map(digest);
const CONFIG = Buffer.from(
  JSON.stringify({
    os: 'linux',
    architecture: 'amd64',
    rootfs: { type: 'layers', diff_ids: DIFF_IDS },
    history: LAYERS.map((_, i) => ({ created_by: `step ${i}` })),
  }),
);
const ID = digest(CONFIG);

/** As Docker 20.10 names layers: by ids of its own. */
const oldName = (i: number) => `${i}/layer.tar`;
/** As Podman does: by digest. */
const ownName = (i: number) => `${sha256(LAYERS[i] ?? CONFIG)}.tar`;

function membersOf(name: (i: number) => string, contents: Buffer[] = LAYERS) {
  const list = [{ Config: 'config.json', RepoTags: ['a/b:1'], Layers: LAYERS.map((_, i) => name(i)) }];
  const members = [
    ...ORDER.map((i) => ({ name: name(i), bytes: contents[i] ?? CONFIG })),
    { name: 'config.json', bytes: CONFIG },
    { name: 'manifest.json', bytes: Buffer.from(JSON.stringify(list)) },
  ];
  return members.map(({ name: member, bytes }) => ({ name: member, size: bytes.byteLength, blocks: [bytes] }));
}

const archiveOf = (name: (i: number) => string, contents?: Buffer[]) =>
  Buffer.concat([...tarBlocks(membersOf(name, contents))]);
const OLD = archiveOf(oldName);
const NAMED = archiveOf(ownName);
/** Within the third layer, when the first two are there. */
const CUT = 5 * MIB;

const rig = makePushRig();
let engine: Server;
let source: EngineSource;
let keptBytes: number | undefined;
let saves: number;
let facts: Record<string, unknown>;
let answer: (response: ServerResponse, turn: number) => void;

beforeEach(async () => {
  saves = 0;
  facts = { RootFS: { Layers: DIFF_IDS } };
  answer = (response) => response.end(OLD);
  engine = createServer((request, response) => {
    if (request.url?.endsWith('/get')) answer(response, ++saves);
    else response.end(JSON.stringify({ Id: ID, RepoTags: ['a/b:1'], ...facts }));
  });
  await new Promise<void>((resolve) => engine.listen(rig.path('engine.sock'), resolve));
  keptBytes = undefined;
  source = openSource();
});

afterEach(async () => {
  source.close();
  engine.closeAllConnections();
  await new Promise((resolve) => engine.close(resolve));
});

function openSource(): EngineSource {
  return new EngineSource('Docker', { kind: 'socket', path: rig.path('engine.sock') }, testEnvironment(), keptBytes);
}

/** Forgets what is kept of the last save, as after two minutes. */
function forgetSave(): void {
  source.close();
  source = openSource();
}

function keptOnDisk(): number {
  const folders = readdirSync(tmpdir()).filter((name) => name.startsWith(`pushboat-save-${process.pid}-`));
  const paths = folders.flatMap((name) => readdirSync(join(tmpdir(), name)).map((file) => join(tmpdir(), name, file)));
  return paths.reduce((sum, path) => sum + statSync(path).blocks * 512, 0);
}

function requestTo(name: string, options: PushRequest['options'] = {}): PushRequest {
  const imageId = makeImageId(source.id, [ID]);
  const openImage: PushRequest['openImage'] = (signal, take) => source.open(imageId, signal, take);
  return { imageId, imageName: 'a/b:1', openImage, target: parseReference(rig.target(name)), options };
}

const push = (pusher: Pusher, request: PushRequest) => pusher.service.settled(pusher.service.start(request));

const finished = () => rig.blobPuts().filter(({ status }) => status === 201).length;

async function pushedLayers(name: string, tag: string): Promise<Buffer[]> {
  const parsed = parseManifest(rig.registry.manifest(name, tag)?.manifest.bytes ?? new Uint8Array());
  if (parsed.kind === 'index') throw new Error('an index');
  return Promise.all(parsed.layers.map(async (layer) => gunzipSync(await rig.registry.readBlob(layer.digest))));
}

describe.each([
  ['whose layers have names of its own', OLD, undefined],
  ['whose layers are named by their digests, without room on the disk', NAMED, KEPT],
])('a push of an image of an engine %s', (_, saved, room) => {
  beforeEach(() => {
    keptBytes = room;
    forgetSave();
    answer = (response) => response.end(saved);
  });

  test('sends each layer while the next ones still arrive, and keeps none of them without room for it', async () => {
    let atHalf = 0;
    let kept = 0;
    answer = (response) => {
      response.write(saved.subarray(0, CUT));
      const timer = setInterval(() => {
        if (finished() < 2) return;
        clearInterval(timer);
        atHalf = finished();
        kept = keptOnDisk();
        response.end(saved.subarray(CUT));
      }, 5);
    };
    await using pusher = makePusher();
    const { job, layers } = await push(pusher, requestTo('acme/web:1'));
    expect(job.error).toBeUndefined();
    expect(atHalf).toBe(2);
    if (room !== undefined) expect(kept).toBeLessThan(MIB);
    expect(saves).toBe(1);
    expect((await pushedLayers('acme/web', '1')).map(digest)).toEqual(DIFF_IDS);
    expect(layers.map(({ state }) => state)).toEqual(Array(5).fill('pushed'));
    expect(job.bytesSent).toBe(job.bytesTotal);
  });

  test('tells of its layers in the order of the image, with what made them, and of the same digest as without a beginning', async () => {
    await using pusher = makePusher();
    const { job, layers } = await push(pusher, requestTo('acme/web:1'));
    expect(layers.filter(({ kind }) => kind === 'layer').map((row) => row.digest)).toEqual(DIFF_IDS);
    expect(layers.map(({ createdBy }) => createdBy)).toEqual([undefined, 'step 0', 'step 1', 'step 2', undefined]);
    await using other = makePusher();
    const openImage: PushRequest['openImage'] = (signal) => source.open(makeImageId(source.id, [ID]), signal);
    forgetSave();
    const usual = await push(other, { ...requestTo('acme/usual:1'), openImage });
    expect(usual.job.result?.digest).toBe(job.result?.digest);
  });

  test('neither compresses nor sends again what it knows the registry to have', async () => {
    await using pusher = makePusher();
    await push(pusher, requestTo('acme/web:1'));
    forgetSave();
    rig.registry.requests.length = 0;
    pusher.history.length = 0;
    const again = await push(pusher, requestTo('acme/web:1'));
    expect(again.job.result).toMatchObject({ unchanged: true, bytesSent: 0 });
    expect(rig.requests('POST', /./)).toEqual([]);
    expect(pusher.history.filter(({ state }) => state === 'compressing')).toEqual([]);
  });

  test('fails when the save is cut off, leaves nothing on the disk, and does not send again what arrived', async () => {
    answer = (response, turn) => {
      if (turn > 1) response.end(saved);
      else response.write(saved.subarray(0, CUT), () => response.destroy());
    };
    await using pusher = makePusher();
    const id = pusher.service.start(requestTo('acme/web:1'));
    const cut = await pusher.service.settled(id);
    expect(cut.job).toMatchObject({ state: 'failed', error: { code: 'ENGINE_FAILED', hint: 'start-engine' } });
    expect(cut.job.error?.message).toMatch(/stopped in the middle of an image: .*after \d{7} bytes/);
    expect(rig.registry.manifest('acme/web', '1')).toBeUndefined();
    await expect.poll(keptOnDisk).toBe(0);
    pusher.service.resume(id);
    expect((await pusher.service.settled(id)).job.error).toBeUndefined();
    expect((await pushedLayers('acme/web', '1')).map(digest)).toEqual(DIFF_IDS);
    expect(finished()).toBe(4);
  });

  test('pauses at once, and keeps what was compressed and sent', async () => {
    answer = (response, turn) => {
      if (turn > 1) response.end(saved);
      else response.write(saved.subarray(0, CUT));
    };
    await using pusher = makePusher();
    const id = pusher.service.start(requestTo('acme/web:1'));
    await expect.poll(finished).toBe(2);
    pusher.service.pause(id);
    await expect.poll(() => pusher.service.list()[0]?.job.state, { timeout: 5000 }).toBe('paused');
    await expect.poll(keptOnDisk).toBe(0);
    pusher.service.resume(id);
    const { job } = await pusher.service.settled(id);
    expect(job.error).toBeUndefined();
    expect(finished()).toBe(4);
    expect(rig.blobPuts()).toHaveLength(4);
    expect((await pushedLayers('acme/web', '1')).map(digest)).toEqual(DIFF_IDS);
  });

  test('says when a layer is not what the engine calls it', async () => {
    const other = Buffer.from(randomBytes('other', MIB).toString('hex'));
    const contents = LAYERS.with(0, other);
    const wrong = archiveOf(saved === OLD ? oldName : ownName, contents);
    answer = (response) => response.end(wrong);
    await using pusher = makePusher();
    const { job } = await push(pusher, requestTo('acme/web:1'));
    expect(job.error).toMatchObject({ code: 'BLOB_CORRUPT' });
    expect(job.error?.message).toContain(DIFF_IDS[0]);
    expect(rig.registry.manifest('acme/web', '1')).toBeUndefined();
  });
});

describe('a push of an image of an engine', () => {
  test('waits for a login, and goes on with what was compressed', async () => {
    await using closed = await startRegistry({
      storage: 'memory',
      auth: { kind: 'basic', users: { alice: 'secret' } },
    });
    await using pusher = makePusher();
    const request = { ...requestTo('acme/web:1'), target: parseReference(`${closed.host}/acme/web:1`) };
    const id = pusher.service.start(request);
    expect((await pusher.service.settled(id)).job.state).toBe('needs-login');
    pusher.login = basicLogin('alice', 'secret');
    pusher.service.registryChanged(closed.host);
    expect((await pusher.service.settled(id)).job.error).toBeUndefined();
    expect(saves).toBe(1);
  });

  test('is told of a missing login before the engine has handed anything out, and leaves no upload open', async () => {
    await using closed = await startRegistry({
      storage: 'memory',
      auth: { kind: 'basic', users: { alice: 'secret' } },
    });
    answer = () => undefined;
    await using pusher = makePusher();
    const target = parseReference(`${closed.host}/acme/web:1`);
    const id = pusher.service.start({ ...requestTo('acme/web:1'), isSlow: true, target });
    expect((await pusher.service.settled(id)).job.state).toBe('needs-login');
    answer = (response) => response.end(OLD);
    pusher.login = basicLogin('alice', 'secret');
    pusher.service.registryChanged(closed.host);
    expect((await pusher.service.settled(id)).job).toMatchObject({ state: 'done', error: undefined });
    expect(closed.uploads()).toEqual([]);
  });

  test('ends at once when the registry takes none of it', async () => {
    rig.answers('POST', /uploads/, 400, { code: 'NAME_INVALID', message: 'no such project' });
    answer = (response) => response.write(OLD.subarray(0, CUT));
    await using pusher = makePusher();
    const { job } = await push(pusher, requestTo('acme/web:1'));
    expect(job.error?.message).toMatch(/no such project/);
    await expect.poll(keptOnDisk).toBe(0);
  });

  test('sends nothing of an image that the policy refuses', async () => {
    const gate = () => Promise.reject(new PushboatError('POLICY_REFUSED', 'it rejects every image'));
    await using pusher = makePusher({ gate });
    const { job } = await push(pusher, requestTo('acme/web:1'));
    expect(job.error?.code).toBe('POLICY_REFUSED');
    expect(rig.registry.requests).toEqual([]);
  });

  test('takes no layer where all depends on the manifests, or layers stay plain', async () => {
    await using pusher = makePusher();
    const choices: PushRequest['options'][] = [
      { onlyNew: true },
      { platforms: ['linux/arm64'] },
      { compression: { format: 'none' } },
    ];
    for (const [turn, options] of choices.entries()) {
      const opened: unknown[] = [];
      const request = requestTo(`acme/web:${turn}`, options);
      const openImage: PushRequest['openImage'] = (signal, take) => {
        opened.push(take);
        return request.openImage(signal, take);
      };
      await push(pusher, { ...request, openImage });
      expect(opened).toEqual([undefined]);
    }
  });
});

test('an engine that keeps layers as registries have them is asked for none before its image is known', async () => {
  facts = { ...facts, Descriptor: { digest: ID } };
  answer = (response) => {
    response.write(NAMED.subarray(0, CUT));
    setTimeout(() => response.end(NAMED.subarray(CUT)), 50);
  };
  let early = -1;
  await using pusher = makePusher();
  const request = requestTo('acme/web:1');
  const openImage: PushRequest['openImage'] = async (signal, take) => {
    const image = await request.openImage(signal, take);
    early = rig.registry.requests.length;
    return image;
  };
  const { job } = await push(pusher, { ...request, openImage });
  expect(job.error).toBeUndefined();
  expect(early).toBe(0);
});
