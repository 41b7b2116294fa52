import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { run } from '../fixtures/tools.ts';
import { vector, vectorPath } from '../fixtures/vectors.ts';
import { startRegistry } from '../registry/server.ts';
import { jsonLines } from './command-line.ts';
import { makeSigningScene } from './signing-scene.ts';

const scene = makeSigningScene('signatures');
const { at, write, withGpg } = scene;

describe('a simple signature made here', () => {
  let target: string;
  let signature: string;
  /** The usual policy of who asks for this key: everything else is rejected. */
  const policyOf = (name: string, key: string) => {
    const keyPath = write(`${name}.gpg`, scene.gpg.publicKey(key));
    const docker = { '': [{ type: 'signedBy', keyType: 'GPGKeys', keyPath }] };
    return write(`${name}.json`, JSON.stringify({ default: [{ type: 'reject' }], transports: { docker } }));
  };
  let policy: string;
  const registriesD = () => join(scene.home.path, 'home/.config/containers/registries.d');

  beforeAll(async () => {
    mkdirSync(registriesD(), { recursive: true });
    writeFileSync(join(registriesD(), 'x.yaml'), `default-docker:\n  lookaside: file://${at('lookaside')}\n`);
    policy = policyOf('signed', scene.fingerprint);
    target = `${scene.registry.host}/acme/web:1`;
    const { status, stderr } = await scene.home.cli(
      ['push', scene.layout, target, '--sign-by', scene.fingerprint],
      withGpg(),
    );
    if (status !== 0) throw new Error(stderr);
    signature = at('lookaside', `acme/web@${scene.digest.replace(':', '=')}/signature-1`);
  });

  test('is verified by skopeo, as a file and under a policy that asks for it', async () => {
    const manifest = write(
      'manifest.json',
      (await run('skopeo', ['inspect', '--raw', `oci:${scene.layout}:latest`])).stdout,
    );
    const { stdout } = await run(
      'skopeo',
      ['standalone-verify', manifest, target, scene.fingerprint, signature],
      withGpg(),
    );
    // Newer versions of skopeo name the fingerprint, too.
    expect(stdout.toString()).toMatch(new RegExp(`^Signature verified.*, digest ${scene.digest}`));
    const pull = ['copy', '--policy', policy, '--registries.d', registriesD(), '--src-tls-verify=false'];
    await run('skopeo', [...pull, `docker://${target}`, `dir:${at('pulled')}`]);
    expect(readFileSync(at('pulled/signature-1')).equals(readFileSync(signature))).toBe(true);
  });

  test('lets podman pull the image under such a policy, and not where another should have signed', async () => {
    const strangers = policyOf('strangers', scene.gpg.addKey('Other <other@x.test>'));
    const env = { HOME: join(scene.home.path, 'home') };
    const pull = (asked: string) => {
      const store = ['--root', at('store'), '--runroot', at('run'), '--storage-driver', 'vfs'];
      const args = [...store, 'pull', '--quiet', '--tls-verify=false', '--signature-policy', asked, target];
      return run('podman', args, { env, accept: [0, 125] });
    };
    const [pulled, refused] = await Promise.all([pull(policy), pull(strangers)]);
    expect(pulled.status).toBe(0);
    expect(refused).toMatchObject({ status: 125, stderr: expect.stringMatching(/[Ss]ignature/) });
  });

  test('is verified by pushboat, and not under a name that was not signed', async () => {
    const unsigned = `${scene.registry.host}/acme/web:2`;
    const verify = (name: string) => scene.home.cli(['verify', name, '--signature-policy', policy]);
    const [verified] = await Promise.all([verify(target), scene.home.cli(['push', scene.layout, unsigned])]);
    expect(verified).toMatchObject({ status: 0, stdout: expect.stringContaining(`is whole: 1 manifest, 3 blobs`) });
    const refused = await verify(unsigned);
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining(`it is for ${target}`) });
  });
});

