import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signingKeys, signWithGpg, verifyWithKeys } from '../../../../electron/signatures/gpg.ts';
import { toPushboatError } from '../../../../shared/errors.ts';
import { type GpgHome, makeGpgHome } from '../../../fixtures/gpg-home.ts';
import { vector } from '../../../fixtures/vectors.ts';

const verifying = { env: process.env, temporaryDir: tmpdir() };
let home: GpgHome;
let open: string;
let locked: string;

beforeAll(async () => {
  home = await makeGpgHome();
  open = home.addKey('Ann: Open <ann@example.test>');
  locked = home.addKey('Ben Locked <ben@example.test>', 'ben’s words');
});
afterAll(() => home[Symbol.asyncDispose]());

describe('gpg', () => {
  it('verifies the message that skopeo made, with its key and no other', async () => {
    const message = vector('simple-signing/signature-1');
    const { content, fingerprints } = await verifyWithKeys(message, [vector('simple-signing/key.gpg')], verifying);
    expect(Buffer.from(content).toString()).toBe(vector('simple-signing/payload.json').toString().trim());
    expect(fingerprints).toContain(vector('simple-signing/fingerprint').toString().trim());
    await expect(verifyWithKeys(message, [home.publicKey(open)], verifying)).rejects.toThrow(
      'not among the trusted ones',
    );
  });

  it('refuses a message that was changed, and one without a signature', async () => {
    const message = Buffer.from(vector('simple-signing/signature-1'));
    message.writeUInt8(message.readUInt8(200) ^ 1, 200);
    const keys = [vector('simple-signing/key.gpg')];
    await expect(verifyWithKeys(message, keys, verifying)).rejects.toThrow();
    await expect(verifyWithKeys(Buffer.from('nothing'), keys, verifying)).rejects.toThrow();
  });

  it('signs with a key that needs no passphrase', async () => {
    const message = await signWithGpg(open, Buffer.from('payload'), { env: home.env });
    const verified = await verifyWithKeys(message, [home.publicKey(locked), home.publicKey(open)], verifying);
    expect(verified).toEqual({ content: Buffer.from('payload'), fingerprints: [open] });
  });

  it('opens a locked key with its passphrase, and tells a wrong one without repeating it', async () => {
    // The right one comes second: gpg's agent remembers it.
    const wrong = signWithGpg(locked, Buffer.from('p'), { env: home.env, passphrase: 'not this' });
    const failure = await wrong.then(() => undefined, toPushboatError);
    expect(failure).toMatchObject({ code: 'KEY_LOCKED', message: expect.stringContaining('Bad passphrase') });
    expect(JSON.stringify(failure?.toData())).not.toContain('not this');
    const message = await signWithGpg(locked, Buffer.from('p'), { env: home.env, passphrase: 'ben’s words' });
    expect((await verifyWithKeys(message, [home.publicKey(locked)], verifying)).fingerprints).toEqual([locked]);
  });

  it('says when it has no such key, is not there, or the name looks like an option', async () => {
    const failureOf = (key: string, where: NodeJS.ProcessEnv) =>
      signWithGpg(key, Buffer.from('p'), { env: where }).then(() => undefined, toPushboatError);
    expect(await failureOf('0123456789ABCDEF', home.env)).toMatchObject({
      code: 'KEY_UNUSABLE',
      message: expect.stringContaining('No secret key'),
    });
    expect((await failureOf(open, { ...home.env, PATH: '/nowhere' }))?.message).toContain('not installed');
    expect((await failureOf('--output', home.env))?.code).toBe('KEY_UNUSABLE');
  });

  it('lists the keys that can sign', async () => {
    const keys = await signingKeys(home.env);
    expect(keys).toContainEqual({ fingerprint: open, name: 'Ann: Open <ann@example.test>' });
    expect(await signingKeys({ PATH: '/nowhere' })).toEqual([]);
  });
});
