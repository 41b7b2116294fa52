import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Digest, digestAlgorithm, digestHex } from '../../shared/digest.ts';
import { PushboatError } from '../../shared/errors.ts';
import { readSmallFile, realPathOf } from '../files/contained-files.ts';
import { isCode } from '../files/plain-file.ts';
import { isAbsent, systemReason, unreadable } from '../files/system-errors.ts';

/** Bytes of one signature, and signatures of one image, that are read: real ones have a few hundred bytes. */
export const MOST_SIGNATURE_BYTES = 4 * 1024 * 1024;
const MOST_SIGNATURES = 1000;

/** Where the signatures of one manifest are in a lookaside (containers/image's docs/signature-protocols.md). */
export function signatureFolder(base: string, repository: string, digest: Digest): string {
  return join(base, `${repository}@${digestAlgorithm(digest)}=${digestHex(digest)}`);
}

/**
 * The signatures in a folder: `signature-1`, `signature-2`, up to the first number that is free.
 * @param prefix before `signature-`: `dir:` puts the manifest's hexadecimal digest there for those of an index's images.
 * @throws PushboatError SOURCE_UNREADABLE, TOO_LARGE, PATH_ESCAPES
 */
export async function readSignatures(folder: string, prefix = ''): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  let path = folder;
  try {
    const root = await realPathOf(folder);
    while (found.length < MOST_SIGNATURES) {
      path = join(root, `${prefix}signature-${found.length + 1}`);
      found.push((await readSmallFile(path, root, MOST_SIGNATURE_BYTES)).bytes);
    }
  } catch (error) {
    if (!isAbsent(error)) throw unreadable(path, error);
  }
  return found;
}

/**
 * Adds a signature under the first free number, unless it is there already. Others may do the same at this moment: a number that is taken
 * meanwhile is left to them.
 * @throws PushboatError DESTINATION_UNWRITABLE, SOURCE_UNREADABLE
 */
export async function addSignature(folder: string, signature: Uint8Array): Promise<string> {
  const existing = await readSignatures(folder);
  const same = existing.findIndex((other) => Buffer.compare(other, signature) === 0);
  if (same !== -1) return join(folder, `signature-${same + 1}`);
  for (let number = existing.length + 1; ; number++) {
    const path = join(folder, `signature-${number}`);
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, signature, { flag: 'wx', mode: 0o644 });
      return path;
    } catch (error) {
      if (isCode(error, 'EEXIST') && number < MOST_SIGNATURES) continue;
      const detail = systemReason(error);
      throw new PushboatError('DESTINATION_UNWRITABLE', `The signature ${path} cannot be written: ${detail}.`, {
        path,
        detail,
        hint: 'check-permissions',
        cause: error,
      });
    }
  }
}
