import { create } from 'zustand';
import type { Digest } from '../../shared/digest.ts';
import { assertNever } from '../../shared/errors.ts';
import {
  isActive,
  type JobInfo,
  type JobSnapshot,
  type LayerProgress,
  type TransferEvent,
} from '../../shared/transfer-events.ts';
import { isFromEarlier } from '../model/job-groups.ts';

/** The rows of one job: their order never changes once known, so that only the row that changed renders again. */
export interface JobLayers {
  digests: readonly Digest[];
  byDigest: Readonly<Record<string, LayerProgress>>;
}

export interface TransfersState {
  /** Those of an earlier start that wait to be resumed, then the newest first. */
  order: readonly string[];
  jobs: Readonly<Record<string, JobInfo>>;
  layers: Readonly<Record<string, JobLayers>>;
}

const EMPTY: TransfersState = { order: [], jobs: {}, layers: {} };
const NO_LAYERS: JobLayers = { digests: [], byDigest: {} };

/** All pushes, normalised by job id and digest: a batch touches only what it names. */
export const useTransfers = create<TransfersState>(() => EMPTY);

/** The state after a batch of events; untouched parts keep their identity. */
export function applyPushEvents(state: TransfersState, events: readonly TransferEvent[]): TransfersState {
  return events.reduce(applyOne, state);
}

function applyOne(state: TransfersState, event: TransferEvent): TransfersState {
  switch (event.type) {
    case 'job': {
      const jobs = { ...state.jobs, [event.job.id]: event.job };
      const known = state.jobs[event.job.id];
      const hasPlace = known !== undefined && isFromEarlier(known) === isFromEarlier(event.job);
      return hasPlace ? { ...state, jobs } : { ...state, jobs, order: sortedIds(jobs) };
    }
    case 'layers':
      return {
        ...state,
        layers: { ...state.layers, [event.jobId]: mergeLayers(knownLayers(state, event), event.layers) },
      };
    case 'removed': {
      const { [event.jobId]: _job, ...jobs } = state.jobs;
      const { [event.jobId]: _layers, ...layers } = state.layers;
      return { order: state.order.filter((id) => id !== event.jobId), jobs, layers };
    }
    default:
      return assertNever(event);
  }
}

function knownLayers(
  { layers }: TransfersState,
  { jobId, all }: Extract<TransferEvent, { type: 'layers' }>,
): JobLayers {
  return (all ? undefined : layers[jobId]) ?? NO_LAYERS;
}

function mergeLayers(known: JobLayers, changed: readonly LayerProgress[]): JobLayers {
  const byDigest: Record<string, LayerProgress> = { ...known.byDigest };
  const added: Digest[] = [];
  for (const layer of changed) {
    if (!(layer.digest in byDigest)) added.push(layer.digest);
    byDigest[layer.digest] = layer;
  }
  return { byDigest, digests: added.length === 0 ? known.digests : [...known.digests, ...added] };
}

function sortedIds(jobs: Readonly<Record<string, JobInfo>>): string[] {
  return Object.values(jobs)
    .sort((a, b) => Number(isFromEarlier(b)) - Number(isFromEarlier(a)) || b.createdAt - a.createdAt)
    .map(({ id }) => id);
}

export function setTransfers(snapshots: readonly JobSnapshot[]): void {
  const events = snapshots.flatMap(({ job, layers }): TransferEvent[] => [
    { type: 'job', job },
    { type: 'layers', jobId: job.id, layers },
  ]);
  useTransfers.setState(applyPushEvents(EMPTY, events));
}

/** How many transfers are at work; a primitive, so that a selector of it renders only on change. */
export function countActive({ jobs }: TransfersState): number {
  return Object.values(jobs).filter(({ state }) => isActive(state)).length;
}

/** How far all transfers at work have come, in whole per cent; undefined while nothing is known of any. */
export function percentDone({ jobs }: TransfersState): number | undefined {
  const active = Object.values(jobs).filter(({ state }) => isActive(state));
  const total = active.reduce((sum, { bytesTotal }) => sum + bytesTotal, 0);
  if (total === 0) return undefined;
  const done = active.reduce((sum, { bytesSent, bytesSaved }) => sum + bytesSent + bytesSaved, 0);
  return Math.min(100, Math.floor((100 * done) / total));
}
