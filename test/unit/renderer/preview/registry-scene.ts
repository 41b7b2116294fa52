import type { Digest } from '../../../../shared/digest.ts';
import type { Platform } from '../../../../shared/images.ts';
import { MediaType } from '../../../../shared/media-types.ts';
import type { ConnectionStep } from '../../../../shared/registry-access.ts';
import type { PushPreview } from '../../../../shared/transfer-events.ts';
import type { TransferOptions } from '../../../../shared/transfer-options.ts';
import { COMMANDS, digestOf, layer } from '../samples.ts';

const PLATFORMS: Platform[] = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64', variant: 'v8' },
];

/** What the tags of a repository are, and when their images were made. */
export const TAG_IMAGES: Record<string, Digest> = {
  '1.2': digestOf(77),
  '1.2.0-rc.3': digestOf(3),
  '1.2.0-rc.2': digestOf(78),
  '1.1.4': digestOf(79),
  '1.1': digestOf(79),
  '1.0': digestOf(80),
};
export const MADE: Record<string, string> = Object.fromEntries(
  [77, 3, 78, 79, 80].map((image, index) => [
    digestOf(image),
    new Date(Date.parse('2026-11-24T09:00:00Z') - index * index * 9 * 86_400_000).toISOString(),
  ]),
);

export const BAD_TEST: ConnectionStep[] = [
  { step: 'address', state: 'noted', note: 'byProxy', ms: 0 },
  { step: 'proxy', state: 'passed', found: 'svc-build@proxy.corp.example:3128', ms: 11 },
  { step: 'connect', state: 'noted', note: 'byProxy', ms: 0 },
  { step: 'tls', state: 'passed', found: 'C=US, O=Corp, CN=Corp Root CA · 2027-03-03', ms: 28 },
  { step: 'api', state: 'passed', found: 'HTTPS /v2/', ms: 31 },
  {
    step: 'login',
    state: 'failed',
    ms: 64,
    error: {
      code: 'UNAUTHORIZED',
      message: 'ghcr.io refused the login of ci-pusher.',
      registry: 'ghcr.io',
      status: 401,
      registryErrors: [{ code: 'UNAUTHORIZED', message: 'incorrect username or password' }],
      hint: 'use-another-login',
    },
  },
  { step: 'push', state: 'notReached' },
  { step: 'catalog', state: 'notReached' },
];

export const GOOD_TEST: ConnectionStep[] = [
  { step: 'address', state: 'passed', found: '10.20.4.17', ms: 3 },
  { step: 'connect', state: 'passed', found: '10.20.4.17:443', ms: 11 },
  { step: 'tls', state: 'passed', found: 'C=US, O=Corp, CN=Corp Root CA · 2027-03-03', ms: 28 },
  { step: 'api', state: 'passed', found: 'HTTPS /v2/', ms: 31 },
  { step: 'login', state: 'passed', found: 'ana', ms: 64 },
  { step: 'push', state: 'passed', found: 'acme/api', ms: 40 },
  { step: 'catalog', state: 'noted', note: 'noCatalog', ms: 19 },
];

/** What a push would do. */
export function previewOf(target: string, options: TransferOptions): PushPreview {
  return {
    target: target.includes(':') ? target : `${target}:latest`,
    digest: digestOf(42),
    mediaType: MediaType.ociIndex,
    ...(options.format === 'v2s2'
      ? {
          conversion: {
            from: MediaType.ociIndex,
            to: MediaType.dockerManifestList,
            lost: ['annotations', 'attachments'] as const,
          },
        }
      : {}),
    blobs: PLATFORMS.flatMap((platform, place) =>
      COMMANDS.map((createdBy, index) => ({
        digest: digestOf(index + 1 + place * 100),
        kind: 'layer' as const,
        mediaType: MediaType.ociLayerGzip,
        size: layer(index).size,
        action: (['exists', 'mount', 'upload', 'upload', 'upload', 'upload'] as const)[index] ?? 'upload',
        createdBy,
        platform,
        ...(index === 1 ? { mountFrom: 'acme/base' } : {}),
      })),
    ),
    manifests: [
      ...PLATFORMS.map((platform, place) => ({
        digest: digestOf(500 + place),
        mediaType: MediaType.ociManifest,
        size: 1_830,
        platform,
        exists: false,
      })),
      { digest: digestOf(42), mediaType: MediaType.ociIndex, size: 684, exists: false },
    ],
    bytesTotal: 84_000_000,
    differs: [],
    bytesToSend: options.onlyNew ? 0 : 78_700_000,
    tag: target.startsWith('harbor')
      ? { state: 'new' }
      : options.onlyNew
        ? { state: 'kept', digest: digestOf(77) }
        : { state: 'moves', from: digestOf(77) },
    rate: 12_400_000,
    login: { username: 'ci-pusher', origin: '~/.docker/config.json' },
    notes: [],
  };
}
