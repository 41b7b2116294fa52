import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mapConcurrent } from '../../electron/files/concurrent.ts';
import { readImageTree } from '../../electron/image/tree.ts';
import { sourceGate } from '../../electron/policy/source-gate.ts';
import { dirListing } from '../../electron/sources/dir/dir.ts';
import { type DockerRegistry, startDockerRegistry } from '../fixtures/docker-registry.ts';
import { type GpgHome, makeGpgHome } from '../fixtures/gpg-home.ts';
import { makeLayout } from '../fixtures/layouts.ts';
import { makeTempDir, type TempDir } from '../fixtures/temp-dir.ts';
import { run } from '../fixtures/tools.ts';
import { vector, vectorPath } from '../fixtures/vectors.ts';
import { startRegistry } from '../registry/server.ts';
import { type CliHome, makeCliHome } from './command-line.ts';

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
        const pushed = await home.cli(['push', `oci:${vectorPath('oras/layout')}:1`, `${target}:1`, '--referrers']);
        expect(pushed).toMatchObject({ status: 0 });
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

/** Whether Pushboat would use the image of a `dir:` folder. */
async function mayBeUsed(path: string, policy: string): Promise<boolean> {
  const [listed] = await dirListing(path).read();
  const image = await listed?.open();
  if (!image) throw new Error('no image');
  const environment = { env: process.env, homeDir: folder.path, platform: 'linux', uid: 0 } as const;
  const gate = sourceGate(policy, { ...environment, temporaryDir: folder.path });
  return gate(image, await readImageTree(image)).then(
    () => true,
    () => false,
  );
}

