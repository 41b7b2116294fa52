import type { MeasuredRun } from './measure.ts';
import type { MemorySample } from './memory.ts';
import { OURS } from './pushers.ts';
import type { BenchImage } from './types.ts';
import type { MemoryWorkload, TimedWorkload } from './workloads.ts';

/** What one pusher needed for one workload. */
export interface PusherResult {
  pusher: string;
  /** Of each round, in order. */
  seconds: number[];
  wall?: Spread;
  /** Absent where the command's own time says nothing. */
  cpu?: Spread | undefined;
  /** Of the last round. */
  requests?: number;
  methods?: Record<string, number>;
  /** Blobs and bytes of layers that were uploaded in the last round. */
  uploadedLayers?: number;
  uploadedLayerBytes?: number;
  /** Medians, where a line was between. */
  connections?: number;
  roundTrips?: number;
  /** Why it takes no part. */
  error?: string;
}

interface Judged {
  name: string;
  work: string;
  /** Each part of the goal in words, with what was reached. */
  verdicts: Verdict[];
  /** All parts; absent when nothing could be compared. */
  met?: boolean | undefined;
}

export interface Verdict {
  text: string;
  met: boolean;
}

export interface TimedResult extends Judged {
  kind: 'time';
  goal: TimedWorkload['goal'];
  /** Round trips that the protocol needs at least, where they are what is waited for. */
  leastRoundTrips?: number | undefined;
  results: PusherResult[];
  fastestPeer?: string | undefined;
  /** Ours / fastest peer, of the medians. */
  ratio?: number | undefined;
  /** The same of the processor times, which other work on the machine disturbs less. */
  cpuRatio?: number | undefined;
  /** Requests of ours beyond one HEAD per blob. */
  extraRequests?: number | undefined;
}

export interface MemoryResult extends Judged {
  kind: 'memory';
  goal: MemoryWorkload['goal'];
  sample?: MemorySample;
  error?: string;
}

export type WorkloadResult = TimedResult | MemoryResult;

/** The samples of a pusher for a workload, or why there are none. */
export interface Measured {
  samples: MeasuredRun[];
  error?: string;
}

export function pusherResult(
  pusher: { name: string; cpu: boolean },
  measured: Measured,
  image: BenchImage,
): PusherResult {
  const { samples, error } = measured;
  const seconds = samples.map((sample) => sample.seconds);
  const last = samples.at(-1);
  if (error !== undefined || !last) return { pusher: pusher.name, seconds, error: error ?? 'not measured' };
  const isLayer = (digest: string) => image.layers?.has(digest) ?? !image.blobs.has(digest);
  const layers = last.traffic.uploaded.filter(isLayer);
  return {
    pusher: pusher.name,
    seconds,
    wall: spreadOf(seconds),
    cpu: pusher.cpu ? spreadOf(samples.map((sample) => sample.cpuSeconds)) : undefined,
    requests: last.traffic.requests,
    methods: last.traffic.methods,
    uploadedLayers: layers.length,
    uploadedLayerBytes: layers.reduce((sum, digest) => sum + (image.blobs.get(digest) ?? 0), 0),
    ...lineFigures(samples),
  };
}

function lineFigures(samples: readonly MeasuredRun[]): Pick<PusherResult, 'connections' | 'roundTrips'> {
  const connections = samples.flatMap(({ traffic }) => traffic.connections ?? []);
  const roundTrips = samples.flatMap(({ traffic }) => traffic.roundTrips ?? []);
  if (connections.length === 0 || roundTrips.length === 0) return {};
  return { connections: spreadOf(connections).median, roundTrips: spreadOf(roundTrips).median };
}

/** Compares ours with the peer whose median is the lowest. */
export function judgeTimes(workload: TimedWorkload, results: PusherResult[], image: BenchImage): TimedResult {
  const { name, work, goal } = workload;
  const ours = results.find(({ pusher }) => pusher === OURS);
  const [fastest] = results
    .filter(({ pusher, wall }) => pusher !== OURS && wall)
    .toSorted((a, b) => (a.wall?.median ?? 0) - (b.wall?.median ?? 0));
  const ratio = ours?.wall && fastest?.wall ? ours.wall.median / fastest.wall.median : undefined;
  const cpuRatio = ours?.cpu && fastest?.cpu?.median ? ours.cpu.median / fastest.cpu.median : undefined;
  const extraRequests = ours?.requests === undefined ? undefined : ours.requests - image.blobs.size;
  const verdicts: Verdict[] = [];
  if (ratio !== undefined && goal.ratio !== undefined) {
    verdicts.push({
      text: `ours / ${fastest?.pusher} ${ratio.toFixed(2)}, goal ≤ ${goal.ratio}`,
      met: ratio <= goal.ratio,
    });
  }
  for (const [other, most] of Object.entries(goal.against ?? {})) {
    const peer = results.find(({ pusher }) => pusher === other);
    if (!ours?.wall || !peer?.wall) continue;
    const reached = ours.wall.median / peer.wall.median;
    verdicts.push({ text: `ours / ${other} ${reached.toFixed(2)}, goal ≤ ${most}`, met: reached <= most });
  }
  if (goal.extraRequests !== undefined && extraRequests !== undefined) {
    const text = `${ours?.requests} requests for ${image.blobs.size} blobs, goal ≤ ${image.blobs.size} + ${goal.extraRequests}`;
    verdicts.push({ text, met: extraRequests <= goal.extraRequests });
  }
  if (goal.layerBytes !== undefined && ours?.uploadedLayerBytes !== undefined) {
    const text = `${ours.uploadedLayerBytes} layer bytes sent, goal ≤ ${goal.layerBytes}`;
    verdicts.push({ text, met: ours.uploadedLayerBytes <= goal.layerBytes });
  }
  return {
    kind: 'time',
    name,
    work,
    goal,
    leastRoundTrips: workload.felt?.leastRoundTrips,
    results,
    fastestPeer: fastest?.pusher,
    ratio,
    cpuRatio,
    extraRequests,
    verdicts,
    // Without a peer the ratio, and with it the goal, stays open.
    met: ratio === undefined ? undefined : verdicts.every((verdict) => verdict.met),
  };
}

export function judgeMemory(workload: MemoryWorkload, measured: MemorySample | Error): MemoryResult {
  const { name, work, goal } = workload;
  const common = { kind: 'memory', name, work, goal } as const;
  if (measured instanceof Error) return { ...common, error: measured.message, verdicts: [] };
  const { peakRss, quarters } = measured;
  const growth = (quarters.at(-1) ?? Number.NaN) - (quarters[0] ?? Number.NaN);
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  const verdicts: Verdict[] = [
    { text: `peak RSS ${megabytes(peakRss)}, goal ≤ ${megabytes(goal.peakRss)}`, met: peakRss <= goal.peakRss },
    {
      text: `mean RSS by quarter ${quarters.map(megabytes).join(', ')}, goal: the last at most ${megabytes(goal.growth)} above the first`,
      met: growth <= goal.growth,
    },
  ];
  return { ...common, sample: measured, verdicts, met: verdicts.every((verdict) => verdict.met) };
}

export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** @throws RangeError when there are no values. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  const lower = sorted.length % 2 === 1 ? upper : sorted[middle - 1];
  const [min] = sorted;
  const max = sorted.at(-1);
  if (upper === undefined || lower === undefined || min === undefined || max === undefined) {
    throw new RangeError('no values, no median');
  }
  return { median: (lower + upper) / 2, min, max };
}
