import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertNever } from '../../shared/errors.ts';
import { TAG } from './images.ts';
import { environmentIn } from './machine.ts';
import { runProgram } from './programs.ts';
import { openSite, type Site, type SiteTraffic } from './site.ts';
import { type RunTimes, type TimedRunOptions, timedRun } from './timed-run.ts';
import type { BenchImage, Pusher, PushInput } from './types.ts';
import type { TimedWorkload } from './workloads.ts';

export interface MeasuredRun extends RunTimes {
  traffic: SiteTraffic;
}

/** The registry writes the line of a request a moment after its answer. Milliseconds. */
const LOG_DELAY_MS = 100;

let repositories = 0;

/** What is measured: this pusher, with this image, as the workload says. */
interface Subject {
  workload: TimedWorkload;
  pusher: Pusher;
  image: BenchImage;
}

/** One push to a registry that nobody has used: prepared, timed, and looked up afterwards. */
export async function measure(subject: Subject, options: TimedRunOptions): Promise<MeasuredRun> {
  const { workload, image } = subject;
  await using site = await openSite(workload);
  // A name that no pusher has ever seen: a port may come twice, and some remember what they pushed where.
  repositories += 1;
  const target: Target = { repository: `bench/${workload.name.toLowerCase()}-${repositories}`, tag: TAG };
  const run = { ...options, env: environmentFor(target.repository, subject, site, options) };
  const earlier = earlierTarget(workload.before, target);
  if (earlier) {
    const before = workload.before === 'earlier-build' ? (image.earlier ?? image) : image;
    // Some would take minutes.
    await site.set('near');
    await push({ ...subject, image: before }, site, earlier, workload.felt ? run : options);
    await site.set('far');
  }
  // What was written before is not to be written to the disk while the next one runs.
  await runProgram('sync', []);
  await sleep(LOG_DELAY_MS);
  await site.takeTraffic();
  const times = await push(subject, site, target, run);
  await sleep(LOG_DELAY_MS);
  return { ...times, traffic: await site.takeTraffic() };
}

/** What a pusher remembers of other measurements would spare it a part of the work where that is compared; what it has compiled it may keep. */
function environmentFor(
  repository: string,
  { workload, pusher, image }: Subject,
  { caFile, loginDir }: Site,
  { env }: TimedRunOptions,
): Record<string, string> {
  if (image.store === undefined && !workload.felt) return env;
  const { PUSHBOAT_DATA_DIR = '', XDG_DATA_HOME = '' } = environmentIn(join(env['HOME'] ?? '', repository));
  const trust = caFile === undefined ? {} : pusher.trusting?.(caFile);
  return { ...env, PUSHBOAT_DATA_DIR, XDG_DATA_HOME, ...trust, ...(loginDir ? { DOCKER_CONFIG: loginDir } : {}) };
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
    case 'earlier-build':
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
  { workload: { tls, felt }, pusher, image: { layout, store, isIndex } }: Subject,
  site: Site,
  { repository, tag }: Target,
  options: TimedRunOptions,
): Promise<RunTimes> {
  const target = `${site.host}/${repository}:${tag}`;
  const input: PushInput = { layout, tag: TAG, isIndex, tls, verified: felt !== undefined, target, store };
  await using _prepared = await pusher.prepare?.(input);
  const times = await timedRun(pusher.push(input), options);
  if (!(await site.hasTag(repository, tag))) throw new Error('it ended well, but the registry has no such tag');
  return times;
}
