import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { printPreview } from '../../../../electron/cli/preview-output.ts';
import { createPushOutput } from '../../../../electron/cli/push-output.ts';
import { ImageStoreSource } from '../../../../electron/sources/image-store.ts';
import type { PushOptions } from '../../../../shared/ipc.ts';
import { MediaType } from '../../../../shared/media-types.ts';
import { LayoutWriter, makeLayout } from '../../../fixtures/layouts.ts';
import { makeTempDir } from '../../../fixtures/temp-dir.ts';
import { startRegistry, type TestRegistry } from '../../../registry/server.ts';
import { makeIo } from '../cli/terminal.ts';
import { makePusher, requestFor } from './harness.ts';

const AMD64 = { os: 'linux', architecture: 'amd64' };

let folder: Awaited<ReturnType<typeof makeTempDir>>;
let registry: TestRegistry;

beforeEach(async () => {
  folder = await makeTempDir();
  registry = await startRegistry({ storage: 'memory' });
});

afterEach(async () => {
  await registry.close();
  await folder[Symbol.asyncDispose]();
});

async function push(path: string, options: PushOptions = {}, name?: string) {
  await using pusher = makePusher();
  const request = await requestFor(path, `${registry.host}/acme/web:1`, { options, ...(name ? { name } : {}) });
  return await pusher.service.settled(pusher.service.start(request));
}

async function signedIndex() {
  const layout = await LayoutWriter.create(join(folder.path, 'index'));
  const image = await layout.image({ platform: AMD64 });
  const other = await layout.image({ platform: { os: 'linux', architecture: 'arm64' }, seed: 'arm64' });
  const signature = await layout.artifact({ artifactType: 'application/vnd.dev.cosign.artifact.sig.v1+json' });
  return layout.list(await layout.index([image, other, signature]), { refName: 'latest' }).finish();
}

async function signedLayout(path: string): Promise<string> {
  const layout = await LayoutWriter.create(path);
  const image = await layout.image();
  const tagged = await layout.artifact({ files: [{ content: 'signature' }] });
  const referrer = await layout.artifact({ subject: image });
  const unrelated = await layout.artifact({ files: [{ content: 'other' }] });
  layout.list(image, { refName: 'latest' }).list(tagged, { refName: `${image.digest.replace(':', '-')}.sig` });
  return layout.list(referrer).list(unrelated).finish();
}

describe('a push says', () => {
  it('nothing of an image that is there as it is in its store', async () => {
    const { path } = await makeLayout(join(folder.path, 'a'));
    expect((await push(path)).job.result?.notes).toEqual([]);
  });

  it('that the registry did not take the format', async () => {
    registry.quirks.rejectedMediaTypes = [MediaType.ociManifest];
    const { path } = await makeLayout(join(folder.path, 'a'), { annotations: { a: 'b' } });
    expect((await push(path)).job.result?.notes).toEqual([
      { kind: 'converted', from: MediaType.ociManifest, to: MediaType.dockerManifest, because: 'refused' },
      { kind: 'lost', what: 'annotations', to: MediaType.dockerManifest },
    ]);
  });

  it('that signatures were left out', async () => {
    const path = await signedIndex();
    expect((await push(path, { removeSignatures: true })).job.result?.notes).toEqual([
      { kind: 'signatures', count: 1 },
    ]);
  });

  it('that artifacts of an index were left out with a choice of platforms', async () => {
    const path = await signedIndex();
    expect((await push(path, { platforms: ['linux/amd64'] })).job.result?.notes).toEqual([
      { kind: 'attachments', count: 1 },
    ]);
  });

  it('that attestations are not in the store, and were left out with a choice of platforms', async () => {
    const layout = await LayoutWriter.create(join(folder.path, 'pulled'));
    const images = await Promise.all(
      ['amd64', 'arm64'].map((architecture) =>
        layout.image({ platform: { os: 'linux', architecture }, seed: architecture }),
      ),
    );
    const attestations = images.map(({ digest, size, mediaType }, at) => ({
      mediaType,
      size,
      digest: `sha256:${String(at).repeat(64)}` as typeof digest,
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': digest },
    }));
    layout.list(await layout.index([...images, ...attestations]), { refName: '1' });
    const path = await layout.finish();
    const { job } = await push(path, { platforms: ['linux/amd64', 'linux/arm64'] });
    expect(job.result?.notes).toEqual([{ kind: 'absent', count: 2 }]);
  });

  it('that a layout has no oci-layout', async () => {
    const { path } = await makeLayout(join(folder.path, 'a'));
    await rm(join(path, 'oci-layout'));
    expect((await push(path)).job.result?.notes).toEqual([{ kind: 'unmarked' }]);
  });

  it('that signatures stay behind in the store, by their tag or their subject, and so does its preview', async () => {
    const path = await signedLayout(join(folder.path, 'signed'));
    expect((await push(path, {}, 'latest')).job.result?.notes).toEqual([{ kind: 'behind', count: 2 }]);
    await using pusher = makePusher();
    const request = await requestFor(path, `${registry.host}/acme/web:2`, { name: 'latest' });
    const preview = await pusher.service.preview(request);
    expect(preview.differs).toEqual([{ kind: 'behind', count: 2 }]);
    const { io, stdout } = makeIo();
    printPreview(preview, {}, io);
    expect(stdout()).toContain('Note: 2 signatures and artifacts about the image in its store');
  });

  it('that artifacts are left out with a choice of platforms before it is made, too', async () => {
    await using pusher = makePusher();
    const options = { platforms: ['linux/amd64'] };
    const request = await requestFor(await signedIndex(), `${registry.host}/acme/web:1`, { options });
    expect((await pusher.service.preview(request)).differs).toEqual([{ kind: 'attachments', count: 1 }]);
  });

  it('what stays behind in an image store, too', async () => {
    await signedLayout(join(folder.path, 'store', 'web'));
    const store = new ImageStoreSource(join(folder.path, 'store'));
    const image = await store.open(store.imageId('web'));
    expect(await image.companions?.()).toBe(2);
  });
});

describe('the command line', () => {
  async function fallback() {
    registry.quirks.rejectedMediaTypes = [MediaType.ociManifest];
    const { path } = await makeLayout(join(folder.path, 'a'));
    return push(path);
  }
  const sentence = /The registry does not take OCI: the image is there as Docker v2 schema 2/;

  it('tells it on standard error where only the digest is wanted on standard output', async () => {
    const snapshot = await fallback();
    const { io, stdout, stderr } = makeIo();
    createPushOutput({ quiet: true }, io).end([snapshot]);
    expect(stderr()).toMatch(sentence);
    expect(stdout()).toBe('');
  });

  it('tells it among the last lines, and to programs', async () => {
    const snapshot = await fallback();
    const [lines, json] = [makeIo(), makeIo()];
    createPushOutput({}, lines.io).end([snapshot]);
    expect(lines.stdout()).toMatch(sentence);
    createPushOutput({ json: true }, json.io).end([snapshot]);
    expect(JSON.parse(json.stdout())).toMatchObject({
      notes: [{ kind: 'converted', because: 'refused', message: expect.stringMatching(sentence) as string }],
    });
  });
});
