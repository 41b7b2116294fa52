import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { DEFAULT_IMAGES_STORE_DIR } from '../../../shared/settings.ts';
import { detectPath } from '../at-path/detect-path.ts';
import { sourceAt } from '../at-path/source-at.ts';
import { brokenSummary } from '../describe/summary.ts';
import { pathSourceId } from '../names/image-ids.ts';
import { ImageStoreSource } from '../oci-layout/image-store.ts';
import type { ListedSummary } from '../types.ts';
import type { FindImageOptions } from './types.ts';

/**
 * The images at these paths (layouts, folders of layouts, the image-store folder); without paths, those of the image-store folder. A path
 * that gives nothing is yielded as a broken row with the reason, and the others still follow.
 */
export async function* listImages(paths: string[], options: FindImageOptions): AsyncGenerator<ListedSummary> {
  const store = resolve(options.cwd, options.imagesStoreDir);
  // Nobody said that there is a store: that the default one does not exist is no fault.
  if (paths.length === 0 && store === resolve(DEFAULT_IMAGES_STORE_DIR) && !existsSync(store)) return;
  for (const path of paths.length === 0 ? [store] : paths) {
    const location = resolve(options.cwd, path);
    try {
      const source =
        location === store
          ? new ImageStoreSource(store)
          : sourceAt(await detectPath(location, options.archives, options.signal), options.archives);
      for await (const row of source.list(options.signal)) yield { ...row, transport: source.transport };
    } catch (error) {
      if (options.signal?.aborted) throw error;
      const sourceId = pathSourceId(location);
      yield brokenSummary({ id: sourceId, sourceId, name: path, references: [] }, error);
    }
  }
}
