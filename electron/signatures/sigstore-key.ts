import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  type ScryptOptions,
  scrypt,
  sign,
  verify,
} from 'node:crypto';
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { z } from 'zod';
import { messageOf, PushboatError } from '../../shared/errors.ts';
import { lazySchema } from '../../shared/lazy-schema.ts';

/**
 * Key files as cosign and containers/image write them: PKCS#8 in NaCl's secretbox, its key made of the passphrase by scrypt, all in JSON
 * in PEM (https://github.com/secure-systems-lab/go-securesystemslib/blob/main/encrypted/encrypted.go).
 */
const PRIVATE_LABELS = ['ENCRYPTED SIGSTORE PRIVATE KEY', 'ENCRYPTED COSIGN PRIVATE KEY'] as const;
/** What a new key costs to guess: the stronger one of the two settings that other tools accept. */
const SCRYPT = { N: 65_536, r: 8, p: 1 } as const;
/** Bytes of memory that a file may ask for; a hostile one must not take all. */
const MOST_MEMORY = 512 * 1024 * 1024;

const base64 = lazySchema(() => z.string().transform((text) => Buffer.from(text, 'base64')));
const sealedSchema = lazySchema(() =>
  z.object({
    kdf: z.object({
      name: z.literal('scrypt'),
      params: z.object({ N: z.int().min(2), r: z.int().min(1).max(64), p: z.int().min(1).max(16) }),
      salt: base64,
    }),
    cipher: z.object({ name: z.literal('nacl/secretbox'), nonce: base64 }),
    ciphertext: base64,
  }),
);

/**
 * Opens a private key file.
 * @param path for messages.
 * @throws PushboatError KEY_UNUSABLE for what is no such file, KEY_LOCKED when the passphrase is not the right one.
 */
export async function openPrivateKey(pem: string, passphrase: string, path: string): Promise<KeyObject> {
  const sealed = sealedContent(pem, path);
  const { params, salt } = sealed.kdf;
  const key = await scryptKey(passphrase, salt, params).catch((cause: unknown) => {
    throw unusable(path, messageOf(cause), cause);
  });
  let pkcs8: Uint8Array;
  try {
    pkcs8 = xsalsa20poly1305(key, sealed.cipher.nonce).decrypt(sealed.ciphertext);
  } catch {
    // The cause is left out: it says no more, and nothing of the passphrase may get into a log.
    const detail = 'the passphrase is not the right one';
    throw new PushboatError('KEY_LOCKED', `The signing key ${path} cannot be opened: ${detail}.`, {
      path,
      detail,
      key: { kind: 'sigstore', name: path },
      hint: 'give-passphrase',
    });
  }
  return requireP256(createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' }), path);
}

function sealedContent(pem: string, path: string): z.output<typeof sealedSchema> {
  const [, label, body = ''] = /-----BEGIN ([A-Z0-9 ]+)-----([^-]+)-----END \1-----/.exec(pem) ?? [];
  if (!PRIVATE_LABELS.some((known) => known === label)) {
    throw unusable(path, label === undefined ? 'it is not a PEM file' : `it holds ${label}, not ${PRIVATE_LABELS[0]}`);
  }
  try {
    return sealedSchema.parse(JSON.parse(Buffer.from(body, 'base64').toString('utf8')));
  } catch (cause) {
    throw unusable(path, 'its content is not what cosign and skopeo write', cause);
  }
}

/** A new key pair in the files that cosign, skopeo and podman read. */
export async function generateKeyFiles(passphrase: string): Promise<{ privatePem: string; publicPem: string }> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const salt = randomBytes(32);
  const nonce = randomBytes(24);
  const key = await scryptKey(passphrase, salt, SCRYPT);
  const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' });
  const content = {
    kdf: { name: 'scrypt', params: SCRYPT, salt: salt.toString('base64') },
    cipher: { name: 'nacl/secretbox', nonce: nonce.toString('base64') },
    ciphertext: Buffer.from(xsalsa20poly1305(key, nonce).encrypt(pkcs8)).toString('base64'),
  };
  const lines =
    Buffer.from(JSON.stringify(content))
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  const [label] = PRIVATE_LABELS;
  return {
    privatePem: `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`,
    publicPem: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
  };
}

/** A public key in PEM. Only ECDSA on P-256 is used by these tools. @throws PushboatError KEY_UNUSABLE */
export function openPublicKey(pem: string | Uint8Array, path: string): KeyObject {
  try {
    return requireP256(createPublicKey(Buffer.from(pem)), path);
  } catch (cause) {
    throw cause instanceof PushboatError ? cause : unusable(path, 'it holds no public key in PEM', cause);
  }
}

/** The signature of a payload: ECDSA over its SHA-256, in ASN.1. */
export function signPayload(payload: Uint8Array, key: KeyObject): Uint8Array {
  return sign('sha256', payload, key);
}

export function isSignedWith(payload: Uint8Array, signature: Uint8Array, key: KeyObject): boolean {
  return verify('sha256', payload, key, signature);
}

function requireP256(key: KeyObject, path: string): KeyObject {
  if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  throw unusable(path, 'it is not an ECDSA key on P-256');
}

function scryptKey(passphrase: string, salt: Uint8Array, { N, r, p }: Required<Pick<ScryptOptions, 'N' | 'r' | 'p'>>) {
  return new Promise<Uint8Array>((resolve, reject) => {
    scrypt(passphrase, salt, 32, { N, r, p, maxmem: MOST_MEMORY }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

function unusable(path: string, detail: string, cause?: unknown): PushboatError {
  return new PushboatError('KEY_UNUSABLE', `The key file ${path} cannot be used: ${detail}.`, {
    path,
    detail,
    hint: 'check-key',
    cause,
  });
}
