import { basename } from 'node:path';
import type { ImageDetails, ImageSummary } from '../../shared/images.ts';
import type { LocalImage } from '../image/types.ts';
import { describeImage } from './details.ts';
import { imageNotFound, makeImageId, placeOf, sourceIdOf } from './image-ids.ts';
import { type LayoutEntry, layoutEntries, openEntry } from './layout-entries.ts';
import { LayoutFiles } from './layout-files.ts';
import { summarize } from './summary.ts';
import type { ImageSource } from './types.ts';

/** One OCI image layout folder: each image that its `index.json` lists. */
export class OciLayoutSource implements ImageSource {
  readonly transport = 'oci' as const;
  readonly id: string;
  readonly label: string;
  readonly location: string;

  constructor(location: string) {
    this.location = location;
    this.id = sourceIdOf('oci', location);
    this.label = basename(location) || location;
  }

  async *list(signal?: AbortSignal): AsyncGenerator<ImageSummary> {
    const { files, entries } = await this.#entries();
    for (const entry of entries) {
      if (signal?.aborted) return;
      yield await summarizeEntry(files, entry, this.id, [entry.key]);
    }
  }

  async open(imageId: string): Promise<LocalImage> {
    const { files, entry } = await this.#find(imageId);
    return openEntry(files, entry);
  }

  async details(imageId: string): Promise<ImageDetails> {
    const { files, entry } = await this.#find(imageId);
    return describeImage(openEntry(files, entry), await summarizeEntry(files, entry, this.id, [entry.key]));
  }

  async #find(imageId: string): Promise<{ files: LayoutFiles; entry: LayoutEntry }> {
    const [key] = placeOf(imageId, this.id);
    const { files, entries } = await this.#entries();
    const entry = entries.find((candidate) => candidate.key === key);
    if (!entry) throw imageNotFound(imageId, this.id);
    return { files, entry };
  }

  async #entries(): Promise<{ files: LayoutFiles; entries: LayoutEntry[] }> {
    const files = new LayoutFiles(this.location);
    const { index } = await files.readIndex();
    return { files, entries: layoutEntries(index, this.location) };
  }
}

/** The row of one entry; `place` is where it is in its source. */
export async function summarizeEntry(
  files: LayoutFiles,
  entry: LayoutEntry,
  sourceId: string,
  place: string[],
): Promise<ImageSummary> {
  const { name, references } = entry;
  return summarize(openEntry(files, entry), { id: makeImageId(sourceId, place), sourceId, name, references });
}
