import { PushboatError } from '../../../../shared/errors.ts';
import { matchesSearch } from '../../../../shared/history.ts';
import type { LookedFor } from '../../../../shared/images.ts';
import { MediaType } from '../../../../shared/media-types.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../../shared/settings.ts';
import type { JobInfo, JobSnapshot, LayerProgress } from '../../../../shared/transfer-events.ts';
import { createFakeApi, type FakeApi } from '../fake-api.ts';
import { ADDED, detailsOf, digestOf, GONE, job, layer, manyImages, STORE } from '../samples.ts';
import { DROPPED, groupJobs, HISTORY } from './group-scene.ts';
import { BAD_TEST, GOOD_TEST, MADE, previewOf, TAG_IMAGES } from './registry-scene.ts';

const LOOKED_FOR: LookedFor[] = [
  { ...STORE, state: 'absent' },
  {
    ...STORE,
    id: 'docker',
    transport: 'docker-daemon',
    label: 'Docker',
    location: '/var/run/docker.sock',
    state: 'absent',
  },
  {
    ...STORE,
    id: 'podman',
    transport: 'docker-daemon',
    label: 'Podman',
    location: '/run/user/1000/podman/podman.sock',
    state: 'scanning',
  },
  {
    ...STORE,
    id: 'containers-storage',
    transport: 'containers-storage',
    label: 'Buildah/Podman store',
    location: '/home/ana/.local/share/containers/storage',
  },
];

/** Names of the screens that can be looked at: `?scene=<name>&theme=dark&language=zh-CN`. */
export const SCENES = [
  'full',
  'empty',
  'running',
  'login',
  'denied',
  'trust',
  'http',
  'done',
  'failed',
  'unsigned',
  'restarted',
  'huge',
  'states',
  'held',
  'exporting',
  'group',
  'group-done',
] as const;
export type Scene = (typeof SCENES)[number];

const IMAGES = manyImages(128);

