import type { Digest } from '../../shared/digest.ts';
import { PushboatError, toPushboatError } from '../../shared/errors.ts';
import { canonicalReference } from '../../shared/reference.ts';
import { missingChild, presentPlatforms } from '../image/convert/choose-platforms.ts';
import type { ImageTree, TreeBlob } from '../image/tree.ts';
import { pushBlob, skipsForeign } from './blob-push.ts';
import { commitManifests } from './commit.ts';
import type { RunResult } from './job-work.ts';
import { Presence } from './presence.ts';
import type { BlobRun, PushRun } from './push-run.ts';
import { isSettled, type JobRows } from './rows.ts';

/**
 * How long the blobs wait for the answer about the manifest: this, or a few times what the first request took. Most registries answer
 * in this time, and when the manifest is there nothing else is asked; a slow one must not add its time to every push. Milliseconds.
 */
const HEAD_START_MS = 25;

/** Blobs in progress at once: enough to fill all slots, few enough that the answers for the first ones can spare the others a HEAD. */
const BLOBS_AT_ONCE = 64;

/** Makes the rows that are not there yet: blobs in the order of the tree, then manifests, each digest once. */
export function addRows(rows: JobRows, tree: ImageTree): void {
  for (const { descriptor, kind, platform, createdBy } of tree.blobs) {
    const { digest, mediaType, size } = descriptor;
    if (rows.state(digest) !== undefined) continue;
    rows.add({ digest, kind, mediaType, size, ...(platform ? { platform } : {}), ...(createdBy ? { createdBy } : {}) });
  }
  for (const { descriptor, parsed, platform } of tree.manifests) {
    const { digest, mediaType, size } = descriptor;
    if (rows.state(digest) !== undefined) continue;
    rows.add({ digest, kind: parsed.kind, mediaType, size, ...(platform ? { platform } : {}) });
  }
}

/**
 * One push, from the first request to the tag: nothing to do when the tag already points at the digest (15), otherwise all
 * blobs in parallel, then the manifests.
 * @throws PushboatError of the first failure, after everything that was under way has ended.
 */
export async function runPush(run: PushRun): Promise<RunResult> {
  const started = performance.now();
  await run.client.checkApi({ signal: run.signal });
  const headStart = Math.max(HEAD_START_MS, 3 * (performance.now() - started));
  const needless = new AbortController();
  const standing = standingOf(run).then((found) => {
    if (found !== 'missing') needless.abort();
    return found;
  });
  const [early] = await Promise.all([Promise.race([standing, delay(headStart)]), checkLocalBlobs(run)]);
  if (early === undefined || early === 'missing') await pushBlobs(run, needless.signal);
  const found = await standing;
  if (found === 'tagged') return finish(run, true);
  if (found === 'there') settleAllBut(run, run.tree.root.digest);
  run.winding.throwIfAborted();
  await commitManifests(run);
  return finish(run, false);
}

/** The rest of a push whose other blobs are there: what is not settled, and the manifests. @throws as `runPush` */
export async function sendRest(run: PushRun): Promise<RunResult> {
  await pushBlobs(run);
  await commitManifests(run);
  return finish(run, false);
}

/** What the registry has of the image: the tag at this digest, the manifest under another tag, or nothing that is known. */
type Standing = 'tagged' | 'there' | 'missing';

/**
 * Equal digest under the tag means that there is nothing to do (15). A manifest that the repository has was only taken with all that
 * it names, so that just the tag is missing. Any other answer says nothing.
 */
async function standingOf(run: PushRun): Promise<Standing> {
  const { tag } = run.target;
  const { digest } = run.tree.root;
  const [tagged, there] = await Promise.all([remoteDigest(run, tag), remoteDigest(run, digest)]);
  if (tagged === digest) return 'tagged';
  return there === digest ? 'there' : 'missing';
}

async function remoteDigest({ client, target, signal }: PushRun, reference: string): Promise<Digest | undefined> {
  try {
    return (await client.headManifest(target.repository, reference, { signal }))?.digest;
  } catch (thrown) {
    signal.throwIfAborted();
    if (toPushboatError(thrown).code === 'UNAUTHORIZED') throw thrown;
    return undefined;
  }
}

function settleAllBut({ rows }: PushRun, root: Digest | undefined): void {
  for (const { digest, sentAs = digest, state } of rows.all()) {
    if (sentAs !== root && !isSettled(state)) rows.toState(digest, 'exists');
  }
}

function delay(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), milliseconds).unref());
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
    const { digest } = blob.descriptor;
    if ((await client.headBlob(repository, digest, { signal })) !== null) continue;
    run.rows.toState(digest, 'failed', { reason: toPushboatError(outcome.reason).message });
    throw outcome.reason;
  }
  for (const child of tree.missing) {
    if ((await client.headManifest(repository, child.digest, { signal })) !== null) continue;
    throw new PushboatError('BLOB_MISSING', `${missingChild(child, tree)} Nor is it on the registry.`, {
      digest: child.digest,
      candidates: presentPlatforms(tree),
      hint: 'choose-platforms',
    });
  }
}

/**
 * All blobs at once; the client's slots decide how many are on the wire. A failure that a person can mend (a login, a certificate)
 * lets the uploads that are under way end; any other stops them.
 */
export async function pushBlobs(run: PushRun, needless?: AbortSignal): Promise<void> {
  const stop = new AbortController();
  const blobRun: BlobRun = {
    ...run,
    presence: new Presence(),
    signal: AbortSignal.any([run.signal, stop.signal]),
  };
  const bring = run.bring ?? pushBlob;
  let failure: unknown;
  let failed = false;
  const push = async ({ descriptor }: TreeBlob): Promise<void> => {
    if (failed || needless?.aborted) return;
    try {
      await bring(blobRun, descriptor);
    } catch (thrown) {
      if (!failed) failure = thrown;
      failed = true;
      if (!isMendable(thrown) && !run.winding.aborted) stop.abort(thrown);
    }
  };
  const waiting = inOrder(largestFirst(run.tree.blobs), run.image.order).values();
  const worker = async (): Promise<void> => {
    for (const blob of waiting) await push(blob);
  };
  await Promise.all(Array.from({ length: BLOBS_AT_ONCE }, worker));
  run.signal.throwIfAborted();
  run.winding.throwIfAborted();
  if (failed) throw failure;
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

function finish(run: PushRun, unchanged: boolean): RunResult {
  const { rows, tree, target, journal } = run;
  const there = rows
    .all()
    .filter(({ kind, state }) => (kind === 'layer' || kind === 'config') && isSettled(state) && state !== 'skipped');
  journal.addLocations(
    target.registry,
    target.repository,
    there.map(({ digest, sentAs = digest }) => sentAs),
  );
  if (unchanged) settleAllBut(run, undefined);
  return {
    reference: canonicalReference(target),
    digest: tree.root.digest,
    mediaType: tree.root.mediaType,
    bytesSent: rows.networkBytes,
    bytesSaved: rows.sums().saved,
    unchanged,
  };
}
