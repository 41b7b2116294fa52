import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { isCode } from './plain-file.ts';

/**
 * Gives a new file the owner and the permissions of the one whose place it takes: root may sign in for somebody else. Where the owner
 * cannot be kept, because only root may give files away, the new file is the writer's; a group that has no right to it gets none.
 */
export async function takeAfter(file: FileHandle, old: Stats, mode = old.mode & 0o777): Promise<void> {
  if (process.platform === 'win32') return;
  const { uid, gid } = await file.stat();
  const isKept = (uid === old.uid && gid === old.gid) || (await isGivenTo(file, old.uid, old.gid));
  const isGroupKept = isKept || gid === old.gid || (await isGivenTo(file, uid, old.gid));
  await file.chmod(isGroupKept ? mode : mode & 0o707);
}

async function isGivenTo(file: FileHandle, uid: number, gid: number): Promise<boolean> {
  try {
    await file.chown(uid, gid);
    return true;
  } catch (error) {
    // EINVAL: the number means nobody in this container.
    if (isCode(error, 'EPERM', 'EINVAL')) return false;
    throw error;
  }
}