function snapshots(scene: Scene): JobSnapshot[] {
  const layers = [0, 1, 2, 3, 4, 5].map((index) =>
    layer(index, (['exists', 'mounted', 'pushed', 'committing', 'uploading', 'waiting'] as const)[index]),
  );
  const done = { ...doneJob(), id: 'old', createdAt: 500 };
  switch (scene) {
    case 'full':
    case 'empty':
      return [];
    case 'running':
      return [
        { job: job({ id: 'a' }), layers },
        {
          job: job({
            id: 'b',
            imageName: 'alpine-3_18_0',
            target: 'registry.cn-shanghai.aliyuncs.com/tangxusc/alpine:3.18.0',
            state: 'queued',
            bytesTotal: 0,
            bytesSent: 0,
            bytesSaved: 0,
            createdAt: 900,
          }),
          layers: [],
        },
        { job: done, layers },
      ];
    case 'group':
    case 'group-done':
      return [...groupJobs(scene === 'group-done').map((each) => ({ job: each, layers })), { job: done, layers }];
    case 'huge':
      return [
        {
          job: job({ id: 'a', bytesSent: 0 }),
          layers: Array.from({ length: 200 }, (_value, index) => ({
            ...layer(index, 'uploading'),
            digest: digestOf(index + 1),
          })),
        },
      ];
    case 'states':
      return [{ job: job({ id: 'a' }), layers: Array.from({ length: 10 }, (_value, index) => layer(index)) }];
    case 'held':
      return [
        { job: cutOff('x', 'acme/api:2.0', 'ghcr.io/acme/api:2.0'), layers: [] },
        { job: cutOff('y', 'alpine-3_18_0', 'registry.cn-shanghai.aliyuncs.com/tangxusc/alpine:3.18.0'), layers: [] },
        {
          job: job({ id: 'p', state: 'paused', rate: 0 }),
          layers: [layer(0, 'exists'), layer(1, 'pushed'), layer(2), begun(layer(4, 'waiting')), layer(5, 'waiting')],
        },
        {
          job: job({ id: 'r', createdAt: 900 }),
          layers: [layer(0, 'pushed'), { ...layer(4, 'uploading'), resumedFrom: 33_554_432 }, layer(5, 'retrying')],
        },
      ];
    case 'login':
      return [
        {
          job: job({
            id: 'a',
            state: 'needs-login',
            rate: 0,
            login: {
              registry: 'ghcr.io',
              reason: 'unauthorized: authentication required',
              tried: { username: 'ci-pusher', origin: '~/.docker/config.json' },
              denied: false,
            },
          }),
          layers,
        },
      ];
    case 'denied':
      return [
        {
          job: job({
            id: 'a',
            state: 'needs-login',
            rate: 0,
            login: {
              registry: 'ghcr.io',
              reason: 'denied: permission_denied: write_package',
              tried: { username: 'ci-pusher', origin: 'the vault of this computer' },
              denied: true,
            },
          }),
          layers,
        },
      ];
    case 'trust':
      return [{ job: untrusted(), layers: [] }];
    case 'http':
      return [
        {
          job: job({
            id: 'a',
            state: 'needs-trust',
            registry: 'nas.local:5000',
            target: 'nas.local:5000/acme/web:1.2',
            bytesSent: 0,
            bytesSaved: 0,
            error: {
              code: 'PLAIN_HTTP_REFUSED',
              message: 'nas.local:5000 answers plain HTTP where HTTPS was asked for.',
              registry: 'nas.local:5000',
              hint: 'use-plain-http',
            },
          }),
          layers: [],
        },
      ];
    case 'done':
      return [
        { job: doneJob(), layers: layers.map((each) => ({ ...each, state: 'pushed' as const, sent: each.size })) },
      ];
    case 'exporting':
      return [
        { job: exportJob({ id: 'e' }), layers: layers.map((each, index) => exportRow(each, index)) },
        {
          job: exportJob({ ...exportResult(), id: 'f', state: 'done', createdAt: 900 }),
          layers: layers.map((each) => ({ ...each, state: 'written' as const, sent: each.size })),
        },
      ];
    case 'failed':
      return [
        { job: failedJob(), layers: endedLayers('failed') },
        { job: job({ id: 'c', state: 'cancelled', createdAt: 800 }), layers: endedLayers('not-sent') },
        { job: notedJob(), layers: [] },
        { job: job({ id: 'p', state: 'paused', createdAt: 600 }), layers },
      ];
    case 'unsigned':
      return unsignedJobs().map((each) => ({ job: each, layers: endedLayers('failed') }));
    case 'restarted':
      return [
        { job: failedJob(), layers: [] },
        {
          job: exportJob({
            id: 'e',
            state: 'failed',
            rate: 0,
            bytesSent: 0,
            bytesSaved: 0,
            createdAt: 900,
            error: {
              code: 'DESTINATION_EXISTS',
              message: '/home/ana/Downloads/web-1.2.tar exists already and would be replaced.',
              path: '/home/ana/Downloads/web-1.2.tar',
              hint: 'confirm-replace',
            },
          }),
          layers: [],
        },
        { job: job({ id: 'c', state: 'cancelled', rate: 0, createdAt: 800 }), layers: [] },
        { job: cutOff('x', 'acme/api:2.0', 'ghcr.io/acme/api:2.0'), layers: [] },
      ];
  }
}

/** Pushes without the signature that was asked for, and one that a policy of signatures does not allow. */
function unsignedJobs(): JobInfo[] {
  const name = '0123456789ABCDEF0123456789ABCDEF01234567';
  const locked = `The gpg key ${name} cannot be opened: Bad passphrase.`;
  const failed = { state: 'failed', rate: 0 } as const;
  return [
    job({
      ...failed,
      id: 'locked',
      error: {
        code: 'NOT_SIGNED',
        message: `ghcr.io/acme/web:1.2 was pushed, but not signed: ${locked}`,
        detail: locked.slice(0, -1),
        hint: 'give-passphrase',
        cause: { code: 'KEY_LOCKED', message: locked, key: { kind: 'simple', name } },
      },
    }),
    job({
      ...failed,
      id: 'policy',
      createdAt: 900,
      error: {
        code: 'POLICY_REFUSED',
        message: 'The policy of signatures /etc/containers/policy.json refuses the image.',
        path: '/etc/containers/policy.json',
        detail: 'transports.oci."/home/ana/builds"[0] (signedBy): a signature is required, and the image has none',
        hint: 'look-at-policy',
      },
    }),
  ];
}

function exportJob(overrides: Partial<JobInfo> & { id: string }): JobInfo {
  const { registry: _none, ...made } = job({
    target: 'oci-archive:/home/ana/Downloads/web-1.2.tar:ghcr.io/acme/web:1.2',
    destination: { transport: 'oci-archive', path: '/home/ana/Downloads/web-1.2.tar' },
    ...overrides,
  });
  return made;
}

