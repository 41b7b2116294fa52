import { z } from 'zod';
import { messageOf } from '../../shared/errors.ts';
import { lazySchema } from '../../shared/lazy-schema.ts';
import type { ImageSignature } from '../image/types.ts';
import { SIGNATURE_ANNOTATION, SIGSTORE_LAYER } from './attachment.ts';

const sigstoreSchema = lazySchema(() =>
  z.object({
    mimeType: z.string(),
    payload: z.base64(),
    annotations: z.record(z.string(), z.string()),
  }),
);

/**
 * What a file `signature-N`, or an item of containers-storage, holds: bare OpenPGP, or a zero byte, the format's name and a line end
 * before the rest (containers/image, internal/signature).
 */
export function parseStored(bytes: Uint8Array): ImageSignature {
  const buffer = Buffer.from(bytes);
  // The first byte of every OpenPGP packet has its highest bit set (RFC 4880, 4.2).
  if ((bytes[0] ?? 0) >= 0x80) return { kind: 'simple', message: bytes };
  const end = buffer.indexOf('\n');
  const format = bytes[0] === 0 && end !== -1 ? buffer.subarray(1, end).toString('latin1') : undefined;
  if (format === 'simple-signing') return { kind: 'simple', message: buffer.subarray(end + 1) };
  if (format !== 'sigstore-json')
    return { kind: 'unknown', why: `the format ${JSON.stringify(format ?? 'of its bytes')}` };
  try {
    const { mimeType, payload, annotations } = sigstoreSchema.parse(
      JSON.parse(buffer.subarray(end + 1).toString('utf8')),
    );
    const signature = mimeType === SIGSTORE_LAYER ? annotations[SIGNATURE_ANNOTATION] : undefined;
    if (signature === undefined) return { kind: 'unknown', why: `the type ${mimeType}` };
    return { kind: 'sigstore', payload: Buffer.from(payload, 'base64'), signature: Buffer.from(signature, 'base64') };
  } catch (error) {
    return { kind: 'unknown', why: messageOf(error) };
  }
}
