import type { HistoryEntry } from '../../../../shared/history.ts';
import type { SourceInfo } from '../../../../shared/images.ts';
import { MediaType } from '../../../../shared/media-types.ts';
import type { JobInfo, TagChange } from '../../../../shared/transfer-events.ts';
import { digestOf, job } from '../samples.ts';

const REGISTRY = 'harbor.corp.example';

/** Names, sizes and how their pushes stand. */
const IMAGES: [name: string, megabytes: number, state: JobInfo['state'], tag?: TagChange][] = [
  ['acme/api:3.4', 61, 'done', { state: 'new' }],
  ['acme/billing:2.8.1', 118, 'failed'],
  ['acme/catalog:5.0', 96, 'done', { state: 'new' }],
  ['acme/gateway:1.9-amd64', 74, 'done', { state: 'kept' }],
  ['acme/mail:0.9', 38, 'done', { state: 'same' }],
  ['acme/search:4.2', 340, 'running'],
  ['acme/web:1.2', 84, 'done', { state: 'moved', from: digestOf(7) }],
  ['platform/ledger-reconciliation:release-candidate-2026-11-26.000123', 57, 'running'],
  ['redis:7.4', 117, 'queued'],
  ['acme/sidecar:0.3', 22, 'queued'],
];

/** Archives of one drop. */
export const DROPPED: SourceInfo[] = IMAGES.map(([name]) => {
  const label = `${name.replace(/[/:]/g, '-')}.tar`;
  const location = `/media/usb/images/${label}`;
  return {
    id: `docker-archive:${location}`,
    transport: 'docker-archive',
    label,
    location,
    state: 'ready',
    imageCount: 1,
    automatic: false,
  };
});

/** A group of pushes, under way or at its end. */
export function groupJobs(isOver: boolean): JobInfo[] {
  return IMAGES.map(([name, megabytes, state, tag], index) => {
    const bytesTotal = megabytes * 1_000_000;
    const target = `${REGISTRY}/mirror/${name}`;
    const isDone = state === 'done' || (isOver && state !== 'failed');
    const isRunning = state === 'running';
    return job({
      id: `group-${index}`,
      group: 'many',
      imageName: name,
      target,
      registry: REGISTRY,
      state: isDone ? 'done' : state,
      bytesTotal: state === 'queued' && !isOver ? 0 : bytesTotal,
      bytesSent: isDone ? bytesTotal * 0.8 : isRunning ? bytesTotal * 0.6 : 0,
      bytesSaved: isDone ? bytesTotal * 0.2 : 0,
      rate: isRunning && !isOver ? 19_000_000 : 0,
      etaSeconds: undefined,
      createdAt: 2000 + index,
      ...(isDone ? ended(target, bytesTotal, index, tag ?? { state: 'new' }) : {}),
      ...(state === 'failed' ? { finishedAt: 30_000, error: missingLayer() } : {}),
    });
  });
}

function ended(target: string, bytesTotal: number, index: number, tag: TagChange): Partial<JobInfo> {
  return {
    startedAt: 3000,
    finishedAt: 8000 + index * 2000,
    result: {
      reference: target,
      digest: digestOf(300 + index),
      mediaType: MediaType.ociManifest,
      bytesSent: bytesTotal * 0.8,
      bytesSaved: bytesTotal * 0.2,
      durationMs: 4800,
      unchanged: false,
      tag,
      notes: [],
      warnings: [],
    },
  };
}

function missingLayer(): JobInfo['error'] {
  return {
    code: 'BLOB_MISSING',
    message: 'The layer 3c6ef362a1b2 is missing in /media/usb/billing-2.8.1.tar.',
    detail: 'blobs/sha256/3c6ef362a1b2 is not in the archive',
    path: '/media/usb/billing-2.8.1.tar',
    digest: digestOf(2),
    hint: 'check-folder',
  };
}

/** What the history of a person who pushes every day holds. */
export const HISTORY: HistoryEntry[] = IMAGES.flatMap(([name, megabytes, state, tag], index) => [
  past(name, megabytes, state === 'failed' ? 'failed' : 'done', tag, Date.UTC(2026, 10, 26, 9, 42 - index)),
  past(name, megabytes / 4, 'done', { state: 'same' }, Date.UTC(2026, 10, 25, 17, 8 - (index % 8))),
]).toSorted((a, b) => b.finishedAt - a.finishedAt);

function past(
  name: string,
  megabytes: number,
  state: 'done' | 'failed',
  tag: TagChange | undefined,
  finishedAt: number,
): HistoryEntry {
  return {
    id: `${name} ${finishedAt}`,
    kind: 'push',
    imageName: name,
    target: `${REGISTRY}/mirror/${name}`,
    registry: REGISTRY,
    state,
    digest: state === 'done' ? digestOf(name.length) : undefined,
    bytesSent: state === 'done' ? megabytes * 1_000_000 : 0,
    bytesSaved: state === 'done' ? megabytes * 200_000 : 0,
    durationMs: 4800,
    finishedAt,
    account: 'robot$ci',
    tag: state === 'done' ? (tag ?? { state: 'new' }) : undefined,
    error: state === 'failed' ? { code: 'BLOB_MISSING', message: 'A layer is missing.' } : undefined,
  };
}
