import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PushboatError } from '../../shared/errors.ts';
import { unwritable } from '../destinations/write-errors.ts';
import { isAbsent, systemReason } from '../files/system-errors.ts';
import { writeText } from '../files/text-file.ts';

/**
 * `--authfile` is looked at before anything else is done or asked.
 * @throws PushboatError CREDENTIALS_UNREADABLE for a folder, for a file that may not be read, and for none unless it `mayBeNew`
 */
export async function checkAuthFile(path: string | undefined, mayBeNew: 'must be there' | 'may be new'): Promise<void> {
  if (path === undefined) return;
  try {
    if ((await stat(path)).isDirectory()) throw new Error('it is a folder');
    await access(path, constants.R_OK);
  } catch (error) {
    if (mayBeNew === 'may be new' && isAbsent(error)) return;
    throw new PushboatError('CREDENTIALS_UNREADABLE', `The file of --authfile, ${path}, cannot be read.`, {
      path,
      detail: systemReason(error),
      hint: 'check-permissions',
      cause: error,
    });
  }
}

/** Of no use is a file when it turns out after the push that it cannot be written. @throws PushboatError DESTINATION_UNWRITABLE */
export async function checkNewFile(path: string | undefined): Promise<void> {
  if (path === undefined) return;
  try {
    const facts = await stat(path);
    if (facts.isDirectory()) throw new Error('it is a folder');
    await access(path, constants.W_OK);
  } catch (error) {
    if (!isAbsent(error)) throw unwritable(path, error);
    await access(dirname(path), constants.W_OK | constants.X_OK).catch((why: unknown) => {
      throw unwritable(path, why);
    });
  }
}

/**
 * The digest alone, without a line end, as `buildah push --digestfile` writes it; several stand in lines.
 * @throws PushboatError DESTINATION_UNWRITABLE
 */
export function writeDigests(path: string, digests: readonly string[]): Promise<void> {
  return writeAfterPush(path, digests.join('\n'), 'The image was pushed, but its digest');
}

/** @throws PushboatError DESTINATION_UNWRITABLE */
export function writeReceipt(path: string, receipt: string): Promise<void> {
  return writeAfterPush(path, receipt, 'The work is done, but its receipt');
}

async function writeAfterPush(path: string, text: string, what: string): Promise<void> {
  try {
    await writeText(path, text);
  } catch (error) {
    const why = systemReason(error);
    throw new PushboatError('DESTINATION_UNWRITABLE', `${what} could not be written to ${path}: ${why}.`, {
      path,
      detail: why,
      hint: 'choose-destination',
      cause: error,
    });
  }
}
