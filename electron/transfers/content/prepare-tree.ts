import type { Digest } from '../../../shared/digest.ts';
import { PushboatError } from '../../../shared/errors.ts';
import type { Platform } from '../../../shared/images.ts';
import type { JobNote } from '../../../shared/job-notes.ts';
import { parsePlatform, platformName } from '../../../shared/platforms.ts';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import { choosePlatforms } from '../../image/convert/choose-platforms.ts';
import { isAttestation } from '../../image/convert/convert-index.ts';
import { removeSignatures } from '../../image/convert/remove-signatures.ts';
import { type LayerFaults, layerFaults } from '../../image/layer-faults.ts';
import { type ImageTree, readImageTree } from '../../image/tree.ts';
import type { AloneOfIndex, LocalImage } from '../../image/types.ts';
import type { SourceGate } from '../../policy/source-gate.ts';
import type { RegistryClient } from '../../registry/types.ts';
import { leftOutNotes } from './job-notes.ts';

export interface PreparedTree {
  tree: ImageTree;
  /** What the choices left out. */
  notes: JobNote[];
  faults: LayerFaults;
}

/** Who may have a manifest that the store lacks: the repository that the image goes to. */
export type HasManifest = (digest: Digest) => Promise<boolean>;

/**
 * The tree of an image as a person wants it pushed: of the platforms chosen, with or without signatures. Without such a choice it is the
 * image's own, byte for byte, unless an engine has one image only of an index.
 * @param hasManifest asked for manifests that the store lacks; absent where nobody else can have them.
 * @param gate asked whether the image may be used, when it is known what of it is.
 * @throws PushboatError as `readImageTree`, `choosePlatforms`, the gate and `layerFaults`.
 */
export async function prepareTree(
  image: LocalImage,
  options: Pick<TransferOptions, 'platforms' | 'removeSignatures'>,
  gate: SourceGate | undefined,
  signal?: AbortSignal,
  hasManifest?: HasManifest,
): Promise<PreparedTree> {
  const whole = await readImageTree(image, { signal });
  const unsigned = options.removeSignatures ? removeSignatures(whole) : whole;
  const wanted = wantedPlatforms(options.platforms ?? []);
  const isAsked = wanted.length > 0 || image.alone !== undefined;
  const chosen = isAsked ? undefined : await aloneInStore(image, unsigned, hasManifest);
  const tree = choosePlatforms(unsigned, chosen ? [chosen.platform] : wanted);
  await gate?.(image, tree, signal);
  const faults = await layerFaults(image, tree, signal);
  const leftOut = leftOutNotes(whole, unsigned, tree);
  const alone = wanted.length === 0 ? (image.alone ?? chosen) : undefined;
  if (!alone) return { tree, notes: leftOut, faults };
  const note: JobNote = { kind: 'alone', platform: platformName(alone.platform), count: alone.missing };
  return { tree, notes: [note, ...leftOut], faults };
}

/**
 * The one platform that an engine has pulled of an index: `docker push` sends that image where the registry lacks the others
 * (https://github.com/moby/moby/issues/48731). Of several a person has to choose, and an index of another store should be whole.
 */
async function aloneInStore(
  { origin }: LocalImage,
  tree: ImageTree,
  hasManifest: HasManifest | undefined,
): Promise<AloneOfIndex | undefined> {
  if (origin?.transport !== 'docker-daemon' && origin?.transport !== 'docker-archive') return undefined;
  const missing = tree.missing.filter((child) => !isAttestation(child));
  const present = tree.manifests.filter(
    ({ descriptor, parsed }) => parsed.kind === 'manifest' && !isAttestation(descriptor),
  );
  const [only] = present;
  if (missing.length === 0 || present.length !== 1 || !only?.platform) return undefined;
  const elsewhere = hasManifest && (await Promise.all(missing.map(({ digest }) => hasManifest(digest))));
  return elsewhere?.every(Boolean) ? undefined : { platform: only.platform, missing: missing.length };
}

/** Asks a repository. One that may be written and not be looked at has none that is known. */
export function manifestsOf(client: RegistryClient, repository: string, signal: AbortSignal): HasManifest {
  return async (digest) => {
    try {
      return (await client.headManifest(repository, digest, { signal })) !== null;
    } catch (error) {
      if (error instanceof PushboatError && error.code === 'DENIED') return false;
      throw error;
    }
  };
}

function wantedPlatforms(texts: readonly string[]): Platform[] {
  return texts.map(parsePlatform).filter((platform) => platform !== undefined);
}
