import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../../electron/policy/parse-policy.ts';
import { createRegistryClient } from '../../../../electron/registry/client.ts';
import type { RegistryClient } from '../../../../electron/registry/types.ts';
import { readLookaside } from '../../../../electron/signatures/registries-d.ts';
import { verifyRemote } from '../../../../electron/transfers/verify-remote.ts';
import { digestHex } from '../../../../shared/digest.ts';
import { toPushboatError } from '../../../../shared/errors.ts';
import { parseReference } from '../../../../shared/reference.ts';
import { makeGpgHome } from '../../../fixtures/gpg-home.ts';
import { LayoutWriter } from '../../../fixtures/layouts.ts';
import { vector } from '../../../fixtures/vectors.ts';
import { digestOf } from '../../../registry/blob-store.ts';
import { makePushRig } from './push/rig.ts';

const rig = makePushRig();

/** What is found, or the error. */
async function verify(name: string, requirement?: object) {
  const { registry } = rig;
  const client = createRegistryClient({ registry: registry.host, policy: {}, login: async () => undefined });
  const policy = requirement && parsePolicy(JSON.stringify({ default: [requirement] }), '/policy.json');
  const environment = { env: {}, homeDir: rig.folder, platform: 'linux', uid: 1000, temporaryDir: tmpdir() } as const;
  const context = { ...environment, client, policy, lookaside: () => readLookaside(environment, '/nowhere') };
  try {
    return await verifyRemote(parseReference(rig.target(name)), context);
  } catch (error) {
    return toPushboatError(error);
  } finally {
    await client.close();
  }
}

async function pushIndex() {
  const layout = await LayoutWriter.create(rig.path('layout'));
  const index = await layout.multiPlatform([
    { os: 'linux', architecture: 'amd64' },
    { os: 'linux', architecture: 'arm64' },
  ]);
  await rig.push(await layout.list(index, { refName: '1' }).finish(), 'acme/web:1');
  return index;
}

describe('an image in a registry', () => {
  it('is whole when all its manifests and blobs are there', async () => {
    const index = await pushIndex();
    expect(await verify('acme/web:1')).toMatchObject({ digest: index.digest, manifests: 3, blobs: 6 });
  });

  it('is not when a blob or a manifest is missing, and that is named', async () => {
    const { images } = await pushIndex();
    const [first, second] = images;
    const layer = second?.layers[0]?.digest;
    if (!first || !layer) throw new Error('no image');
    rig.registry.loseBlob('acme/web', layer);
    const failure = await verify('acme/web:1');
    expect(failure).toMatchObject({ code: 'VERIFICATION_FAILED', hint: 'push-again' });
    expect(failure).toMatchObject({ message: expect.stringContaining(`the blob ${layer} is not there`) });
    rig.registry.loseManifest('acme/web', first.digest);
    expect(await verify('acme/web:1')).toMatchObject({ message: expect.stringContaining(first.digest) });
    expect(await verify('acme/other:1')).toMatchObject({ code: 'VERIFICATION_FAILED' });
  });

  it('is not when a blob has another length, unless the registry says none or 0', async () => {
    await pushIndex();
    const says = (length: number) =>
      rig.registry.faults.add({
        on: { method: 'HEAD', path: /blobs/ },
        times: 1,
        action: { kind: 'rewrite', headers: { 'content-length': String(length) } },
      });
    says(7);
    expect(await verify('acme/web:1')).toMatchObject({ message: expect.stringContaining('has 7 bytes, not') });
    says(0);
    expect(await verify('acme/web:1')).toMatchObject({ blobs: 6 });
  });

  it('is judged by its signatures under the tag of cosign', async () => {
    const manifest = 'application/vnd.oci.image.manifest.v1+json';
    const layout = await LayoutWriter.create(rig.path('layout'));
    const signed = await layout.image();
    await rig.push(await layout.list(signed, { refName: '1' }).finish(), 'acme/web:1');
    const payload = vector('sigstore/payload.json');
    await rig.registry.seedBlob('acme/web', payload);
    await rig.registry.seedBlob('acme/web', vector('sigstore/signature-config.json'));
    const tag = `sha256-${digestHex(signed.digest)}.sig`;
    rig.registry.seedManifest('acme/web', tag, vector('sigstore/signature-manifest.json'), manifest);
    const keyData = vector('sigstore/key.pub').toString('base64');
    const refused = await verify('acme/web:1', { type: 'sigstoreSigned', keyData });
    // It is skopeo's signature of another manifest, which somebody has put here.
    expect(refused).toMatchObject({
      code: 'POLICY_REFUSED',
      message: expect.stringContaining('it is for the manifest'),
    });
    expect(await verify('acme/web:1', { type: 'insecureAcceptAnything' })).toMatchObject({ policy: '/policy.json' });
  });
});

