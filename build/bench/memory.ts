import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { TAG } from './images.ts';
import { openSite } from './site.ts';
import type { TimedRunOptions } from './timed-run.ts';
import type { BenchImage, Pusher } from './types.ts';
import type { MemoryWorkload } from './workloads.ts';

export interface MemorySample {
  seconds: number;
  /** Bytes: the kernel's own high-water mark. */
  peakRss: number;
  /** Mean resident bytes while each quarter of the layer was read. */
  quarters: number[];
}

interface Reading {
  rss: number;
  peak: number;
  /** Bytes that the process has read from files and sockets. */
  read: number;
}

const INTERVAL_MS = 50;
const QUARTERS = 4;
const REPOSITORY = 'bench/memory';

/** Watches a push of one long layer through /proc. @throws Error when the push fails or this is no Linux. */
export async function measureMemory(
  workload: MemoryWorkload,
  pusher: Pusher,
  image: BenchImage,
  options: TimedRunOptions,
): Promise<MemorySample> {
  options.signal.throwIfAborted();
  await using site = await openSite({ tls: workload.tls, roundTripMs: 0 });
  const target = `${site.host}/${REPOSITORY}:${TAG}`;
  const { layout, isIndex } = image;
  const { command, args } = pusher.push({ layout, tag: TAG, isIndex, tls: workload.tls, verified: false, target });
  const begun = performance.now();
  const child = spawn(command, args, {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'ignore', 'inherit'],
    signal: options.signal,
    killSignal: 'SIGKILL',
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 128));
  });
  const [status, readings] = await Promise.all([ended, watch(child.pid, ended)]);
  if (status !== 0) throw new Error(`exit status ${status}`);
  if (!(await site.hasTag(REPOSITORY, TAG))) throw new Error('it ended well, but the registry has no such tag');
  const size = [...image.blobs.values()].reduce((sum, bytes) => sum + bytes, 0);
  return {
    seconds: (performance.now() - begun) / 1000,
    peakRss: Math.max(...readings.map(({ peak }) => peak)),
    quarters: means(readings, size),
  };
}

async function watch(pid: number | undefined, ended: Promise<unknown>): Promise<Reading[]> {
  const readings: Reading[] = [];
  let over = false;
  const done = ended.finally(() => {
    over = true;
  });
  while (!over) {
    const reading = pid === undefined ? undefined : await readingOf(pid);
    if (reading) readings.push(reading);
    await Promise.race([done, sleep(INTERVAL_MS)]);
  }
  return readings;
}

/** Nothing once the process has ended. */
async function readingOf(pid: number): Promise<Reading | undefined> {
  try {
    const [status, io] = await Promise.all([
      readFile(`/proc/${pid}/status`, 'utf8'),
      readFile(`/proc/${pid}/io`, 'utf8'),
    ]);
    const kib = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) * 1024;
    const reading = { rss: kib('VmRSS'), peak: kib('VmHWM'), read: Number(/^rchar: (\d+)/m.exec(io)?.[1]) };
    return Number.isNaN(reading.rss) ? undefined : reading;
  } catch {
    return undefined;
  }
}

/** The part of the layer that a reading belongs to follows from how much the process has read. */
function means(readings: Reading[], size: number): number[] {
  const parts = Array.from({ length: QUARTERS }, (): number[] => []);
  // Before the first layer byte the program is still being loaded.
  const start = readings.findIndex(({ read }) => read > size / 100);
  for (const { rss, read } of readings.slice(Math.max(0, start))) {
    parts[Math.min(QUARTERS - 1, Math.floor((read / size) * QUARTERS))]?.push(rss);
  }
  return parts.map((values) => values.reduce((sum, value) => sum + value, 0) / values.length);
}
