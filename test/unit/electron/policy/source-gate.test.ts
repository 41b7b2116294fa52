import { generateKeyPairSync } from 'node:crypto';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readImageTree } from '../../../../electron/image/tree.ts';
import { originScopes } from '../../../../electron/policy/scopes.ts';
import { sourceGate } from '../../../../electron/policy/source-gate.ts';
import { dirListing } from '../../../../electron/sources/dir/dir.ts';
import type { Listing } from '../../../../electron/sources/listing/listing.ts';
import { ociLayoutListing } from '../../../../electron/sources/oci-layout/layout-listing.ts';
import { digestHex, parseDigest } from '../../../../shared/digest.ts';
import { toPushboatError } from '../../../../shared/errors.ts';
import { parseReference } from '../../../../shared/reference.ts';
import { sha256 } from '../../../fixtures/docker-archives.ts';
import { makeTempDir, type TempDir } from '../../../fixtures/temp-dir.ts';
import { vector } from '../../../fixtures/vectors.ts';

const DIGEST = parseDigest('sha256:a3ea701a231770931e378aca2ffbf13fd1922f1cfcc14f475cb014830a8b54af');
const OTHER_KEY = Buffer.from(
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'pem', type: 'spki' }),
).toString('base64');
const signedName = { type: 'exactReference', dockerReference: 'registry.example.test/acme/web:1' };
let folder: TempDir;
let image: string;
let layout: string;
let gpgKey: string;
let sigstoreKey: string;

beforeAll(async () => {
  folder = await makeTempDir('policy');
  const at = (...parts: string[]) => join(folder.path, ...parts);
  gpgKey = at('key.gpg');
  sigstoreKey = at('key.pub');
  writeFileSync(gpgKey, vector('simple-signing/key.gpg'));
  writeFileSync(sigstoreKey, vector('sigstore/key.pub'));
  // What skopeo signed, in `dir:` and in a layout.
  image = at('image');
  mkdirSync(image);
  writeFileSync(join(image, 'manifest.json'), vector('simple-signing/image-manifest.json'));
  writeFileSync(join(image, 'signature-1'), vector('simple-signing/signature-1'));
  layout = at('layout');
  mkdirSync(join(layout, 'blobs/sha256'), { recursive: true });
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const blobs = ['image-manifest.json', 'signature-manifest.json', 'payload.json', 'signature-config.json'];
  const listed = blobs.map((name) => addBlob(vector(`sigstore/${name}`)));
  const manifests = [
    { ...listed[0], annotations: { 'org.opencontainers.image.ref.name': '1' } },
    { ...listed[1], annotations: { 'org.opencontainers.image.ref.name': `sha256-${digestHex(DIGEST)}.sig` } },
  ];
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
});
afterAll(() => folder.remove());

function addBlob(bytes: Buffer) {
  const digest = sha256(bytes);
  writeFileSync(join(layout, 'blobs', digest.replace(':', '/')), bytes);
  return { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: bytes.length };
}

/** What the policy says of an image; undefined when it may be used. */
async function verdict(listing: Listing, policy: object) {
  const path = join(folder.path, 'policy.json');
  writeFileSync(path, JSON.stringify(policy));
  const [entry] = await listing.read();
  const opened = await entry?.open();
  if (!opened) throw new Error('no image');
  const environment = {
    env: process.env,
    homeDir: folder.path,
    platform: 'linux',
    uid: 1000,
    temporaryDir: folder.path,
  } as const;
  const judged = sourceGate(path, environment)(opened, await readImageTree(opened));
  return judged.then(() => undefined, toPushboatError);
}

const signedBy = (more: object = {}) => ({
  type: 'signedBy',
  keyType: 'GPGKeys',
  keyPath: gpgKey,
  signedIdentity: signedName,
  ...more,
});
const sigstoreSigned = (more: object = {}) => ({
  type: 'sigstoreSigned',
  keyPath: sigstoreKey,
  signedIdentity: signedName,
  ...more,
});
const reject = [{ type: 'reject' }];

