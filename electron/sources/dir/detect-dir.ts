import { join } from 'node:path';
import { exists } from '../../files/plain-file.ts';
import { readTextIfThere } from '../../files/text-file.ts';
import { DIR_MANIFEST, DIR_VERSION, DIR_VERSION_WORDS } from '../../image/layout/file-names.ts';

/** containers/image writes both files; these names are common, and say nothing without the words in one of them. */
export async function looksLikeDir(folder: string): Promise<boolean> {
  const version = await readTextIfThere(join(folder, DIR_VERSION)).catch(() => undefined);
  return version?.startsWith(DIR_VERSION_WORDS) === true && (await exists(join(folder, DIR_MANIFEST)));
}