describe('a policy', () => {
  const NAME = 'registry.example.test/acme/web:1';
  const anything = { type: 'insecureAcceptAnything' };
  const reject = { type: 'reject' };
  const signedBy = (identity: object | undefined = { type: 'exactReference', dockerReference: NAME }, more = {}) => ({
    type: 'signedBy',
    keyType: 'GPGKeys',
    keyPath: at('vector.gpg'),
    ...(identity && { signedIdentity: identity }),
    ...more,
  });
  const dir = (scopes: (path: string) => object) => ({ default: [reject], transports: { dir: scopes(at('signed')) } });
  const one = (...requirements: object[]) => ({ default: requirements });

  /** What the man page’s examples do, and what breaks its rules. */
  const TABLE: [string, () => unknown, 'signed' | 'plain'][] = [
    ['everything is accepted', () => one(anything), 'plain'],
    ['everything is rejected', () => one(reject), 'plain'],
    ['one of two rejects', () => one(anything, reject), 'plain'],
    ['a signature is asked for, and none is there', () => one(signedBy()), 'plain'],
    ['a signature is asked for, and is there', () => one(signedBy()), 'signed'],
    ['the key of another', () => one(signedBy(undefined, { keyPath: at('ann.gpg') })), 'signed'],
    ['a name of another', () => one(signedBy({ type: 'exactReference', dockerReference: `${NAME}2` })), 'signed'],
    ['a repository', () => one(signedBy({ type: 'exactRepository', dockerRepository: NAME.slice(0, -2) })), 'signed'],
    ['a name that dir: does not have', () => one(signedBy({ type: 'matchRepository' })), 'signed'],
    ['the usual match, which needs a name', () => one(signedBy(undefined)), 'signed'],
    ['the vendor and a reviewer', () => one(signedBy(), signedBy(undefined, { keyPath: at('ann.gpg') })), 'signed'],
    ['the transport’s default', () => dir(() => ({ '': [anything] })), 'signed'],
    ['the folder itself', () => dir((path) => ({ [path]: [anything], '': [reject] })), 'signed'],
    ['a folder above', () => dir((path) => ({ [path.replace(/\/[^/]*$/, '')]: [anything], '': [reject] })), 'signed'],
    ['another folder', () => dir((path) => ({ [`${path}2`]: [anything] })), 'signed'],
    ['a relative scope', () => dir(() => ({ signed: [anything] })), 'signed'],
    ['an unknown field', () => ({ ...one(anything), more: 1 }), 'plain'],
    ['a field twice', () => '{"default":[{"type":"insecureAcceptAnything"}],"default":[{"type":"reject"}]}', 'plain'],
    ['no requirement at all', () => one(), 'plain'],
    ['an unknown transport', () => ({ ...one(anything), transports: { other: { x: [reject] } } }), 'plain'],
  ];

  test('stops a push on the command line, with the reason', async () => {
    const file = write('reject.json', JSON.stringify(one(reject)));
    const target = `${registry.host}/acme/web:refused`;
    const { status, stderr } = await home.cli(['push', layout, target, '--signature-policy', file]);
    expect(status).not.toBe(0);
    expect(stderr).toContain('default[0] (reject): it rejects every image');
  });

  test('decides as skopeo does, in twenty cases', async () => {
    write('ann.gpg', gpg.publicKey(fingerprint));
    await run('skopeo', ['copy', '--insecure-policy', `oci:${layout}:latest`, `dir:${at('plain')}`]);
    await run('cp', ['-r', at('plain'), at('signed')]);
    const key = gpg.addKey('Vendor <vendor@example.test>');
    write('vector.gpg', gpg.publicKey(key));
    const manifest = join(at('signed'), 'manifest.json');
    const sign = ['standalone-sign', manifest, NAME, key, '-o', join(at('signed'), 'signature-1')];
    await run('skopeo', sign, { env: { ...process.env, ...withGpg().env } });
    const compare = async ([what, policy, source]: (typeof TABLE)[number]) => {
      const index = TABLE.findIndex(([name]) => name === what);
      const value = policy();
      const file = write(`policy-${index}.json`, typeof value === 'string' ? value : JSON.stringify(value));
      const copy = ['copy', '--policy', file, '--remove-signatures', `dir:${at(source)}`, `dir:${at(`out-${index}`)}`];
      const { status } = await run('skopeo', copy, { accept: [0, 1] });
      const [theirs, ours] = [status === 0, await mayBeUsed(at(source), file)];
      return theirs === ours ? [] : [`${what}: skopeo ${theirs}, Pushboat ${ours}`];
    };
    const differing: string[] = [];
    for await (const found of mapConcurrent(TABLE, 4, compare)) differing.push(...found);
    expect(differing).toEqual([]);
  });

  test('decides by the signatures that skopeo keeps in containers-storage', async () => {
    const [signed, store] = [at('for-storage'), `[vfs@${at('store')}+${at('run')}]${NAME}`];
    await run('skopeo', ['copy', '--insecure-policy', `oci:${layout}:latest`, `dir:${signed}`]);
    const sign = [
      'standalone-sign',
      join(signed, 'manifest.json'),
      NAME,
      fingerprint,
      '-o',
      join(signed, 'signature-1'),
    ];
    await run('skopeo', sign, { env: { ...process.env, ...withGpg().env } });
    await run('skopeo', ['copy', '--insecure-policy', `dir:${signed}`, `containers-storage:${store}`]);
    const other = gpg.addKey('Other <other@example.test>');
    const pushed = await Promise.all(
      [fingerprint, other].map(async (key) => {
        const keyPath = write(`${key}.gpg`, gpg.publicKey(key));
        const policy = write(`${key}.json`, JSON.stringify(one(signedBy(undefined, { keyPath }))));
        const copy = [
          'copy',
          '--policy',
          policy,
          '--remove-signatures',
          `containers-storage:${store}`,
          `dir:${at(`by-${key}`)}`,
        ];
        const [ours, theirs] = await Promise.all([
          home.cli([
            'push',
            `containers-storage:${store}`,
            `${registry.host}/storage/${key.toLowerCase()}:1`,
            '--signature-policy',
            policy,
          ]),
          run('skopeo', copy, { accept: [0, 1] }),
        ]);
        return [ours.status === 0, theirs.status === 0];
      }),
    );
    expect(pushed).toEqual([
      [true, true],
      [false, false],
    ]);
  });
});
