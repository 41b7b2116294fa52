import type { Descriptor, Index, LocalImage } from '../image/types.ts';
import type { LayoutFiles } from './layout-files.ts';
import { displayName, referencesOf, refName } from './names.ts';
import { StoredImage } from './stored-image.ts';

/** One image that `index.json` lists. */
export interface LayoutEntry {
  /** Names the image in its layout: its ref.name where that is unique, so that it stays the same when the tag is built anew. */
  key: string;
  descriptor: Descriptor;
  name: string;
  references: string[];
}

/** The images of a layout in the order of `index.json`, each once. */
export function layoutEntries(index: Index, layoutPath: string): LayoutEntry[] {
  const named = new Map<string, number>();
  for (const descriptor of index.manifests) {
    const name = refName(descriptor);
    if (name !== undefined) named.set(name, (named.get(name) ?? 0) + 1);
  }
  const entries = new Map<string, LayoutEntry>();
  for (const descriptor of index.manifests) {
    const name = refName(descriptor);
    const isUnique = name !== undefined && named.get(name) === 1;
    const key = isUnique ? name : name === undefined ? descriptor.digest : `${name}@${descriptor.digest}`;
    if (entries.has(key)) continue;
    const shown = displayName(descriptor, layoutPath, index.manifests.length === 1);
    entries.set(key, { key, descriptor, name: shown, references: referencesOf(descriptor) });
  }
  return [...entries.values()];
}

export function openEntry(files: LayoutFiles, entry: LayoutEntry): LocalImage {
  return new StoredImage(files, { root: entry.descriptor, name: entry.name, references: entry.references });
}
