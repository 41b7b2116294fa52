import { messageOf } from '../../shared/errors.ts';
import { measure } from './measure.ts';
import { judgeTimes, type Measured, pusherResult, type TimedResult } from './results.ts';
import type { TimedRunOptions } from './timed-run.ts';
import type { BenchImage, Pusher } from './types.ts';
import type { TimedWorkload } from './workloads.ts';

/** These pushers, with this image, so many times each. */
interface Compared {
  workload: TimedWorkload;
  pushers: readonly Pusher[];
  image: BenchImage;
  rounds: number;
}

/**
 * Measures all pushers round by round, so that what disturbs the machine for a while disturbs them all, and begins each
 * round with another one. A pusher that fails takes no further part.
 */
export async function runRounds(
  { workload, pushers, image, rounds }: Compared,
  options: TimedRunOptions,
  onProgress: (text: string) => void,
): Promise<TimedResult> {
  const measured = new Map<Pusher, Measured>(pushers.map((pusher) => [pusher, { samples: [] }]));
  for (let round = 0; round < rounds; round += 1) {
    for (const pusher of rotated(pushers, round)) {
      const soFar = measured.get(pusher);
      if (!soFar || soFar.error !== undefined) continue;
      onProgress(`${workload.name}, round ${round + 1} of ${rounds}: ${pusher.name}`);
      try {
        soFar.samples.push(await measure({ workload, pusher, image }, options));
      } catch (thrown) {
        options.signal.throwIfAborted();
        soFar.error = messageOf(thrown);
      }
    }
  }
  const results = [...measured].map(([pusher, found]) => pusherResult(pusher, found, image));
  return judgeTimes(workload, results, image);
}

function rotated<T>(values: readonly T[], by: number): T[] {
  const start = by % values.length;
  return [...values.slice(start), ...values.slice(0, start)];
}