/** What skopeo has signed, as a registry and a lookaside folder show it. The manifest may be another than it was. */
async function verifySkopeos(name: string, requirement: object, change: (manifest: string) => string = String) {
  const manifest = Buffer.from(change(vector('sigstore/image-manifest.json').toString()));
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const client = {
    supportsSignatures: async () => false,
    getManifest: async (_: string, tag: string) => {
      const bytes = tag.endsWith('.sig') ? vector('sigstore/signature-manifest.json') : manifest;
      return { bytes, mediaType };
    },
    headBlob: async () => -1,
    getBlob: async () => vector('sigstore/payload.json'),
  } as unknown as RegistryClient;
  const environment = { env: {}, homeDir: rig.folder, platform: 'linux', uid: 1000, temporaryDir: tmpdir() } as const;
  const digest = digestOf(manifest).replace(':', '=');
  const folder = join(rig.folder, '.local/share/containers/sigstore/acme', `web@${digest}`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'signature-1'), vector('simple-signing/signature-1'));
  const policy = parsePolicy(JSON.stringify({ default: [requirement] }), '/policy.json');
  const lookaside = () => readLookaside(environment, '/nowhere');
  return verifyRemote(parseReference(name), { ...environment, client, policy, lookaside }).then(
    ({ policy: fulfilled }) => fulfilled,
    (error: unknown) => toPushboatError(error).message,
  );
}

describe.each([
  ['sigstoreSigned', 'sigstore/key.pub', {}],
  ['signedBy', 'simple-signing/key.gpg', { keyType: 'GPGKeys' }],
])('what skopeo has signed, under a policy of %s,', (type, key, more) => {
  const keyData = vector(key).toString('base64');
  const requirement = { type, keyData, ...more };

  it('is verified', async () => {
    expect(await verifySkopeos('registry.example.test/acme/web:1', requirement)).toBe('/policy.json');
  });

  it('is refused when the tag was moved, the manifest was changed, or another key is asked for', async () => {
    const moved = await verifySkopeos('registry.example.test/acme/web:2', requirement);
    expect(moved).toMatch(/it is for registry\.example\.test\/acme\/web:1/);
    const changed = await verifySkopeos('registry.example.test/acme/web:1', requirement, (text) => `${text} `);
    expect(changed).toMatch(/it is for the manifest sha256:a3ea701a/);
    const other = await otherKey(type);
    const wrong = await verifySkopeos('registry.example.test/acme/web:1', { ...requirement, keyData: other });
    expect(wrong).toMatch(/the signature is not accepted: it was (?:not made with a trusted key|made with the key)/);
  });
});

async function otherKey(type: string): Promise<string> {
  if (type === 'sigstoreSigned') {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return Buffer.from(publicKey.export({ type: 'spki', format: 'pem' })).toString('base64');
  }
  await using gpg = await makeGpgHome();
  return Buffer.from(gpg.publicKey(gpg.addKey('Other <other@example.test>'))).toString('base64');
}
