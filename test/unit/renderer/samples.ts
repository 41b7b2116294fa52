import type { Digest } from '../../../shared/digest.ts';
import type { ImageDetails, ImageSummary, SourceInfo } from '../../../shared/images.ts';
import { MediaType } from '../../../shared/media-types.ts';
import type { BlobState, JobInfo, LayerProgress } from '../../../shared/transfer-events.ts';

/** Scripted data: believable images and jobs, always the same. */
export function digestOf(number: number): Digest {
  let hex = '';
  for (let index = 0; hex.length < 64; index++)
    hex += ((number * 2_654_435_761 + index * 40_503) >>> 0).toString(16).padStart(8, '0');
  return `sha256:${hex.slice(0, 64)}` as Digest;
}

export const STORE: SourceInfo = {
  id: 'image-store:/var/lib/ar/images',
  transport: 'image-store',
  label: 'images',
  location: '/var/lib/ar/images',
  state: 'ready',
  imageCount: 0,
  automatic: true,
};

export const ADDED: SourceInfo = {
  id: 'oci:/home/ana/builds',
  transport: 'oci',
  label: 'builds',
  location: '/home/ana/builds',
  state: 'scanning',
  imageCount: 7,
  automatic: false,
};

export const GONE: SourceInfo = {
  id: 'oci:/mnt/usb/layouts',
  transport: 'oci',
  label: 'layouts',
  location: '/mnt/usb/layouts',
  state: 'unreachable',
  imageCount: 0,
  automatic: false,
  error: {
    code: 'SOURCE_UNREADABLE',
    message: 'The folder /mnt/usb/layouts cannot be read.',
    detail: 'ENOENT: no such file or directory',
    path: '/mnt/usb/layouts',
    hint: 'check-folder',
  },
};

export function image(overrides: Partial<ImageSummary> & { id: string }): ImageSummary {
  return {
    sourceId: STORE.id,
    name: overrides.id,
    references: [],
    kind: 'image',
    platforms: [{ os: 'linux', architecture: 'amd64' }],
    digest: digestOf(overrides.id.length),
    mediaType: MediaType.ociManifest,
    size: 7_200_000,
    created: '2026-11-19T08:00:00Z',
    ...overrides,
  };
}

const TEAMS = ['acme', 'platform', 'data', 'edge', 'tools'];
const NAMES = ['web', 'api', 'worker', 'proxy', 'migrate', 'scheduler', 'gateway', 'search', 'mailer', 'cron'];

/** `count` images, among them an index, an artifact and two broken ones. */
export function manyImages(count: number): ImageSummary[] {
  const special: ImageSummary[] = [
    image({
      id: 'web',
      name: 'acme/web:1.2',
      references: ['ghcr.io/acme/web:1.2'],
      kind: 'index',
      platforms: [
        { os: 'linux', architecture: 'amd64' },
        { os: 'linux', architecture: 'arm64', variant: 'v8' },
      ],
      size: 84_000_000,
      created: '2026-11-22T01:00:00Z',
    }),
    image({
      id: 'alpine',
      name: 'alpine-3_18_0',
      references: ['registry.cn-shanghai.aliyuncs.com/tangxusc/alpine:3.18.0'],
      size: 3_400_000,
    }),
    image({
      id: 'chart',
      name: 'acme/charts/web:1.2.0',
      references: ['ghcr.io/acme/charts/web:1.2.0'],
      kind: 'artifact',
      platforms: [],
      size: 18_400,
      sourceId: ADDED.id,
    }),
    broken('backup-2025', 'index.json is missing'),
    broken('base-image', 'index.json: unexpected end of JSON at line 1'),
  ];
  const rest = Array.from({ length: Math.max(0, count - special.length) }, (_value, index) => {
    const name = `${TEAMS[index % 5]}/${NAMES[Math.floor(index / 5) % 10]}:${1 + Math.floor(index / 50)}.${index % 7}`;
    return image({
      id: `image-${index}`,
      name,
      references: [`registry.example.com/${name}`],
      digest: digestOf(1000 + index),
      size: 1_000_000 + ((index * 7_919_113) % 900_000_000),
      created: new Date(Date.parse('2026-11-21T20:00:00Z') - index * 5_400_000).toISOString(),
    });
  });
  return [...special, ...rest];
}

