import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyWithKeys } from '../../../../../electron/signatures/gpg.ts';
import { parsePayload } from '../../../../../electron/signatures/payload.ts';
import { Signer } from '../../../../../electron/signatures/signer.ts';
import { isSignedWith, openPublicKey } from '../../../../../electron/signatures/sigstore-key.ts';
import type { SignOptions } from '../../../../../shared/signing.ts';
import { type GpgHome, makeGpgHome } from '../../../../fixtures/gpg-home.ts';
import { LayoutWriter, makeLayout } from '../../../../fixtures/layouts.ts';
import { vector } from '../../../../fixtures/vectors.ts';
import { makePusher, type Pusher } from '../harness.ts';
import { makePushRig } from './rig.ts';

let gpg: GpgHome;
let fingerprint: string;
beforeAll(async () => {
  gpg = await makeGpgHome();
  fingerprint = gpg.addKey('Ann <ann@example.test>');
});
afterAll(() => gpg[Symbol.asyncDispose]());

const rig = makePushRig();
const verifying = () => ({ env: gpg.env, temporaryDir: tmpdir() });
const signerWith = (homeDir: string) =>
  new Signer({ env: gpg.env, homeDir, platform: 'linux', uid: 1000, temporaryDir: tmpdir() });
const passphrase = vector('sigstore/passphrase').toString();
/** One for all tests: opening a key takes its time. */
let signer: Signer;
let home: string;
let keyFile: string;
beforeAll(() => {
  home = gpg.env['GNUPGHOME'] ?? '';
  keyFile = join(home, 'key.private');
  writeFileSync(keyFile, vector('sigstore/key.private'));
  signer = signerWith(home);
  signer.givePassphrase(passphrase);
});

const push = async (layout: string, sign: SignOptions, pusher?: Pusher) => {
  await using own = pusher ? undefined : makePusher({ signer });
  return await rig.push(layout, 'acme/web:1', { pusher: pusher ?? own, options: { sign } });
};
const lookaside = (digest: string) =>
  join(home, `.local/share/containers/sigstore/acme/web@${digest.replace(':', '=')}/signature-1`);
const get = (path: string) => fetch(`http://${rig.registry.host}/v2/acme/web/${path}`);
const manifestAt = async (reference: string) => (await get(`manifests/${reference}`)).json();
const signaturesOf = async (digest = '') => (await manifestAt(`${digest.replace(':', '-')}.sig`)).layers;

describe('a push that signs with gpg', () => {
  it('writes the signature to the lookaside folder after the image, as a row of its own', async () => {
    const { path: layout } = await makeLayout(rig.path('layout'));
    const { job, layers } = await push(layout, { gpg: [fingerprint] });
    expect(job.state).toBe('done');
    const digest = job.result?.digest ?? '';
    expect(job.result?.signatures).toEqual([{ key: fingerprint, digest }]);
    const { content } = await verifyWithKeys(
      readFileSync(lookaside(digest)),
      [gpg.publicKey(fingerprint)],
      verifying(),
    );
    expect(parsePayload('simple', content)).toEqual({ digest, reference: rig.target('acme/web:1') });
    expect(layers.at(-1)).toMatchObject({ kind: 'signature', state: 'pushed', createdBy: fingerprint });
  });

  it('signs for each of several targets, each with its own reference', async () => {
    const { path: layout } = await makeLayout(rig.path('layout'));
    await using pusher = makePusher({ signer: signerWith(rig.folder) });
    const names = ['1', '2', '3'].map((tag) => `acme/each:${tag}`);
    const options = { sign: { gpg: [fingerprint] } };
    const ended = await Promise.all(names.map((name) => rig.push(layout, name, { pusher, options })));
    const [digest = ''] = ended.map(({ job }) => job.result?.digest);
    const folder = rig.path(`.local/share/containers/sigstore/acme/each@${digest.replace(':', '=')}`);
    const keys = [gpg.publicKey(fingerprint)];
    const claims = names.map(async (_, index) => {
      const { content } = await verifyWithKeys(readFileSync(join(folder, `signature-${index + 1}`)), keys, verifying());
      return parsePayload('simple', content).reference;
    });
    expect((await Promise.all(claims)).toSorted()).toEqual(names.map((name) => rig.target(name)));
  });

  it('gives it to a registry that keeps signatures itself', async () => {
    const kept = (rig.registry.quirks.signatures = new Map());
    const { path: layout } = await makeLayout(rig.path('layout'));
    const { job } = await push(layout, { gpg: [fingerprint] });
    const [stored] = kept.get(job.result?.digest) ?? [];
    expect(stored).toMatchObject({
      version: 2,
      type: 'atomic',
      name: expect.stringContaining(`${job.result?.digest}@`),
    });
    const message = Buffer.from(stored.content, 'base64');
    expect((await verifyWithKeys(message, [gpg.publicKey(fingerprint)], verifying())).fingerprints).toEqual([
      fingerprint,
    ]);
  });

  it('sends nothing when gpg has no such key', async () => {
    const { path: layout } = await makeLayout(rig.path('layout'));
    const { job } = await push(layout, { gpg: ['0123456789ABCDEF0123456789ABCDEF01234567'] });
    expect(job).toMatchObject({ state: 'failed', error: { code: 'KEY_UNUSABLE' } });
    expect(rig.registry.requests).toEqual([]);
  });

  it('says “pushed, not signed”, and a retry signs without a push', async () => {
    const { path: layout } = await makeLayout(rig.path('layout'));
    const store = rig.path('.local/share/containers');
    mkdirSync(rig.path('.local/share'), { recursive: true });
    writeFileSync(store, 'a file where the folder should be');
    await using pusher = makePusher({ signer: signerWith(rig.folder) });
    const { job } = await push(layout, { gpg: [fingerprint] }, pusher);
    expect(job).toMatchObject({ state: 'failed', error: { code: 'NOT_SIGNED', hint: 'sign-again' } });
    expect(job.error?.message).toContain('was pushed, but not signed');
    expect((await get('manifests/1')).status).toBe(200);
    rmSync(store);
    const asked = rig.registry.requests.length;
    pusher.service.resume(job.id);
    const again = await pusher.service.settled(job.id);
    expect(again.job).toMatchObject({ state: 'done', result: { signatures: [{ key: fingerprint }] } });
    expect(rig.registry.requests).toHaveLength(asked);
  });
});

