import { rmSync } from 'node:fs';
import { type FileHandle, mkdtemp, open } from 'node:fs/promises';
import { join } from 'node:path';

/** A file that nobody else sees and that ends with the process at the latest. */
export interface TemporaryFile {
  handle: FileHandle;
  /** Closes it, and gives its room back. */
  remove: () => Promise<void>;
}

/** Opens a new one for reading and writing, in a folder for such. Fails with the system's error. */
export async function openTemporaryFile(temporaryDir: string, prefix: string): Promise<TemporaryFile> {
  const folder = await mkdtemp(join(temporaryDir, prefix));
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
