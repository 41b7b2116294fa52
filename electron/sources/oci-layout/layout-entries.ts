import type { Digest } from '../../../shared/digest.ts';
import { PushboatError } from '../../../shared/errors.ts';
import type { StoreOddity } from '../../../shared/job-notes.ts';
import { readExactly } from '../../files/contained-files.ts';
import { systemCode } from '../../files/system-errors.ts';
import { MAX_JSON_BYTES } from '../../image/json.ts';
import type { Descriptor, Index, LocalImage } from '../../image/types.ts';
import { hasDigest } from '../../image/verify.ts';
import type { BesideOthers } from '../listing/listing.ts';
import { StoredImage } from '../stored-image.ts';
import { companionsAmong, listedSignatures } from './companion-images.ts';
import { countCompanions } from './companions.ts';
import type { LayoutFiles, ReadIndex } from './layout-files.ts';
import { besideOthers, displayName, referencesOf, refName } from './names.ts';

/** One image that `index.json` lists, under whatever number of names. */
export interface LayoutEntry {
  /** Names the image in its layout: its ref.name where that is unique, so that it stays the same when the tag is built again. */
  key: string;
  descriptor: Descriptor;
  name: string;
  references: string[];
  /** Where `index.json` lists it, from 0. */
  positions: number[];
  /** Its digest. */
  ids: [Digest];
  /** It is a part of another image, or a signature or the like of one, by all that is said of it. */
  besideOthers: BesideOthers | undefined;
}

/** The images of a layout in the order of `index.json`, each once: entries of one digest are names of one image. */
export function layoutEntries({ manifests }: Pick<Index, 'manifests'>, layoutPath: string): LayoutEntry[] {
  const named = new Map<string, Set<string>>();
  const groups = new Map<string, { descriptors: Descriptor[]; positions: number[] }>();
  for (const [position, descriptor] of manifests.entries()) {
    const { digest } = descriptor;
    const name = refName(descriptor);
    if (name !== undefined) named.set(name, (named.get(name) ?? new Set()).add(digest));
    const group = groups.get(digest) ?? { descriptors: [], positions: [] };
    group.descriptors.push(descriptor);
    group.positions.push(position);
    groups.set(digest, group);
  }
  return [...groups.values()].flatMap(({ descriptors, positions }) => {
    const [descriptor] = descriptors;
    if (!descriptor) return [];
    const { digest } = descriptor;
    const names = descriptors.map(refName).filter((name) => name !== undefined);
    const unique = names.find((name) => named.get(name)?.size === 1);
    const key = unique ?? (names[0] === undefined ? digest : `${names[0]}@${digest}`);
    const references = referencesOf(...descriptors);
    const name = displayName(descriptor, layoutPath, groups.size === 1, references);
    return [
      {
        key,
        descriptor,
        name,
        references,
        positions,
        ids: [digest],
        besideOthers: descriptors.every((each) => besideOthers(each)) ? besideOthers(descriptor) : undefined,
      },
    ];
  });
}

/**
 * With the size that the manifest has: `index.json` is never sent, and others do not look at the sizes in it. What is
 * damaged keeps its own, and whoever reads it is told why.
 */
async function withTrueSize(files: LayoutFiles, descriptor: Descriptor): Promise<Descriptor> {
  if (descriptor.data !== undefined) return descriptor;
  try {
    const file = await files.openBlob(descriptor.digest);
    try {
      if (file.size === descriptor.size || file.size > MAX_JSON_BYTES) return descriptor;
      const isWhole = hasDigest(await readExactly(file), descriptor.digest);
      return isWhole ? { ...descriptor, size: file.size } : descriptor;
    } finally {
      file.close();
    }
  } catch (error) {
    if (error instanceof PushboatError || systemCode(error) !== undefined) return descriptor;
    throw error;
  }
}

/** All that a layout's `index.json` lists, with true sizes; looked for once, and when somebody asks: each of the files is opened. */
export function trulyListed(files: LayoutFiles, { index }: ReadIndex): () => Promise<Descriptor[]> {
  let found: Promise<Descriptor[]> | undefined;
  return () => (found ??= Promise.all(index.manifests.map((each) => withTrueSize(files, each))));
}

/** @param listed all that the layout's `index.json` lists; images that are opened together share it. */
export async function openEntry(
  files: LayoutFiles,
  entry: LayoutEntry,
  listed: () => Promise<Descriptor[]> = async () => [],
  oddities: readonly StoreOddity[] = [],
): Promise<LocalImage> {
  return new StoredImage(files, {
    root: await withTrueSize(files, entry.descriptor),
    name: entry.name,
    references: entry.references,
    oddities,
    origin: { transport: files.transport, path: files.path, name: refName(entry.descriptor) },
    signatures: async (image, digest) => listedSignatures(image, await listed(), digest),
    companionsOf: async (image, manifests) => companionsAmong(image, files, await listed(), manifests),
    companions: async (image, along) => countCompanions(image, await listed(), along),
  });
}
