import { join } from 'node:path';
import { PushboatError } from '../../../shared/errors.ts';
import type { ImageDetails, ImageSummary } from '../../../shared/images.ts';
import { describeImage } from '../describe/details.ts';
import { brokenSummary, summarize } from '../describe/summary.ts';
import { refsOf } from '../listing/selectors.ts';
import { imageNotFound, isPlainFolderName, makeImageId, pathSourceId, placeOf } from '../names/image-ids.ts';
import type { ImageSource } from '../types.ts';
import { looksLikeLayout } from './detect-layout.ts';
import { type LayoutEntry, layoutEntries, openEntry } from './layout-entries.ts';
import type { LayoutFiles } from './layout-files.ts';
import { LayoutFolderFiles } from './layout-folder-files.ts';
import { markedEntries, shownEntries } from './own-entries.ts';
import {
  type FoundEntry,
  layoutFilesOf,
  type ScannedFolder,
  type Subfolder,
  SubfolderSource,
  scanned,
} from './subfolders.ts';

/** A folder that holds layouts directly below it. Subfolders that have nothing of a layout are not its business. */
export class LayoutFolderSource extends SubfolderSource implements ImageSource {
  readonly transport = 'oci' as const;
  readonly id: string;

  constructor(location: string) {
    super(location);
    this.id = pathSourceId(location);
  }

  async details(imageId: string): Promise<ImageDetails> {
    const { files, entry, entries, folder } = await this.find(imageId);
    return describeImage(await openEntry(files, entry), await this.#summary(files, entry, entries, folder));
  }

  protected async scanFolder(folder: Subfolder): Promise<ScannedFolder> {
    const files = layoutFilesOf(folder);
    try {
      const read = await files.readIndex();
      const rows: ImageSummary[] = [];
      const entries = await markedEntries(files, read);
      for (const entry of shownEntries(entries)) rows.push(await this.#summary(files, entry, entries, folder.name));
      return scanned(rows, read.signature);
    } catch (error) {
      const isLayout = !(error instanceof PushboatError) || (await looksLikeLayout(folder.path));
      if (!isLayout) return { rows: [] };
      const base = { id: makeImageId(this.id, [folder.name]), sourceId: this.id, name: folder.name, references: [] };
      return { rows: [brokenSummary(base, error)] };
    }
  }

  async #summary(
    files: LayoutFiles,
    entry: LayoutEntry,
    entries: readonly LayoutEntry[],
    folder: string,
  ): Promise<ImageSummary> {
    const { key, name, references } = entry;
    const ref = refsOf({ transport: this.transport, location: files.path }, entries)(entry);
    const base = { id: makeImageId(this.id, [folder, key]), sourceId: this.id, name, references, ref };
    return summarize(await openEntry(files, entry), base);
  }

  protected async find(imageId: string): Promise<FoundEntry & { entries: LayoutEntry[]; folder: string }> {
    const [folder = '', key] = placeOf(imageId, this.id);
    if (!isPlainFolderName(folder)) throw imageNotFound(imageId, this.id);
    const files = new LayoutFolderFiles(join(this.location, folder));
    const read = await files.readIndex();
    const entries = layoutEntries(read.index, files.path);
    const entry = entries.find((candidate) => candidate.key === key);
    if (!entry) throw imageNotFound(imageId, this.id);
    return { ...read, files, entry, entries, folder };
  }
}
