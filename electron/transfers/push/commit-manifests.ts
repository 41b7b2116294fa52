import { type Digest, digestAlgorithm, digestHex } from '../../../shared/digest.ts';
import type { ErrorCode } from '../../../shared/error-codes.ts';
import { PushboatError, toPushboatError } from '../../../shared/errors.ts';
import { MediaType } from '../../../shared/media-types.ts';
import { parseManifest } from '../../image/parse.ts';
import type { TreeManifest } from '../../image/tree.ts';
import type { Descriptor } from '../../image/types.ts';
import type { RetryNotice } from '../../registry/answers/retry.ts';
import type { ManifestReceipt } from '../../registry/types.ts';
import { isDigestOf } from './root-digest.ts';
import type { PushRun } from './run.ts';

/**
 * Puts the manifests: children before the indexes that name them, subjects before what is about them, the root last and under the tag;
 * bytes exactly as they are in the store.
 * @returns the digest by which the registry knows the root.
 */
export async function commitManifests(run: PushRun): Promise<Digest> {
  const byDigest = new Map(run.tree.manifests.map((manifest) => [manifest.descriptor.digest, manifest]));
  const begun = new Map<Digest, Promise<Digest>>();
  const commit = (manifest: TreeManifest): Promise<Digest> => {
    const { digest } = manifest.descriptor;
    const running = begun.get(digest) ?? commitAfterChildren(manifest);
    begun.set(digest, running);
    return running;
  };
  const commitAfterChildren = async (manifest: TreeManifest): Promise<Digest> => {
    const { parsed } = manifest;
    const children = parsed.kind === 'index' ? parsed.manifests : [];
    // The specification lets a subject come later; GitLab does not (https://github.com/moby/buildkit/issues/7007).
    const first = parsed.subject ? [...children, parsed.subject] : children;
    const puts = first.map((child) => byDigest.get(child.digest)).map((child) => child && commit(child));
    // All have ended before a refusal is told: what comes after it must not meet requests that are still under way.
    const failed = (await Promise.allSettled(puts)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
    return putManifest(run, manifest);
  };
  const root = byDigest.get(run.tree.root.digest);
  return root ? commit(root) : run.tree.root.digest;
}

/** @returns the digest by which the registry knows it. */
async function putManifest(run: PushRun, manifest: TreeManifest): Promise<Digest> {
  const { progress, target, signal, client } = run;
  const { digest, mediaType } = manifest.descriptor;
  if (progress.state(digest) === 'pushed') return digest;
  const reference = digest === run.tree.root.digest ? target.tag : digest;
  progress.toState(digest, 'uploading');
  const options = {
    signal,
    onRetry: ({ attempt, reason }: RetryNotice) => progress.toState(digest, 'retrying', { attempt, reason }),
  };
  const content = { bytes: manifest.bytes, mediaType };
  const receipt = await client
    .putManifest(target.repository, reference, content, options)
    .catch((refusal: unknown) => unlessThere(run, manifest, reference, refusal));
  checkReceipt(run, manifest, receipt);
  const subject = manifest.parsed.subject;
  if (subject && !receipt.processedSubject) {
    await addReferrer(run, subject, manifest).catch((refusal: unknown) => {
      throw notListed(refusal, digest);
    });
  }
  progress.count(digest, manifest.bytes.length);
  progress.toState(digest, 'pushed');
  return receipt.digest ?? digest;
}

/**
 * Some registries refuse what they have (https://github.com/docker/buildx/issues/3029): a manifest that is there as it is was taken, and
 * listed for its subject, before.
 */
async function unlessThere(
  { client, target, signal }: PushRun,
  manifest: TreeManifest,
  reference: string,
  refusal: unknown,
): Promise<ManifestReceipt> {
  const { code, facts } = toPushboatError(refusal);
  if (signal.aborted || (code !== 'TAG_IMMUTABLE' && facts.status !== 409)) throw refusal;
  const found = await client.headManifest(target.repository, reference, { signal }).catch(() => null);
  if (!found?.digest || !isDigestOf(manifest, found.digest)) throw refusal;
  return { digest: found.digest, processedSubject: true };
}

function checkReceipt(run: PushRun, manifest: TreeManifest, receipt: ManifestReceipt): void {
  const { digest } = manifest.descriptor;
  if (!receipt.digest || isDigestOf(manifest, receipt.digest)) return;
  throw new PushboatError(
    'DIGEST_MISMATCH',
    `The registry stored the manifest under ${receipt.digest}, but its digest is ${digest}.`,
    { registry: run.target.registry, repository: run.target.repository, digest, hint: 'retry' },
  );
}

/** One entry of a referrers index (distribution-spec, "Referrers Tag Schema"). */
type Referrer = Pick<Descriptor, 'mediaType' | 'digest' | 'size' | 'artifactType' | 'annotations'>;

/** Others may write the list between reading and writing: so often it is tried. */
const REFERRER_ROUNDS = 5;

/**
 * A registry without the referrers API keeps the list under the tag `sha256-<hex>`, and the client must update it:
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests-with-subject
 */
async function addReferrer(run: PushRun, subject: Descriptor, manifest: TreeManifest): Promise<void> {
  const { client, target, signal } = run;
  const { digest } = manifest.descriptor;
  const tag = `${digestAlgorithm(subject.digest)}-${digestHex(subject.digest)}`.slice(0, 128);
  // The list is read again after it was written: what somebody else wrote in between is added to, not replaced.
  for (let round = 0; round < REFERRER_ROUNDS; round++) {
    const existing = await client.getManifest(target.repository, tag, { signal });
    const referrers = existing ? readReferrers(existing.bytes) : [];
    if (referrers.some((referrer) => referrer.digest === digest)) return;
    referrers.push(referrerOf(manifest));
    const index = { schemaVersion: 2, mediaType: MediaType.ociIndex, manifests: referrers };
    const bytes = new TextEncoder().encode(JSON.stringify(index));
    await client.putManifest(target.repository, tag, { bytes, mediaType: MediaType.ociIndex }, { signal });
  }
  const existing = await client.getManifest(target.repository, tag, { signal });
  if (existing && readReferrers(existing.bytes).some((referrer) => referrer.digest === digest)) return;
  const message = `The list of referrers ${target.repository}:${tag} was changed by somebody else each time that ${digest} was added.`;
  throw new PushboatError('REGISTRY_ERROR', message, { registry: target.registry, digest, hint: 'retry' });
}

/** The list has a tag that nobody has chosen: what is refused to it is neither the image nor its tag. */
const ABOUT_THE_LIST: readonly ErrorCode[] = ['TAG_IMMUTABLE', 'MANIFEST_REJECTED', 'REGISTRY_ERROR'];

/** An account may push and not read: another one may do both. */
const ABOUT_THE_ACCOUNT: readonly ErrorCode[] = ['DENIED', 'UNAUTHORIZED'];

function notListed(refusal: unknown, digest: Digest): unknown {
  if (!(refusal instanceof PushboatError)) return refusal;
  const { code, facts, hint } = refusal;
  const isAboutAccount = ABOUT_THE_ACCOUNT.includes(code);
  if (!isAboutAccount && !ABOUT_THE_LIST.includes(code)) return refusal;
  const why = refusal.message.replace(/\.$/, '');
  return new PushboatError(
    isAboutAccount ? code : 'REGISTRY_ERROR',
    `${digest} was pushed, but not listed for the image that it belongs to: ${why}.`,
    { ...facts, digest, hint: isAboutAccount ? hint : 'ask-owner', cause: refusal },
  );
}

function referrerOf({ descriptor, parsed }: TreeManifest): Referrer {
  const artifactType = parsed.artifactType ?? (parsed.kind === 'manifest' ? parsed.config.mediaType : undefined);
  return {
    mediaType: descriptor.mediaType,
    digest: descriptor.digest,
    size: descriptor.size,
    artifactType: artifactType || undefined,
    annotations: Object.keys(parsed.annotations).length > 0 ? parsed.annotations : undefined,
  };
}

/** What is under the tag now; anything but an index is replaced, as the specification allows. */
function readReferrers(bytes: Uint8Array): Referrer[] {
  const parsed = parseManifest(bytes, MediaType.ociIndex);
  return parsed.kind === 'index' ? parsed.manifests : [];
}
