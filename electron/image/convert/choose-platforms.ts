import type { Digest } from '../../../shared/digest.ts';
import { PushboatError } from '../../../shared/errors.ts';
import type { Platform } from '../../../shared/images.ts';
import { matchesPlatform, platformName } from '../../../shared/platforms.ts';
import type { ImageTree, TreeManifest } from '../tree.ts';
import type { Descriptor, Index } from '../types.ts';
import { attestedDigest, convertIndex, isAttestation } from './convert-index.ts';
import { rebuildTree } from './rebuild-tree.ts';

/**
 * The part of an image that is for some platforms: of one manifest that manifest alone, of several a new index of them. Attestations stay
 * with the manifest that they are about, as long as there is an index to hold them and the store has them: `docker pull` leaves them out. An image that has no other platforms stays as it is.
 * @throws PushboatError PLATFORM_NOT_FOUND for a platform that the image does not have, BLOB_MISSING when the store lacks a chosen child.
 */
export function choosePlatforms(tree: ImageTree, wanted: readonly Platform[]): ImageTree {
  const root = tree.manifests.find(({ descriptor }) => descriptor.digest === tree.root.digest);
  if (!root || wanted.length === 0) return tree;
  const choice = new PlatformChoice(tree, wanted);
  choice.check();
  if (root.parsed.kind !== 'index') return tree;
  const chosen = choice.images();
  const [only] = chosen;
  if (only && chosen.length === 1) return rebuildTree(withoutIndex(only), [withoutIndex(only)], tree);
  const reduced = choice.reduce(root, root.parsed);
  return reduced === root ? tree : rebuildTree(reduced, [...choice.indexes(), ...tree.manifests], tree);
}

/** The platforms of an image, as `--platform` takes them. */
export function platformsOf(tree: ImageTree): string[] {
  return [...new Set(imagesOf(tree).flatMap(({ platform }) => (platform ? [platformName(platform)] : [])))];
}

interface Listed {
  digest: Digest;
  platform: Platform | undefined;
}

/** Images of all indexes, those that are not in the store included; attestations and artifacts say that they are for no platform. */
function imagesOf(tree: ImageTree): Listed[] {
  const images: Listed[] = [];
  for (const { parsed, descriptor, platform } of tree.manifests) {
    if (parsed.kind === 'index') continue;
    images.push({ digest: descriptor.digest, platform: known(platform) });
  }
  for (const { digest, platform } of tree.missing) images.push({ digest, platform: known(platform) });
  return images;
}

function known(platform: Platform | undefined): Platform | undefined {
  return platform?.os === 'unknown' ? undefined : platform;
}

/** An image that was a child: as the root it needs no descriptor of its platform. */
function withoutIndex(manifest: TreeManifest): TreeManifest {
  const { platform: _platform, annotations: _annotations, ...descriptor } = manifest.descriptor;
  return { ...manifest, descriptor };
}

class PlatformChoice {
  readonly #tree: ImageTree;
  readonly #wanted: readonly Platform[];
  readonly #byDigest: ReadonlyMap<Digest, TreeManifest>;
  readonly #reduced = new Map<Digest, TreeManifest | null>();

  constructor(tree: ImageTree, wanted: readonly Platform[]) {
    this.#tree = tree;
    this.#wanted = wanted;
    this.#byDigest = new Map(tree.manifests.map((manifest) => [manifest.descriptor.digest, manifest]));
  }

  /** Every platform that was asked for must be there. */
  check(): void {
    const images = imagesOf(this.#tree);
    const missing = new Set(this.#tree.missing.map(({ digest }) => digest));
    for (const wanted of this.#wanted) {
      const found = images.filter(({ platform }) => platform && matchesPlatform(platform, wanted));
      const absent = found.find(({ digest }) => missing.has(digest));
      if (found.length === 0) throw notFound(wanted, platformsOf(this.#tree));
      if (absent) throw notInStore(wanted, absent.digest, this.#tree);
    }
  }

  images(): TreeManifest[] {
    return this.#tree.manifests.filter(({ parsed, platform }) => parsed.kind !== 'index' && this.#isWanted(platform));
  }

  indexes(): TreeManifest[] {
    return [...this.#reduced.values()].filter((index) => index !== null);
  }

  /** The index with the chosen children only; itself when all are chosen. */
  reduce(index: TreeManifest, parsed: Index): TreeManifest {
    const kept = new Set(parsed.manifests.filter((child) => this.#isKept(child)).map(({ digest }) => digest));
    const childOf = (child: Descriptor): TreeManifest | null | undefined => {
      const about = attestedDigest(child);
      if (about !== undefined) return kept.has(about as Digest) && this.#byDigest.has(child.digest) ? undefined : null;
      return kept.has(child.digest) ? (this.#reduced.get(child.digest) ?? undefined) : null;
    };
    const isWhole = parsed.manifests.every((child) => childOf(child) === undefined);
    return isWhole ? index : convertIndex(index, parsed, childOf, undefined);
  }

  #isKept(child: Descriptor): boolean {
    const manifest = this.#byDigest.get(child.digest);
    if (isAttestation(child)) return false;
    if (manifest?.parsed.kind !== 'index') return this.#isWanted(manifest?.platform ?? child.platform);
    const nested = this.#reduced.get(child.digest) ?? this.reduce(manifest, manifest.parsed);
    const isEmpty = nested.parsed.kind === 'index' && nested.parsed.manifests.length === 0;
    if (nested !== manifest) this.#reduced.set(child.digest, isEmpty ? null : nested);
    return !isEmpty;
  }

  #isWanted(platform: Platform | undefined): boolean {
    return platform !== undefined && this.#wanted.some((wanted) => matchesPlatform(platform, wanted));
  }
}

function notFound(wanted: Platform, candidates: string[]): PushboatError {
  const has = candidates.length === 0 ? 'does not say for which platform it is' : `has ${candidates.join(', ')}`;
  return new PushboatError('PLATFORM_NOT_FOUND', `The image is not there for ${platformName(wanted)}: it ${has}.`, {
    candidates,
    hint: 'choose-platforms',
  });
}

function notInStore(wanted: Platform, digest: Digest, tree: ImageTree): PushboatError {
  return new PushboatError(
    'BLOB_MISSING',
    `The image's manifest for ${platformName(wanted)} is not in the local store.`,
    {
      digest,
      candidates: presentPlatforms(tree),
      hint: 'choose-platforms',
    },
  );
}

/** Says that an index's child is not in the store, and which are. */
export function missingChild(child: Descriptor, tree: ImageTree): string {
  const { digest, platform } = child;
  const which = platform && platform.os !== 'unknown' ? ` for ${platformName(platform)}` : '';
  const present = presentPlatforms(tree);
  if (isAttestation(child) && present.length > 0)
    return `The index names the attestation ${digest}, which is not in the local store (--platform ${present.join(',')} leaves it out).`;
  const there = present.length > 0 ? ` (there are ${present.join(', ')})` : '';
  return `The index names the manifest ${digest}${which}, which is not in the local store${there}.`;
}

/** Platforms whose manifests are in the store. */
export function presentPlatforms(tree: ImageTree): string[] {
  return platformsOf({ ...tree, missing: [] });
}
