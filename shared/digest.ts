import { PushboatError } from './errors.ts';

/** `sha256:<64 hex>` or `sha512:<128 hex>`, lower case, as in the OCI image-spec (descriptor.md#digests). Never a bare string. */
export type Digest = string & { readonly __digest: unique symbol };

export type DigestAlgorithm = 'sha256' | 'sha512';

const DIGEST = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;

/** True when `text` is a digest that Pushboat supports. Safe to use in a path afterwards. */
export function isDigest(text: string): text is Digest {
  return DIGEST.test(text);
}

/** @throws PushboatError DIGEST_INVALID for anything but sha256 and sha512 in lower-case hex. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new PushboatError('DIGEST_INVALID', `Not a valid digest: ${JSON.stringify(text.slice(0, 160))}.`, {
    detail: 'expected sha256:<64 lower-case hex> or sha512:<128 lower-case hex>',
    hint: 'check-layout',
  });
}

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** The part after the colon. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

/** The first 12 hex digits, as tools show them. */
export function shortDigest(digest: Digest): string {
  return digestHex(digest).slice(0, 12);
}

/** The first 8: enough to tell a few apart, where many stand below each other or the room is scarce. */
export function briefDigest(digest: Digest): string {
  return digestHex(digest).slice(0, 8);
}
