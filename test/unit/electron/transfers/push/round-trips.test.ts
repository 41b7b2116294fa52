import { beforeEach, describe, expect, it } from 'vitest';
import { LayoutWriter, makeLayout } from '../../../../fixtures/layouts.ts';
import { makePusher, requestFor } from '../harness.ts';
import { makePushRig } from './rig.ts';

const rig = makePushRig();

/** Without the ping, which is sent where only plain HTTP is spoken. */
function asked(): string[] {
  return rig.registry.requests
    .filter(({ path }) => path !== '/v2/')
    .map(({ method, path }) => `${method} ${path.replace(/[^/]*(sha256:|uploads\/).*/, '$1')}`);
}

const count = (line: string) => asked().filter((one) => one === line).length;

it('the uploads of a new image are opened while it is asked for the blobs', async () => {
  const { path } = await makeLayout(rig.path('a'), { layers: 3 });
  await rig.push(path, 'acme/web:1');
  expect(count('HEAD /v2/acme/web/blobs/sha256:')).toBe(4);
  expect(count('POST /v2/acme/web/blobs/uploads/')).toBe(4);
  const lastHead = asked().lastIndexOf('HEAD /v2/acme/web/blobs/sha256:');
  expect(asked().indexOf('POST /v2/acme/web/blobs/uploads/')).toBeLessThan(lastHead);
  expect(rig.registry.uploads()).toEqual([]);
});

it('uploads that were opened for nothing are closed', async () => {
  const { path } = await makeLayout(rig.path('a'), { layers: 3 });
  await rig.push(path, 'acme/web:1');
  rig.registry.requests.length = 0;
  // This one knows nothing of the first push.
  const { job } = await rig.push(path, 'acme/web:2');
  expect(job).toMatchObject({ state: 'done', bytesSent: expect.any(Number) });
  expect(count('POST /v2/acme/web/blobs/uploads/')).toBe(4);
  expect(count('DELETE /v2/acme/web/blobs/uploads/')).toBe(4);
  expect(rig.requests('PUT', /uploads/)).toEqual([]);
  expect(rig.registry.uploads()).toEqual([]);
});

describe('what was seen in the repository', () => {
  let path: string;
  beforeEach(async () => {
    const layout = await LayoutWriter.create(rig.path('multi'));
    const index = await layout.multiPlatform([
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ]);
    path = await layout.list(index, { refName: 'latest' }).finish();
    await using pusher = makePusher({ dataDir: rig.path('data') });
    await rig.push(path, 'acme/web:1', { pusher });
    rig.registry.requests.length = 0;
  });

  it('is only asked for', async () => {
    await using pusher = makePusher({ dataDir: rig.path('data') });
    const { job } = await rig.push(path, 'acme/web:1', { pusher });
    expect(job.result).toMatchObject({ unchanged: true });
    expect(new Set(asked().map((line) => line.split(' ')[0]))).toEqual(new Set(['HEAD']));
  });

  it('is asked for at once: no question waits for the answer to another', async () => {
    rig.registry.faults.add({ on: { method: 'HEAD', path: /./ }, action: { kind: 'stall' }, times: Infinity });
    await using pusher = makePusher({ dataDir: rig.path('data') });
    const id = pusher.service.start(await requestFor(path, rig.target('acme/web:1')));
    const questionsOf = (kind: string) => asked().filter((line) => line.includes(kind)).length;
    // The tag, the index and its two manifests; two configs and the layers.
    await expect.poll(() => questionsOf('/manifests/'), { timeout: 8000 }).toBe(4);
    await expect.poll(() => questionsOf('/blobs/'), { timeout: 8000 }).toBe(6);
    await pusher.service.cancel(id);
  });
});

it('known blobs are mounted into another repository without a question before', async () => {
  const { path } = await makeLayout(rig.path('a'), { layers: 3 });
  await using pusher = makePusher();
  await rig.push(path, 'acme/web:1', { pusher });
  rig.registry.requests.length = 0;
  await rig.push(path, 'acme/cli:1', { pusher });
  expect(count('HEAD /v2/acme/cli/blobs/sha256:')).toBe(0);
  expect(rig.requests('POST', /uploads/)).toHaveLength(4);
});

it('many blobs are not opened before it is known that they are missing', async () => {
  const { path } = await makeLayout(rig.path('a'), { layers: 20 });
  await rig.push(path, 'acme/web:1');
  rig.registry.requests.length = 0;
  await rig.push(path, 'acme/web:1');
  expect(rig.requests('POST', /uploads/)).toEqual([]);
});

it('a registry that never answers as one fails the push with what it is', async () => {
  const { path } = await makeLayout(rig.path('a'), { layers: 3 });
  rig.registry.faults.add({ on: { path: /./ }, action: { kind: 'answer', status: 404, body: '<html>Welcome</html>' } });
  const { job } = await rig.push(path, 'acme/web:1');
  expect(job).toMatchObject({ state: 'failed', error: { code: 'PROTOCOL_ERROR', hint: 'check-address' } });
});
