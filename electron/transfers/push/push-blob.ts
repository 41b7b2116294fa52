import { toPushboatError } from '../../../shared/errors.ts';
import { isElsewhere } from '../../../shared/media-types.ts';
import { referenceOfName } from '../../../shared/reference.ts';
import type { Descriptor } from '../../image/types.ts';
import { isOutOfPatience } from '../../registry/answers/retry.ts';
import { isWholeBlob } from '../../registry/blobs.ts';
import { SMALL_BODY_BYTES } from '../../registry/defaults.ts';
import type { UploadSession } from '../../registry/types.ts';
import { isSettledRow } from '../progress.ts';
import { startSession } from './open-session.ts';
import type { BlobRun, PushRun } from './run.ts';
import { uploadBlob } from './upload-blob.ts';

/** The image that this one was built on (image-spec annotations.md). */
const BASE_NAME = 'org.opencontainers.image.base.name';

/**
 * Brings one blob to the registry: already there, else mounted, else uploaded. What an earlier run settled is left alone.
 * @throws PushboatError as soon as the blob cannot be brought there.
 */
export async function pushBlob(run: BlobRun, blob: Descriptor): Promise<void> {
  const { progress, locations, signal, target } = run;
  const state = progress.state(blob.digest);
  if (state && isSettledRow(state)) return;
  if (skipsForeign(run, blob)) return progress.toState(blob.digest, 'skipped');
  using _held = await locations.hold(target.registry, blob.digest, target.repository, run.askedAt, signal);
  try {
    await transferBlob(run, blob);
    locations.add(target.registry, blob.digest, target.repository);
  } catch (thrown) {
    const failure = toPushboatError(thrown);
    const stopped = signal.aborted || run.draining.aborted;
    const waits = failure.code === 'UNAUTHORIZED' || failure.code === 'DENIED' || stopped;
    progress.toState(blob.digest, waits ? 'waiting' : 'failed', waits ? {} : { reason: failure.message });
    throw thrown;
  }
}

/** Layers whose content may not be distributed stay where their urls say, unless the person wants them pushed. */
export function skipsForeign(run: Pick<PushRun, 'options'>, blob: Descriptor): boolean {
  return isElsewhere(blob) && !run.options.pushForeignLayers;
}

async function transferBlob(run: BlobRun, blob: Descriptor): Promise<void> {
  const { progress, target, locations, askedAt } = run;
  const { registry, repository } = target;
  run.draining.throwIfAborted();
  if (run.sendsAll) return sendBlob(run, blob);
  if (locations.hasSince(registry, blob.digest, repository, askedAt)) {
    closeEarlier(run, blob);
    return progress.toState(blob.digest, 'exists');
  }
  progress.toState(blob.digest, 'checking');
  const wasSeen = locations.wasSeenIn(registry, blob.digest, repository);
  const [from] = run.sessions.get(blob) || run.mounts.areSilent ? [] : mountCandidates(run, blob);
  if (wasSeen || from === undefined) return askThenSend(run, blob, wasSeen ? from : undefined);
  // A blob that is known to be elsewhere on the registry, and not here, is mounted without asking first: one request instead of two.
  const mount = await mountBlob(run, blob, from);
  if (mount?.from) return progress.toState(blob.digest, 'mounted', { mountedFrom: mount.from });
  if (!(await isThere(run, blob, wasSeen))) return sendBlob(run, blob, mount?.session);
  progress.toState(blob.digest, 'exists');
  if (mount?.session) await giveUp(run, blob, mount.session);
}

/** @param from where it can be mounted from when it is not there any more. */
async function askThenSend(run: BlobRun, blob: Descriptor, from: string | undefined): Promise<void> {
  const { progress } = run;
  const wasSeen = run.locations.wasSeenIn(run.target.registry, blob.digest, run.target.repository);
  const opening = mayOpenEarly(run, blob, wasSeen) ? startSession(run, blob) : undefined;
  // Its failure matters only when the blob is to be sent.
  const opened = opening?.catch(() => undefined);
  try {
    if (await isThere(run, blob, wasSeen).catch((refusal: unknown) => unlessOpened(refusal, opening))) {
      if (opened) run.inVain.push(opened.then((session) => session && giveUp(run, blob, session)));
      else closeEarlier(run, blob);
      return progress.toState(blob.digest, 'exists');
    }
    const mount = from === undefined ? undefined : await mountBlob(run, blob, from);
    if (mount?.from) return progress.toState(blob.digest, 'mounted', { mountedFrom: mount.from });
    await sendBlob(run, blob, mount?.session ?? opening);
  } finally {
    // An upload that is still being opened when all ends would be nobody's to close.
    await opened;
  }
}

