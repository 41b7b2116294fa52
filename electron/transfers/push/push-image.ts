import type { Digest } from '../../../shared/digest.ts';
import { PushboatError, toPushboatError } from '../../../shared/errors.ts';
import { canonicalReference } from '../../../shared/reference.ts';
import { missingChild, presentPlatforms } from '../../image/convert/choose-platforms.ts';
import type { TreeBlob } from '../../image/tree.ts';
import { isOutOfPatience, pause } from '../../registry/answers/retry.ts';
import { isWholeBlob } from '../../registry/blobs.ts';
import { SMALL_BODY_BYTES } from '../../registry/defaults.ts';
import { isSettledRow } from '../progress.ts';
import type { RunResult } from '../work.ts';
import { commitManifests } from './commit-manifests.ts';
import { isSlowToFind, lostBlobs } from './lost-blobs.ts';
import { Presence } from './presence.ts';
import { pushBlob, skipsForeign } from './push-blob.ts';
import { isRootDigest } from './root-digest.ts';
import type { BlobRun, PushRun } from './run.ts';

/** Blobs in progress at once: enough to fill all slots, few enough that the answers for the first ones can spare the others a HEAD. */
const BLOBS_AT_ONCE = 128;

/** Of an image of so few blobs each upload is opened while it is asked whether the blob is there: more would crowd out the answers. */
const OPENED_EARLY = 16;

/**
 * One push, from the first request to the tag: the blobs in parallel, then the manifests. What the repository has of the image is asked
 * in the same flight. A tag at this digest means that there is nothing to do, unless a blob or a manifest below it is missing: registries
 * lose some to clean-ups and damaged disks, and pushing again brings them back.
 * @throws PushboatError of the first failure, after everything that was under way has ended.
 */
export async function runPush(run: PushRun): Promise<RunResult> {
  if (run.sendsAll) {
    await checkLocalBlobs(run);
    return pushAndCommit(run);
  }
  const { tree, locations, target } = run;
  const remote = remoteOf(run);
  const hasImage = remote.then(
    ({ state }) => state !== 'missing',
    () => false,
  );
  // An image that was seen there most likely is there whole: all of it is asked for at once.
  const wasSeen = locations.wasSeenIn(target.registry, tree.root.digest, target.repository);
  const early = wasSeen ? hasChildren(run) : undefined;
  early?.catch(() => undefined);
  await checkLocalBlobs(run);
  await pushBlobs(run, hasImage);
  const { state: found, digest = tree.root.digest } = await remote.catch(unlessShut);
  if (found === 'tagged' && !hasSent(run) && (await (early ?? hasChildren(run)))) return finish(run, digest, true);
  if (found !== 'missing') settleAllBut(run, run.tree.root.digest);
  run.draining.throwIfAborted();
  if (run.options.onlyNew) await refuseTaken(run);
  const committed = await commitWhole(run).catch((refusal: unknown) => {
    // A tag that may not move has no need to.
    if (found !== 'tagged' || toPushboatError(refusal).code !== 'TAG_IMMUTABLE') throw refusal;
    settleAllBut(run, undefined);
    return digest;
  });
  return finish(run, committed, false);
}

/** The rest of a push whose other blobs are there: what is not settled, and the manifests. @throws as `runPush` */
export async function pushAndCommit(run: PushRun): Promise<RunResult> {
  await pushBlobs(run);
  return finish(run, await commitWhole(run), false);
}

/** Some blob was not there: what the registry has of the image is not whole. A mount says nothing: it is tried first. */
function hasSent({ progress, tree }: PushRun): boolean {
  return tree.blobs.some(({ descriptor }) => progress.state(descriptor.digest) === 'pushed');
}

/** Whether the repository has every manifest that the root names; a question that fails is answered by sending them. */
async function hasChildren(run: PushRun): Promise<boolean> {
  const children = run.tree.manifests.filter(({ descriptor }) => descriptor.digest !== run.tree.root.digest);
  const found = await Promise.all(children.map(({ descriptor }) => remoteDigest(run, descriptor.digest)));
  return found.every((digest, index) => digest === children[index]?.descriptor.digest);
}

/** What the registry has of the image: the tag at this digest, the manifest under another tag, or nothing that is known. */
interface Remote {
  state: 'tagged' | 'there' | 'missing';
  /** By which the registry knows it under the tag. */
  digest?: Digest;
}

