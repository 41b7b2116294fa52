import type { Digest } from '../../shared/digest.ts';
import type { Platform } from '../../shared/images.ts';
import { MediaType } from '../../shared/media-types.ts';
import type { Descriptor } from '../image/types.ts';

/** image-spec annotations.md */
export const REF_NAME = 'org.opencontainers.image.ref.name';

/** An entry of index.json; fields that are not known here are kept. */
export interface LayoutEntry {
  mediaType: string;
  digest: Digest;
  size: number;
  platform?: Platform;
  artifactType?: string;
  annotations?: Record<string, string>;
}

/** index.json, whatever else stands in it. */
export interface LayoutIndex {
  schemaVersion: 2;
  manifests?: LayoutEntry[] | null;
}

export const NEW_INDEX = { schemaVersion: 2, mediaType: MediaType.ociIndex } as const;

/** The content of the file that makes a folder a layout (image-spec image-layout.md). */
export const LAYOUT_MARKER_TEXT = '{"imageLayoutVersion":"1.0.0"}';

/** One entry for each name; one without when there is none. */
export function layoutEntries(
  { mediaType, digest, size, platform, artifactType }: Descriptor,
  names: readonly string[],
): LayoutEntry[] {
  const extras = { ...(platform ? { platform } : {}), ...(artifactType === undefined ? {} : { artifactType }) };
  const entry = { mediaType, digest, size, ...extras };
  if (names.length === 0) return [entry];
  return [...new Set(names)].map((name) => ({ ...entry, annotations: { [REF_NAME]: name } }));
}

/**
 * The index with these entries: each takes the place of the one with its name. An image that is listed under any name is not listed
 * once more without one.
 */
export function withEntries(index: LayoutIndex, entries: readonly LayoutEntry[]): LayoutIndex {
  const manifests = [...(index.manifests ?? [])];
  for (const entry of entries) {
    const name = entry.annotations?.[REF_NAME];
    const at = manifests.findIndex((other) =>
      name === undefined ? other.digest === entry.digest : other.annotations?.[REF_NAME] === name,
    );
    if (at === -1) manifests.push(entry);
    else if (name !== undefined) manifests[at] = entry;
  }
  return { ...index, manifests };
}
