import type { Services } from '../../services.ts';
import { isExport, type JobRequest } from '../../transfers/types.ts';
import { requireLocalImage, requireNoContentTrust, requireOneRegistry } from '../arguments.ts';
import { usageError } from '../errors.ts';
import { checkAuthFile, checkDigestFile } from '../files.ts';
import type { CommandIo } from '../io.ts';
import { type CommonOptions, imagesStoreDir, openSession, useCreds } from '../session.ts';
import { createPushOutput } from './output.ts';
import { type PushPlan, planPush, registriesOf } from './plan.ts';
import { printExportPreview, printPreview } from './preview-output.ts';
import { type ReportOptions, report } from './report.ts';
import { findRequests } from './requests.ts';
import { runToEnd } from './run.ts';
import { givePassphrases } from './sign-options.ts';
import type { TargetOptions } from './targets.ts';
import type { SendOptions } from './transfer-options.ts';

export interface PushCommandOptions extends CommonOptions, TargetOptions, SendOptions, ReportOptions {
  imagesStoreDir?: string;
  dryRun?: boolean;
  disableContentTrust?: boolean;
}

/** `push IMAGE [DESTINATION]`. @throws PushboatError of the first job that failed; the caller prints it and sets the exit status. */
export async function pushCommand(
  image: string,
  destination: string | undefined,
  options: PushCommandOptions,
  io: CommandIo,
): Promise<void> {
  requireLocalImage(image);
  requireNoContentTrust(options.disableContentTrust, io.environment.env);
  await checkAuthFile(options.authfile, 'must be there');
  await checkDigestFile(options.digestfile);
  await using services = await openSession(options, io);
  const plan = await planPush(image, destination, options, services.destination);
  if (options.creds !== undefined) requireOneRegistry(registriesOf(plan));
  await useCreds(services, options.creds, io);
  const requests = await requestsOf(plan, services, options, io);
  if (options.dryRun) {
    for (const request of requests) await preview(services, request, options, io);
    return;
  }
  await givePassphrases(services, options, io);
  const snapshots = await runToEnd(services, requests, createPushOutput(options, io), io, options);
  await report(snapshots, options, io);
}

/** Finds the images, and checks what could not be known before. */
async function requestsOf(
  plan: PushPlan,
  services: Services,
  options: PushCommandOptions,
  io: CommandIo,
): Promise<JobRequest[]> {
  const requests = await findRequests(plan, {
    where: {
      imagesStoreDir: imagesStoreDir(options.imagesStoreDir, services),
      cwd: process.cwd(),
      addedPaths: services.settings.get().addedPaths,
      environment: io.environment,
      archives: services.archives,
    },
    parse: services.destination,
    onNote: (text) => io.stderr.line(`Note: ${text}`),
  });
  if (options.force && requests.every(isExport)) {
    throw usageError('--force works only with registries: a destination on this computer is never asked what it has.');
  }
  if (plan.options.referrers && requests.some(isExport)) {
    throw usageError('--referrers works only with registries.');
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
  return requests;
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
