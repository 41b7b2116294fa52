import { type Digest, digestHex } from '../../../shared/digest.ts';
import { PushboatError } from '../../../shared/errors.ts';
import type { ImageSignature } from '../../image/types.ts';
import { parseStored } from '../../signatures/stored-signature.ts';
import type { ImageRecord } from './records.ts';
import type { StoredImageRecord } from './store.ts';

/** Signatures that are kept next to an image. */
export function countSignatures({ signatures: { own, byDigest } }: ImageRecord): number {
  const ofEach = [...byDigest.values()].reduce((sum, sizes) => sum + sizes.length, 0);
  return Math.max(own.length, ofEach);
}

/**
 * The signatures of a manifest: one item of the store holds them all, one after the other, and the image's metadata says how long each is.
 * @throws PushboatError STORE_INVALID where the two do not agree; as `StoreFiles.bigData`
 */
export async function readStoreSignatures(
  { record, files }: StoredImageRecord,
  digest: Digest,
  isOwn: boolean,
): Promise<ImageSignature[]> {
  const { own, byDigest } = record.signatures;
  const isAlone = isOwn && own.length > 0;
  const sizes = isAlone ? own : (byDigest.get(digest) ?? []);
  if (sizes.length === 0) return [];
  const bytes = await files.bigData(record, isAlone ? 'signatures' : `signature-${digestHex(digest)}`);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (bytes?.byteLength !== total) {
    const detail = `the signatures of ${digest} have ${bytes?.byteLength ?? 0} bytes, and its record says ${total}`;
    const path = files.imagesFolder;
    throw new PushboatError('STORE_INVALID', `The store ${files.root} contradicts itself: ${detail}.`, {
      path,
      detail,
    });
  }
  let offset = 0;
  return sizes.map((size) => {
    const part = bytes.subarray(offset, offset + size);
    offset += size;
    return parseStored(part);
  });
}
