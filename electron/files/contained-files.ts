import { closeSync, constants, fstatSync, openSync, read, readSync, realpath, realpathSync } from 'node:fs';
import { sep } from 'node:path';
import { promisify } from 'node:util';
import { PushboatError } from '../../shared/errors.ts';
import { lstatAsync, openAsync, quickly } from './inline-io.ts';
import { systemCode } from './system-errors.ts';

const realpathAsync = promisify(realpath.native);

/** O_NONBLOCK: opening a FIFO that a hostile store holds must not wait for its writer. Windows has neither flag. */
export const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** A regular file, or a part of one, that is open for reading; whoever has it closes it. */
export interface OpenFile {
  readonly fd: number;
  /** Where in the file the content begins: not 0 for a member of an archive. */
  readonly start: number;
  /** Bytes of content, when it was opened. */
  readonly size: number;
  readonly mtimeMs: number;
  close(): void;
}

/** The real path of an existing file or folder. Fails with the system's error. */
export async function realPathOf(path: string): Promise<string> {
  return realpathAsync(path);
}

function isInside(path: string, realRoot: string): boolean {
  return path === realRoot || path.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep);
}

/**
 * Opens a regular file of a store. A symbolic link is followed only when it stays inside `realRoot`.
 * @throws PushboatError PATH_ESCAPES, or LAYOUT_INVALID for what is not a regular file; else the system's error.
 */
export async function openContained(path: string, realRoot: string): Promise<OpenFile> {
  const fd = await openNoFollow(path, realRoot);
  // On an open file this does not wait for the disk.
  const stats = fstatSync(fd);
  // Closing a file that was only read does not wait for the disk.
  const close = () => closeSync(fd);
  if (stats.isFile()) return { fd, start: 0, size: stats.size, mtimeMs: stats.mtimeMs, close };
  closeSync(fd);
  throw new PushboatError('LAYOUT_INVALID', `${path} is not a regular file.`, { path, hint: 'check-layout' });
}

async function openNoFollow(path: string, realRoot: string): Promise<number> {
  const mustLook = constants.O_NOFOLLOW === undefined && (await lstatAsync(path)).isSymbolicLink();
  if (mustLook) return openLink(path, realRoot);
  try {
    return await quickly(
      () => openSync(path, OPEN_FLAGS),
      () => openAsync(path, OPEN_FLAGS),
    );
  } catch (error) {
    const code = systemCode(error);
    // Linux and macOS say ELOOP for a link, FreeBSD says EMLINK.
    if (code === 'ELOOP' || code === 'EMLINK') return openLink(path, realRoot);
    throw error;
  }
}

async function openLink(path: string, realRoot: string): Promise<number> {
  const target = await realpathAsync(path);
  if (!isInside(target, realRoot)) throw escapes(path, target);
  return openAsync(target, OPEN_FLAGS);
}

/** The real path of a folder of a store. @throws PushboatError PATH_ESCAPES; else the system's error. */
export async function containedFolder(path: string, realRoot: string): Promise<string> {
  const target = await quickly(
    () => realpathSync.native(path),
    () => realpathAsync(path),
  );
  if (!isInside(target, realRoot)) throw escapes(path, target);
  return target;
}

function escapes(path: string, target: string): PushboatError {
  return new PushboatError('PATH_ESCAPES', `${path} is a link that leads out of its layout, to ${target}.`, {
    path,
    detail: `leads to ${target}`,
    hint: 'follow-links',
  });
}

/** Reads up to `length` bytes at `position` of the content; 0 at the end of the file. */
export function readAt(file: OpenFile, buffer: Buffer, length: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(file.fd, buffer, 0, length, file.start + position, (error, count) => (error ? reject(error) : resolve(count)));
  });
}

/**
 * The whole of a small file of a store.
 * @throws PushboatError as `openContained`, and TOO_LARGE beyond `limit` bytes; else the system's error.
 */
export async function readSmallFile(path: string, realRoot: string, limit: number): Promise<SmallFile> {
  const file = await openContained(path, realRoot);
  try {
    if (file.size > limit) throw tooLarge(path, file.size, limit);
    const bytes = await readExactly(file);
    return { bytes, size: file.size, mtimeMs: file.mtimeMs };
  } finally {
    file.close();
  }
}

export interface SmallFile {
  bytes: Uint8Array;
  size: number;
  mtimeMs: number;
}

/** The bytes of a file whose size was checked, or of a part of it; fewer when it became shorter meanwhile. */
export async function readExactly(
  file: OpenFile,
  { offset, length }: { offset: number; length: number } = { offset: 0, length: file.size },
): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const rest = length - filled;
    const at = filled;
    const count = await quickly(
      () => readSync(file.fd, buffer, at, rest, file.start + offset + at),
      () => readAt(file, buffer.subarray(at), rest, offset + at),
    );
    if (count === 0) break;
    filled += count;
  }
  return buffer.subarray(0, filled);
}

function tooLarge(path: string, size: number, limit: number): PushboatError {
  const message = `${path} is ${size} bytes long; more than ${limit} are not read.`;
  return new PushboatError('TOO_LARGE', message, { path, hint: 'check-layout' });
}