describe('a push that signs with a key of sigstore', () => {
  const publicKey = openPublicKey(vector('sigstore/key.pub'), '');

  it('adds a layer under the tag of cosign, and says who does not read it', async () => {
    const { path: layout } = await makeLayout(rig.path('layout'));
    const { job } = await push(layout, { sigstore: [keyFile], identity: 'example.test/other:2' });
    const digest = job.result?.digest ?? '';
    const [layer] = await signaturesOf(digest);
    const bytes = Buffer.from(await (await get(`blobs/${layer.digest}`)).arrayBuffer());
    const signature = Buffer.from(layer.annotations['dev.cosignproject.cosign/signature'], 'base64');
    expect(isSignedWith(bytes, signature, publicKey)).toBe(true);
    expect(parsePayload('sigstore', bytes)).toEqual({ digest, reference: 'example.test/other:2' });
    expect(job.result?.notes).toContainEqual({ kind: 'unread', registry: rig.registry.host });
  });

  it('signs the images of an index when asked to', async () => {
    const writer = await LayoutWriter.create(rig.path('layout'));
    const index = await writer.multiPlatform([
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ]);
    await push(await writer.list(index, { refName: '1' }).finish(), { sigstore: [keyFile], platforms: true });
    for (const { digest } of [...index.images, index]) expect(await signaturesOf(digest)).toHaveLength(1);
  });

  it('keeps what another writes between its reading and its writing', async () => {
    const { path: layout } = await makeLayout(rig.path('layout'));
    await push(layout, { sigstore: [keyFile] });
    // The second one is overwritten by somebody as soon as it is there.
    const fault = rig.registry.faults.add({
      on: { method: 'PUT', path: /\.sig$/ },
      action: { kind: 'answer', status: 201 },
    });
    const { job } = await push(layout, { sigstore: [keyFile], identity: 'example.test/other:2' });
    expect(fault.struck).toBe(1);
    expect(await signaturesOf(job.result?.digest)).toHaveLength(2);
  });

  it('is not begun without the passphrase', async () => {
    const { path: layout } = await makeLayout(rig.path('layout'));
    const locked = signerWith(home);
    await using pusher = makePusher({ signer: locked });
    const { job } = await push(layout, { sigstore: [keyFile] }, pusher);
    expect(job).toMatchObject({ state: 'failed', error: { code: 'KEY_LOCKED', hint: 'give-passphrase' } });
    expect(rig.registry.requests).toEqual([]);
    locked.givePassphrase(passphrase, { kind: 'sigstore', name: keyFile });
    pusher.service.resume(job.id);
    expect((await pusher.service.settled(job.id)).job.state).toBe('done');
    expect(JSON.stringify(pusher.history)).not.toContain(passphrase);
  });
});
