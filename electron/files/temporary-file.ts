import { rmSync } from 'node:fs';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PushboatError } from '../../shared/errors.ts';
import { makeFolder } from './make-folder.mjs';
import { systemCode, systemReason } from './system-errors.ts';
import { abandonedIn, temporaryName } from './temporary-names.ts';

/** A file that nobody else sees and that ends with the process at the latest. */
export interface TemporaryFile {
  handle: FileHandle;
  /** Closes it, and gives its room back. */
  remove: () => Promise<void>;
}

/**
 * A new folder for its owner only, in a folder for such, which is made where it is not there. What processes that were killed have left under this prefix is removed.
 * @throws PushboatError as `temporaryFault`
 */
export async function makeTemporaryFolder(temporaryDir: string, prefix: string): Promise<string> {
  try {
    makeFolder(temporaryDir, 0o777);
    for (const path of await abandonedIn(temporaryDir, prefix)) await removeIfAllowed(path);
    const folder = join(temporaryDir, temporaryName(prefix));
    await mkdir(folder, { mode: 0o700 });
    return folder;
  } catch (error) {
    throw temporaryFault(temporaryDir, error);
  }
}

/** What cannot be removed, because it is somebody else's for one, costs room and keeps no image from being pushed. */
async function removeIfAllowed(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}

/** SOURCE_UNREADABLE for a failed system call in the folder for temporary files: without it the image cannot be read. */
export function temporaryFault(temporaryDir: string, error: unknown): PushboatError {
  if (error instanceof PushboatError) return error;
  const detail = systemReason(error);
  const message = `The folder for temporary files, ${temporaryDir}, cannot be written to: ${detail}.`;
  const facts = { path: temporaryDir, detail, cause: error };
  return new PushboatError('SOURCE_UNREADABLE', message, { ...facts, hint: 'choose-temporary-folder' });
}

/** True when there is no room for a file, or for one so large. */
export function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(systemCode(error) ?? '');
}

/** Opens a new one for reading and writing, in a folder for such. @throws PushboatError as `makeTemporaryFolder` */
export async function openTemporaryFile(temporaryDir: string, prefix: string): Promise<TemporaryFile> {
  const folder = await makeTemporaryFolder(temporaryDir, prefix);
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  const handle = await open(join(folder, 'content'), 'wx+', 0o600);
  if (process.platform !== 'win32') {
    // Without a name it is gone whenever the process ends, however that happens.
    removeFolder();
    return { handle, remove: () => handle.close() };
  }
  process.once('exit', removeFolder);
  const remove = async () => {
    process.off('exit', removeFolder);
    await handle.close();
    removeFolder();
  };
  return { handle, remove };
}
