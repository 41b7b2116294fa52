import { join } from 'node:path';
import { exists } from '../../files/plain-file.ts';
import { LAYOUT_INDEX, LAYOUT_MARKER } from '../../image/layout/file-names.ts';

/** True when the folder has at least one of the two files of a layout, whether they are good or not. */
export async function hasLayoutFiles(folder: string): Promise<boolean> {
  return (await exists(join(folder, LAYOUT_INDEX))) || (await exists(join(folder, LAYOUT_MARKER)));
}

/** True for a folder that wants to be a layout, good or broken. `index.json` alone is too common a name to say so. */
export async function looksLikeLayout(folder: string): Promise<boolean> {
  if (await exists(join(folder, LAYOUT_MARKER))) return true;
  return (await exists(join(folder, LAYOUT_INDEX))) && (await exists(join(folder, 'blobs')));
}