describe('a key of sigstore', () => {
  test('is made for its owner only, and what it signs is verified by openssl', async () => {
    const passphrase = write('passphrase', 'a secret of mine\n');
    const made = await scene.home.cli([
      'key',
      'generate',
      '--output-prefix',
      at('key'),
      '--passphrase-file',
      passphrase,
    ]);
    expect(made.status).toBe(0);
    expect((await run('stat', ['-c', '%a', at('key.private')])).stdout.toString().trim()).toBe('600');
    const target = `${scene.registry.host}/acme/sigstore:1`;
    const sign = ['--sign-by-sigstore-private-key', at('key.private'), '--sign-passphrase-file', passphrase];
    const [again, pushed] = await Promise.all([
      scene.home.cli(['key', 'generate', '--output-prefix', at('key'), '--passphrase-file', passphrase]),
      scene.home.cli(['push', scene.layout, target, ...sign]),
    ]);
    expect(again.stderr).toContain('A key is never replaced');
    expect(pushed).toMatchObject({ status: 0, stdout: expect.stringContaining('signed with') });
    expect(pushed.stdout + pushed.stderr).not.toContain('a secret of mine');
    const tag = `${scene.registry.url}/v2/acme/sigstore/manifests/${scene.digest.replace(':', '-')}.sig`;
    const manifest = await (
      await fetch(tag, { headers: { accept: 'application/vnd.oci.image.manifest.v1+json' } })
    ).json();
    const [layer] = manifest.layers;
    const payload = await (await fetch(`${scene.registry.url}/v2/acme/sigstore/blobs/${layer.digest}`)).arrayBuffer();
    const signature = Buffer.from(layer.annotations['dev.cosignproject.cosign/signature'], 'base64');
    const files = [at('key.pub'), '-signature', write('sig', signature), write('payload', Buffer.from(payload))];
    expect((await run('openssl', ['dgst', '-sha256', '-verify', ...files])).stdout.toString()).toContain('Verified OK');
  });
});

interface Referrer {
  digest: string;
  mediaType: string;
  size: number;
  referrers?: Referrer[];
}

/** What a registry lists about a manifest, as `oras discover` shows it: by the referrers API, else under the referrers tag. */
async function treeOf(repository: string, node: Referrer): Promise<Referrer> {
  const [, host, name] = /^(http:\/\/[^/]+)\/(.+)$/.exec(repository) ?? [];
  const list = async (path: string) =>
    fetch(`${host}/v2/${name}/${path}`, { headers: { accept: 'application/vnd.oci.image.index.v1+json' } });
  const answer = await list(`referrers/${node.digest}`);
  const found = answer.ok ? answer : await list(`manifests/${node.digest.replace(':', '-')}`);
  const { manifests = [] } = found.ok ? ((await found.json()) as { manifests?: Referrer[] }) : {};
  const inTurn = manifests.toSorted((a, b) => a.digest.localeCompare(b.digest));
  return { ...node, referrers: await Promise.all(inTurn.map((each) => treeOf(repository, each))) };
}

describe('an SBOM and signatures that oras attached to an image in a layout', () => {
  const tree = JSON.parse(vector('oras/tree.json').toString());

  test('are the same tree as after `oras cp -r`, with the API of referrers and without', async () => {
    await using modern = await startRegistry({ storage: 'memory' });
    const rows = await Promise.all(
      [scene.registry, modern].map(async ({ host, url }) => {
        const target = `${host}/oras/web`;
        const pushed = await scene.home.cli([
          'push',
          `oci:${vectorPath('oras/layout')}:1`,
          `${target}:1`,
          '--referrers',
          '--json',
        ]);
        expect(jsonLines(pushed.stdout).at(-1)).toMatchObject({ type: 'done', companions: 3 });
        const { digest: root } = JSON.parse((await run('skopeo', inspect(`${target}:1`))).stdout.toString());
        return treeOf(`${url}/oras/web`, { mediaType: tree.mediaType, size: tree.size, digest: root });
      }),
    );
    expect(rows).toEqual([tree, tree]);
    expect([...modern.tags('oras/web').keys()]).toEqual(['1']);
  });
});

const inspect = (target: string) => [
  'inspect',
  '--tls-verify=false',
  '--format',
  '{"digest":"{{.Digest}}"}',
  `docker://${target}`,
];
