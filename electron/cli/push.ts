import type { Digest } from '../../shared/digest.ts';
import { PushboatError } from '../../shared/errors.ts';
import type { TransferOptions } from '../../shared/ipc.ts';
import type { JobInfo, JobSnapshot } from '../../shared/transfer-events.ts';
import { parseDestination } from '../destinations/parse-destination.ts';
import { localEnvironment } from '../files/environment.ts';
import type { Services } from '../services.ts';
import { isExport, type JobRequest } from '../transfers/types.ts';
import { requireLocalImage, requireNoFiles, requireOneRegistry } from './arguments.ts';
import { type CompressionOptions, compressionOptions } from './compression.ts';
import { usageError } from './errors.ts';
import { checkAuthFile, checkDigestFile, writeDigest } from './files.ts';
import { type FormatOptions, formatOptions } from './formats.ts';
import { stopOnSignal } from './interrupts.ts';
import { type CommandIo, isInteractive, printLine } from './io.ts';
import { signInAtTerminal } from './login.ts';
import { printExportPreview, printPreview } from './preview-output.ts';
import { createPushOutput } from './push-output.ts';
import type { PushOutput } from './push-words.ts';
import { planRequests } from './requests.ts';
import { type CommonOptions, imagesStoreDir, openSession } from './session.ts';
import { type ParseDestination, registryReference, type TargetOptions, targetTexts } from './targets.ts';

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
  requireLocalImage(image);
  await checkAuthFile(options.authfile, 'must be there');
  await checkDigestFile(options.digestfile);
  const environment = localEnvironment();
  const parse: ParseDestination = (text) => parseDestination(text, environment);
  const onNote = (text: string): void => io.stderr.line(`Note: ${text}`);
  const find = planRequests(image, destination, { ...options, pushOptions: pushOptionsOf(options), parse, onNote });
  const registryTexts = targetTexts(destination, options).filter((text) => parse(text) === undefined);
  await requireNoFiles(registryTexts);
  if (options.creds !== undefined) requireOneRegistry(registryTexts.map((text) => registryReference(text).registry));
  await using services = await openSession(options, io);
  const requests = await find({
    imagesStoreDir: imagesStoreDir(options.imagesStoreDir, services),
    cwd: process.cwd(),
    addedPaths: services.settings.get().addedPaths,
    environment,
  });
  if (options.force && requests.every(isExport)) {
    throw usageError('--force works only with registries: a destination on this computer is never asked what it has.');
  }
  // Those of the image's own names, too, which are known now.
  if (options.creds !== undefined) requireOneRegistry(registriesOf(requests));
  if (options.dryRun) {
    for (const request of requests) await preview(services, request, options, io);
    return;
  }
  const snapshots = await pushToEnd(services, requests, createPushOutput(options, io), io, options);
  await report(snapshots, options, io);
}

function registriesOf(requests: readonly JobRequest[]): string[] {
  return requests.flatMap((request) => (isExport(request) ? [] : [request.target.registry]));
}

/** @throws PushboatError USAGE for options that contradict each other. */
function pushOptionsOf(options: PushCommandOptions): TransferOptions {
  const [compression, formats] = [compressionOptions(options), formatOptions(options)];
  if (compression.compression?.format === 'zstd' && (formats.format === 'v2s2' || formats.format === 'v2s1')) {
    throw usageError(`--format ${options.format} does not have layers that are compressed with zstd.`);
  }
  return { ...compression, ...formats, ...(options.force ? { force: true } : {}) };
}

async function preview(
  { transfers }: Services,
  request: JobRequest,
  options: PushCommandOptions,
  io: CommandIo,
): Promise<void> {
  if (isExport(request)) printExportPreview(await transfers.previewExport(request), options, io);
  else printPreview(await transfers.preview(request), options, io);
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
  const stopOutput = services.transfers.subscribe((events) => output.update(events));
  const ids = requests.map((request) => services.transfers.start(request));
  const stopped = new AbortController();
  using _interrupts = stopOnSignal(io, () => {
    stopped.abort();
    for (const [index, request] of requests.entries()) stopJob(services, ids[index], request, options);
  });
  try {
    for (;;) {
      const snapshots = await Promise.all(ids.map((id) => services.transfers.settled(id)));
      output.end(snapshots);
      const waiting = snapshots.find(({ job }) => job.state === 'needs-login');
      if (!waiting?.job.login || !mayAsk) return snapshots;
      await signInAtTerminal(services, waiting.job.login, io, stopped.signal);
    }
  } finally {
    stopOutput();
  }
}

/** A push is stopped so that the same command can go on; an export, and a push that shall leave nothing, for good. */
function stopJob(
  { transfers }: Services,
  id: string | undefined,
  request: JobRequest,
  { resume }: PushCommandOptions,
): void {
  if (id === undefined) return;
  if (isExport(request) || resume === false) void transfers.cancel(id);
  else transfers.pause(id);
}

async function report(snapshots: JobSnapshot[], options: PushCommandOptions, io: CommandIo): Promise<void> {
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
