import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convertImage } from '../../../../../electron/image/convert/convert-image.ts';
import type { ManifestFormat } from '../../../../../electron/image/convert/errors.ts';
import { EMPTY_LAYER, EMPTY_LAYER_DIGEST } from '../../../../../electron/image/convert/layer-types.ts';
import { parseImageConfig } from '../../../../../electron/image/parse.ts';
import { parseSchema1 } from '../../../../../electron/image/schema1.ts';
import { type ImageTree, readImageTree, type TreeManifest } from '../../../../../electron/image/tree.ts';
import type { LocalImage, Manifest } from '../../../../../electron/image/types.ts';
import { digestOf } from '../../../../../electron/image/verify.ts';
import type { Digest } from '../../../../../shared/digest.ts';
import { PushboatError } from '../../../../../shared/errors.ts';
import { MediaType } from '../../../../../shared/media-types.ts';
import { MemoryImage, type Step } from '../../../../fixtures/memory-image.ts';
import { verifySchema1 } from '../../../../fixtures/verify-signature.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const NAME = { name: 'acme/web', tag: '1.0' };

const STEPS: Step[] = [
  { createdBy: 'COPY base / # <b> & more' },
  { createdBy: 'ENV A=1', empty: true, comment: 'why', author: 'Ada' },
  { createdBy: 'COPY app /', created: '2026-01-02T03:04:05.120Z' },
  { createdBy: 'CMD ["/app"]', empty: true },
];

interface Converted {
  image: LocalImage;
  tree: ImageTree;
  lost: readonly string[];
}

async function convert(image: LocalImage, format: ManifestFormat, tree?: ImageTree): Promise<Converted> {
  const before = tree ?? (await readImageTree(image));
  const options = { format, name: NAME, signingKey: async () => privateKey };
  return (await convertImage(image, before, options)) ?? { image, tree: before, lost: [] };
}

/** A tree is whole when what it says of each document and blob is so, and everything named is there. */
async function expectWhole({ image, tree }: Converted): Promise<void> {
  const reread = await readImageTree(image);
  expect(reread.manifests.map(({ bytes }) => bytes)).toEqual(tree.manifests.map(({ bytes }) => bytes));
  const facts = (of: ImageTree) =>
    of.blobs.map(({ descriptor, kind }) => [descriptor.digest, descriptor.size, kind].join(' ')).toSorted();
  expect(facts(reread)).toEqual(facts(tree));
  for (const { descriptor } of tree.blobs) {
    await image.check(descriptor);
    const bytes = Buffer.concat(await image.blob(descriptor).toArray());
    expect({ digest: digestOf(bytes), size: bytes.length }).toEqual({
      digest: descriptor.digest,
      size: descriptor.size,
    });
  }
  for (const { descriptor, bytes } of tree.manifests) expect(descriptor.size).toBe(bytes.byteLength);
}

function rootOf({ tree }: { tree: ImageTree }): TreeManifest {
  const root = tree.manifests.find(({ descriptor }) => descriptor.digest === tree.root.digest);
  if (!root) throw new Error('no root');
  return root;
}

function manifestOf(converted: { tree: ImageTree }): Manifest {
  const { parsed } = rootOf(converted);
  if (parsed.kind === 'index') throw new Error('an index');
  return parsed;
}

async function fault(work: Promise<unknown>): Promise<PushboatError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof PushboatError) return error;
  throw new Error(`expected a PushboatError, got ${String(error)}`);
}

function oci(steps: readonly Step[] = STEPS, config?: string): MemoryImage {
  const image = new MemoryImage();
  image.manifest(steps, config);
  return image;
}

