import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseImageConfig, parseManifest } from '../../../../electron/image/parse.ts';
import { readImageTree } from '../../../../electron/image/tree.ts';
import type { Descriptor, LocalImage } from '../../../../electron/image/types.ts';
import { digestOf } from '../../../../electron/image/verify.ts';
import { isDigest } from '../../../../shared/digest.ts';
import { MediaType } from '../../../../shared/media-types.ts';
import { FUZZ, handled, mutatedJson } from '../../../fixtures/fuzz.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const CONFIG = {
  architecture: 'amd64',
  os: 'linux',
  created: '2026-01-02T03:04:05Z',
  config: { Env: ['A=b'], Cmd: ['/x'], Labels: { a: 'b' }, ExposedPorts: { '80/tcp': {} } },
  history: [
    { created_by: 'COPY', empty_layer: false },
    { created_by: 'CMD', empty_layer: true },
  ],
  rootfs: { type: 'layers', diff_ids: [DIGEST] },
};
const LAYER = {
  mediaType: MediaType.ociLayerGzip,
  digest: DIGEST,
  size: 12,
  annotations: { a: 'b' },
  urls: ['https://x'],
};
const MANIFEST = {
  schemaVersion: 2,
  mediaType: MediaType.ociManifest,
  config: { mediaType: MediaType.ociConfig, digest: DIGEST, size: 7, data: 'eA==' },
  layers: [LAYER, { ...LAYER, mediaType: MediaType.ociLayer }],
  subject: { mediaType: MediaType.ociManifest, digest: DIGEST, size: 3 },
  annotations: { a: 'b' },
};
const INDEX = {
  schemaVersion: 2,
  mediaType: MediaType.ociIndex,
  manifests: [
    {
      mediaType: MediaType.ociManifest,
      digest: DIGEST,
      size: 3,
      platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
    },
  ],
};

test('any change of a manifest or an index gives one that is sound, or is refused', async () => {
  const type = fc.option(fc.constantFrom(...Object.values(MediaType)), { nil: undefined });
  const document = fc.oneof(mutatedJson(MANIFEST), mutatedJson(INDEX));
  await fc.assert(
    fc.asyncProperty(document, type, async (bytes, hint) => {
      const parsed = await handled(() => parseManifest(bytes, hint));
      if (!parsed) return;
      const named = parsed.kind === 'index' ? parsed.manifests : [parsed.config, ...parsed.layers];
      for (const { digest, size } of named) {
        expect(isDigest(digest)).toBe(true);
        expect(Number.isSafeInteger(size) && size >= 0).toBe(true);
      }
    }),
    { ...FUZZ, numRuns: 2000 },
  );
});

test('any change of a config is read or refused', async () => {
  await fc.assert(
    fc.asyncProperty(mutatedJson(CONFIG), async (bytes) => {
      const config = await handled(() => parseImageConfig(bytes));
      if (config) expect(config.history.every(({ emptyLayer }) => typeof emptyLayer === 'boolean')).toBe(true);
    }),
    { ...FUZZ, numRuns: 1000 },
  );
});

test('a tree of changed documents is walked to its end or refused, whatever names what', async () => {
  const documents = fc.array(fc.oneof(mutatedJson(MANIFEST), mutatedJson(INDEX), mutatedJson(CONFIG)), {
    minLength: 1,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(documents, fc.constantFrom(MediaType.ociManifest, MediaType.ociIndex), async (list, mediaType) => {
      // Whatever is asked for is the next of the documents: so they name one another, and themselves.
      let turn = 0;
      const [first = Buffer.alloc(0)] = list;
      const root: Descriptor = { mediaType, digest: digestOf(first), size: first.byteLength };
      const image: LocalImage = {
        root,
        name: 'fuzz',
        references: [],
        read: async () => list[turn++ % list.length] ?? first,
        check: async () => undefined,
        blob: () => {
          throw new Error('a layer was read');
        },
      };
      const tree = await handled(() => readImageTree(image));
      if (tree) expect(tree.manifests.length).toBeLessThan(100);
    }),
    FUZZ,
  );
});
