import { PushboatError, toPushboatError } from '../../shared/errors.ts';
import type { PushResult } from '../../shared/push-events.ts';
import { canonicalReference } from '../../shared/reference.ts';
import type { ImageTree, TreeBlob } from '../image/tree.ts';
import { pushBlob, skipsForeign } from './blob-push.ts';
import { commitManifests } from './commit.ts';
import type { PushRun } from './push-run.ts';
import { isSettled, type JobRows } from './rows.ts';

/** What a finished run tells; the job adds how long it took. */
export type RunResult = Omit<PushResult, 'durationMs' | 'warnings'>;

/**
 * How long the blobs wait for the answer about the tag. A registry nearby answers in this time, and when the tag already points at
 * this digest nothing else is asked; a distant one must not add its round trip to every push. Milliseconds.
 */
const TAG_HEAD_START_MS = 25;

/** Makes the rows of an image: blobs in the order of the tree, then manifests, each digest once. */
export function addRows(rows: JobRows, tree: ImageTree): void {
  for (const { descriptor, kind, platform, createdBy } of tree.blobs) {
    const { digest, mediaType, size } = descriptor;
    rows.add({ digest, kind, mediaType, size, ...(platform ? { platform } : {}), ...(createdBy ? { createdBy } : {}) });
  }
  for (const { descriptor, parsed, platform } of tree.manifests) {
    const { digest, mediaType, size } = descriptor;
    rows.add({ digest, kind: parsed.kind, mediaType, size, ...(platform ? { platform } : {}) });
  }
}

/**
 * One push, from the first request to the tag: nothing to do when the tag already points at the digest (15), otherwise all
 * blobs in parallel, then the manifests.
 * @throws PushboatError of the first failure, after everything that was under way has ended.
 */
export async function runPush(run: PushRun): Promise<RunResult> {
  await run.client.checkApi({ signal: run.signal });
  const unchanged = new AbortController();
  const tagCheck = tagPointsHere(run).then((same) => {
    if (same) unchanged.abort();
    return same;
  });
  const [same] = await Promise.all([Promise.race([tagCheck, delay(TAG_HEAD_START_MS)]), checkLocalBlobs(run)]);
  if (same !== true) await pushBlobs(run, unchanged.signal);
  if (await tagCheck) return finish(run, true);
  run.winding.throwIfAborted();
  await commitManifests(run);
  return finish(run, false);
}

/** Equal digest under the tag means that there is nothing to do; any other answer that there is. */
async function tagPointsHere(run: PushRun): Promise<boolean> {
  try {
    const remote = await run.client.headManifest(run.target.repository, run.target.tag, { signal: run.signal });
    return remote?.digest === run.tree.root.digest;
  } catch (thrown) {
    run.signal.throwIfAborted();
    if (toPushboatError(thrown).code === 'UNAUTHORIZED') throw thrown;
    return false;
  }
}

function delay(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), milliseconds).unref());
}

/**
 * A blob that is missing here may still be on the registry. Before a byte is sent, what is neither here nor there fails the push,
 * so that a broken layout does not leave half an image behind.
 */
async function checkLocalBlobs(run: PushRun): Promise<void> {
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
    throw new PushboatError(
      'BLOB_MISSING',
      `The index names the manifest ${child.digest}, which is neither in the local store nor on the registry.`,
      { digest: child.digest, hint: 'choose-platforms' },
    );
  }
}

/**
 * All blobs at once; the client's slots decide how many are on the wire. A failure that a person can mend (a login, a certificate)
 * lets the uploads that are under way end; any other stops them.
 */
async function pushBlobs(run: PushRun, unchanged: AbortSignal): Promise<void> {
  const stop = new AbortController();
  const blobRun: PushRun = { ...run, signal: AbortSignal.any([run.signal, stop.signal]) };
  let failure: unknown;
  let failed = false;
  const push = async ({ descriptor }: TreeBlob): Promise<void> => {
    if (failed || unchanged.aborted) return;
    try {
      await pushBlob(blobRun, descriptor);
    } catch (thrown) {
      if (!failed) failure = thrown;
      failed = true;
      if (!isMendable(thrown) && !run.winding.aborted) stop.abort(thrown);
    }
  };
  await Promise.all(largestFirst(run.tree.blobs).map(push));
  run.signal.throwIfAborted();
  run.winding.throwIfAborted();
  if (failed) throw failure;
}

/** The longest upload decides when the push ends, so it starts first. */
function largestFirst(blobs: TreeBlob[]): TreeBlob[] {
  return blobs.toSorted((a, b) => b.descriptor.size - a.descriptor.size);
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
    there.map(({ digest }) => digest),
  );
  if (unchanged) for (const row of rows.all()) rows.toState(row.digest, 'exists');
  return {
    reference: canonicalReference(target),
    digest: tree.root.digest,
    mediaType: tree.root.mediaType,
    bytesSent: rows.networkBytes,
    bytesSaved: rows.sums().saved,
    unchanged,
  };
}