/** Any answer but an equal digest says nothing. */
async function remoteOf(run: PushRun): Promise<Remote> {
  const { tag } = run.target;
  const { digest } = run.tree.root;
  const [tagged, there] = await Promise.all([remoteDigest(run, tag), remoteDigest(run, digest)]);
  if (tagged !== undefined) run.tagSeen?.(tagged);
  if (tagged && isRootDigest(run.tree, tagged)) return { state: 'tagged', digest: tagged };
  return { state: there === digest ? 'there' : 'missing' };
}

/** The blobs are there by now, so the login is a good one: an account that may only push is not shown manifests. */
function unlessShut(refusal: unknown): Remote {
  if (toPushboatError(refusal).code !== 'UNAUTHORIZED') throw refusal;
  return { state: 'missing' };
}

/** Null where there is nothing; undefined where the registry does not say. */
async function remoteDigest(
  { client, target, signal }: PushRun,
  reference: string,
): Promise<Digest | null | undefined> {
  try {
    const found = await client.headManifest(target.repository, reference, { signal });
    return found && found.digest;
  } catch (thrown) {
    signal.throwIfAborted();
    // Nothing is known of a registry that has never answered, and no other request will fare better.
    if (toPushboatError(thrown).code === 'UNAUTHORIZED' || client.scheme() === undefined || isOutOfPatience(thrown))
      throw thrown;
    return undefined;
  }
}

/** Uploads take their time: somebody else may have made the tag meanwhile. @throws PushboatError TAG_IMMUTABLE */
async function refuseTaken(run: PushRun): Promise<void> {
  const { registry, repository, tag } = run.target;
  const now = await remoteDigest(run, tag);
  if (!now || isRootDigest(run.tree, now)) return;
  throw new PushboatError('TAG_IMMUTABLE', `The tag ${tag} was made meanwhile, and stays as it is.`, {
    registry,
    repository,
    digest: now,
    hint: 'check-tag-policy',
  });
}

/** Of this image alone: the rows of what belongs to it are settled when that is pushed. */
function settleAllBut({ progress, tree }: PushRun, root: Digest | undefined): void {
  const own = new Set([...tree.blobs, ...tree.manifests].map(({ descriptor }) => descriptor.digest));
  for (const { digest, sentAs = digest, state } of progress.all()) {
    const isOwn = own.has(digest) || own.has(sentAs);
    if (isOwn && sentAs !== root && !isSettledRow(state)) progress.toState(digest, 'exists');
  }
}

/**
 * Puts the manifests; when the registry misses blobs that it seemed to have, those are sent, and the manifests once more. What it has just
 * taken and does not find yet is waited for a little.
 */
async function commitWhole(run: PushRun): Promise<Digest> {
  for (let round = 1, tries = 1; ; ) {
    try {
      return await commitManifests(run);
    } catch (refusal) {
      run.signal.throwIfAborted();
      const lost = await lostBlobs(run, refusal, round);
      if (lost.length > 0) {
        round++;
        await pushBlobs({ ...run, sendsAll: true, tree: { ...run.tree, blobs: lost } });
      } else if (tries++ < run.retry.tries && isSlowToFind(run, refusal)) {
        await waitToFind(run, tries);
      } else throw refusal;
    }
  }
}

/** Twice as long before each try. @param attempt number of the coming one. */
async function waitToFind({ progress, tree, retry, signal, draining }: PushRun, attempt: number): Promise<void> {
  const reason = 'the registry does not find yet what it has just taken';
  progress.toState(tree.root.digest, 'retrying', { attempt, reason });
  await pause(Math.min(retry.maxDelayMs, retry.baseDelayMs * 2 ** (attempt - 1)), [signal, draining]);
}

/**
 * A blob that is missing here may still be on the registry. Before a byte is sent, what is neither here nor there fails the push,
 * so that a broken layout does not leave half an image behind.
 */
export async function checkLocalBlobs(run: PushRun): Promise<void> {
  const { tree, image, client, target, signal } = run;
  const repository = target.repository;
  const wanted = tree.blobs.filter(({ descriptor }) => !skipsForeign(run, descriptor));
  const checked = await Promise.allSettled(wanted.map(({ descriptor }) => image.check(descriptor)));
  for (const [index, outcome] of checked.entries()) {
    const blob = wanted[index];
    if (outcome.status === 'fulfilled' || !blob) continue;
    const { digest, size } = blob.descriptor;
    if (isWholeBlob(await client.headBlob(repository, digest, { signal }), size)) continue;
    run.progress.toState(digest, 'failed', { reason: toPushboatError(outcome.reason).message });
    throw outcome.reason;
  }
  for (const child of tree.missing) {
    if ((await client.headManifest(repository, child.digest, { signal })) !== null) continue;
    throw new PushboatError('BLOB_MISSING', `${missingChild(child, tree)} It is not on the registry, either.`, {
      digest: child.digest,
      candidates: presentPlatforms(tree),
      hint: 'choose-platforms',
    });
  }
}

