import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseImageConfig, parseLayoutIndex, parseManifest } from '../../../../electron/image/parse.ts';
import { PushboatError } from '../../../../shared/errors.ts';
import { MediaType } from '../../../../shared/media-types.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const config = { mediaType: MediaType.ociConfig, digest: DIGEST, size: 10 };
const layer = { mediaType: MediaType.ociLayerGzip, digest: `sha256:${'b'.repeat(64)}`, size: 20 };

function bytes(value: unknown): Uint8Array {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}

function fault(action: () => unknown): PushboatError {
  try {
    action();
  } catch (error) {
    if (error instanceof PushboatError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('parseManifest', () => {
  it('reads an OCI manifest with the fields that a push needs', () => {
    const manifest = parseManifest(
      bytes({ schemaVersion: 2, mediaType: MediaType.ociManifest, config, layers: [layer], annotations: { a: 'b' } }),
    );
    expect(manifest).toEqual({
      kind: 'manifest',
      mediaType: MediaType.ociManifest,
      config,
      layers: [layer],
      annotations: { a: 'b' },
    });
  });

  it('takes the media type from the document, then from the hint, then from the shape', () => {
    const document = { schemaVersion: 2, config, layers: [] };
    expect(
      parseManifest(bytes({ ...document, mediaType: MediaType.dockerManifest }), MediaType.ociManifest).mediaType,
    ).toBe(MediaType.dockerManifest);
    expect(parseManifest(bytes(document), `${MediaType.dockerManifest}; charset=utf-8`).mediaType).toBe(
      MediaType.dockerManifest,
    );
    expect(parseManifest(bytes(document), 'application/json').mediaType).toBe(MediaType.ociManifest);
    expect(parseManifest(bytes(document)).mediaType).toBe(MediaType.ociManifest);
    expect(parseManifest(bytes({ schemaVersion: 2, manifests: [] })).kind).toBe('index');
  });

  it('reads a Docker manifest list with its platforms', () => {
    const child = {
      mediaType: MediaType.dockerManifest,
      digest: DIGEST,
      size: 3,
      platform: { os: 'linux', architecture: 'arm', variant: 'v7' },
    };
    const index = parseManifest(
      bytes({ schemaVersion: 2, mediaType: MediaType.dockerManifestList, manifests: [child] }),
    );
    expect(index.kind === 'index' && index.manifests[0]).toEqual(child);
  });

  it('takes null for an empty annotation, as Go programs do', () => {
    const manifest = parseManifest(bytes({ schemaVersion: 2, config, layers: [], annotations: { a: null, b: 'c' } }));
    expect(manifest.annotations).toEqual({ a: '', b: 'c' });
  });

  it.each([undefined, '', null])(
    'takes entries of a layout whose media type is %j: the documents have their own',
    (mediaType) => {
      const index = parseLayoutIndex(bytes({ schemaVersion: 2, manifests: [{ ...config, mediaType }] }));
      const [entry] = index.kind === 'index' ? index.manifests : [];
      expect(parseManifest(bytes({ schemaVersion: 2, config, layers: [] }), entry?.mediaType).mediaType).toBe(
        MediaType.ociManifest,
      );
    },
  );

  it('accepts null where Go programs write it for an empty list', () => {
    const manifest = parseManifest(
      bytes({ schemaVersion: 2, config: { ...config, annotations: null }, layers: null, annotations: null }),
    );
    expect(manifest.kind === 'manifest' && manifest.layers).toEqual([]);
  });

  it('leaves unknown types of configs and layers to the registry', () => {
    const odd = { ...layer, mediaType: 'application/x-anything' };
    const manifest = parseManifest(
      bytes({ schemaVersion: 2, config: odd, layers: [odd], artifactType: 'application/x-thing' }),
    );
    expect(manifest.artifactType).toBe('application/x-thing');
  });

  it.each([
    ['sha256:../../etc/passwd'],
    [`sha256:${'A'.repeat(64)}`],
    [`sha256:${'a'.repeat(63)}`],
    [`md5:${'a'.repeat(32)}`],
    [`sha256:${'a'.repeat(64)}\n`],
    [''],
  ])('refuses the digest %j and names the field', (digest) => {
    const error = fault(() =>
      parseManifest(bytes({ schemaVersion: 2, config, layers: [layer, { ...layer, digest }] })),
    );
    expect(error.code).toBe('DIGEST_INVALID');
    expect(error.message).toContain('layers[1].digest');
  });

  it.each([[-1], [1.5], ['20'], [2 ** 60], [null]])('refuses the size %j and names the field', (size) => {
    const error = fault(() => parseManifest(bytes({ schemaVersion: 2, config: { ...config, size }, layers: [] })));
    expect(error.code).toBe('MANIFEST_INVALID');
    expect(error.message).toContain('config.size');
  });

  it('refuses manifest types that it cannot push, the obsolete schema 1 by name', () => {
    const unknown = fault(() =>
      parseManifest(bytes({ schemaVersion: 2, mediaType: 'application/x-new', config, layers: [] })),
    );
    expect(unknown.code).toBe('MEDIA_TYPE_UNSUPPORTED');
    expect(unknown.message).toContain('application/x-new');
    const old = fault(() => parseManifest(bytes({ schemaVersion: 1, fsLayers: [] })));
    expect(old.code).toBe('MEDIA_TYPE_UNSUPPORTED');
    expect(old.message).toContain('schema 1 is obsolete');
  });

  it('refuses a document that can be read as a manifest and as an index', () => {
    const both = { schemaVersion: 2, config, layers: [], manifests: [] };
    expect(fault(() => parseManifest(bytes({ ...both, mediaType: MediaType.ociManifest }))).code).toBe(
      'MANIFEST_INVALID',
    );
    expect(fault(() => parseManifest(bytes(both))).code).toBe('MANIFEST_INVALID');
  });

  it('refuses a document that is of another kind than the descriptor says', () => {
    const document = { schemaVersion: 2, mediaType: MediaType.ociManifest, config, layers: [] };
    expect(fault(() => parseManifest(bytes(document), MediaType.ociIndex)).code).toBe('MANIFEST_INVALID');
  });

  it('refuses a document that is called something else than a manifest', () => {
    const document = { schemaVersion: 2, mediaType: MediaType.ociManifest, config, layers: [] };
    expect(fault(() => parseManifest(bytes(document), 'application/x-new')).code).toBe('MEDIA_TYPE_UNSUPPORTED');
  });

  it('says where truncated JSON ends', () => {
    const error = fault(() =>
      parseManifest(bytes('{"schemaVersion": 2,\n "config": {'), undefined, { path: '/x/blob' }),
    );
    expect(error.code).toBe('MANIFEST_INVALID');
    expect(error.message).toContain('/x/blob');
    expect(error.message).toContain('cut off at position 33 (line 2, column 13)');
  });

  it('says where wrong JSON begins to be wrong', () => {
    const error = fault(() => parseManifest(bytes('{"schemaVersion": 2, oops}')));
    expect(error.facts.position).toBe(21);
    expect(error.message).toContain('unexpected "o" at position 21');
  });

  it('refuses text that is not UTF-8 and documents beyond 4 MiB', () => {
    expect(fault(() => parseManifest(Buffer.from([0x7b, 0xff, 0x7d]))).code).toBe('MANIFEST_INVALID');
    expect(fault(() => parseManifest(Buffer.alloc(4 * 1024 * 1024 + 1, ' '))).code).toBe('TOO_LARGE');
  });

  it('answers every JSON value with a manifest or with a PushboatError', () => {
    const jsonish = fc.oneof(
      fc.jsonValue(),
      fc.record({
        schemaVersion: fc.constant(2),
        mediaType: fc.constantFrom(...Object.values(MediaType)),
        config: fc.jsonValue(),
        layers: fc.jsonValue(),
      }),
      fc.record({
        schemaVersion: fc.constant(2),
        manifests: fc.array(fc.record({ mediaType: fc.string(), digest: fc.string(), size: fc.integer() })),
      }),
    );
    fc.assert(
      fc.property(
        jsonish,
        fc.option(fc.constantFrom(...Object.values(MediaType)), { nil: undefined }),
        (value, hint) => {
          try {
            const parsed = parseManifest(bytes(value), hint);
            expect(['manifest', 'index']).toContain(parsed.kind);
          } catch (error) {
            expect(error).toBeInstanceOf(PushboatError);
          }
        },
      ),
    );
  });
});

describe('parseImageConfig', () => {
  it('reads what the detail pane shows', () => {
    const parsed = parseImageConfig(
      bytes({
        created: '2026-01-01T00:00:00Z',
        os: 'linux',
        architecture: 'arm64',
        variant: 'v8',
        config: {
          Labels: { a: '1' },
          Env: ['A=1'],
          Entrypoint: ['/app'],
          Cmd: null,
          WorkingDir: '/w',
          User: '1000',
          ExposedPorts: { '80/tcp': {} },
        },
        rootfs: { type: 'layers', diff_ids: [DIGEST] },
        history: [
          { created_by: 'COPY app', empty_layer: false },
          { created_by: 'CMD', empty_layer: true },
          { comment: 'merged' },
        ],
      }),
    );
    expect(parsed).toEqual({
      created: '2026-01-01T00:00:00Z',
      platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
      history: [
        { createdBy: 'COPY app', emptyLayer: false },
        { createdBy: 'CMD', emptyLayer: true },
        { comment: 'merged', emptyLayer: false },
      ],
      diffIds: [DIGEST],
      labels: { a: '1' },
      env: ['A=1'],
      entrypoint: ['/app'],
      cmd: [],
      workingDir: '/w',
      user: '1000',
      exposedPorts: ['80/tcp'],
    });
  });

  it.each([
    ['a word for a list', { config: { Cmd: '/bin/sh', Entrypoint: '/e' } }, { cmd: ['/bin/sh'], entrypoint: ['/e'] }],
    ['null for a label', { config: { Labels: { a: null, b: 'c' } } }, { labels: { a: '', b: 'c' } }],
    [
      'numbers and lists',
      { config: { User: 1000, ExposedPorts: ['80/tcp'] } },
      { user: '1000', exposedPorts: ['80/tcp'] },
    ],
    [
      'null everywhere',
      { config: { Env: null, Labels: null }, history: null, created: null },
      { env: [], history: [] },
    ],
    ['nonsense', { config: 5, history: ['x', { created_by: 7 }], os: [], created: {} }, { env: [], labels: {} }],
  ])('reads the diffIDs of a config that has %s where others have something else', (_, odd, shown) => {
    const read = parseImageConfig(bytes({ ...odd, rootfs: { type: null, diff_ids: [DIGEST] } }));
    expect(read).toMatchObject({ ...shown, diffIds: [DIGEST] });
  });

  it('reads a config that is not text in UTF-8, but no other document', () => {
    const latin1 = Buffer.from(JSON.stringify({ author: 'é', rootfs: { diff_ids: [DIGEST] } }), 'latin1');
    expect(parseImageConfig(latin1).diffIds).toEqual([DIGEST]);
    expect(() => parseManifest(latin1)).toThrow(/not text in UTF-8/);
  });

  it.each(['application/octet-stream', 'text/html'])(
    'knows an image of Docker 1.10 by its layers: config %s',
    (type) => {
      const document = {
        schemaVersion: 2,
        mediaType: MediaType.dockerManifest,
        config: { ...config, mediaType: type },
      };
      const layers = [{ ...layer, mediaType: MediaType.dockerLayerGzip }];
      expect(parseManifest(bytes({ ...document, layers }))).toMatchObject({
        config: { mediaType: MediaType.dockerConfig },
      });
      const thing = parseManifest(bytes({ ...document, layers: [{ ...layer, mediaType: 'application/x-thing' }] }));
      expect(thing).toMatchObject({ config: { mediaType: type } });
    },
  );

  it('accepts the almost empty config of an image from nothing', () => {
    expect(parseImageConfig(bytes('{}')).history).toEqual([]);
  });
});
