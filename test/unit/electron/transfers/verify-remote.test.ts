import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../../electron/policy/parse-policy.ts';
import { createRegistryClient } from '../../../../electron/registry/client.ts';
import { readLookaside } from '../../../../electron/signatures/registries-d.ts';
import { verifyRemote } from '../../../../electron/transfers/verify-remote.ts';
import { digestHex } from '../../../../shared/digest.ts';
import { toPushboatError } from '../../../../shared/errors.ts';
import { parseReference } from '../../../../shared/reference.ts';
import { LayoutWriter } from '../../../fixtures/layouts.ts';
import { vector } from '../../../fixtures/vectors.ts';
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
