import { join } from 'node:path';
import { PushboatError } from '../../../shared/errors.ts';
import type { ImageDetails, ImageSummary } from '../../../shared/images.ts';
import { LAYOUT_INDEX } from '../../image/layout/file-names.ts';
import { describeImage } from '../describe/details.ts';
import { brokenSummary, summarize } from '../describe/summary.ts';
import { imageNotFound, isPlainFolderName, makeImageId, placeOf, sourceIdOf } from '../names/image-ids.ts';
import type { ImageSource } from '../types.ts';
import { type LayoutEntry, layoutEntries, openEntry } from './layout-entries.ts';
import type { LayoutFiles, ReadIndex } from './layout-files.ts';
import { LayoutFolderFiles } from './layout-folder-files.ts';
import {
  type FoundEntry,
  layoutFilesOf,
  type ScannedFolder,
  type Subfolder,
  SubfolderSource,
  scanned,
} from './subfolders.ts';

/** The folder of the `allrun image` tool: each direct subfolder is one image, the first of its layout; Name is the subfolder. */
export class ImageStoreSource extends SubfolderSource implements ImageSource {
  readonly transport = 'image-store' as const;
  readonly id: string;

  constructor(location: string) {
    super(location);
    this.id = sourceIdOf('image-store', location);
  }

  async details(imageId: string): Promise<ImageDetails> {
    const { files, entry, folder } = await this.find(imageId);
    return describeImage(await openEntry(files, entry), await this.#summary(files, entry, folder));
  }

  /** The id of the image with this Name, whether it is there or not. */
  imageId(storeName: string): string {
    return makeImageId(this.id, [storeName]);
  }

  protected async scanFolder(folder: Subfolder): Promise<ScannedFolder> {
    const files = layoutFilesOf(folder);
    try {
      const { entry, signature } = await firstImage(files);
      return scanned([await this.#summary(files, entry, folder.name)], signature);
    } catch (error) {
      const base = {
        id: this.imageId(folder.name),
        sourceId: this.id,
        name: folder.name,
        storeName: folder.name,
        ref: folder.name,
        references: [],
      };
      return { rows: [brokenSummary(base, error)] };
    }
  }

  async #summary(files: LayoutFiles, entry: LayoutEntry, folder: string): Promise<ImageSummary> {
    const { name, references } = entry;
    const base = { id: this.imageId(folder), sourceId: this.id, name, references, storeName: folder, ref: folder };
    return summarize(await openEntry(files, entry), base);
  }

  protected async find(imageId: string): Promise<FoundEntry & { folder: string }> {
    const [folder = ''] = placeOf(imageId, this.id);
    if (!isPlainFolderName(folder)) throw imageNotFound(imageId, this.id);
    const files = new LayoutFolderFiles(join(this.location, folder));
    return { files, folder, ...(await firstImage(files)) };
  }
}

interface FirstImage extends ReadIndex {
  entry: LayoutEntry;
}

/** The first manifest of a layout. @throws PushboatError LAYOUT_INVALID when there is none. */
export async function firstImage(files: LayoutFiles): Promise<FirstImage> {
  const read = await files.readIndex();
  const { index } = read;
  const [first] = index.manifests;
  const manifests = index.manifests.filter(({ digest }) => digest === first?.digest);
  const [entry] = layoutEntries({ manifests }, files.path);
  if (entry) return { ...read, entry };
  const path = join(files.path, LAYOUT_INDEX);
  const detail = 'it lists no images';
  throw new PushboatError('LAYOUT_INVALID', `${path} is not usable: ${detail}.`, {
    path,
    detail,
    hint: 'check-folder',
  });
}
