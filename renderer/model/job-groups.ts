import { isActive, isFinished, isHeldBack, type JobInfo, type JobState } from '../../shared/transfer-events.ts';

/** Where a transfer stands in the list. */
export type Section = 'running' | 'held' | 'failed' | 'done';

/** What the list shows as one: a job, or all jobs that were asked for together. */
export interface ShownTransfer {
  /** Of the job, or of the group. */
  id: string;
  /** Never empty; in the order in which they were asked for where it is a group. */
  jobs: readonly JobInfo[];
}

interface Jobs {
  order: readonly string[];
  jobs: Readonly<Record<string, JobInfo>>;
}

/** The list of transfers in its order; a group stands where its newest job does. */
export function shownTransfers({ order, jobs }: Jobs): ShownTransfer[] {
  const known = order.map((id) => jobs[id]).filter((job) => job !== undefined);
  const together = Map.groupBy(known, ({ id, group }) => group ?? id);
  // Of a group that has one job left the job itself is shown.
  return [...together].map(([id, ofOne]) => ({
    id: ofOne.length === 1 ? (ofOne[0]?.id ?? id) : id,
    jobs: inTurn(ofOne),
  }));
}

/** The jobs of one group. */
export function jobsOf({ jobs }: Pick<Jobs, 'jobs'>, group: string): JobInfo[] {
  return inTurn(Object.values(jobs).filter((job) => job.group === group));
}

/** What is at work or waits for a person comes before what is over. */
export function sectionOf(jobs: readonly JobInfo[]): Section {
  if (jobs.some(({ state }) => !isHeldBack(state) && !isFinished(state))) return 'running';
  if (jobs.some(({ state }) => isHeldBack(state))) return 'held';
  return jobs.some(({ state }) => state === 'failed') ? 'failed' : 'done';
}

/** It was cut off, or paused, when the application ended, and nobody has resumed it yet. */
export function isFromEarlier({ state, isEarlier }: JobInfo): boolean {
  return state === 'interrupted' || isEarlier === true;
}

/** The sums of a group. What was cancelled is in its own count alone. Bytes, and bytes per second. */
export interface GroupSums {
  total: number;
  done: number;
  /** Without those of which only the signature failed. */
  failed: number;
  /** Pushed, but not signed. */
  unsigned: number;
  cancelled: number;
  bytesTotal: number;
  /** Sent or not needed; what a lost line made to be sent twice counts once. */
  bytesThere: number;
  /** Over the network. */
  bytesSent: number;
  bytesSaved: number;
  rate: number;
  /** Some of it is still to be planned, so the bytes are not all. */
  isOpen: boolean;
}

export function sumsOf(jobs: readonly JobInfo[]): GroupSums {
  const count = (...states: readonly JobInfo['state'][]) => jobs.filter(({ state }) => states.includes(state)).length;
  const unsigned = jobs.filter(isUnsigned).length;
  const wanted = jobs.filter(isWanted);
  const sum = (of: (job: JobInfo) => number, from: readonly JobInfo[] = wanted) =>
    from.reduce((all, job) => all + of(job), 0);
  return {
    total: jobs.length,
    done: count('done'),
    failed: count('failed') - unsigned,
    unsigned,
    cancelled: count('cancelled'),
    bytesTotal: sum(({ bytesTotal }) => bytesTotal),
    bytesThere: sum((job) => jobFraction(job) * job.bytesTotal),
    bytesSent: sum(({ result, bytesSent }) => result?.bytesSent ?? bytesSent, jobs),
    bytesSaved: sum(({ result, bytesSaved }) => result?.bytesSaved ?? bytesSaved, jobs),
    rate: sum(({ rate }) => rate),
    isOpen: jobs.some(({ state, bytesTotal }) => isActive(state) && bytesTotal === 0),
  };
}

/** The image is in the registry; its signature could not be made or kept, and can be tried again. */
export function isUnsigned({ state, error }: JobInfo): boolean {
  return state === 'failed' && error?.code === 'NOT_SIGNED';
}

/** Nobody has cancelled it. */
function isWanted({ state }: JobInfo): boolean {
  return state !== 'cancelled';
}

/** How much of what is wanted of a group is done, 0 to 1. While bytes are not known of all, each image counts as much as another. */
export function groupFraction(group: readonly JobInfo[]): number {
  const jobs = group.filter(isWanted);
  if (jobs.length === 0) return 0;
  const { bytesTotal, isOpen } = sumsOf(jobs);
  const parts = jobs.map((job) => ({
    part: jobFraction(job),
    weight: isOpen || bytesTotal === 0 ? 1 : job.bytesTotal,
  }));
  const weights = parts.reduce((all, { weight }) => all + weight, 0);
  return parts.reduce((all, { part, weight }) => all + part * weight, 0) / weights;
}

/** Part of the job that is done, 0 to 1: what was sent and what need not be. */
export function jobFraction({ state, bytesTotal, bytesSent, bytesSaved }: JobInfo): number {
  if (state === 'done') return 1;
  if (bytesTotal === 0) return 0;
  return Math.min(1, (bytesSent + bytesSaved) / bytesTotal);
}

/**
 * Milliseconds in which at least one job was at work, without the time that a person took: each was at work for so long before its end.
 */
export function workedTime(jobs: readonly JobInfo[]): number {
  const spans = jobs
    .flatMap(({ result, finishedAt }) =>
      result && finishedAt ? [{ from: finishedAt - result.durationMs, to: finishedAt }] : [],
    )
    .sort((a, b) => a.from - b.from);
  let time = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const { from, to } of spans) {
    time += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return time;
}

/** What all targets begin with, up to a slash: `harbor.example/mirror`; empty when they have nothing in common. */
export function commonPlace(targets: readonly string[]): string {
  const [first = [], ...others] = targets.map((target) => target.split('/').slice(0, -1));
  const length = others.reduce<number>((most, parts) => {
    const differs = parts.findIndex((part, index) => part !== first[index]);
    return Math.min(most, differs === -1 ? parts.length : differs);
  }, first.length);
  return first.slice(0, length).join('/');
}

function inTurn(jobs: readonly JobInfo[]): JobInfo[] {
  return jobs.toSorted((a, b) => a.createdAt - b.createdAt);
}

/** How the whole group is. */
export function groupState(jobs: readonly JobInfo[]): JobState {
  const section = sectionOf(jobs);
  if (section !== 'running') return section === 'held' ? 'paused' : section;
  const states = new Set(jobs.map(({ state }) => state));
  // What only a person can let go on is said before what goes on by itself.
  return (
    (['needs-login', 'needs-trust', 'running', 'planning'] as const).find((state) => states.has(state)) ?? 'queued'
  );
}
