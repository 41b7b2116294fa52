import { toPushboatError } from '../../../shared/errors.ts';
import type { Services } from '../../services.ts';
import type { FindImageOptions } from '../../sources/find/types.ts';
import { isExport, type JobRequest } from '../../transfers/types.ts';
import { requireLocalImage, requireNoContentTrust, requireOneRegistry } from '../arguments.ts';
import { usageError } from '../errors.ts';
import { checkAuthFile, checkNewFile } from '../files.ts';
import type { CommandIo } from '../io.ts';
import { speechTo } from '../language/language.ts';
import { type CommonOptions, imagesStoreDir, openSession, useCreds } from '../session.ts';
import { type PushArguments, readArguments } from './image-arguments.ts';
import { requestsOfMany } from './many-requests.ts';
import { createPushOutput } from './output.ts';
import { type ManyOptions, type PushPlan, planMany, planPush, registriesOf } from './plan.ts';
import { printExportPreview, printPreview } from './preview-output.ts';
import { type ReportOptions, report } from './report.ts';
import { type FindRequestsOptions, type FoundRequests, findRequests } from './requests.ts';
import { runToEnd } from './run.ts';
import { givePassphrases } from './sign-options.ts';
import { streamsFor } from './standard-output.ts';
import { isStandardInput, type ReadImages, readStreams } from './streamed-images.ts';
import type { TargetOptions } from './targets.ts';
import type { SendOptions } from './transfer-options.ts';

export interface PushCommandOptions extends CommonOptions, TargetOptions, SendOptions, ManyOptions, ReportOptions {
  /** File that lists images and targets. */
  from?: string;
  keepGoing?: boolean;
  imagesStoreDir?: string;
  dryRun?: boolean;
  disableContentTrust?: boolean;
}

/**
 * `push IMAGE [DESTINATION]`, `push IMAGE… --to PREFIX` and `push --from FILE`.
 * @returns the exit status when several were pushed. @throws PushboatError of what is wrong, or why the one push failed
 */
export async function pushCommand(
  words: readonly string[],
  options: PushCommandOptions,
  ownIo: CommandIo,
): Promise<number> {
  requireNoContentTrust(options.disableContentTrust, ownIo.environment.env);
  if (options.keepGoing && options.failFast) throw usageError('--keep-going and --fail-fast contradict each other.');
  await checkAuthFile(options.authfile, 'must be there');
  await checkNewFile(options.digestfile);
  await checkNewFile(options.receipt);
  const given = await readArguments(words, options, ownIo);
  const io = streamsFor(destinationsOf(given, options), ownIo);
  const images = given.kind === 'one' ? [given.image] : given.images.map(({ image }) => image);
  for (const image of images) requireLocalImage(image);
  if (options.creds === '-' && images.some(isStandardInput)) {
    throw usageError(
      '--creds - reads the login from standard input, where the image is expected: give --creds USER or sign in first.',
    );
  }
  await using services = await openSession(options, io);
  const plan = await planOf(given, options, services);
  if (options.creds !== undefined) requireOneRegistry(registriesOf(plan));
  await useCreds(services, options.creds, io);
  await using read = await readStreams(images, io);
  const found = requestsOf(withImages(plan, read.images), services, options, io);
  const { requests, failures } = await toldBy(read, images, found);
  if (options.dryRun) {
    for (const request of requests) await preview(services, request, options, io);
    // A receipt of an earlier push is not replaced by one of nothing.
    const outcome = { snapshots: [], failures, isMany: plan.kind === 'many' };
    const { receipt: _none, ...rest } = options;
    return await report(outcome, rest, io);
  }
  await givePassphrases(services, options, io);
  const snapshots = await runToEnd(services, requests, createPushOutput(options, io), io, options);
  return await report({ snapshots, failures, isMany: plan.kind === 'many' }, options, io);
}

/** What was found, with failures that name standard input as such. */
async function toldBy(
  read: ReadImages,
  typed: readonly string[],
  finding: Promise<FoundRequests>,
): Promise<FoundRequests> {
  try {
    const { requests, failures } = await finding;
    const nameOf = (image: string) => typed[read.images.indexOf(image)] ?? image;
    return {
      requests,
      failures: failures.map(({ image, error }) => ({ image: nameOf(image), error: read.told(error) })),
    };
  } catch (thrown) {
    throw read.told(toPushboatError(thrown));
  }
}

function destinationsOf(given: PushArguments, { target = [] }: PushCommandOptions): string[] {
  const named = given.kind === 'one' ? [given.destination] : given.images.flatMap(({ targets }) => targets);
  return [...named, ...target].filter((text) => text !== undefined);
}

function planOf(given: PushArguments, options: PushCommandOptions, { destination }: Services): Promise<PushPlan> {
  if (given.kind === 'many') return planMany(given.images, options, destination);
  return planPush(given.image, given.destination, options, destination);
}

/** The plan with a file in the place of standard input. */
function withImages(plan: PushPlan, images: readonly string[]): PushPlan {
  if (plan.kind !== 'many') return { ...plan, image: images[0] ?? plan.image };
  return { ...plan, images: plan.images.map((one, index) => ({ ...one, image: images[index] ?? one.image })) };
}

/** Finds the images, and checks what could not be known before. */
async function requestsOf(
  plan: PushPlan,
  services: Services,
  options: PushCommandOptions,
  io: CommandIo,
): Promise<FoundRequests> {
  const where: FindImageOptions = {
    imagesStoreDir: imagesStoreDir(options.imagesStoreDir, services),
    cwd: process.cwd(),
    addedPaths: services.settings.get().addedPaths,
    environment: io.environment,
    archives: services.archives,
  };
  const { say, said } = speechTo(io);
  const onNote = (text: string): void => io.stderr.line(say`Note: ${said(text)}`);
  const finding: FindRequestsOptions = { where, parse: services.destination, onNote };
  const found =
    plan.kind === 'many'
      ? await requestsOfMany(plan, finding)
      : { requests: await findRequests(plan, finding), failures: [] };
  const { requests } = found;
  if (options.force && requests.length > 0 && requests.every(isExport)) {
    throw usageError('--force works only with registries: a destination on this computer is never asked what it has.');
  }
  if (plan.options.sign && requests.some(isExport)) {
    throw usageError(
      'Images are signed in registries only: --sign-by does not go with a destination on this computer.',
    );
  }
  // Those of the image's own names, too, which are known now.
  if (options.creds !== undefined) {
    requireOneRegistry(requests.flatMap((request) => (isExport(request) ? [] : [request.target.registry])));
  }
  return found;
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
