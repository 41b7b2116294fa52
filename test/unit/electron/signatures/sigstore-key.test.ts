import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  generateKeyFiles,
  isSignedWith,
  openPrivateKey,
  openPublicKey,
  signPayload,
} from '../../../../electron/signatures/sigstore-key.ts';
import { toPushboatError } from '../../../../shared/errors.ts';
import { makeTempDir } from '../../../fixtures/temp-dir.ts';
import { vector } from '../../../fixtures/vectors.ts';

const payload = vector('sigstore/payload.json').subarray(0, 304);
const passphrase = vector('sigstore/passphrase').toString();

describe('a key file of sigstore', () => {
  it('made by skopeo signs what its public key verifies', async () => {
    const key = await openPrivateKey(vector('sigstore/key.private').toString(), passphrase, '/k');
    const publicKey = openPublicKey(vector('sigstore/key.pub'), '/k.pub');
    expect(isSignedWith(payload, signPayload(payload, key), publicKey)).toBe(true);
  });

  it('verifies what skopeo signed, and nothing that was changed', () => {
    const manifest = JSON.parse(vector('sigstore/signature-manifest.json').toString());
    const signature = Buffer.from(manifest.layers[0].annotations['dev.cosignproject.cosign/signature'], 'base64');
    const publicKey = openPublicKey(vector('sigstore/key.pub'), '/k.pub');
    expect(isSignedWith(payload, signature, publicKey)).toBe(true);
    const changed = Buffer.from(payload.toString().replace('web:1', 'web:2'));
    expect(isSignedWith(changed, signature, publicKey)).toBe(false);
  });

  it('made here opens with its passphrase only, and openssl verifies what it signs', async () => {
    await using folder = await makeTempDir('sigstore');
    const { privatePem, publicPem } = await generateKeyFiles('a pass');
    expect(privatePem).toMatch(/^-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n/);
    const key = await openPrivateKey(privatePem, 'a pass', '/k');
    const at = (name: string, content: string | Uint8Array) => {
      writeFileSync(join(folder.path, name), content);
      return join(folder.path, name);
    };
    const files = [at('pub', publicPem), '-signature', at('sig', signPayload(payload, key)), at('payload', payload)];
    expect(execFileSync('openssl', ['dgst', '-sha256', '-verify', ...files]).toString()).toContain('Verified OK');
    const failure = await openPrivateKey(privatePem, 'secret words', '/k').catch(toPushboatError);
    expect(failure).toMatchObject({ code: 'KEY_LOCKED', hint: 'give-passphrase' });
    expect(JSON.stringify(failure)).not.toContain('secret words');
  });

  const sealed = (change: object) => {
    const body = vector('sigstore/key.private')
      .toString()
      .replaceAll(/-----.*-----|\n/g, '');
    const content = { ...JSON.parse(Buffer.from(body, 'base64').toString()), ...change };
    const text = Buffer.from(JSON.stringify(content)).toString('base64');
    return `-----BEGIN ENCRYPTED COSIGN PRIVATE KEY-----\n${text}\n-----END ENCRYPTED COSIGN PRIVATE KEY-----`;
  };

  it.each([
    ['is no PEM', 'hello', 'not a PEM file'],
    ['holds another kind of key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', 'PRIVATE KEY, not'],
    ['is sealed otherwise', sealed({ cipher: { name: 'aes', nonce: '' } }), 'not what cosign and skopeo write'],
    [
      'would take all memory',
      sealed({ kdf: { name: 'scrypt', params: { N: 2 ** 26, r: 8, p: 1 }, salt: '' } }),
      'memory limit',
    ],
  ])('that %s is refused, with the reason', async (_what, pem, words) => {
    const failure = await openPrivateKey(pem, passphrase, '/k').catch(toPushboatError);
    expect(failure).toMatchObject({ code: 'KEY_UNUSABLE', message: expect.stringContaining(words) });
  });

  it('that is public must be one of ECDSA on P-256', () => {
    expect(() => openPublicKey('nothing', '/k.pub')).toThrow('no public key in PEM');
  });
});
