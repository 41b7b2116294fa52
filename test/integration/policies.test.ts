import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mapConcurrent } from '../../electron/files/concurrent.ts';
import { readImageTree } from '../../electron/image/tree.ts';
import { parsePolicy } from '../../electron/policy/parse-policy.ts';
import { sourceGate } from '../../electron/policy/source-gate.ts';
import { createRegistryClient } from '../../electron/registry/client.ts';
import { readLookaside } from '../../electron/signatures/registries-d.ts';
import { dirListing } from '../../electron/sources/dir/dir.ts';
import { verifyRemote } from '../../electron/transfers/verify-remote.ts';
import { parseReference } from '../../shared/reference.ts';
import { run } from '../fixtures/tools.ts';
import { makeSigningScene } from './signing-scene.ts';

const scene = makeSigningScene('policies');
const { at, write, withGpg } = scene;

/** Whether Pushboat would use the image of a `dir:` folder. */
async function mayBeUsed(path: string, policy: string): Promise<boolean> {
  const [listed] = await dirListing(path).read();
  const image = await listed?.open();
  if (!image) throw new Error('no image');
  const environment = { env: process.env, homeDir: scene.folder.path, platform: 'linux', uid: 0 } as const;
  const gate = sourceGate(policy, { ...environment, temporaryDir: scene.folder.path });
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
    const target = `${scene.registry.host}/acme/web:refused`;
    const { status, stderr } = await scene.home.cli(['push', scene.layout, target, '--signature-policy', file]);
    expect(status).not.toBe(0);
    expect(stderr).toContain('default[0] (reject): it rejects every image');
  });

  test('decides as skopeo does, in twenty cases', async () => {
    write('ann.gpg', scene.gpg.publicKey(scene.fingerprint));
    await run('skopeo', ['copy', '--insecure-policy', `oci:${scene.layout}:latest`, `dir:${at('plain')}`]);
    await run('cp', ['-r', at('plain'), at('signed')]);
    const key = scene.gpg.addKey('Vendor <vendor@example.test>');
    write('vector.gpg', scene.gpg.publicKey(key));
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
    await run('skopeo', ['copy', '--insecure-policy', `oci:${scene.layout}:latest`, `dir:${signed}`]);
    const sign = [
      'standalone-sign',
      join(signed, 'manifest.json'),
      NAME,
      scene.fingerprint,
      '-o',
      join(signed, 'signature-1'),
    ];
    await run('skopeo', sign, { env: { ...process.env, ...withGpg().env } });
    await run('skopeo', ['copy', '--insecure-policy', `dir:${signed}`, `containers-storage:${store}`]);
    const other = scene.gpg.addKey('Other <other@example.test>');
    const pushed = await Promise.all(
      [scene.fingerprint, other].map(async (key) => {
        const keyPath = write(`${key}.gpg`, scene.gpg.publicKey(key));
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
          scene.home.cli([
            'push',
            `containers-storage:${store}`,
            `${scene.registry.host}/storage/${key.toLowerCase()}:1`,
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

describe('the examples of containers-policy.json(5)', () => {
  const anything = { type: 'insecureAcceptAnything' };
  const signedBy = (name: string, signedIdentity?: object) => ({
    type: 'signedBy',
    keyType: 'GPGKeys',
    keyPath: at(`${name}.gpg`),
    ...(signedIdentity && { signedIdentity }),
  });
  const vendors = { type: 'exactRepository', dockerRepository: 'vendor-hostname/product/repository' };

  /** “A reasonably locked-down system”, with this registry in place of the hosts. */
  const lockedDown = (host: string) => ({
    default: [{ type: 'reject' }],
    transports: {
      docker: {
        [`${host}/openshift`]: [anything],
        [`${host}/library/busybox`]: [anything],
        '*.temporary-project.example.com': [anything],
        [`${host}/myns/official`]: [signedBy('official')],
        [`${host}/vendor/product`]: [signedBy('vendor', vendors), signedBy('reviewer')],
        [`${host}/vendor-mirror`]: [
          signedBy('vendor', {
            type: 'remapIdentity',
            prefix: `${host}/vendor-mirror`,
            signedPrefix: 'vendor.example.com',
          }),
        ],
      },
      dir: { '': [anything] },
    },
  });

  /** What is asked for, and the signatures that are there: whose, and for which name. */
  const TABLE: [string, [string, (host: string) => string][]][] = [
    ['openshift/hello:1', []],
    ['library/busybox:1', []],
    ['library/busybox2:1', []],
    ['myns/official:1', [['official', (host) => `${host}/myns/official:1`]]],
    ['myns/official:moved', []],
    ['myns/official/below:1', [['reviewer', (host) => `${host}/myns/official/below:1`]]],
    [
      'vendor/product:1',
      [
        ['vendor', () => 'vendor-hostname/product/repository:7'],
        ['reviewer', (host) => `${host}/vendor/product:1`],
      ],
    ],
    ['vendor/product/unread:1', [['vendor', () => 'vendor-hostname/product/repository:7']]],
    ['vendor-mirror/one/image:1', [['vendor', () => 'vendor.example.com/one/image:1']]],
    ['vendor-mirror/two/image:1', [['vendor', (host) => `${host}/vendor-mirror/two/image:1`]]],
    ['unknown:1', [['official', (host) => `${host}/unknown:1`]]],
  ];

  test('judge images in a registry as skopeo does', async () => {
    const { host } = scene.registry;
    const keys = new Map(
      ['official', 'vendor', 'reviewer'].map((name) => [name, scene.gpg.addKey(`${name} <${name}@x.test>`)]),
    );
    for (const [name, key] of keys) write(`${name}.gpg`, scene.gpg.publicKey(key));
    const pushed = await scene.home.cli([
      'push',
      scene.layout,
      ...TABLE.flatMap(([name]) => ['--target', `${host}/${name}`]),
    ]);
    expect(pushed).toMatchObject({ status: 0 });
    const manifest = write(
      'manifest.json',
      (await run('skopeo', ['inspect', '--raw', `oci:${scene.layout}:latest`])).stdout,
    );
    const config = at('home/.config/containers/registries.d');
    mkdirSync(config, { recursive: true });
    writeFileSync(join(config, 'x.yaml'), `default-docker:\n  lookaside: file://${at('lookaside')}\n`);
    const policy = write('locked-down.json', JSON.stringify(lockedDown(host)));
    const environment = {
      env: process.env,
      homeDir: at('home'),
      platform: 'linux',
      uid: 1000,
      temporaryDir: tmpdir(),
    } as const;
    const client = createRegistryClient({ registry: host, policy: {}, login: async () => undefined });
    const context = {
      ...environment,
      client,
      policy: parsePolicy(JSON.stringify(lockedDown(host)), policy),
      lookaside: () => readLookaside(environment, '/nowhere'),
    };

    const sign = async ([name, signatures]: (typeof TABLE)[number]) => {
      const [repository = ''] = name.split(':');
      for (const [index, [who, nameOf]] of signatures.entries()) {
        const file = at('lookaside', `${repository}@${scene.digest.replace(':', '=')}`, `signature-${index + 1}`);
        mkdirSync(dirname(file), { recursive: true });
        const args = ['standalone-sign', manifest, nameOf(host), keys.get(who) ?? '', '-o', file];
        await run('skopeo', args, { env: { ...process.env, ...withGpg().env } });
      }
    };
    await Promise.all(TABLE.map(sign));
    const compare = async ([name]: (typeof TABLE)[number]) => {
      const copy = [
        'copy',
        '--policy',
        policy,
        '--registries.d',
        config,
        '--src-tls-verify=false',
        '--remove-signatures',
      ];
      const { status } = await run(
        'skopeo',
        [...copy, `docker://${host}/${name}`, `dir:${at(`to-${name.replace(/\W/g, '-')}`)}`],
        {
          accept: [0, 1],
        },
      );
      const ours = await verifyRemote(parseReference(`${host}/${name}`), context).then(
        () => true,
        () => false,
      );
      return `${name}: skopeo ${status === 0}, Pushboat ${ours}`;
    };
    const judged: string[] = [];
    for await (const found of mapConcurrent(TABLE, 4, compare)) judged.push(found);
    await client.close();
    const both = (name: string, isAllowed: boolean) => `${name}: skopeo ${isAllowed}, Pushboat ${isAllowed}`;
    expect(judged).toEqual(TABLE.map(([name]) => both(name, ALLOWED.has(name))));
  });

  const ALLOWED = new Set([
    'openshift/hello:1',
    'library/busybox:1',
    'myns/official:1',
    'vendor/product:1',
    'vendor-mirror/one/image:1',
  ]);
});
