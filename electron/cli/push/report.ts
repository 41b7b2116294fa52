import type { Digest } from '../../../shared/digest.ts';
import { PushboatError } from '../../../shared/errors.ts';
import type { JobInfo, JobSnapshot } from '../../../shared/transfer-events.ts';
import { writeDigest } from '../files.ts';
import { type CommandIo, printLine } from '../io.ts';

export interface ReportOptions {
  quiet?: boolean;
  digestfile?: string;
  json?: boolean;
}

/** What is left to tell when all jobs have ended. @throws PushboatError of the first that was stopped or failed. */
export async function report(snapshots: readonly JobSnapshot[], options: ReportOptions, io: CommandIo): Promise<void> {
  const digests = snapshots.flatMap(({ job }) => digestsOf(job));
  const [digest] = digests;
  if (digest !== undefined && options.digestfile) await writeDigest(options.digestfile, digest);
  if (options.quiet && !options.json) for (const one of new Set(digests)) printLine(io, one);
  for (const { job } of snapshots) {
    if (job.state === 'cancelled' || job.state === 'paused') throw new PushboatError('CANCELLED', stoppedWords(job));
    if (job.error) throw PushboatError.fromData(job.error);
    if (!job.result) throw new PushboatError('INTERNAL', `The push ended as ${job.state}.`, { hint: 'report-bug' });
  }
}

function digestsOf({ result }: JobInfo): Digest[] {
  if (!result) return [];
  return result.exported ? result.exported.map(({ digest }) => digest) : [result.digest];
}

function stoppedWords({ destination, target, state }: JobInfo): string {
  if (destination) return `The export was cancelled; ${target} is as it was.`;
  const kept =
    state === 'paused'
      ? 'What was sent is kept: the same command continues from there.'
      : 'Layers that were sent whole stay in the registry.';
  return `The push to ${target} was stopped. ${kept} The registry’s tag was not changed.`;
}
