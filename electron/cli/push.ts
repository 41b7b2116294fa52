import type { Digest } from '../../shared/digest.ts';
import { PushboatError } from '../../shared/errors.ts';
import type { PushOptions } from '../../shared/ipc.ts';
import type { JobInfo, JobSnapshot } from '../../shared/push-events.ts';
import { parseDestination } from '../destinations/parse-destination.ts';
import { writeText } from '../files/write-text.ts';
import { isExport, type JobRequest } from '../push/types.ts';
import type { Services } from '../services.ts';
import { localEnvironment } from '../sources/environment.ts';
import { type CompressionOptions, compressionOptions } from './compression.ts';
import { usageError } from './errors.ts';
import { type FormatOptions, formatOptions } from './formats.ts';
import { type CommandIo, isInteractive, printLine } from './io.ts';
import { signInAtTerminal } from './login.ts';
import { printExportPreview, printPreview } from './preview-output.ts';
import { createPushOutput } from './push-output.ts';
import type { PushOutput } from './push-words.ts';
import { planRequests } from './requests.ts';
import { type CommonOptions, imagesStoreDir, openSession } from './session.ts';
import type { TargetOptions } from './targets.ts';

export interface PushCommandOptions extends CommonOptions, TargetOptions, CompressionOptions, FormatOptions {
  imagesStoreDir?: string;
  quiet?: boolean;
  dryRun?: boolean;
  digestfile?: string;
  force?: boolean;
  json?: boolean;
}

/** `push IMAGE [DESTINATION]`. @throws PushboatError of the first job that failed; the caller prints it and sets the exit status. */
export async function pushCommand(
  image: string,
  destination: string | undefined,
  options: PushCommandOptions,
  io: CommandIo,
): Promise<void> {
  const environment = localEnvironment();
  const find = planRequests(image, destination, {
    ...options,
    pushOptions: pushOptionsOf(options),
    parse: (text) => parseDestination(text, environment),
  });
  await using services = await openSession(options, io);
  const requests = await find({ imagesStoreDir: imagesStoreDir(options.imagesStoreDir, services), cwd: process.cwd() });
  if (options.force && requests.every(isExport)) {
    throw usageError('--force is for registries: a destination on this computer is never asked what it has.');
  }
  for (const warning of services.credentials.warnings()) io.stderr.line(`Warning: ${warning}`);
  if (options.dryRun) {
    for (const request of requests) await preview(services, request, options, io);
    return;
  }
  const snapshots = await pushToEnd(services, requests, createPushOutput(options, io), io, options);
  await report(snapshots, options, io);
}

/** @throws PushboatError USAGE for options that contradict each other. */
function pushOptionsOf(options: PushCommandOptions): PushOptions {
  const [compression, formats] = [compressionOptions(options), formatOptions(options)];
  if (compression.compression?.format === 'zstd' && (formats.format === 'v2s2' || formats.format === 'v2s1')) {
    throw usageError(`--format ${options.format} does not have layers that are compressed with zstd.`);
  }
  return { ...compression, ...formats, ...(options.force ? { force: true } : {}) };
}

async function preview(
  { push }: Services,
  request: JobRequest,
  options: PushCommandOptions,
  io: CommandIo,
): Promise<void> {
  if (isExport(request)) printExportPreview(await push.previewExport(request), options, io);
  else printPreview(await push.preview(request), options, io);
}

/** Runs the jobs to their end; where a person can be asked, a login is asked for and the same jobs go on. */
async function pushToEnd(
  services: Services,
  requests: JobRequest[],
  output: PushOutput,
  io: CommandIo,
  options: PushCommandOptions,
): Promise<JobSnapshot[]> {
  const mayAsk = isInteractive(io) && !options.quiet && !options.json && options.creds === undefined;
  const stopOutput = services.push.subscribe((events) => output.update(events));
  const ids = requests.map((request) => services.push.start(request));
  using _interrupts = cancelOnSignal(() => {
    for (const id of ids) void services.push.cancel(id);
  });
  try {
    for (;;) {
      const snapshots = await Promise.all(ids.map((id) => services.push.settled(id)));
      output.end(snapshots);
      const waiting = snapshots.find(({ job }) => job.state === 'needs-login');
      if (!waiting?.job.login || !mayAsk) return snapshots;
      await signInAtTerminal(services, waiting.job.login, io);
    }
  } finally {
    stopOutput();
  }
}

/** The first Ctrl-C cancels and tidies up; a second one does not wait for the registry. */
function cancelOnSignal(cancel: () => void): Disposable {
  const exit = (): never => process.exit(130);
  const onSignal = (): void => {
    process.once('SIGINT', exit);
    cancel();
  };
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  return {
    [Symbol.dispose]: () => {
      for (const listener of [onSignal, exit]) process.off('SIGINT', listener);
      process.off('SIGTERM', onSignal);
    },
  };
}

async function report(snapshots: JobSnapshot[], options: PushCommandOptions, io: CommandIo): Promise<void> {
  const digests = snapshots.flatMap(({ job }) => digestsOf(job));
  const [digest] = digests;
  if (digest !== undefined && options.digestfile) await writeDigest(options.digestfile, digest);
  if (options.quiet && !options.json) for (const one of new Set(digests)) printLine(io, one);
  for (const { job } of snapshots) {
    if (job.state === 'cancelled') throw new PushboatError('CANCELLED', cancelledWords(job));
    if (job.error) throw PushboatError.fromData(job.error);
    if (!job.result) throw new PushboatError('INTERNAL', `The push ended as ${job.state}.`, { hint: 'report-bug' });
  }
}

function digestsOf({ result }: JobInfo): Digest[] {
  if (!result) return [];
  return result.exported ? result.exported.map(({ digest }) => digest) : [result.digest];
}

function cancelledWords({ destination, target }: JobInfo): string {
  return destination
    ? `The export was cancelled; ${target} is as it was.`
    : 'The push was cancelled; the registry’s tag was not changed.';
}

/** The digest alone, without a line end, as `buildah push --digestfile` writes it. */
async function writeDigest(path: string, digest: string): Promise<void> {
  try {
    await writeText(path, digest);
  } catch (error) {
    throw new PushboatError(
      'SOURCE_UNREADABLE',
      `The image was pushed, but its digest could not be written to ${path}.`,
      {
        path,
        detail: error instanceof Error ? error.message : String(error),
        hint: 'check-permissions',
        cause: error,
      },
    );
  }
}
