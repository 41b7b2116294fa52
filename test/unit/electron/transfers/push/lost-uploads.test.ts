import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeLayout } from '../../../../fixtures/layouts.ts';
import { makeTempDir } from '../../../../fixtures/temp-dir.ts';
import type { FaultAction } from '../../../../registry/faults.ts';
import { startRegistry, type TestRegistry } from '../../../../registry/server.ts';
import { makePusher, requestFor } from '../harness.ts';

const KIB = 1024;
const CHUNK = 64 * KIB;
const CHUNKS = 5;
/** Written as gzip, which adds a little. */
const LAYER = CHUNKS * CHUNK - 4 * KIB;

let folder: Awaited<ReturnType<typeof makeTempDir>>;
let registry: TestRegistry;
let path: string;

beforeEach(async () => {
  folder = await makeTempDir();
  // The least length makes small blobs go in chunks, too.
  registry = await startRegistry({ storage: 'memory', quirks: { chunkMinLength: 32 * KIB } });
  ({ path } = await makeLayout(join(folder.path, 'image'), { layers: 1, layerSize: LAYER }));
});

afterEach(async () => {
  await registry.close();
  await folder.remove();
});

const quirks = { chunks: true, mostChunk: CHUNK };

async function push(dataDir?: string, layout = path) {
  await using pusher = makePusher({ client: { quirks }, ...(dataDir === undefined ? {} : { dataDir }) });
  return await pusher.service.settled(pusher.service.start(await requestFor(layout, `${registry.host}/acme/web:1`)));
}

const count = (method: string, status?: number) =>
  registry.requests.filter(
    (request) =>
      request.method === method &&
      request.path.includes('/blobs/uploads/') &&
      (status === undefined || request.status === status),
  ).length;

const unknown = (status: number, code: string): FaultAction => ({
  kind: 'answer',
  status,
  body: { errors: [{ code, message: 'blob upload unknown to registry' }] },
});

const ANSWERS: [string, FaultAction][] = [
  ['BLOB_UPLOAD_UNKNOWN', unknown(404, 'BLOB_UPLOAD_UNKNOWN')],
  ['BLOB_UPLOAD_INVALID', unknown(404, 'BLOB_UPLOAD_INVALID')],
  ['BLOB_UPLOAD_INVALID with 400', unknown(400, 'BLOB_UPLOAD_INVALID')],
  ['a plain 404', { kind: 'answer', status: 404, body: {} }],
  ['a web page with 404', { kind: 'answer', status: 404, body: '<html><title>404 Not Found</title></html>' }],
];

describe.each(ANSWERS)('a registry that forgot the upload and says %s', (_, action) => {
  it('at the first chunk gets a new one, in chunks, and they are used the next time, too', async () => {
    registry.faults.add({ on: { method: 'PATCH' }, action });
    const dataDir = join(folder.path, 'data');
    expect((await push(dataDir)).job.state).toBe('done');
    expect(count('PATCH')).toBe(CHUNKS + 1);
    registry.requests.length = 0;
    const other = await makeLayout(join(folder.path, 'other'), { layers: 1, layerSize: LAYER, seed: 'b' });
    expect((await push(dataDir, other.path)).job.state).toBe('done');
    expect(count('PATCH')).toBe(CHUNKS);
  });

  it('at a later chunk, or at the closing PUT, gets a new one', async () => {
    registry.faults.add({ on: { method: 'PATCH' }, skip: 2, action });
    registry.faults.add({ on: { method: 'PUT', path: /uploads/ }, times: 2, action });
    expect((await push()).job.state).toBe('done');
  });

  it('when it is asked how far it got gets a new one', async () => {
    registry.faults.add({ on: { method: 'PATCH' }, skip: 1, action: { kind: 'drop', after: 'half' } });
    registry.faults.add({ on: { method: 'GET', path: /uploads/ }, action });
    expect((await push()).job.state).toBe('done');
    expect(count('POST')).toBe(3);
  });
});