describe('OCI and Docker schema 2', () => {
  it('there and back gives the same manifest, byte for byte, when there are no annotations', async () => {
    const image = oci();
    const docker = await convert(image, 'v2s2');
    await expectWhole(docker);
    expect(manifestOf(docker).mediaType).toBe(MediaType.dockerManifest);
    expect(manifestOf(docker).layers.map(({ mediaType }) => mediaType)).toEqual(
      Array(2).fill(MediaType.dockerLayerGzip),
    );
    const back = await convert(docker.image, 'oci', docker.tree);
    expect(back.tree.root.digest).toBe(image.root.digest);
    expect(docker.lost).toEqual([]);
  });

  it('leaves an image alone that is in the format already', async () => {
    const image = oci();
    expect(
      await convertImage(image, await image.tree(), { format: 'oci', name: NAME, signingKey: async () => privateKey }),
    ).toBeUndefined();
  });

  it('keeps the config’s bytes for any config and history', async () => {
    const step = fc.record({ createdBy: fc.string(), empty: fc.boolean(), comment: fc.string() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 6 }),
        fc.dictionary(fc.string(), fc.string()),
        async (steps, labels) => {
          const image = oci(
            steps,
            `"architecture":"arm64","os":"linux","x":12345678901234567890,"config":${JSON.stringify({ Labels: labels })}`,
          );
          const before = manifestOf({ tree: await image.tree() });
          const docker = await convert(image, 'v2s2');
          const back = await convert(docker.image, 'oci', docker.tree);
          expect(manifestOf(docker).config.digest).toBe(before.config.digest);
          expect(back.tree.root.digest).toBe(image.root.digest);
        },
      ),
      { seed: 7, numRuns: 60 },
    );
  });

  it('maps layers that may not be distributed both ways, with their addresses', async () => {
    const image = new MemoryImage();
    const urls = ['https://example.com/layer'];
    const config = image.add(MediaType.ociConfig, '{}');
    const layer = image.add(MediaType.ociForeignLayerGzip, 'x', { urls });
    image.document({ schemaVersion: 2, mediaType: MediaType.ociManifest, config, layers: [layer] });
    const docker = await convert(image, 'v2s2');
    expect(manifestOf(docker).layers).toEqual([{ ...layer, mediaType: MediaType.dockerForeignLayerGzip }]);
    const back = await convert(docker.image, 'oci', docker.tree);
    expect(manifestOf(back).layers).toEqual([layer]);
  });

  it('says that annotations are lost in Docker’s format', async () => {
    const image = new MemoryImage();
    const config = image.add(MediaType.ociConfig, '{}');
    image.document({ schemaVersion: 2, mediaType: MediaType.ociManifest, config, layers: [], annotations: { a: 'b' } });
    const { lost, tree } = await convert(image, 'v2s2');
    expect(lost).toEqual(['annotations']);
    expect(Buffer.from(rootOf({ tree }).bytes).toString()).not.toContain('annotations');
  });

  it.each([
    [MediaType.ociLayerZstd, 'is compressed with zstd, which this format does not have'],
    ['application/x-thing', 'is of type "application/x-thing"'],
  ])('refuses a layer of type %s, which Docker’s format does not have, and says which', async (mediaType, words) => {
    const image = new MemoryImage();
    const layer = image.add(mediaType, 'x');
    const config = image.add(MediaType.ociConfig, '{}');
    image.document({ schemaVersion: 2, mediaType: MediaType.ociManifest, config, layers: [layer] });
    const error = await fault(convert(image, 'v2s2'));
    expect(error.code).toBe('FORMAT_UNSUPPORTED');
    expect(error.message).toContain(layer.digest);
    expect(error.message).toContain(words);
    expect(error.hint).toBe('choose-format');
  });

  it('refuses an artifact, which only OCI knows', async () => {
    const image = new MemoryImage();
    const config = image.add(MediaType.ociEmpty, '{}');
    image.document({ schemaVersion: 2, mediaType: MediaType.ociManifest, artifactType: 'a/b', config, layers: [] });
    for (const format of ['v2s2', 'v2s1'] as const) {
      expect(await fault(convert(image, format))).toMatchObject({ code: 'FORMAT_UNSUPPORTED' });
    }
  });
});

/** An index of two images and an attestation about the first. */
function multi(): { image: MemoryImage; children: Digest[] } {
  const image = new MemoryImage();
  const amd = image.manifest(STEPS);
  const arm = image.manifest(STEPS, '"architecture":"arm64","os":"linux","variant":"v8"');
  const statement = image.add('application/vnd.in-toto+json', '{}');
  const config = image.add(MediaType.ociConfig, '{"architecture":"unknown","os":"unknown"}');
  const about = image.document({ schemaVersion: 2, mediaType: MediaType.ociManifest, config, layers: [statement] });
  const platform = (architecture: string, more = {}) => ({ platform: { os: 'linux', architecture, ...more } });
  const annotations = {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': amd.digest,
  };
  image.document({
    schemaVersion: 2,
    mediaType: MediaType.ociIndex,
    manifests: [
      { ...amd, ...platform('amd64', { 'os.version': '1.2', 'os.features': ['x'] }) },
      { ...arm, ...platform('arm64', { variant: 'v8' }) },
      { ...about, platform: { os: 'unknown', architecture: 'unknown' }, annotations },
    ],
  });
  return { image, children: [amd.digest, arm.digest, about.digest] };
}

