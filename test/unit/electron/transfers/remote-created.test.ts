import { expect, it } from 'vitest';
import { remoteCreated } from '../../../../electron/transfers/remote-created.ts';
import type { Digest } from '../../../../shared/digest.ts';
import { MediaType } from '../../../../shared/media-types.ts';
import { digestOf } from '../../../registry/blob-store.ts';
import { api, clientFor, DIGEST, failure, refuse, type Script, serve } from '../registry/scripted-server.ts';

const CREATED = 'org.opencontainers.image.created';

/** Manifests and blobs by their digests. */
class Contents {
  readonly #documents = new Map<string, { type: string; bytes: Buffer }>();

  add(type: string, document: object) {
    const bytes = Buffer.from(JSON.stringify(document));
    const digest = digestOf(bytes);
    this.#documents.set(digest, { type, bytes });
    return { mediaType: type, digest, size: bytes.length };
  }

  image(created: string | undefined, { annotations = {}, padding = '' } = {}) {
    const config = this.add(MediaType.ociConfig, { created, rootfs: { type: 'layers', diff_ids: [] }, padding });
    return this.add(MediaType.ociManifest, { schemaVersion: 2, config, layers: [], annotations });
  }

  index(manifests: object[], annotations = {}) {
    return this.add(MediaType.ociIndex, { schemaVersion: 2, manifests, annotations });
  }

  readonly script: Script = ({ url }, response) => {
    const found = this.#documents.get(url.slice(url.lastIndexOf('/') + 1));
    if (found === undefined) return refuse(response, 404, 'NOT_FOUND', 'x');
    response.writeHead(200, { 'content-type': found.type }).end(found.bytes);
  };
}

/** When an image was made, and the requests that this took, apart from the first look at the registry. */
async function ask(script: Script, digest: Digest) {
  await using server = await serve(api(script));
  await using client = clientFor(server.host);
  const asking = remoteCreated(client, 'acme/web', digest, new AbortController().signal);
  const created = await asking.catch((thrown: unknown) => thrown);
  const requests = server.requests.filter(({ url }) => url !== '/v2/').map(({ method, url }) => `${method} ${url}`);
  return { created, asking, requests };
}

it('reads the annotation of the manifest and nothing more', async () => {
  const contents = new Contents();
  const image = contents.image('2020-01-01T00:00:00Z', { annotations: { [CREATED]: '2026-11-02T03:04:05Z' } });
  const { created, requests } = await ask(contents.script, image.digest);
  expect(created).toBe('2026-11-02T03:04:05.000Z');
  expect(requests).toEqual([`GET /v2/acme/web/manifests/${image.digest}`]);
});

it('reads the config where the manifest does not say it, of an index that of its first platform', async () => {
  const contents = new Contents();
  const attestation = {
    ...contents.image('2001-01-01T00:00:00Z'),
    platform: { os: 'unknown', architecture: 'unknown' },
  };
  const image = { ...contents.image('2026-11-02T03:04:05Z'), platform: { os: 'linux', architecture: 'amd64' } };
  const other = { ...contents.image('2026-11-03T03:04:05Z'), platform: { os: 'linux', architecture: 'arm64' } };
  const index = contents.index([attestation, image, other]);
  const { created, requests } = await ask(contents.script, index.digest);
  expect(created).toBe('2026-11-02T03:04:05.000Z');
  expect(requests).toHaveLength(3);
  expect((await ask(contents.script, image.digest)).created).toBe('2026-11-02T03:04:05.000Z');
});

it('tells nothing where nothing is told: no date, a config that is large, other bytes than were asked for', async () => {
  const contents = new Contents();
  const untold = [
    contents.image(undefined),
    contents.image('yesterday'),
    contents.image('2026-11-02T03:04:05Z', { padding: 'x'.repeat(300_000) }),
    contents.index([]),
    { digest: DIGEST },
  ];
  for (const { digest } of untold) expect((await ask(contents.script, digest)).created).toBeUndefined();
  const image = contents.image('2026-11-02T03:04:05Z');
  const others: Script = (request, response, raw) =>
    contents.script({ ...request, url: `/${image.digest}` }, response, raw);
  expect((await ask(others, DIGEST)).created).toBeUndefined();
});

it('asks a registry that is busy, or wants a login, no second time', async () => {
  const limited = await ask((_request, response) => refuse(response, 429, 'TOOMANYREQUESTS', 'x'), DIGEST);
  expect(await failure(limited.asking)).toMatchObject({ code: 'CANCELLED' });
  expect(limited.requests).toHaveLength(1);
  const refused = await ask((_request, response) => refuse(response, 403, 'DENIED', 'x'), DIGEST);
  expect(await failure(refused.asking)).toMatchObject({ code: 'DENIED' });
  expect(refused.requests).toHaveLength(1);
});
