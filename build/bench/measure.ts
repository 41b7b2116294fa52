import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertNever } from '../../shared/assert-never.ts';
import type { Traffic } from './access-log.ts';
import { environmentIn } from './environment.ts';
import { TAG } from './images.ts';
import { runProgram } from './programs.ts';
import { openSite, type Site } from './site.ts';
import { type RunOptions, type RunTimes, timedRun } from './timed-run.ts';
import type { BenchImage, Pusher, PushInput } from './types.ts';
import type { TimedWorkload } from './workloads.ts';

export interface Sample extends RunTimes {
  traffic: Traffic;
}

/** The registry writes the line of a request a moment after its answer. Milliseconds. */
const LOG_DELAY_MS = 100;

let repositories = 0;

/** One push of a pusher to a registry that nobody has used: prepared, timed, and looked up afterwards. */
export async function measure(
  workload: TimedWorkload,
  pusher: Pusher,
  image: BenchImage,
  options: RunOptions,
): Promise<Sample> {
  await using site = await openSite(workload);
  // A name that no pusher has ever seen: a port may come twice, and some remember what they pushed where.
  repositories += 1;
  const target: Target = { repository: `bench/${workload.name.toLowerCase()}-${repositories}`, tag: TAG };
  const earlier = earlierTarget(workload.before, target);
  if (earlier) await push(workload, pusher, image, site, earlier, options);
  // What was written before is not to be written to the disk while the next one runs.
  await runProgram('sync', []);
  await sleep(LOG_DELAY_MS);
  site.log.take();
  // What a pusher remembers of layers that it has compressed would spare it a part of the work.
  const { PUSHBOAT_DATA_DIR = '', XDG_DATA_HOME = '' } = environmentIn(
    join(options.env['HOME'] ?? '', target.repository),
  );
  const env = image.store === undefined ? options.env : { ...options.env, PUSHBOAT_DATA_DIR, XDG_DATA_HOME };
  const times = await push(workload, pusher, image, site, target, { ...options, env });
  await sleep(LOG_DELAY_MS);
  return { ...times, traffic: site.log.take() };
}

interface Target {
  repository: string;
  tag: string;
}

function earlierTarget(before: TimedWorkload['before'], target: Target): Target | undefined {
  switch (before) {
    case 'nothing':
      return undefined;
    case 'same-tag':
      return target;
    case 'other-tag':
      return { ...target, tag: 'earlier' };
    case 'other-repository':
      return { ...target, repository: `${target.repository}-earlier` };
    default:
      return assertNever(before);
  }
}

/** @throws Error when the pusher fails, or says that it pushed what the registry does not have. */
async function push(
  { tls }: TimedWorkload,
  pusher: Pusher,
  { layout, store, isIndex }: BenchImage,
  site: Site,
  { repository, tag }: Target,
  options: RunOptions,
): Promise<RunTimes> {
  const target = `${site.host}/${repository}:${tag}`;
  const input: PushInput = { layout, tag: TAG, isIndex, tls, target, store };
  await using _prepared = await pusher.prepare?.(input);
  const times = await timedRun(pusher.push(input), options);
  if (!(await site.hasTag(repository, tag))) throw new Error('it ended well, but the registry has no such tag');
  return times;
}
