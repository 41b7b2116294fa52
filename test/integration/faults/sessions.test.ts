import { describe, expect, it } from 'vitest';
import { makeCertificates } from '../../fixtures/certificates.ts';
import { trusting } from '../../fixtures/network-rules.ts';
import { expectDone, expectFailed, expectRefused } from './outcomes.ts';
import { ALWAYS, CHUNK, KIB, MIB, type RequestKind, Rig, type RigOptions } from './rig.ts';

const CHUNKED: RigOptions = { chunked: true };

describe.concurrent('an answer to PATCH with a wrong Range', () => {
  it.each([
    ['below', CHUNK / 2 - 1],
    ['above', 2 * CHUNK - 1],
  ])('%s what was sent is not believed: the registry said that it took it', async (_, last) => {
    await using rig = await Rig.start(CHUNKED);
    rig.fault('PATCH', { kind: 'rewrite', headers: { range: `0-${last}` } });
    await expectDone(rig, await rig.push());
    expect(rig.count('PATCH')).toBe(rig.chunks);
    expect(rig.received()).toBe(rig.layerSize);
  });

  it('beyond the end of the blob does not lead to a commit of half of it', async () => {
    await using rig = await Rig.start(CHUNKED);
    rig.fault('PATCH', { kind: 'rewrite', headers: { range: '0-99999999' } });
    await expectDone(rig, await rig.push());
    expect(rig.count('PUT blob')).toBeLessThanOrEqual(2);
    expect(rig.pusher.history.every(({ sent, size }) => sent <= size)).toBe(true);
  });

  it.each([
    ['missing', null],
    ['unreadable', 'bytes 1 to many'],
  ])('that is %s is taken as what was sent', async (_, range) => {
    await using rig = await Rig.start(CHUNKED);
    rig.fault('PATCH', { kind: 'rewrite', headers: { range } }, { times: ALWAYS });
    await expectDone(rig, await rig.push());
    expect(rig.count('PATCH')).toBe(rig.chunks);
  });

  it('that is always wrong ends with a clear error after five tries, where a person has set the chunks', async () => {
    await using rig = await Rig.start(CHUNKED);
    rig.fault('PATCH', { kind: 'answer', status: 416, headers: { range: '0-0' } }, { times: ALWAYS });
    const snapshot = await rig.push();
    expect(rig.count('PATCH')).toBe(5);
    await expectFailed(rig, snapshot, 'REGISTRY_ERROR', /different part of the upload/);
  });

  it('in the answer to the status request counts less than what was taken', async () => {
    await using rig = await Rig.start(CHUNKED);
    rig.fault('PATCH', { kind: 'drop', after: 'half', keep: false }, { skip: 1 });
    rig.fault('GET upload status', { kind: 'rewrite', headers: { range: 'none' } });
    await expectDone(rig, await rig.push());
    expect(rig.count('POST upload')).toBe(1);
  });
});

describe.concurrent('an upload that the registry has forgotten', () => {
  it.each<[RequestKind, number, RigOptions]>([
    ['PATCH', 2, CHUNKED],
    ['PUT blob', 0, CHUNKED],
    ['PUT blob', 0, {}],
  ])('at %s starts over, once', async (kind, skip, options) => {
    await using rig = await Rig.start(options);
    rig.fault(kind, { kind: 'forget-upload' }, { skip });
    await expectDone(rig, await rig.push());
    expect(rig.count('POST upload')).toBe(2);
    expect(rig.count('HEAD blob')).toBe(2);
  });

  it('when it is asked for starts over without another word to the old one', async () => {
    await using rig = await Rig.start(CHUNKED);
    rig.fault('PATCH', { kind: 'drop', after: 'half' }, { skip: 1 });
    rig.fault('GET upload status', { kind: 'forget-upload' });
    await expectDone(rig, await rig.push());
    expect(rig.count('POST upload')).toBe(2);
    expect(rig.count('DELETE upload')).toBe(0);
  });

  it('every time ends after two tries of the whole blob and five of the end alone', async () => {
    await using rig = await Rig.start();
    rig.fault('PUT blob', { kind: 'forget-upload' }, { times: ALWAYS });
    const snapshot = await rig.push();
    expect(rig.count('PUT blob')).toBe(2 + 5);
    await expectFailed(rig, snapshot, 'UPLOAD_GONE', /no longer knows the upload/);
  });
});

