import type { Digest } from '../../../shared/digest.ts';
import { PushboatError } from '../../../shared/errors.ts';
import { type ReceiptRow, receiptFormatOf, receiptRow, receiptText } from '../../../shared/receipt.ts';
import type { JobInfo, JobSnapshot } from '../../../shared/transfer-events.ts';
import { ExitStatus, errorObject, exitStatusOf, printError } from '../errors.ts';
import { writeDigests, writeReceipt } from '../files.ts';
import { type CommandIo, printJson, printLine } from '../io.ts';
import { type Speech, speechTo } from '../language/language.ts';

export interface ReportOptions {
  quiet?: boolean;
  digestfile?: string;
  /** File for what became of each image. */
  receipt?: string;
  json?: boolean;
}

export interface Outcome {
  snapshots: readonly JobSnapshot[];
  /** Images that were not found. */
  failures: readonly { image: string; error: PushboatError }[];
  /** Several images were asked for: each failure is told, and none hides the others. */
  isMany: boolean;
}

/** What is left to tell when all jobs have ended. Returns the exit status. @throws PushboatError why the one push was stopped or failed */
export async function report(outcome: Outcome, options: ReportOptions, io: CommandIo): Promise<number> {
  const { snapshots, isMany } = outcome;
  const each = snapshots.flatMap(({ job }) => digestsOf(job));
  const digests = isMany ? each : [...new Set(each)];
  if (digests.length > 0 && options.digestfile) await writeDigests(options.digestfile, digests);
  if (options.receipt !== undefined) await writeReceipt(options.receipt, receiptOf(outcome, options.receipt));
  if (options.quiet && !options.json) for (const digest of digests) printLine(io, digest);
  if (isMany) return reportMany(outcome, options, io);
  for (const { job } of snapshots) {
    const error = failureOf(job);
    if (error) throw error;
  }
  return ExitStatus.done;
}

function receiptOf({ snapshots, failures }: Outcome, path: string): string {
  const missing = failures.map(({ image, error }): ReceiptRow => {
    return { image, target: '', result: 'failed', bytesSent: 0, bytesSaved: 0, error: error.message };
  });
  return receiptText([...snapshots.map(({ job }) => receiptRow(job)), ...missing], receiptFormatOf(path) ?? 'json');
}

function reportMany({ snapshots, failures }: Outcome, options: ReportOptions, io: CommandIo): number {
  const failed: { image: string; target?: string; error: PushboatError }[] = [
    ...failures,
    ...snapshots.flatMap(({ job }) => {
      const error = failureOf(job);
      return error ? [{ image: job.imageName, target: job.target, error }] : [];
    }),
  ];
  for (const { error, ...what } of failed) {
    if (options.json) printJson(io, { ...errorObject(error), ...what });
    else {
      io.stderr.line(`${what.image}${what.target === undefined ? '' : ` → ${what.target}`}`);
      printError(io, error);
    }
  }
  const done = snapshots.length - (failed.length - failures.length);
  if (options.json) printJson(io, { type: 'summary', done, failed: failed.length });
  else if (!options.quiet && snapshots.length > 0) printLine(io, summaryWords(done, failed.length, speechTo(io)));
  // A failure says more than that others were stopped because of it.
  const first = failed.find(({ error }) => error.code !== 'CANCELLED') ?? failed[0];
  return first === undefined ? ExitStatus.done : exitStatusOf(first.error.code);
}

function summaryWords(done: number, failed: number, { say }: Speech): string {
  const all = done + failed;
  return failed === 0 ? say`All ${all} are done.` : say`${done} of ${all} are done, ${failed} are not.`;
}

/** Why a job has not done what it should. */
function failureOf(job: JobInfo): PushboatError | undefined {
  if (job.state === 'cancelled' || job.state === 'paused') return new PushboatError('CANCELLED', stoppedWords(job));
  if (job.error) return PushboatError.fromData(job.error);
  if (job.result) return undefined;
  return new PushboatError('INTERNAL', `The push ended as ${job.state}.`, { hint: 'report-bug' });
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