describe('the gate of a policy', () => {
  it('lets pass what skopeo signed, in dir: and under the tag of cosign in a layout', async () => {
    expect(await verdict(dirListing(image), { default: [signedBy()] })).toBeUndefined();
    expect(await verdict(ociLayoutListing(layout), { default: [sigstoreSigned()] })).toBeUndefined();
  });

  it('takes keys from the file itself', async () => {
    const keyData = vector('simple-signing/key.gpg').toString('base64');
    const { keyPath: _path, ...rest } = signedBy({ keyData });
    expect(await verdict(dirListing(image), { default: [rest] })).toBeUndefined();
  });

  it('says which requirement refused, where it stands, and why', async () => {
    const other = { type: 'exactReference', dockerReference: 'registry.example.test/acme/web:2' };
    const failure = await verdict(dirListing(image), {
      default: reject,
      transports: { dir: { [image]: [signedBy(), signedBy({ signedIdentity: other })] } },
    });
    expect(failure).toMatchObject({ code: 'POLICY_REFUSED', hint: 'look-at-policy', facts: { digest: DIGEST } });
    expect(failure?.facts.detail).toBe(
      `transports.dir.${JSON.stringify(image)}[1] (signedBy): the signature is not accepted: it is for registry.example.test/acme/web:1, which exactReference does not accept`,
    );
  });

  it.each<[string, () => object, RegExp]>([
    [
      'a key that did not sign',
      () => sigstoreSigned({ keyPath: undefined, keyData: OTHER_KEY }),
      /not made with a trusted key/,
    ],
    ['signatures of the other kind', () => signedBy(), /the image has none \(1 of another kind\)/],
    ['a key that is not there', () => sigstoreSigned({ keyPath: '/nowhere/key' }), /ENOENT/],
    ['what nobody can check', () => ({ type: 'sigstoreSigned', fulcio: {} }), /cannot check fulcio/],
    ['a name that layouts do not give', () => sigstoreSigned({ signedIdentity: { type: 'matchExact' } }), /has none/],
  ])('refuses %s', async (_what, requirement, words) => {
    expect((await verdict(ociLayoutListing(layout), { default: [requirement()] }))?.message).toMatch(words);
  });

  it('refuses a manifest that was changed after it was signed', async () => {
    const changed = join(folder.path, 'changed');
    cpSync(image, changed, { recursive: true });
    writeFileSync(join(changed, 'manifest.json'), `${vector('simple-signing/image-manifest.json').toString()}\n`);
    const failure = await verdict(dirListing(changed), { default: [signedBy()] });
    expect(failure?.message).toContain(`it is for the manifest ${DIGEST}`);
  });

  it('goes by where the image is, whatever link leads there', async () => {
    const link = join(folder.path, 'link');
    symlinkSync(image, link);
    const transports = { dir: { [folder.path]: [{ type: 'insecureAcceptAnything' }], [link]: reject } };
    expect(await verdict(dirListing(link), { default: reject, transports })).toBeUndefined();
  });
});

describe('the scopes of an image', () => {
  it('are those of containers/image, the most precise first', () => {
    const reference = parseReference('web:1');
    expect(originScopes({ transport: 'dir', path: '/srv/a/b' })).toEqual(['/srv/a/b', '/srv/a', '/srv']);
    expect(originScopes({ transport: 'oci', path: '/srv/a', name: '1' })).toEqual(['/srv/a:1', '/srv/a', '/srv']);
    expect(originScopes({ transport: 'docker-archive' })).toEqual([]);
    const store = { driver: 'overlay', root: '/s' };
    expect(originScopes({ transport: 'containers-storage', store, id: 'f00', reference })).toEqual([
      '[overlay@/s]docker.io/library/web:1@f00',
      '[overlay@/s]docker.io/library/web:1',
      '[overlay@/s]docker.io/library/web',
      '[overlay@/s]docker.io/library',
      '[overlay@/s]docker.io',
      '[overlay@/s]',
      '[/s]',
    ]);
  });
});