describe.concurrent('chunks', () => {
  it('are as large as OCI-Chunk-Min-Length demands', async () => {
    await using rig = await Rig.start({ ...CHUNKED, registry: { quirks: { chunkMinLength: 100 * KIB } } });
    await expectDone(rig, await rig.push());
    const sizes = rig.requests('PATCH').map(({ received }) => received);
    expect(sizes.slice(0, -1).every((size) => size === 100 * KIB)).toBe(true);
    expect(rig.count('PATCH')).toBe(Math.ceil(rig.layerSize / (100 * KIB)));
  });

  it('may be answered with 201', async () => {
    await using rig = await Rig.start({ ...CHUNKED, registry: { quirks: { patchStatus: 201 } } });
    await expectDone(rig, await rig.push());
    expect(rig.count('PATCH')).toBe(rig.chunks);
    expect(rig.count('PUT blob')).toBe(1);
  });

  it('are no larger than a registry is known to take', async () => {
    await using rig = await Rig.start({
      layerSize: 40 * MIB,
      quirks: { chunks: true, mostChunk: 4 * MIB },
      registry: { quirks: { maxBodyBytes: 4 * MIB } },
    });
    await expectDone(rig, await rig.push());
    expect(rig.count('PATCH')).toBe(Math.ceil(rig.layerSize / (4 * MIB)));
  });

  it('become smaller when something in front of the registry caps them, and lose nothing', async () => {
    await using rig = await Rig.start({ layerSize: 40 * MIB, registry: { quirks: { maxBodyBytes: 3 * MIB } } });
    await expectDone(rig, await rig.push());
    // Each that is refused halves the next: of the 16 MiB that follow the first 2 are left in the end.
    const patches = rig.requests('PATCH');
    expect(patches.filter(({ status }) => status === 413).length).toBeLessThanOrEqual(3);
    const taken = patches.filter(({ status }) => status === 202);
    expect(Math.max(...taken.map(({ received }) => received))).toBeLessThanOrEqual(3 * MIB);
    expect(taken.reduce((sum, { received }) => sum + received, 0)).toBe(rig.layerSize);
    expect(rig.count('POST upload')).toBe(1);
  });

  it('go on after one another although Range stays at the end of the first', async () => {
    await using rig = await Rig.start({
      layerSize: 40 * MIB,
      quirks: { chunks: true, mostChunk: 10 * MIB, staleRange: true },
      registry: { quirks: { range: 'first-chunk', patchStatus: 201 } },
    });
    await expectDone(rig, await rig.push());
    // One that shows how quick the line is, and four of 10 MiB at most.
    expect(rig.count('PATCH')).toBeGreaterThanOrEqual(5);
    expect(rig.received()).toBe(rig.layerSize);
  });

  it('start over in another upload when one breaks off and Range cannot be believed', async () => {
    await using rig = await Rig.start({
      layerSize: 40 * MIB,
      quirks: { chunks: true, mostChunk: 16 * MIB, staleRange: true },
      registry: { quirks: { range: 'first-chunk' } },
    });
    rig.fault('PATCH', { kind: 'answer', status: 503 }, { skip: 1, times: 1 });
    await expectDone(rig, await rig.push());
    expect(rig.count('POST upload')).toBe(2);
    expect(rig.count('GET upload status')).toBe(0);
  });
});

describe.concurrent.each([
  ['one body', {}],
  ['chunks', CHUNKED],
])('a Location, for %s,', (_, options) => {
  const requests = (rig: Rig): number => rig.count('PATCH') + rig.count('PUT blob');
  const usual = (rig: Rig): number => (options === CHUNKED ? rig.chunks + 1 : 1);

  it.each<[string, NonNullable<RigOptions['registry']>]>([
    ['that is relative', { quirks: { location: 'relative' } }],
    ['with a query of its own that must come back', { quirks: { uploadState: true } }],
    ['without a query', { quirks: { uploadState: false } }],
  ])('%s is followed', async (__, registry) => {
    await using rig = await Rig.start({ ...options, registry });
    await expectDone(rig, await rig.push());
    expect(requests(rig)).toBe(usual(rig));
  });

  it('on another host gets the bytes but not the login', async () => {
    await using rig = await Rig.start({
      ...options,
      registry: {
        elsewhere: true,
        quirks: { location: 'elsewhere' },
        auth: { kind: 'bearer', users: { ci: 'secret' } },
      },
      login: { username: 'ci', password: 'secret', origin: { kind: 'session' } },
    });
    await expectDone(rig, await rig.push());
    expect(requests(rig)).toBe(usual(rig));
    expect(rig.requests('PUT blob').every(({ listener }) => listener === 'elsewhere')).toBe(true);
    expect(rig.registry.leaks()).toEqual([]);
  });

  it('on another host is resumed there', async () => {
    const registry = { elsewhere: true, quirks: { location: 'elsewhere' as const } };
    await using rig = await Rig.start({ ...options, registry });
    rig.fault(options === CHUNKED ? 'PATCH' : 'PUT blob', { kind: 'drop', after: 'half' });
    await expectDone(rig, await rig.push());
    expect(rig.received()).toBeLessThanOrEqual(rig.layerSize + 1);
  });
});

describe.concurrent('a way from HTTPS to plain HTTP', () => {
  const secure = async (): Promise<Rig> => {
    const { server, ca } = await makeCertificates();
    return Rig.start({ registry: { tls: server }, network: trusting(ca.cert) });
  };
  const downgraded = (location: string | undefined): string => (location ?? '').replace('https:', 'http:');

  it('in the Location of an upload on the registry itself leads on by HTTPS', async () => {
    await using rig = await secure();
    for (const kind of ['POST upload', 'PATCH'] as const)
      rig.fault(kind, { kind: 'rewrite', headers: { location: downgraded } }, { times: ALWAYS });
    await expectDone(rig, await rig.push());
    expect(rig.count('POST upload')).toBe(1);
  });

  it('in the Location of an upload elsewhere is refused', async () => {
    await using rig = await secure();
    const location = 'http://localhost:9/v2/acme/web/blobs/uploads/1';
    rig.fault('POST upload', { kind: 'rewrite', headers: { location } }, { times: ALWAYS });
    const snapshot = await rig.push();
    expect(rig.count('POST upload')).toBe(1);
    expect(rig.count('PUT blob')).toBe(0);
    await expectRefused(rig, snapshot, 'REDIRECT_REFUSED', /plain HTTP/);
  });

  it.each<RequestKind>(['GET /v2/', 'HEAD blob', 'PUT blob', 'PUT manifest'])(
    'as a redirect of %s is refused',
    async (kind) => {
      await using rig = await secure();
      const location = `http://${rig.registry.host}/v2/`;
      rig.fault(kind, { kind: 'answer', status: 307, headers: { location } }, { times: ALWAYS });
      const snapshot = await rig.push();
      expect(rig.count(kind)).toBe(1);
      await expectFailed(rig, snapshot, 'REDIRECT_REFUSED', /plain HTTP/);
    },
  );
});
