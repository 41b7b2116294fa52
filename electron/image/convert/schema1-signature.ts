import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto';

/** RFC 4648 without padding. */
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** Of the hash of a public key, so much makes its id: 240 bits, which are twelve groups of four characters. */
const KEY_ID_BYTES = 30;

/** What signs manifests of schema 1: an ECDSA key on P-256. */
export interface ManifestSigner {
  privateKey: KeyObject;
  /** When the signature was made. */
  time: Date;
}

/**
 * The manifest with a signature in it, in the form that registries verify (JWS with ES256 in libtrust's layout): `signatures` comes before
 * the last brace of the payload, and its protected header says how to take it out again. The payload ends in a brace.
 */
export function signManifest(payload: string, { privateKey, time }: ManifestSigner): Uint8Array {
  const body = payload.slice(0, -1);
  const tail = payload.slice(-1);
  const header = base64url(
    JSON.stringify({
      formatLength: Buffer.byteLength(body),
      formatTail: base64url(tail),
      time: `${time.toISOString().slice(0, 19)}Z`,
    }),
  );
  const input = Buffer.from(`${header}.${base64url(payload)}`);
  const signature = sign('sha256', input, { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  const { crv, kty, x, y } = createPublicKey(privateKey).export({ format: 'jwk' });
  const jwk = { crv, kid: keyId(privateKey), kty, x, y };
  const signatures = JSON.stringify([{ header: { jwk, alg: 'ES256' }, signature, protected: header }]);
  return new TextEncoder().encode(`${body},"signatures":${signatures}${tail}`);
}

/** libtrust's id of a key: the hash of the public key in DER, shortened, in base32 and groups of four. */
function keyId(privateKey: KeyObject): string {
  const der = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const hash = createHash('sha256').update(der).digest().subarray(0, KEY_ID_BYTES);
  return (base32(hash).match(/.{4}/g) ?? []).join(':');
}

function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32.charAt((value >>> (bits - 5)) & 31);
    value &= (1 << bits) - 1;
  }
  return text;
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}