/**
 * All blobs at once; the client's slots decide how many are on the wire. A failure that a person can mend (a login, a certificate)
 * lets the uploads that are under way end; any other stops them.
 * @param hasImage whether the repository has the image's manifest; must not reject.
 */
export async function pushBlobs(run: PushRun, hasImage?: Promise<boolean>): Promise<void> {
  const stop = new AbortController();
  const blobRun: BlobRun = {
    ...run,
    presence: new Presence(hasImage),
    signal: AbortSignal.any([run.signal, stop.signal]),
    mounts: { areSilent: false },
    opensEarly: run.tree.blobs.length <= OPENED_EARLY,
    inVain: [],
  };
  const sendBlob = run.sendBlob ?? pushBlob;
  let failure: unknown;
  let failed = false;
  const settled = watchLarge(run);
  const push = async ({ descriptor }: TreeBlob): Promise<void> => {
    if (failed) return;
    try {
      await sendBlob(blobRun, descriptor);
      settled(descriptor.digest);
    } catch (thrown) {
      if (!failed) failure = thrown;
      failed = true;
      if (!isMendable(thrown) && !run.draining.aborted) stop.abort(thrown);
    }
  };
  const waiting = inOrder(largestFirst(run.tree.blobs), run.image.order).values();
  const worker = async (): Promise<void> => {
    for (const blob of waiting) await push(blob);
  };
  await Promise.all(Array.from({ length: BLOBS_AT_ONCE }, worker));
  await Promise.all(blobRun.inVain);
  run.signal.throwIfAborted();
  run.draining.throwIfAborted();
  if (failed) throw failure;
}

/** Tells when no large blob is left to be brought: at once where there is none. @returns to be told of each blob that is at the registry */
function watchLarge({ tree, leavesRoom }: PushRun): (digest: Digest) => void {
  const large = tree.blobs.map(({ descriptor }) => descriptor).filter(({ size }) => size > SMALL_BODY_BYTES);
  const left = new Set(large.map(({ digest }) => digest));
  if (left.size === 0) leavesRoom();
  return (digest) => {
    if (left.delete(digest) && left.size === 0) leavesRoom();
  };
}

/** The longest upload decides when the push ends, so it starts first. */
function largestFirst(blobs: TreeBlob[]): TreeBlob[] {
  return blobs.toSorted((a, b) => b.descriptor.size - a.descriptor.size);
}

/** Blobs that the store gives best in its own order come in that, after the others: they take longer to come. */
function inOrder(blobs: TreeBlob[], order: readonly Digest[] = []): TreeBlob[] {
  const places = new Map(order.map((digest, place) => [digest, place]));
  const place = ({ descriptor }: TreeBlob) => places.get(descriptor.digest) ?? -1;
  return order.length === 0 ? blobs : blobs.toSorted((a, b) => place(a) - place(b));
}

/** Failures that a person can mend while the job waits. */
export function isMendable(thrown: unknown): boolean {
  const { code } = toPushboatError(thrown);
  return code === 'UNAUTHORIZED' || code === 'DENIED' || code === 'TLS_UNTRUSTED' || code === 'PLAIN_HTTP_REFUSED';
}

/** @param known by which the registry knows the image. */
function finish(run: PushRun, known: Digest, unchanged: boolean): RunResult {
  const { progress, tree, target, journal } = run;
  const there = progress
    .all()
    .filter(({ kind, state }) => (kind === 'layer' || kind === 'config') && isSettledRow(state) && state !== 'skipped')
    .map(({ digest, sentAs = digest }) => sentAs);
  journal.addLocations(target.registry, target.repository, [tree.root.digest, ...there]);
  if (unchanged) settleAllBut(run, undefined);
  return {
    reference: canonicalReference(target),
    digest: known,
    mediaType: tree.root.mediaType,
    manifests: tree.manifests.map((manifest) => manifest.descriptor.digest),
    bytesSent: progress.networkBytes,
    bytesSaved: progress.sums().saved,
    unchanged,
  };
}
