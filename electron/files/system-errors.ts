import { getSystemErrorMessage } from 'node:util';
import { messageOf, PushboatError } from '../../shared/errors.ts';

/** `ENOENT` and so on; undefined for what is not a system error. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** True when the path, or a folder on the way to it, is not there. */
export function isAbsent(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** The system's words without the path: `permission denied (EACCES)`. */
export function systemReason(error: unknown): string {
  const code = systemCode(error);
  if (code === undefined) return messageOf(error);
  const errno = error instanceof Error && 'errno' in error && typeof error.errno === 'number' ? error.errno : undefined;
  // Errors of Node's own, of TLS for one, have no number: their message is all there is.
  const words = errno === undefined ? (error as Error).message : errno >= 0 ? undefined : getSystemErrorMessage(errno);
  return words === undefined || words.includes(code) ? (words ?? code) : `${words} (${code})`;
}

/** SOURCE_UNREADABLE for a failed system call; a PushboatError is passed on as it is. */
export function unreadable(path: string, error: unknown): PushboatError {
  if (error instanceof PushboatError) return error;
  const why = systemReason(error);
  return new PushboatError('SOURCE_UNREADABLE', `Cannot read ${path}: ${why}.`, {
    path,
    detail: why,
    hint: 'check-permissions',
    cause: error,
  });
}

/** True for the error of a store or engine that is simply not on this computer. */
export function isNotThere(error: unknown): error is PushboatError {
  return error instanceof PushboatError && error.code === 'SOURCE_UNREADABLE' && error.cause === undefined;
}

/** The whole layout or store is not there (any more). */
export function gone(path: string, detail = 'the folder does not exist'): PushboatError {
  return new PushboatError('SOURCE_UNREADABLE', `Cannot read ${path}: ${detail}.`, {
    path,
    detail,
    hint: 'check-permissions',
  });
}
