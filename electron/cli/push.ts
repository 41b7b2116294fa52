import { writeFile } from 'node:fs/promises';
import type { JobSnapshot } from '../../shared/push-events.ts';
import { PushboatError } from '../../shared/errors.ts';
import { canonicalReference, parseReference, type Reference, referenceOfName, withDefaultTag } from '../../shared/reference.ts';
import type { LocalImage } from '../image/types.ts';
import { requireTag } from '../push/job.ts';
import type { PushRequest } from '../push/types.ts';
import type { Services } from '../services.ts';
import { findImage } from '../sources/find-image.ts';
import { usageError } from './errors.ts';
import { type CommandIo, isInteractive, printLine } from './io.ts';
import { signInAtTerminal } from './login.ts';
import { printPreview } from './preview-output.ts';
import { createPushOutput, type PushOutput } from './push-output.ts';
import { type CommonOptions, imagesStoreDir, openSession } from './session.ts';

export interface PushCommandOptions extends CommonOptions {
  target?: string;
  imagesStoreDir?: string;
  quiet?: boolean;
  dryRun?: boolean;
  digestfile?: string;
  json?: boolean;
}

/** `push IMAGE [DESTINATION]`. @throws PushboatError of the push; the caller prints it and sets the exit status. */
export async function pushCommand(
  image: string,
  destination: string | undefined,
  options: PushCommandOptions,
  io: CommandIo,
): Promise<void> {
  const explicit = explicitTarget(destination, options.target);
  await using services = await openSession(options, io);
  const found = await findImage(image, {
    imagesStoreDir: imagesStoreDir(options.imagesStoreDir, services),
    cwd: process.cwd(),
  });
  // The first opening is used again: nothing has changed on disk between the two.
  const first = await found.open();
  let unused: LocalImage | undefined = first;
  const target = explicit ?? targetOfImage(first);
  const request: PushRequest = {
    imageId: found.id,
    imageName: found.name,
    openImage: async () => {
      const image = unused ?? (await found.open());
      unused = undefined;
      return image;
    },
    target,
    options: {},
  };
  for (const warning of services.credentials.warnings()) io.stderr.write(`Warning: ${warning}\n`);
  if (options.dryRun) return printPreview(await services.push.preview(request), options, io);
  const snapshot = await pushToEnd(services, request, createPushOutput(options, io), io, options);
  await report(snapshot, options, io);
}

/** The target that was named, by DESTINATION or --target; both may be given when they agree. */
function explicitTarget(destination: string | undefined, target: string | undefined): Reference | undefined {
  const [first, second] = [destination, target].map((text) => (text === undefined ? undefined : parseTarget(text)));
  if (first && second && canonicalReference(first) !== canonicalReference(second)) {
    throw usageError(`DESTINATION and --target name different targets: ${destination} and ${target}.`);
  }
  return first ?? second;
}

/** Transports of containers/image that are destinations, too, but not this version's. */
const OTHER_TRANSPORTS = /^(oci|oci-archive|dir|docker-archive|docker-daemon|containers-storage):/;

function parseTarget(text: string): Reference {
  if (OTHER_TRANSPORTS.test(text)) throw usageError(`The destination ${text} is not a registry; this version pushes to docker:// only.`);
  return requireTag(withDefaultTag(parseReference(text.replace(/^docker:\/\//, ''))));
}

/** Without a target the push goes to the image's own reference, as the image-store tool does. */
function targetOfImage(image: LocalImage): Reference {
  for (const name of image.references) {
    const reference = referenceOfName(name);
    if (reference) return requireTag(withDefaultTag(reference));
  }
  throw new PushboatError('TARGET_REQUIRED', `The image ${image.name} has no reference of its own: say where to push it with --target.`, {
    hint: 'choose-target',
  });
}

/** Runs the job to its end; where a person can be asked, a login is asked for and the same job goes on. */
async function pushToEnd(
  services: Services,
  request: PushRequest,
  output: PushOutput,
  io: CommandIo,
  options: PushCommandOptions,
): Promise<JobSnapshot> {
  const mayAsk = isInteractive(io) && !options.quiet && !options.json && options.creds === undefined;
  const stopOutput = services.push.subscribe((events) => output.update(events));
  const jobId = services.push.start(request);
  const onInterrupt = (): void => {
    // A second Ctrl-C does not wait for the registry.
    process.once('SIGINT', () => process.exit(130));
    void services.push.cancel(jobId);
  };
  process.once('SIGINT', onInterrupt);
  process.once('SIGTERM', onInterrupt);
  try {
    for (;;) {
      const snapshot = await services.push.settled(jobId);
      output.end(snapshot);
      const { state, login } = snapshot.job;
      if (state !== 'needs-login' || !login || !mayAsk) return snapshot;
      await signInAtTerminal(services, login, io);
    }
  } finally {
    stopOutput();
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onInterrupt);
  }
}

async function report({ job }: JobSnapshot, options: PushCommandOptions, io: CommandIo): Promise<void> {
  if (job.state === 'cancelled') throw new PushboatError('CANCELLED', 'The push was cancelled; the registry’s tag was not changed.');
  if (!job.result) throw job.error ? PushboatError.fromData(job.error) : new PushboatError('INTERNAL', `The push ended as ${job.state}.`);
  const { digest } = job.result;
  if (options.digestfile) await writeDigest(options.digestfile, digest);
  if (options.quiet && !options.json) printLine(io, digest);
}

/** The digest alone, without a line end, as `buildah push --digestfile` writes it. */
async function writeDigest(path: string, digest: string): Promise<void> {
  try {
    await writeFile(path, digest);
  } catch (error) {
    throw new PushboatError('SOURCE_UNREADABLE', `The image was pushed, but its digest could not be written to ${path}.`, {
      path,
      detail: error instanceof Error ? error.message : String(error),
      hint: 'check-permissions',
      cause: error,
    });
  }
}
