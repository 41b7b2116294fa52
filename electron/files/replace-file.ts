import { renameSync, type Stats } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeFolder } from './make-folder.mjs';
import { followLinks, requireReplaceable, takeAfter } from './plain-file.ts';
import { removeAbandoned, temporaryName } from './temporary-names.ts';

export interface ReplaceOptions {
  /**
   * Asked right before the new content takes the place of the old; false keeps the old. Synchronous, as the rename after it is: what
   * another program writes between the two would be lost, so there must be no time between them.
   */
  mayReplace?: () => boolean;
  /** For our own files: what others may read is made private (0600). Otherwise a file that is there keeps its permissions. */
  makePrivate?: boolean;
}

/**
 * Replaces a file in one step: readers see the old or the new content, never half of it, whatever happens. A new file is for its
 * owner only (0600), and so is its folder when it has to be made (0700); one that is there keeps its owner. A link stays, and what it
 * leads to is replaced, or made. What is no file, such as a device, is never replaced.
 * Returns false when `mayReplace` said no. Fails with the system's error.
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  { mayReplace, makePrivate = false }: ReplaceOptions = {},
): Promise<boolean> {
  const old = await requireReplaceable(path);
  const target = await followLinks(path);
  const folder = dirname(target);
  makeFolder(folder, 0o700);
  const prefix = `.${basename(target)}`;
  await removeAbandoned(folder, prefix);
  const temporary = join(folder, temporaryName(prefix));
  try {
    await writeNew(temporary, content, old, makePrivate);
    if (mayReplace && !mayReplace()) return false;
    renameSync(temporary, target);
    return true;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeNew(
  path: string,
  content: string | Uint8Array,
  old: Stats | undefined,
  makePrivate: boolean,
): Promise<void> {
  await using file = await open(path, 'wx', 0o600);
  await file.writeFile(content);
  if (old) await takeAfter(file, old, makePrivate ? 0o600 : undefined);
  await file.sync();
}
