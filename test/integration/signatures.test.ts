import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DockerRegistry, startDockerRegistry } from '../fixtures/docker-registry.ts';
import { type GpgHome, makeGpgHome } from '../fixtures/gpg-home.ts';
import { makeLayout } from '../fixtures/layouts.ts';
import { makeTempDir, type TempDir } from '../fixtures/temp-dir.ts';
import { run } from '../fixtures/tools.ts';
import { vector, vectorPath } from '../fixtures/vectors.ts';
import { startRegistry } from '../registry/server.ts';
import { type CliHome, jsonLines, makeCliHome } from './command-line.ts';

let folder: TempDir;
let registry: DockerRegistry;
let home: CliHome;
let gpg: GpgHome;
let fingerprint: string;
let layout: string;
let digest: string;

beforeAll(async () => {
  folder = await makeTempDir('signatures');
  [registry, home, gpg] = await Promise.all([startDockerRegistry(), makeCliHome(), makeGpgHome()]);
  fingerprint = gpg.addKey('Ann <ann@example.test>');
  const made = await makeLayout(at('layout'));
  [layout, digest] = [made.path, made.image.digest];
});
afterAll(async () => {
  await Promise.all([registry.stop(), home.remove(), gpg[Symbol.asyncDispose]()]);
  await folder.remove();
});

const at = (...parts: string[]) => join(folder.path, ...parts);
const write = (name: string, content: string | Uint8Array) => {
  writeFileSync(at(name), content);
  return at(name);
};
const withGpg = () => ({ env: { GNUPGHOME: gpg.env['GNUPGHOME'] ?? '' } });

describe('a simple signature made here', () => {
  test('is verified by skopeo, as a file and under a policy that asks for it', async () => {
    const lookaside = at('lookaside');
    mkdirSync(join(home.path, 'home/.config/containers/registries.d'), { recursive: true });
    const section = `default-docker:\n  lookaside: file://${lookaside}\n`;
    writeFileSync(join(home.path, 'home/.config/containers/registries.d/x.yaml'), section);
    const target = `${registry.host}/acme/web:1`;
    const { status, stderr } = await home.cli(['push', layout, target, '--sign-by', fingerprint], withGpg());
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const signature = join(lookaside, `acme/web@${digest.replace(':', '=')}/signature-1`);
    const manifest = write('manifest.json', (await run('skopeo', ['inspect', '--raw', `oci:${layout}:latest`])).stdout);
    const { stdout } = await run('skopeo', ['standalone-verify', manifest, target, fingerprint, signature], {
      env: { ...process.env, ...withGpg().env },
    });
    expect(stdout.toString()).toContain(`Signature verified, digest ${digest}`);

    mkdirSync(at('registries.d'));
    write('registries.d/x.yaml', section);
    const key = write('key.gpg', gpg.publicKey(fingerprint));
    const docker = { '': [{ type: 'signedBy', keyType: 'GPGKeys', keyPath: key }] };
    const policy = write('signed.json', JSON.stringify({ default: [{ type: 'reject' }], transports: { docker } }));
    const pull = ['copy', '--policy', policy, '--registries.d', at('registries.d'), '--src-tls-verify=false'];
    await run('skopeo', [...pull, `docker://${target}`, `dir:${at('pulled')}`]);
    expect(readFileSync(at('pulled/signature-1')).equals(readFileSync(signature))).toBe(true);

    const store = ['--root', at('store'), '--runroot', at('run'), '--storage-driver', 'vfs'];
    const byPodman = (policyFile: string, name: string) =>
      run('podman', [...store, 'pull', '--quiet', '--tls-verify=false', '--signature-policy', policyFile, name], {
        env: { HOME: join(home.path, 'home') },
        accept: [0, 125],
      });
    expect(await byPodman(policy, target)).toMatchObject({ status: 0 });
    const others = {
      '': [{ ...docker[''][0], keyPath: write('other.gpg', gpg.publicKey(gpg.addKey('Other <o@x.test>'))) }],
    };
    const strangers = write(
      'others.json',
      JSON.stringify({ default: [{ type: 'reject' }], transports: { docker: others } }),
    );
    expect(await byPodman(strangers, target)).toMatchObject({
      status: 125,
      stderr: expect.stringMatching(/[Ss]ignature/),
    });

    const verified = await home.cli(['verify', target, '--signature-policy', policy]);
    expect(verified).toMatchObject({ status: 0, stdout: expect.stringContaining(`is whole: 1 manifest, 3 blobs`) });
    // The same image under a name that was not signed.
    await home.cli(['push', layout, `${registry.host}/acme/web:2`]);
    const other = await home.cli(['verify', `${registry.host}/acme/web:2`, '--signature-policy', policy]);
    expect(other).toMatchObject({ status: 1, stderr: expect.stringContaining(`it is for ${target}`) });
  });
});

describe('a key of sigstore', () => {
  test('is made for its owner only, and what it signs is verified by openssl', async () => {
    const passphrase = write('passphrase', 'a secret of mine\n');
    const made = await home.cli(['key', 'generate', '--output-prefix', at('key'), '--passphrase-file', passphrase]);
    expect(made.status).toBe(0);
    expect((await run('stat', ['-c', '%a', at('key.private')])).stdout.toString().trim()).toBe('600');
    const again = await home.cli(['key', 'generate', '--output-prefix', at('key'), '--passphrase-file', passphrase]);
    expect(again.stderr).toContain('A key is never replaced');

    const target = `${registry.host}/acme/sigstore:1`;
    const sign = ['--sign-by-sigstore-private-key', at('key.private'), '--sign-passphrase-file', passphrase];
    const pushed = await home.cli(['push', layout, target, ...sign]);
    expect(pushed).toMatchObject({ status: 0, stdout: expect.stringContaining('signed with') });
    expect(pushed.stdout + pushed.stderr).not.toContain('a secret of mine');
    const tag = `${registry.url}/v2/acme/sigstore/manifests/${digest.replace(':', '-')}.sig`;
    const manifest = await (
      await fetch(tag, { headers: { accept: 'application/vnd.oci.image.manifest.v1+json' } })
    ).json();
    const [layer] = manifest.layers;
    const payload = await (await fetch(`${registry.url}/v2/acme/sigstore/blobs/${layer.digest}`)).arrayBuffer();
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
      [registry, modern].map(async ({ host, url }) => {
        const target = `${host}/oras/web`;
        const pushed = await home.cli([
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