function exportRow(row: LayerProgress, index: number): LayerProgress {
  const state = (['exists', 'written', 'written', 'writing', 'waiting', 'waiting'] as const)[index] ?? 'waiting';
  const sent = { exists: 0, written: row.size, writing: Math.round(row.size * 0.6), waiting: 0 }[state];
  const { mountedFrom: _none, ...kept } = row;
  return { ...kept, state, sent };
}

function exportResult(): Pick<JobInfo, 'target' | 'destination' | 'result'> {
  const target = 'oci:/srv/mirror:web-1.2';
  return {
    target,
    destination: { transport: 'oci', path: '/srv/mirror' },
    result: {
      reference: target,
      digest: digestOf(42),
      mediaType: MediaType.ociIndex,
      exported: [{ name: 'acme/web:1.2', digest: digestOf(42) }],
      bytesSent: 78_700_000,
      bytesSaved: 5_300_000,
      durationMs: 1_840,
      unchanged: false,
      warnings: [],
      notes: [],
    },
  };
}

function cutOff(id: string, imageName: string, target: string): JobInfo {
  return job({
    id,
    imageName,
    target,
    state: 'interrupted',
    bytesTotal: 0,
    bytesSent: 0,
    bytesSaved: 0,
    rate: 0,
    createdAt: 100,
  });
}

/** As the engine leaves what a pause stopped: it waits, with the bytes that the registry has. */
function begun(row: LayerProgress): LayerProgress {
  return { ...row, sent: Math.round(row.size * 0.4) };
}

function doneJob(): JobInfo {
  return job({
    id: 'a',
    state: 'done',
    bytesSent: 78_700_000,
    result: {
      reference: 'ghcr.io/acme/web:1.2',
      digest: digestOf(42),
      mediaType: MediaType.ociIndex,
      bytesSent: 78_700_000,
      bytesSaved: 5_300_000,
      durationMs: 7_840,
      unchanged: false,
      warnings: [],
      notes: [],
    },
  });
}

function failedJob(): JobInfo {
  return job({
    id: 'a',
    state: 'failed',
    rate: 0,
    error: {
      code: 'BLOB_TOO_LARGE',
      message: 'ghcr.io refused the layer sha256:3a1f… (72 MB).',
      status: 413,
      registry: 'ghcr.io',
      repository: 'acme/web',
      detail: '413 Request Entity Too Large (nginx/1.25.3)',
      digest: digestOf(5),
      hint: 'limit-request-size',
    },
  });
}

/** The rows of a push that ended before its end: nothing of it waits any more. */
function endedLayers(fifth: 'failed' | 'not-sent'): LayerProgress[] {
  return [
    layer(0, 'exists'),
    layer(1, 'mounted'),
    layer(2, 'pushed'),
    layer(3, 'pushed'),
    layer(4, fifth),
    layer(5, 'not-sent'),
  ];
}

/** Done, and with everything to say that can differ from the image in its store. */
function notedJob(): JobInfo {
  const { result, ...done } = doneJob();
  if (result === undefined) return { ...done, id: 'n', createdAt: 700 };
  const [from, to] = [MediaType.ociIndex, MediaType.dockerManifestList];
  return {
    ...done,
    id: 'n',
    createdAt: 700,
    result: {
      ...result,
      notes: [
        { kind: 'converted', from, to, because: 'refused' },
        { kind: 'lost', what: 'annotations', to },
        { kind: 'foreign', count: 1 },
        { kind: 'behind', count: 2 },
      ],
      warnings: ['This registry is read-only from Friday on.'],
    },
  };
}

function untrusted(): JobInfo {
  return job({
    id: 'a',
    state: 'needs-trust',
    registry: 'harbor.acme.internal',
    target: 'harbor.acme.internal/acme/web:1.2',
    bytesSent: 0,
    bytesSaved: 0,
    error: {
      code: 'TLS_UNTRUSTED',
      message: 'The certificate of harbor.acme.internal is not trusted.',
      detail: 'self-signed certificate in certificate chain',
      registry: 'harbor.acme.internal',
      hint: 'trust-certificate',
      certificate: {
        subject: 'CN=harbor.acme.internal, O=Acme',
        issuer: 'CN=Acme Internal CA, O=Acme',
        validFrom: '2026-01-01T00:00:00Z',
        validTo: '2027-01-01T00:00:00Z',
        fingerprint256: Array.from({ length: 32 }, (_value, index) =>
          ((index * 37 + 11) % 256).toString(16).padStart(2, '0').toUpperCase(),
        ).join(':'),
        names: ['harbor.acme.internal', 'registry.acme.internal'],
      },
    },
  });
}

