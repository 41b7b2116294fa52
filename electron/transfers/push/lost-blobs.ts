import type { Digest } from '../../../shared/digest.ts';
import { toPushboatError } from '../../../shared/errors.ts';
import type { TreeBlob } from '../../image/tree.ts';
import { isWholeBlob } from '../../registry/blobs.ts';
import type { PushRun } from './run.ts';

/** The last is ECR's, for layers that a manifest names (https://github.com/mapbox/ecs-conex/pull/50). */
const BLOB_UNKNOWN: readonly string[] = ['MANIFEST_BLOB_UNKNOWN', 'BLOB_UNKNOWN', 'BLOB_UPLOAD_UNKNOWN'];

/** Rounds in which blobs are sent after all: those that are known to be missing, then all that were not sent. */
const ROUNDS = 2;

/**
 * The blobs to send after all when a manifest was refused because the registry does not have them, though it said so: it answered a
 * mount with 201 and did nothing, or a HEAD for another repository, as virtual and proxy repositories do. Where they were thought to be
 * is forgotten, and their rows start over. Empty when the refusal has another reason, or all of them were sent.
 */
export async function lostBlobs(run: PushRun, refusal: unknown, round: number): Promise<TreeBlob[]> {
  const { progress, tree, locations, target } = run;
  const unsent = tree.blobs.filter(({ descriptor }) => isBelieved(run, descriptor));
  const named = unsent.filter(({ descriptor }) => saysDigest(refusal, descriptor.digest));
  if (round > ROUNDS || (named.length === 0 && !saysUnknown(refusal))) return [];
  const missing = named.length > 0 ? named : await missingNow(run, unsent);
  const lost = round < ROUNDS && missing.length > 0 ? missing : unsent;
  const reason = 'the registry did not have it after all';
  for (const { descriptor } of lost) {
    locations.forget(target.registry, descriptor.digest);
    progress.toState(descriptor.digest, 'retrying', { attempt: round + 1, reason });
  }
  return lost;
}

/** Of storage that is slow to find what it has just taken. */
const UNKNOWN: readonly string[] = [...BLOB_UNKNOWN, 'MANIFEST_UNKNOWN'];

/**
 * Whether a manifest was refused because the registry does not find what it has taken in this very push: some commit uploads behind
 * their answer, or have storage that shows a file only later. It will find it.
 */
export function isSlowToFind({ progress, tree }: PushRun, refusal: unknown): boolean {
  const { code, facts } = toPushboatError(refusal);
  if (code !== 'MANIFEST_REJECTED' || !facts.registryErrors?.some((entry) => UNKNOWN.includes(entry.code)))
    return false;
  const all = [...tree.blobs, ...tree.manifests].map(({ descriptor }) => descriptor.digest);
  const named = all.filter((digest) => saysDigest(refusal, digest));
  const isPushed = (digest: Digest) => progress.state(digest) === 'pushed';
  return named.length > 0 ? named.every(isPushed) : all.some(isPushed);
}

function isBelieved({ progress }: PushRun, { digest }: TreeBlob['descriptor']): boolean {
  const state = progress.state(digest);
  return state === 'exists' || state === 'mounted';
}

function saysUnknown(refusal: unknown): boolean {
  const { registryErrors = [] } = toPushboatError(refusal).facts;
  return registryErrors.some(({ code }) => BLOB_UNKNOWN.includes(code));
}

function saysDigest(refusal: unknown, digest: string): boolean {
  const { code, facts } = toPushboatError(refusal);
  return code === 'MANIFEST_REJECTED' && JSON.stringify([facts.detail, facts.registryErrors]).includes(digest);
}

/** Those that were mounted on the registry's word, and those that it does not have when it is asked now. */
async function missingNow(run: PushRun, blobs: TreeBlob[]): Promise<TreeBlob[]> {
  const { progress, client, target, signal } = run;
  const isMissing = async ({ descriptor: { digest, size } }: TreeBlob): Promise<boolean> =>
    progress.state(digest) === 'mounted' ||
    !isWholeBlob(await client.headBlob(target.repository, digest, { signal }).catch(() => null), size);
  const missing = await Promise.all(blobs.map(isMissing));
  signal.throwIfAborted();
  return blobs.filter((_, index) => missing[index]);
}