/** A login with which an upload can be opened is a good one: it may only not look. @throws `refusal`, or that of the upload */
async function unlessOpened(refusal: unknown, opening: Promise<UploadSession> | undefined): Promise<false> {
  if (opening === undefined || toPushboatError(refusal).code !== 'UNAUTHORIZED') throw refusal;
  await opening;
  return false;
}

/** What most likely is not there, and can be sent as soon as that is known. */
function mayOpenEarly({ opensEarly, sessions, makeReady }: BlobRun, blob: Descriptor, wasSeen: boolean): boolean {
  return opensEarly && !wasSeen && !makeReady && !sessions.get(blob);
}

/** An upload that an earlier run left of a blob that is there now is nobody's any more. */
function closeEarlier(run: BlobRun, blob: Descriptor): void {
  const session = run.sessions.get(blob);
  if (session) run.inVain.push(giveUp(run, blob, session));
}

async function giveUp(run: PushRun, blob: Descriptor, session: UploadSession): Promise<void> {
  run.sessions.delete(blob);
  await run.client.cancelUpload(session);
}

async function sendBlob(
  run: BlobRun,
  blob: Descriptor,
  opened?: UploadSession | Promise<UploadSession>,
): Promise<void> {
  await run.makeReady?.(blob, run.signal);
  run.draining.throwIfAborted();
  await uploadBlob(run, blob, opened);
  run.progress.toState(blob.digest, 'pushed');
}

/** A HEAD that is refused or breaks is not "missing", but no reason to fail either: the blob is pushed. */
async function isThere(run: BlobRun, blob: Descriptor, wasSeen: boolean): Promise<boolean> {
  const { presence, client, target, signal, opensEarly } = run;
  const ask = async () => isWholeBlob(await client.headBlob(target.repository, blob.digest, { signal }), blob.size);
  try {
    const mayBeSpared = !wasSeen && !opensEarly && blob.size <= SMALL_BODY_BYTES;
    return await presence.isThere(mayBeSpared, ask);
  } catch (thrown) {
    run.signal.throwIfAborted();
    if (client.scheme() === undefined || isOutOfPatience(thrown)) throw thrown;
    switch (toPushboatError(thrown).code) {
      case 'DENIED':
      case 'REGISTRY_ERROR':
      case 'REGISTRY_UNAVAILABLE':
      case 'PROTOCOL_ERROR':
        return false;
      default:
        throw thrown;
    }
  }
}

/** Repositories where the blob was seen, else the one of the base image that the manifest names. */
function mountCandidates({ locations, tree, target }: PushRun, blob: Descriptor): string[] {
  const seen = locations.mountCandidates(target.registry, blob.digest, target.repository);
  if (seen.length > 0) return seen;
  const base = tree.manifests.map(({ parsed }) => parsed.annotations[BASE_NAME]).find((name) => name !== undefined);
  const reference = base === undefined ? undefined : referenceOfName(base);
  if (reference?.registry !== target.registry || reference.repository === target.repository) return [];
  return [reference.repository];
}

/**
 * 201 means mounted, 202 an ordinary session to continue with; any failure falls back to an upload:
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#mounting-a-blob-from-another-repository
 */
async function mountBlob(
  run: BlobRun,
  blob: Descriptor,
  from: string,
): Promise<{ from?: string; session?: UploadSession } | undefined> {
  const { registry, repository } = run.target;
  try {
    const started = await run.client.startUpload(repository, {
      signal: run.signal,
      mount: { digest: blob.digest, from },
    });
    if (started.kind === 'mounted') return { from };
    run.sessions.save(blob, started.session);
    run.locations.remove(registry, blob.digest, from);
    return { session: started.session };
  } catch (thrown) {
    run.signal.throwIfAborted();
    const { code, facts } = toPushboatError(thrown);
    run.mounts.areSilent ||= code === 'TIMEOUT' && facts.status === undefined;
    run.locations.remove(registry, blob.digest, from);
    return undefined;
  }
}
