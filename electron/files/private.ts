import { chmodSync, closeSync, fchmodSync, openSync, statSync } from 'node:fs';
import { makeFolder } from './make-folder.mjs';
import { isCode } from './plain-file.ts';

/** What belongs to group and others in a mode. */
const OTHERS = 0o077;
/** Everybody's folder, such as /tmp (inode(7)). */
const STICKY = 0o1000;

/**
 * Makes a folder of our own, for its owner only whatever the umask is, and takes from one that is there what others could do in it. A
 * folder of another user, or everybody's, stays as it is. Fails with the system's error when it cannot be made.
 */
export function makePrivateFolder(path: string): void {
  if (makeFolder(path, 0o700)) return chmodSync(path, 0o700);
  const { mode, uid } = statSync(path);
  if (uid === process.getuid?.() && (mode & STICKY) === 0) takeFromOthers(path, mode);
}

/** Makes an empty file of our own unless there is one, for its owner only, and takes from one that is there what others could do with it. */
export function makePrivateFile(path: string): void {
  if (!isThere(path)) {
    const fd = openSync(path, 'a', 0o600);
    fchmodSync(fd, 0o600);
    closeSync(fd);
  }
  keepPrivate(path);
}

/** Takes from a file of our own what others could do with it; nothing where there is none. */
export function keepPrivate(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isFile()) takeFromOthers(path, stats.mode);
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function takeFromOthers(path: string, mode: number): void {
  if (process.platform === 'win32' || (mode & OTHERS) === 0) return;
  try {
    chmodSync(path, mode & 0o700);
  } catch (error) {
    // Another user's file, or a disk that is only read: it is used as it is.
    if (!isCode(error, 'EPERM', 'EROFS')) throw error;
  }
}