function broken(name: string, detail: string): ImageSummary {
  const path = `/var/lib/ar/images/${name}`;
  return {
    id: name,
    sourceId: STORE.id,
    name,
    references: [],
    kind: 'broken',
    platforms: [],
    error: {
      code: 'LAYOUT_INVALID',
      message: `${path} is not an OCI image layout.`,
      detail,
      path,
      hint: 'check-folder',
    },
  };
}

export const COMMANDS = [
  '/bin/sh -c #(nop) ADD file:4d192565a7220e135cab6c77fbc1c73211b69f3d9fb37e62857b2c6eb9363d51 in / ',
  'RUN /bin/sh -c apk add --no-cache ca-certificates tzdata # buildkit',
  'COPY package.json package-lock.json /app/ # buildkit',
  'RUN /bin/sh -c npm ci --omit=dev # buildkit',
  'COPY dist /app/dist # buildkit',
  'COPY public /app/public # buildkit',
];
const SIZES = [3_400_000, 1_900_000, 210_000, 5_600_000, 72_000_000, 890_000];

export function detailsOf(summary: ImageSummary): ImageDetails {
  const platforms = summary.platforms.length > 0 ? summary.platforms : [undefined];
  return {
    summary,
    annotations: {},
    manifests: platforms.map((platform, place) => ({
      digest: digestOf(500 + place),
      mediaType: MediaType.ociManifest,
      ...(platform ? { platform } : {}),
      layers: COMMANDS.map((createdBy, index) => ({
        digest: digestOf(index + 1 + place * 100),
        mediaType: MediaType.ociLayerGzip,
        size: SIZES[index] ?? 1,
        createdBy,
      })),
      labels: {
        'org.opencontainers.image.source': 'https://github.com/acme/web',
        'org.opencontainers.image.revision': '5f0c1d7a9b',
        maintainer: 'Web team <web@acme.example>',
      },
      env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin', 'NODE_ENV=production'],
      entrypoint: ['/usr/bin/tini', '--'],
      cmd: ['node', 'dist/server.js'],
      workingDir: '/app',
      user: '1000:1000',
      exposedPorts: ['8080/tcp'],
      annotations: {},
      ...(summary.created === undefined ? {} : { created: summary.created }),
    })),
  };
}

export function job(overrides: Partial<JobInfo> & { id: string }): JobInfo {
  return {
    imageId: 'web',
    imageName: 'acme/web:1.2',
    target: 'ghcr.io/acme/web:1.2',
    registry: 'ghcr.io',
    state: 'running',
    bytesTotal: 84_000_000,
    bytesSent: 45_000_000,
    bytesSaved: 5_300_000,
    rate: 12_400_000,
    etaSeconds: 3,
    createdAt: 1_000,
    ...overrides,
  };
}

const STATES: BlobState[] = [
  'exists',
  'mounted',
  'pushed',
  'committing',
  'uploading',
  'retrying',
  'waiting',
  'checking',
  'failed',
  'skipped',
];

export function layer(index: number, state: BlobState = STATES[index % STATES.length] ?? 'waiting'): LayerProgress {
  const size = SIZES[index % SIZES.length] ?? 1;
  return {
    digest: digestOf(index + 1),
    kind: 'layer',
    mediaType: MediaType.ociLayerGzip,
    size,
    state,
    sent: state === 'uploading' || state === 'retrying' ? Math.round(size * 0.62) : state === 'pushed' ? size : 0,
    createdBy: COMMANDS[index % COMMANDS.length] ?? '',
    ...(state === 'mounted' ? { mountedFrom: 'acme/base' } : {}),
    ...(state === 'retrying' ? { attempt: 2, reason: 'connection reset' } : {}),
  };
}
