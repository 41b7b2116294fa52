import { randomBytes } from 'node:crypto';
import { renameSync } from 'node:fs';
import { mkdir, open, realpath, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface ReplaceOptions {
  /**
   * Asked right before the new content takes the place of the old; false keeps the old. Synchronous, as the rename after it is: what
   * another program writes between the two would be lost, so there must be no time between them.
   */
  mayReplace?: () => boolean;
}

/**
 * Replaces a file in one step: readers see the old or the new content, never half of it, whatever happens. The file is for its
 * owner only (0600), and so is its folder when it has to be made (0700). A link stays, and what it leads to is replaced.
 * Returns false when `mayReplace` said no. Fails with the system's error.
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  options: ReplaceOptions = {},
): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const target = await realpath(path).catch(() => path);
  const temporary = `${target}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    if (options.mayReplace && !options.mayReplace()) return false;
    renameSync(temporary, target);
    return true;
  } finally {
    await rm(temporary, { force: true });
  }
}
