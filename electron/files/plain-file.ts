import { constants, readFileSync, type Stats, statSync } from 'node:fs';
import { type FileHandle, readlink, realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { systemCode } from './system-errors.ts';

/** Links that lead to each other are followed no further, as Linux does. */
const MOST_LINKS = 40;

/** Opening a pipe that nobody writes to must not wait for somebody who does. Windows has no such flag, and no such files. */
export const DO_NOT_WAIT = constants.O_NONBLOCK ?? 0;

/** False also for what cannot be looked at: reading it says why. */
export function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** What is at a path instead of a file; undefined for a file. */
export function otherKind(stats: Stats): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}

/** @throws an Error that says what it is, for whatever is no file. */
export function requireFile(stats: Stats): void {
  const kind = otherKind(stats);
  if (kind !== undefined) throw new Error(`it is ${kind}, not a file`);
}

/** The text of a file, read at once. Fails with the system's error, and for what is no file: a pipe would be waited for by the whole program. */
export function readTextNow(path: string): string {
  requireFile(statSync(path));
  // What was a file may be a pipe by now.
  return readFileSync(path, { encoding: 'utf8', flag: constants.O_RDONLY | DO_NOT_WAIT });
}

/**
 * What is at a path now, all links followed; undefined when nothing is. Fails with the system's error, and with `requireFile`'s for what
 * must not make room for a file.
 */
export async function requireReplaceable(path: string): Promise<Stats | undefined> {
  try {
    const stats = await stat(path);
    requireFile(stats);
    return stats;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** True for `/dev/null`, under whatever name: people give it where they want to give nothing. */
export function isNullDevice(stats: Stats): boolean {
  return stats.isCharacterDevice() && statSync('/dev/null', { throwIfNoEntry: false })?.rdev === stats.rdev;
}

/** Where a path leads when all links are followed, also when nothing is there yet. Fails with the system's error. */
export async function followLinks(path: string, most = MOST_LINKS): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (most === 0 || !isCode(error, 'ENOENT')) throw error;
  }
  const next = await readlink(path).catch((error: unknown) => {
    // It is no link, or not there at all.
    if (isCode(error, 'EINVAL', 'ENOENT')) return undefined;
    throw error;
  });
  return next === undefined ? path : followLinks(resolve(await realpath(dirname(path)), next), most - 1);
}

/** True for a system error with one of these codes, such as `ENOENT`. */
export function isCode(error: unknown, ...codes: string[]): boolean {
  return codes.includes(systemCode(error) ?? '');
}

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