describe('an index', () => {
  it('becomes a manifest list of converted children with their platforms, without attestations', async () => {
    const { image } = multi();
    const list = await convert(image, 'v2s2');
    await expectWhole(list);
    const document = JSON.parse(Buffer.from(rootOf(list).bytes).toString());
    expect(document.mediaType).toBe(MediaType.dockerManifestList);
    expect(document.manifests.map(({ platform }: { platform: unknown }) => platform)).toEqual([
      { os: 'linux', architecture: 'amd64', 'os.version': '1.2', 'os.features': ['x'] },
      { os: 'linux', architecture: 'arm64', variant: 'v8' },
    ]);
    expect(list.lost).toEqual(['attachments']);
    expect(list.tree.manifests.map(({ descriptor }) => descriptor.mediaType)).toEqual([
      MediaType.dockerManifest,
      MediaType.dockerManifest,
      MediaType.dockerManifestList,
    ]);
  });

  it('of Docker becomes an OCI index with the children that it had before', async () => {
    const { image, children } = multi();
    const list = await convert(image, 'v2s2');
    const index = await convert(list.image, 'oci', list.tree);
    await expectWhole(index);
    const { parsed } = rootOf(index);
    expect(parsed.kind === 'index' && parsed.manifests.map(({ digest }) => digest)).toEqual(children.slice(0, 2));
  });

  it('of OCI with children of Docker gets children of OCI, and attestations follow them', async () => {
    const image = new MemoryImage();
    const docker = image.manifest(STEPS, undefined, true);
    const config = image.add(MediaType.ociConfig, '{}');
    const about = image.document({ schemaVersion: 2, mediaType: MediaType.ociManifest, config, layers: [] });
    const annotations = {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': docker.digest,
    };
    const manifests = [docker, { ...about, annotations }];
    image.document({ schemaVersion: 2, mediaType: MediaType.ociIndex, manifests });
    const index = await convert(image, 'oci');
    await expectWhole(index);
    const [child, attestation] = JSON.parse(Buffer.from(rootOf(index).bytes).toString()).manifests;
    expect(child).toMatchObject({ mediaType: MediaType.ociManifest, platform: { os: 'linux', architecture: 'amd64' } });
    expect(attestation.digest).toBe(about.digest);
    expect(attestation.annotations['vnd.docker.reference.digest']).toBe(child.digest);
  });

  it('cannot become schema 1, which holds one platform: the message names those that can be chosen', async () => {
    const error = await fault(convert(multi().image, 'v2s1'));
    expect(error).toMatchObject({ code: 'FORMAT_UNSUPPORTED', hint: 'choose-platforms' });
    expect(error.facts.candidates).toEqual(['linux/amd64', 'linux/arm64/v8']);
  });

  it('with a child that is not in the store cannot be converted', async () => {
    const { image, children } = multi();
    image.blobs.delete(children[1] as Digest);
    const error = await fault(convert(image, 'v2s2'));
    expect(error).toMatchObject({ code: 'BLOB_MISSING', hint: 'choose-platforms' });
    expect(error.facts.digest).toBe(children[1]);
  });
});

