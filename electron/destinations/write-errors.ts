import { PushboatError } from '../../shared/errors.ts';
import { systemCode, systemReason } from '../files/system-errors.ts';
import type { ImageDestination } from './types.ts';

/** DESTINATION_UNWRITABLE for a failed system call; a PushboatError, such as one of the source, is passed on as it is. */
export function unwritable(path: string, error: unknown): PushboatError {
  if (error instanceof PushboatError) return error;
  const code = systemCode(error);
  const isFull = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
  const why = systemReason(error);
  return new PushboatError('DESTINATION_UNWRITABLE', `Cannot write ${path}: ${why}.`, {
    path,
    detail: why,
    hint: isFull ? 'make-room' : 'choose-destination',
    cause: error,
  });
}

/** What work at the destination gives, its failures as `unwritable`. */
export async function writing<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** Something is there that must not be overwritten. */
export function occupied(path: string, why: string): PushboatError {
  return new PushboatError('DESTINATION_EXISTS', `${path} is not written to: ${why}.`, {
    path,
    detail: why,
    hint: 'choose-destination',
  });
}

/** A destination that cannot be understood, or not be had. */
export function invalidDestination(text: string, why: string, cause?: unknown): PushboatError {
  return new PushboatError('DESTINATION_INVALID', `The destination ${JSON.stringify(text)} cannot be used: ${why}.`, {
    detail: why,
    hint: 'fix-destination',
    cause,
  });
}

/** A second image where there is room, or a name, for one. */
export function oneImageOnly(text: string, why: string): PushboatError {
  return new PushboatError('USAGE', `${text} takes one image: ${why}.`, { detail: why, hint: 'run-help' });
}

/** @throws PushboatError DESTINATION_EXISTS with the hint to confirm, before anything of a person's is overwritten unasked. */
export async function requireFree(destination: ImageDestination): Promise<void> {
  const path = await destination.replaces?.();
  if (path === undefined) return;
  throw new PushboatError('DESTINATION_EXISTS', `${path} exists already and would be replaced.`, {
    path,
    hint: 'confirm-replace',
  });
}
