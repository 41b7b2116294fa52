import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTempDir } from '../../test/fixtures/temp-dir.ts';
import { feltWorkloads } from './felt.ts';
import { BenchImages } from './images.ts';
import { describeMachine, environmentIn } from './machine.ts';
import { measure } from './measure.ts';
import { measureMemory } from './memory.ts';
import { type BenchOptions, parseOptions, usage } from './options.ts';
import { judgeProxies, openProxyWays } from './proxies.ts';
import { findPushers, OURS } from './pushers.ts';
import { type BenchReport, headLines, resultLines, summaryLine } from './report.ts';
import { judgeMemory, type WorkloadResult } from './results.ts';
import { runRounds } from './rounds.ts';
import { missingForStores } from './store-image.ts';
import type { TimedRunOptions } from './timed-run.ts';
import type { Pusher } from './types.ts';
import { type MemoryWorkload, proxyWorkloads, type TimedWorkload, type Workload, workloads } from './workloads.ts';

/** Groups of workloads: where a person waits, and what proxies cost. Each stands for all whose names begin so. */
const FELT = 'felt';
const PROXIES = 'proxies';
const GROUPS = [FELT, PROXIES];

/** Small enough that nobody waits for it. */
const WARM_UP: TimedWorkload = {
  kind: 'time',
  name: 'warm-up',
  work: 'one small layer',
  image: { platforms: 1, layersPerPlatform: 1, sharedLayers: 0, layerSize: 1024 },
  tls: false,
  roundTripMs: 0,
  before: 'nothing',
  goal: { ratio: Number.POSITIVE_INFINITY },
};

/**
 * Compares the built command line with every pusher on this machine.
 * @returns the exit status: 0 when all of ours was measured, whether or not the goals were met; 130 when interrupted.
 */
export async function runBench(args: string[]): Promise<number> {
  const names = allWorkloads({ quick: false }).map(({ name }) => name);
  if (args.includes('--help')) {
    console.log(usage([...names, ...GROUPS]));
    return 0;
  }
  const options = parseOptions(args, [...names, ...GROUPS]);
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('SIGHUP', onSignal);
  try {
    const report = await compare(options, interrupt.signal);
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
    return report.workloads.every(oursMeasured) ? 0 : 1;
  } catch (thrown) {
    if (!interrupt.signal.aborted) throw thrown;
    return 130;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal).off('SIGHUP', onSignal);
  }
}

function allWorkloads({ quick }: { quick: boolean }): Workload[] {
  return [...workloads({ quick }), ...feltWorkloads({ quick }), ...proxyWorkloads({ quick })];
}

async function compare({ rounds, only, quick }: BenchOptions, signal: AbortSignal): Promise<BenchReport> {
  const noStores = missingForStores();
  const wanted = allWorkloads({ quick }).filter(
    ({ name, image }) =>
      (only?.some((one) => isNamed(name, one)) ?? !isNamed(name, PROXIES)) && !(image.inStore && noStores),
  );
  const needsDocker = wanted.some(({ image }) => image.inStore);
  const [machine, found] = await Promise.all([describeMachine(), findPushers(needsDocker)]);
  const { pushers } = found;
  const missing = [...found.missing, ...(noStores ? [noStores] : [])];
  print(headLines(machine, pushers, missing));
  await using folder = await makeTempDir('bench');
  const run: TimedRunOptions = { env: environmentIn(join(folder.path, 'home')), signal };
  await using images = new BenchImages(join(folder.path, 'images'));
  const results: WorkloadResult[] = [];
  try {
    await warmUp(pushers, images, run);
    for (const workload of wanted) {
      const result = await runWorkload(workload, pushers, images, rounds, run);
      print(resultLines(result));
      results.push(result);
    }
  } finally {
    for (const pusher of pushers) await pusher.release?.();
  }
  print(['', summaryLine(results)]);
  const versions = pushers.map(({ name, version }) => ({ name, version }));
  return {
    machine,
    rounds,
    quick,
    pushers: versions,
    missing,
    tlsVerified: wanted.some((one) => one.kind === 'time' && one.felt !== undefined),
    workloads: results,
  };
}

/** What a program does only once (caches, its first start from the disk) is no part of any workload. */
async function warmUp(pushers: readonly Pusher[], images: BenchImages, run: TimedRunOptions): Promise<void> {
  const image = await images.get(WARM_UP.image);
  for (const pusher of pushers) {
    progress(`warm-up: ${pusher.name}`);
    try {
      await measure({ workload: WARM_UP, pusher, image }, run);
    } catch {
      run.signal.throwIfAborted();
      // The workloads will say it.
    }
  }
}

async function runWorkload(
  workload: Workload,
  pushers: readonly Pusher[],
  images: BenchImages,
  rounds: number,
  run: TimedRunOptions,
): Promise<WorkloadResult> {
  progress(`${workload.name}: making ${workload.work}`);
  const image = await images.get(workload.image);
  if (workload.kind === 'time') {
    if (workload.proxied) {
      await using ways = await openProxyWays(run.env);
      return judgeProxies(await runRounds({ workload, pushers: ways.pushers, image, rounds }, run, progress));
    }
    const among = pushers.filter(({ name }) => workload.felt?.pushers.includes(name) ?? true);
    return runRounds({ workload, pushers: among, image, rounds }, run, progress);
  }
  progress(`${workload.name}: ${OURS}`);
  return judgeMemory(workload, await ourMemory(workload, pushers, images, run));
}

async function ourMemory(
  workload: MemoryWorkload,
  pushers: readonly Pusher[],
  images: BenchImages,
  run: TimedRunOptions,
) {
  const ours = pushers.find(({ name }) => name === OURS);
  if (!ours) return new Error('the command line is not built');
  try {
    return await measureMemory(workload, ours, await images.get(workload.image), run);
  } catch (thrown) {
    run.signal.throwIfAborted();
    return thrown instanceof Error ? thrown : new Error(String(thrown));
  }
}

function isNamed(name: string, wanted: string): boolean {
  return name === wanted || (GROUPS.includes(wanted) && name.startsWith(`${wanted}-`));
}

function oursMeasured(result: WorkloadResult): boolean {
  if (result.kind === 'memory') return result.sample !== undefined;
  return result.results.some(({ pusher, wall }) => pusher === OURS && wall);
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** What is going on goes to standard error: the results can be kept by themselves. */
function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}