describe('schema 1', () => {
  it('has an entry for each step, the newest first, and the empty layer where nothing was changed', async () => {
    const image = oci(STEPS, '"architecture":"amd64","os":"linux","config":{"Labels":{"a":"<b>"}}');
    const converted = await convert(image, 'v2s1');
    await expectWhole(converted);
    const { bytes, descriptor } = rootOf(converted);
    const { payload } = verifySchema1(bytes);
    expect(digestOf(Buffer.from(payload))).toBe(descriptor.digest);
    const schema1 = parseSchema1(bytes);
    expect({ name: schema1.name, tag: schema1.tag, architecture: schema1.architecture }).toEqual({
      ...NAME,
      architecture: 'amd64',
    });
    const { layers } = manifestOf({ tree: await image.tree() });
    expect(schema1.entries.map(({ blob }) => blob)).toEqual([
      layers[0]?.digest,
      EMPTY_LAYER_DIGEST,
      layers[1]?.digest,
      EMPTY_LAYER_DIGEST,
    ]);
    expect(schema1.entries.map(({ createdBy }) => createdBy)).toEqual(STEPS.map(({ createdBy }) => createdBy));
    expect(schema1.entries.map(({ throwaway }) => throwaway)).toEqual([false, true, false, true]);
    const parents = schema1.entries.map(({ compatibility }) => JSON.parse(compatibility).parent);
    expect(parents).toEqual([undefined, ...schema1.entries.slice(0, -1).map(({ id }) => id)]);
    expect(digestOf(EMPTY_LAYER)).toBe(EMPTY_LAYER_DIGEST);
  });

  it('there and back keeps history, labels, platform, layers and diffIDs', async () => {
    const step = fc.record({ createdBy: fc.string(), empty: fc.boolean(), comment: fc.string(), author: fc.string() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 6 }),
        fc.dictionary(fc.string(), fc.string()),
        fc.constantFrom('oci', 'v2s2'),
        async (steps, labels, format) => {
          const config = `"architecture":"arm","variant":"v7","os":"linux","config":${JSON.stringify({ Labels: labels })}`;
          const image = oci(steps, config);
          const before = manifestOf({ tree: await image.tree() });
          const old = await convert(image, 'v2s1');
          const back = await convert(old.image, format, old.tree);
          await expectWhole(back);
          const [was, is] = await Promise.all([image.read(before.config), back.image.read(manifestOf(back).config)]);
          const [then, now] = [parseImageConfig(was), parseImageConfig(is)];
          expect({ ...now, created: then.created }).toEqual({ ...then });
          expect(manifestOf(back).layers.map(({ digest }) => digest)).toEqual(
            before.layers.map(({ digest }) => digest),
          );
        },
      ),
      { seed: 7, numRuns: 60 },
    );
  });

  it('gets its name and tag changed, and a new signature, and nothing else', async () => {
    const old = await convert(oci(), 'v2s1');
    const options = { format: 'v2s1' as const, name: { name: 'other', tag: '2' }, signingKey: async () => privateKey };
    const renamed = await convertImage(old.image, old.tree, options);
    const before = JSON.parse(verifySchema1(rootOf(old).bytes).payload);
    const after = JSON.parse(verifySchema1(rootOf(renamed ?? old).bytes).payload);
    expect(after).toEqual({ ...before, name: 'other', tag: '2' });
    expect(await convertImage(old.image, old.tree, { ...options, name: NAME })).toBeUndefined();
  });

  it.each([
    ['no history', [], 'has no history'],
    ['a history of fewer layers', [{ created_by: 'x', empty_layer: true }], 'tells of 0 layers, while it has 1'],
  ])('cannot be made of an image with %s', async (_, history, words) => {
    const image = new MemoryImage();
    const config = image.add(MediaType.ociConfig, JSON.stringify({ history }));
    const layers = [image.add(MediaType.ociLayer, 'x')];
    image.document({ schemaVersion: 2, mediaType: MediaType.ociManifest, config, layers });
    const error = await fault(convert(image, 'v2s1'));
    expect(error.code).toBe('FORMAT_UNSUPPORTED');
    expect(error.message).toContain(words);
  });

  it('with a layer that cannot be unpacked is not converted', async () => {
    const old = await convert(oci(), 'v2s1');
    const [layer] = manifestOf(old).layers;
    const broken = new MemoryImage();
    for (const { descriptor } of old.tree.blobs) broken.blobs.set(descriptor.digest, Buffer.from('1f8b0800', 'hex'));
    broken.document(JSON.parse(Buffer.from(rootOf(old).bytes).toString()));
    broken.root = { ...broken.root, mediaType: MediaType.dockerManifestV1Signed };
    const error = await fault(convert(broken, 'v2s2'));
    expect(error.code).toBe('BLOB_CORRUPT');
    expect(error.facts.digest).toBe(layer?.digest);
  });
});

it('answers any tree of documents with a conversion or a PushboatError', async () => {
  const type = fc.constantFrom(...Object.values(MediaType), 'text/plain');
  await fc.assert(
    fc.asyncProperty(
      type,
      fc.array(fc.tuple(type, fc.dictionary(fc.string(), fc.string())), { maxLength: 3 }),
      fc.jsonValue(),
      fc.constantFrom<ManifestFormat>('oci', 'v2s2', 'v2s1'),
      async (configType, layers, config, format) => {
        const image = new MemoryImage();
        const child = image.document({
          schemaVersion: 2,
          mediaType: MediaType.ociManifest,
          config: image.add(configType, JSON.stringify(config)),
          layers: layers.map(([mediaType, annotations], at) => image.add(mediaType, `${at}`, { annotations })),
        });
        image.document({ schemaVersion: 2, mediaType: MediaType.ociIndex, manifests: [child] });
        try {
          await expectWhole(await convert(image, format));
        } catch (error) {
          expect(error).toBeInstanceOf(PushboatError);
        }
      },
    ),
    { seed: 7, numRuns: 300 },
  );
});