/** The fake main process of one scene; jobs of `huge` and `running` move as real ones do. */
export function sceneApi(scene: Scene, overrides: Partial<Settings>): FakeApi {
  let settings: Settings = {
    ...DEFAULT_SETTINGS,
    lookForUpdates: 'no',
    registries: {
      'nas.local:5000': { tls: 'plain-http' },
      'harbor.acme.internal': { tls: 'pinned', fingerprint256: 'AA:BB' },
      'quay.acme.internal': {
        caFile: '/home/ana/certificates/acme-internal-ca.pem',
        maxUploads: 2,
        chunkSize: 20_000_000,
      },
    },
    bandwidthLimit: 2_500_000,
    addedTogether: [DROPPED.map(({ location }) => location)],
    recentTargets: ['ghcr.io/acme/web:1.1', 'docker.io/acme/api:2.0'],
    ...overrides,
  };
  const isEmpty = scene === 'empty';
  const images = scene === 'huge' ? manyImages(10_000) : isEmpty ? [] : IMAGES;
  const api: FakeApi = createFakeApi({
    'sources.list': () => (isEmpty ? [] : [{ ...STORE, imageCount: images.length - 1 }, ADDED, GONE, ...DROPPED]),
    'sources.lookedFor': () => LOOKED_FOR,
    'images.list': () => images,
    'images.details': (id) =>
      detailsOf(
        images.find((each) => each.id === id) ??
          IMAGES[0] ??
          (() => {
            throw new Error(id);
          })(),
      ),
    'transfers.list': () => snapshots(scene),
    'history.list': ({ search = '' }) => (isEmpty ? [] : HISTORY.filter((entry) => matchesSearch(entry, search))),
    'settings.get': () => settings,
    'settings.update': (patch) => {
      settings = { ...settings, ...patch } as Settings;
      queueMicrotask(() => api.emit('settings', settings));
      return settings;
    },
    'logins.list': () => [
      {
        registry: 'ghcr.io',
        username: 'ci-pusher',
        origin: { kind: 'file', path: '/home/ana/.docker/config.json', key: 'ghcr.io' },
      },
      {
        registry: 'ghcr.io',
        namespace: 'acme',
        username: 'acme-release',
        origin: { kind: 'file', path: '/home/ana/.config/containers/auth.json' },
      },
      { registry: 'docker.io', username: 'ana', origin: { kind: 'vault' } },
    ],
    'signing.keys': () => [
      { fingerprint: '0123456789ABCDEF0123456789ABCDEF01234567', name: 'Ana Release <ana@acme.example>' },
      {
        fingerprint: 'FEDCBA9876543210FEDCBA9876543210FEDCBA98',
        name: 'Acme build server, for nightly images only <ci@acme.example>',
      },
    ],
    'app.chooseFile': (kind) => `/home/ana/keys/${kind}.pem`,
    'images.companions': (ids) => ids.map(() => ({ signature: 1, sbom: 1, attestation: 1, other: 0 })),
    'history.verify': () => ({
      manifests: 3,
      blobs: 12,
      size: 84_000_000,
      policy: '/etc/containers/policy.json',
      tag: 'moved',
    }),
    'logins.rememberOptions': () => ({
      available: ['session', 'docker-file', 'containers-file'],
      vaultUnavailable: 'no keyring is running',
    }),
    'logins.login': async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      throw new PushboatError('UNAUTHORIZED', 'ghcr.io refused the login of ci-pusher.', {
        registry: 'ghcr.io',
        status: 401,
        registryErrors: [{ code: 'UNAUTHORIZED', message: 'incorrect username or password' }],
        hint: 'use-another-login',
      });
    },
    'registries.repositories': (registry) => {
      if (registry === 'harbor.corp.example') throw new PushboatError('DENIED', 'not for robot accounts', { registry });
      return { names: ['acme/api', 'acme/web', 'acme/worker', 'charts/web'], hasMore: false };
    },
    'registries.tags': () => ({
      names: [
        '1.0',
        '1.1',
        '1.1.4',
        '1.2',
        '1.2.0-rc.2',
        '1.2.0-rc.3',
        ...Array.from({ length: 18 }, (_, n) => `0.${n}`),
      ],
      hasMore: false,
    }),
    'registries.tag': (target) => {
      const tag = target.slice(target.lastIndexOf(':') + 1);
      return tag in TAG_IMAGES ? { digest: TAG_IMAGES[tag] } : null;
    },
    'registries.created': (name) => MADE[name.slice(name.indexOf('@') + 1)] ?? null,
    'registries.access': (registry) => ({
      registry,
      apiHost: registry,
      blocked: null,
      proxy:
        registry === 'ghcr.io'
          ? {
              kind: 'proxy',
              url: 'http://proxy.corp.example:3128',
              username: 'svc-build',
              origin: { kind: 'environment', name: 'HTTPS_PROXY' },
            }
          : { kind: 'direct', origin: { kind: 'default' } },
      tls: { kind: 'verified', mayFallBack: false, origin: { kind: 'default' } },
      caFiles: [
        {
          path: '/etc/docker/certs.d/ghcr.io/corp-root-ca.crt',
          origin: { kind: 'file', path: '/etc/docker/certs.d/ghcr.io/corp-root-ca.crt' },
        },
      ],
      clientCertificate: null,
      login: {
        registry,
        username: 'ci-pusher',
        origin: { kind: 'file', path: '/home/ana/.docker/config.json', key: registry },
      },
      problems: [],
    }),
    'registries.test': (registry) => (registry === 'docker.io' ? GOOD_TEST : BAD_TEST),
    'registries.info': (registry) => ({
      registry,
      apiHost: registry,
      login:
        registry === 'ghcr.io'
          ? { registry, username: 'ci-pusher', origin: { kind: 'file', path: '/home/ana/.docker/config.json' } }
          : null,
      plainHttp: registry === 'nas.local:5000' ? 'set' : registry.startsWith('localhost') ? 'allowed' : 'no',
      verify: true,
    }),
    'sources.add': (paths) =>
      paths.map((path) =>
        path.includes('bad')
          ? {
              path,
              imageIds: [],
              error: {
                code: 'LAYOUT_INVALID',
                message: `${path} is not an OCI image layout.`,
                detail: 'index.json is missing',
                path,
                hint: 'check-folder',
              },
            }
          : { path, imageIds: ['alpine'] },
      ),
    'exports.check': (text) => {
      if (!text.includes('wrong')) return undefined;
      throw new PushboatError('REF_INVALID', 'The reference must be lower case.', {
        part: 'repository',
        position: 5,
        detail: 'uppercase letters are not allowed',
        hint: 'fix-reference',
      });
    },
    'exports.choosePlace': ({ name }) => `/home/ana/Downloads/a folder with a long name/of the year 2026/${name}`,
    'exports.start': () => {
      const path = '/home/ana/Downloads/a folder with a long name/of the year 2026/web-1.2.tar';
      throw new PushboatError('DESTINATION_EXISTS', 'It exists already.', { path, hint: 'confirm-replace' });
    },
    'push.preview': ({ target, options }) => {
      if (target.startsWith('silent.')) {
        throw new PushboatError('HOST_UNREACHABLE', 'silent.corp.example cannot be reached.', {
          registry: 'silent.corp.example',
          detail: 'connect ECONNREFUSED 10.20.4.17:443',
          hint: 'check-network',
        });
      }
      return previewOf(target, options);
    },
  });
  if (scene === 'huge' && !location.search.includes('still')) moveForever(api);
  return api;
}

/** Updates of every layer, ten times a second, as the engine sends them. */
function moveForever(api: FakeApi): void {
  let step = 0;
  setInterval(() => {
    step++;
    api.emit('transfers', [
      { type: 'job', job: job({ id: 'a', bytesSent: (step * 300_000) % 78_000_000 }) },
      {
        type: 'layers',
        jobId: 'a',
        layers: Array.from({ length: 200 }, (_value, index) => {
          const row = layer(index, 'uploading');
          return { ...row, sent: ((step * 7 + index) % 100) * 0.01 * row.size };
        }),
      },
    ]);
  }, 100);
}
