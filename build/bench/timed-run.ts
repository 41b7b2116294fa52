import { spawn } from 'node:child_process';
import type { CommandLine } from './types.ts';

export interface RunTimes {
  /** Wall time of the whole process. */
  seconds: number;
  /** Processor time, user and system, of the process and its children. */
  cpuSeconds: number;
}

export interface TimedRunOptions {
  env: Record<string, string>;
  signal: AbortSignal;
}

/** Longer than any workload takes anywhere: a pusher that hangs must not hold up the rest. Milliseconds. */
const LIMIT_MS = 15 * 60_000;

/** Characters of a failed command's output that are shown. */
const SHOWN = 600;

/** Node tells no times of its children; a shell does, on descriptor 3, in steps of 10 ms. It adds about 1 ms to each run. */
const SHELL = '"$@" 3>&-; status=$?; times >&3; exit $status';

/** Runs a command to its end. @throws Error with the end of its output when it fails, hangs, or is interrupted. */
export async function timedRun({ command, args }: CommandLine, { env, signal }: TimedRunOptions): Promise<RunTimes> {
  signal.throwIfAborted();
  const begun = process.hrtime.bigint();
  // A group of its own, so that all of it can be ended at once.
  const child = spawn('/bin/sh', ['-c', SHELL, 'sh', command, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const output = { said: '', times: '' };
  const keep = (name: keyof typeof output, stream: NodeJS.ReadableStream | null | undefined) =>
    stream?.on('data', (chunk: Buffer) => {
      output[name] = (output[name] + chunk.toString('utf8')).slice(-SHOWN);
    });
  keep('said', child.stdout);
  keep('said', child.stderr);
  keep('times', child.stdio[3] as NodeJS.ReadableStream);
  const stop = () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  };
  const timer = setTimeout(stop, LIMIT_MS);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const ended = new Promise<bigint>((resolve) => child.once('exit', () => resolve(process.hrtime.bigint())));
    const status = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? 128));
    });
    signal.throwIfAborted();
    if (status !== 0) throw new Error(`exit status ${status}: ${output.said.trim()}`);
    return { seconds: Number((await ended) - begun) / 1e9, cpuSeconds: cpuOf(output.times) };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

/** The second line of `times` is the children's: `0m0.420000s 0m0.080000s`. */
function cpuOf(times: string): number {
  const [, children = ''] = times.split('\n');
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, min, sec]) => sum + Number(min) * 60 + Number(sec),
    0,
  );
}
