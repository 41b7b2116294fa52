import type { Digest } from '../../shared/digest.ts';
import type { Platform } from '../../shared/images.ts';
import { MediaType } from '../../shared/media-types.ts';
import { REF_NAME } from '../image/layout/file-names.ts';
import type { Descriptor } from '../image/types.ts';

/** An entry of index.json; fields that are not known here are kept. */
export interface IndexEntry {
  mediaType: string;
  digest: Digest;
  size: number;
  platform?: Platform | undefined;
  artifactType?: string | undefined;
  annotations?: Record<string, string>;
}

/** index.json, whatever else stands in it. */
export interface LayoutIndex {
  schemaVersion: 2;
  manifests?: IndexEntry[] | null;
}

export const NEW_INDEX = { schemaVersion: 2, mediaType: MediaType.ociIndex } as const;

/** The content of the file that makes a folder a layout (image-spec image-layout.md). */
export const LAYOUT_MARKER_TEXT = '{"imageLayoutVersion":"1.0.0"}';

/** One entry for each name; one without when there is none. */
export function indexEntries(
  { mediaType, digest, size, platform, artifactType }: Descriptor,
  names: readonly string[],
): IndexEntry[] {
  const entry = { mediaType, digest, size, platform, artifactType };
  if (names.length === 0) return [entry];
  return [...new Set(names)].map((name) => ({ ...entry, annotations: { [REF_NAME]: name } }));
}

/**
 * The index with these entries, as containers/image adds them: a name moves to the new image, and the image that had it stays listed
 * without one, so that none is lost with its name. An image that is listed under any name is not listed once more without one.
 * https://github.com/containers/image/blob/main/oci/layout/oci_dest.go (addManifest)
 */
export function withEntries(index: LayoutIndex, entries: readonly IndexEntry[]): LayoutIndex {
  let manifests: readonly IndexEntry[] = index.manifests ?? [];
  for (const entry of entries) {
    if (nameOf(entry) !== undefined) manifests = withName(manifests, entry);
    else if (manifests.every(({ digest }) => digest !== entry.digest)) manifests = [...manifests, entry];
  }
  return { ...index, manifests: [...manifests] };
}

function withName(manifests: readonly IndexEntry[], entry: IndexEntry): IndexEntry[] {
  const others = manifests.filter((other) => nameOf(other) !== nameOf(entry));
  const unnamed = manifests.filter((other) => nameOf(other) === nameOf(entry)).map(withoutName);
  const isListed = ({ digest }: IndexEntry) => others.some((other) => other.digest === digest);
  const isSameUnnamed = (other: IndexEntry) => other.digest === entry.digest && nameOf(other) === undefined;
  const kept = [...others, ...unnamed.filter((other) => !isListed(other))];
  return [...kept.filter((other) => !isSameUnnamed(other)), entry];
}

function nameOf({ annotations }: IndexEntry): string | undefined {
  return annotations?.[REF_NAME];
}

function withoutName({ annotations, ...entry }: IndexEntry): IndexEntry {
  const { [REF_NAME]: _name, ...others } = annotations ?? {};
  return Object.keys(others).length > 0 ? { ...entry, annotations: others } : entry;
}