it('a registry that forgets every upload ends the push with its own words', async () => {
  registry.faults.add({
    on: { method: 'PUT', path: /uploads/ },
    times: Number.POSITIVE_INFINITY,
    action: unknown(404, 'BLOB_UPLOAD_INVALID'),
  });
  const { job } = await push();
  expect(job).toMatchObject({ state: 'failed', error: { code: 'UPLOAD_GONE', status: 404 } });
  expect(job.error?.message).toContain('blob upload unknown to registry');
});

it.each([
  ['knows no upload', 404],
  ['takes nothing', 416],
])('a registry that %s at the first chunk of any gets blobs whole', async (_, status) => {
  registry.faults.add({
    on: { method: 'PATCH' },
    times: Number.POSITIVE_INFINITY,
    action: { kind: 'answer', status, body: {} },
  });
  expect((await push()).job.state).toBe('done');
  expect(count('PATCH')).toBe(2);
});

describe('a reported Range', () => {
  it.each(['one-more', 'first-chunk', 'last-chunk', 'none'] as const)(
    'that is wrong (%s) costs nothing while all goes well',
    async (range) => {
      registry.quirks.range = range;
      expect((await push()).job.state).toBe('done');
      expect(count('PATCH')).toBe(CHUNKS);
      expect(count('POST')).toBe(2);
    },
  );

  it.each(['one-more', 'first-chunk', 'last-chunk', 'none'] as const)(
    'that is wrong (%s) costs nothing when a chunk breaks off and is not kept',
    async (range) => {
      registry.quirks.range = range;
      registry.faults.add({ on: { method: 'PATCH' }, skip: 2, action: { kind: 'drop', after: 'half', keep: false } });
      expect((await push()).job.state).toBe('done');
      expect(count('PATCH', 416)).toBe(0);
      expect(count('POST')).toBe(2);
    },
  );

  it.each(['one-more', 'first-chunk', 'last-chunk', 'none'] as const)(
    'that is wrong (%s) costs one request when a part of a chunk is kept',
    async (range) => {
      registry.quirks.range = range;
      registry.faults.add({ on: { method: 'PATCH' }, skip: 2, action: { kind: 'drop', after: 'half' } });
      expect((await push()).job.state).toBe('done');
      expect(count('PATCH', 416)).toBe(1);
    },
  );

  it('that is one too high keeps what the registry has, and costs one request in all', async () => {
    registry.quirks.range = 'one-more';
    registry.faults.add({ on: { method: 'PATCH' }, skip: 1, action: { kind: 'drop', after: 'half' } });
    registry.faults.add({ on: { method: 'PATCH' }, skip: 4, action: { kind: 'drop', after: 'half' } });
    expect((await push()).job.state).toBe('done');
    expect(count('PATCH', 416)).toBe(1);
    expect(count('POST')).toBe(2);
  });

  it('that is one too high, again and again, ends at one less', async () => {
    registry.faults.add({ on: { method: 'PATCH' }, skip: 1, action: { kind: 'drop', after: 'half' } });
    const range = (bytes: string | undefined) => `0-${Number(bytes?.slice(2)) + 7}`;
    registry.faults.add({
      on: { method: 'GET', path: /uploads/ },
      times: 9,
      action: { kind: 'rewrite', headers: { range } },
    });
    registry.faults.add({
      on: { method: 'PATCH' },
      skip: 2,
      times: 2,
      action: { kind: 'rewrite', headers: { range } },
    });
    expect((await push()).job.state).toBe('done');
    expect(count('PATCH', 416)).toBe(2);
    expect(count('POST')).toBe(3);
  });

  it('that is one too high does not hide that all of a blob is there', async () => {
    registry.quirks.range = 'one-more';
    registry.faults.add({ on: { method: 'PATCH' }, skip: CHUNKS - 1, action: { kind: 'reset', committed: true } });
    expect((await push()).job.state).toBe('done');
    expect(count('PATCH')).toBe(CHUNKS);
    expect(count('POST')).toBe(2);
  });

  it('is asked for after a 416 that names none', async () => {
    registry.faults.add({ on: { method: 'PATCH' }, skip: 1, action: { kind: 'answer', status: 416 } });
    expect((await push()).job.state).toBe('done');
  });
});
