import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fileRules } from '../../../electron/access/registry-files.ts';
import { mapConcurrent } from '../../../electron/files/concurrent.ts';
import { startDockerRegistry } from '../../fixtures/docker-registry.ts';
import { startDockerd } from '../../fixtures/dockerd.ts';
import { makeLayout } from '../../fixtures/layouts.ts';
import { overlaid } from '../../fixtures/overlaid.ts';
import { run } from '../../fixtures/tools.ts';
import { CLI_COMMAND, type CliHome, jsonLines, makeCliHome } from '../command-line.ts';

let home: CliHome;
let layout: string;

beforeAll(async () => {
  home = await makeCliHome();
  layout = (await makeLayout(join(home.path, 'layout'))).path;
});
afterAll(() => home.remove());

const at = (...parts: string[]) => join(home.path, ...parts);

async function write(path: string, text: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return path;
}

type Answer = 'blocked' | 'insecure' | 'verified' | 'cannot be read';

/** Where the main file of a user is; others are named from the root. */
const CONF = 'home/.config/containers/registries.conf';
const registry = (...lines: string[]) => ['[[registry]]', ...lines, ''].join('\n');

describe('registries.conf', () => {
  /** What skopeo would do: without a network its error tells how it tried. */
  async function skopeo(root: string, reference: string): Promise<Answer> {
    const etc = overlaid({ '/etc/containers': join(root, 'etc/containers') }, ['--map-root-user', '--net']);
    const [command, ...args] = [
      ...etc,
      'skopeo',
      '--insecure-policy',
      'copy',
      `oci:${layout}`,
      `docker://${reference}`,
    ];
    const { stderr } = await run(command, args, { env: { HOME: join(root, 'home') }, accept: [1] });
    if (stderr.includes('is blocked in')) return 'blocked';
    const [, scheme] = /Get \\"(https?):/.exec(stderr) ?? [];
    if (scheme === undefined) return 'cannot be read';
    return scheme === 'http' ? 'insecure' : 'verified';
  }

  function pushboat(root: string, reference: string): Answer {
    const [host = '', ...path] = reference.split('/');
    try {
      const places = { env: {}, homeDir: join(root, 'home'), etcDir: join(root, 'etc') };
      const { blocked, insecure } = fileRules(host, path.join('/').replace(/:[^:/]*$/, ''), places);
      if (blocked !== undefined) return 'blocked';
      return insecure === undefined ? 'verified' : 'insecure';
    } catch {
      return 'cannot be read';
    }
  }

  const TEAM =
    registry('location = "a.example"', 'insecure = true') +
    registry('prefix = "a.example/team"', 'location = "b.example"', 'blocked = true');
  const WILD =
    registry('prefix = "*.a.example"', 'blocked = true') + registry('location = "x.a.example/team"', 'insecure = true');
  const OLD =
    '[registries.insecure]\nregistries = ["a.example", "b.example:5000"]\n[registries.block]\nregistries = ["c.example"]\n';
  const etc = (name: string) => `etc/containers/registries.conf.d/${name}`;
  const own = (name: string) => `home/.config/containers/registries.conf.d/${name}`;
  const [insecure, blocked, plain] = ['insecure = true', 'blocked = true', ''].map((line) =>
    registry('location = "a.example"', line),
  );

  /** Files, and for references what is expected of both. */
  const TABLE: [string, Record<string, string | undefined>, Record<string, Answer>][] = [
    ['nothing', {}, { 'a.example/x:1': 'verified' }],
    [
      'the longest prefix',
      { [CONF]: TEAM },
      {
        'a.example/x:1': 'insecure',
        'a.example/team/x:1': 'blocked',
        'a.example/teams/x:1': 'insecure',
        'b.example/x:1': 'verified',
      },
    ],
    [
      'a mirror and another location, which are for reading',
      {
        [CONF]:
          registry('location = "a.example"', '[[registry.mirror]]', 'location = "m.example"', 'insecure = true') +
          registry('prefix = "p.example"', 'location = "l.example/team"', 'insecure = true'),
      },
      {
        'a.example/x:1': 'verified',
        'm.example/x:1': 'verified',
        'p.example/x:1': 'insecure',
        'l.example/team/x:1': 'verified',
      },
    ],
    ['a host with a port', { [CONF]: insecure }, { 'a.example:5000/x:1': 'insecure', 'aa.example/x:1': 'verified' }],
    [
      'any host below',
      { [CONF]: WILD },
      {
        'y.a.example/x:1': 'blocked',
        'a.example/x:1': 'verified',
        'x.a.example/team/x:1': 'insecure',
        'z.y.a.example:1/x:1': 'blocked',
      },
    ],
    [
      'version 1',
      { [CONF]: OLD },
      {
        'a.example/x:1': 'insecure',
        'b.example/x:1': 'verified',
        'b.example:5000/x:1': 'insecure',
        'c.example/x:1': 'blocked',
      },
    ],
    [
      'both in one entry',
      { [CONF]: registry('location = "a.example"', 'insecure = true', 'blocked = true') },
      { 'a.example/x:1': 'blocked' },
    ],
    [
      'the user’s instead of the system’s',
      { [CONF]: '', 'etc/containers/registries.conf': blocked },
      { 'a.example/x:1': 'verified' },
    ],
    ['the system’s', { 'etc/containers/registries.conf': blocked }, { 'a.example/x:1': 'blocked' }],
    ['drop-ins by name', { [etc('2.conf')]: blocked, [etc('10.conf')]: insecure }, { 'a.example/x:1': 'blocked' }],
    [
      'the user’s drop-ins last',
      { [etc('99.conf')]: blocked, [own('1.conf')]: insecure },
      { 'a.example/x:1': 'insecure' },
    ],
    ['a drop-in that takes back', { [CONF]: blocked, [own('1.conf')]: plain }, { 'a.example/x:1': 'verified' }],
    ['other files there', { [own('1.toml')]: blocked, [own('sub/1.conf')]: blocked }, { 'a.example/x:1': 'verified' }],
    ['two that contradict each other', { [CONF]: `${insecure}${plain}` }, { 'a.example/x:1': 'cannot be read' }],
    ['two that agree', { [CONF]: `${insecure}${insecure}` }, { 'a.example/x:1': 'insecure' }],
    ['both versions', { [CONF]: `${insecure}${OLD}` }, { 'a.example/x:1': 'cannot be read' }],
    ['broken TOML', { [CONF]: '[[registry]\n' }, { 'a.example/x:1': 'cannot be read' }],
    ['no location', { [CONF]: registry('blocked = true') }, { 'a.example/x:1': 'cannot be read' }],
    ['a scheme', { [CONF]: registry('location = "https://a.example"') }, { 'a.example/x:1': 'cannot be read' }],
  ];

  test('says the same to skopeo, in nineteen cases', async () => {
    const compare = async ([what, files, expected]: (typeof TABLE)[number]) => {
      const root = at('conf', String(TABLE.findIndex(([name]) => name === what)));
      await mkdir(join(root, 'etc/containers'), { recursive: true });
      await mkdir(join(root, 'home'));
      for (const [path, text] of Object.entries(files)) await write(join(root, path), text ?? '');
      const wrong: string[] = [];
      for (const [reference, answer] of Object.entries(expected)) {
        const [theirs, ours] = [await skopeo(root, reference), pushboat(root, reference)];
        if (theirs !== answer || ours !== answer)
          wrong.push(`${what}, ${reference}: skopeo ${theirs}, Pushboat ${ours}`);
      }
      return wrong;
    };
    const differing: string[] = [];
    for await (const found of mapConcurrent(TABLE, 4, compare)) differing.push(...found);
    expect(differing).toEqual([]);
  });

  test('lets a push through to a registry whose certificate nobody knows, and blocks a part of it', async () => {
    await using server = await startDockerRegistry({ tls: 'wrongName' });
    const lines =
      registry(`location = "${server.host}"`, 'insecure = true') +
      registry(`location = "${server.host}/no"`, 'blocked = true');
    const conf = await write(join(home.env['HOME'] ?? '', '.config/containers/registries.conf'), lines);
    const push = (path: string) => home.cli(['push', `oci:${layout}`, `${server.host}/${path}/app:1`]);
    const [pushed, refused] = await Promise.all([push('yes'), push('no')]);
    expect(pushed.status).toBe(0);
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining(`blocked in ${conf}`) });
    await rm(conf);
  });
});

describe('daemon.json', () => {
  test('says the same to dockerd, which looks names up for its networks', async () => {
    const conf = {
      'insecure-registries': [
        'named.example',
        'named.example:5000',
        '10.0.0.0/8',
        'fd00::/8',
        'http://old.example',
        '12.0.0.1:5000',
        'docker.io',
      ],
    };
    const file = await write(at('docker/home/.docker/daemon.json'), JSON.stringify(conf));
    const hosts = await write(
      at('docker/hosts'),
      '10.1.2.3 inside.example\n11.1.2.3 outside.example\nfd00::5 six.example\n11.1.1.1 two.example\n10.1.1.1 two.example\n',
    );
    const within = (...options: string[]) => overlaid({ '/etc/hosts': hosts }, ['--net', ...options]);
    await using docker = await startDockerd({ conf: file, within: within() });
    const names = [
      'named.example',
      'named.example:5000',
      'named.example:5001',
      '10.1.2.3',
      '10.1.2.3:5000',
      '12.0.0.1',
      '12.0.0.1:5000',
    ];
    names.push(
      'inside.example',
      'inside.example:5000',
      'outside.example',
      'six.example',
      'two.example',
      'old.example',
      'unknown.example',
      'docker.io/library',
    );
    const theirs = await Promise.all(
      names.map(async (name) => {
        const { stderr } = await run('docker', ['--host', docker.host, 'pull', `${name}/x:1`], { accept: [1] });
        return /Get "(https?):/.exec(stderr)?.[1] === 'http' ? 'unverified' : 'verified';
      }),
    );
    const command = [...within('--map-root-user'), ...CLI_COMMAND];
    const references = names.map((name) => `${name}/x`);
    const env = { HOME: at('docker/home') };
    const { stdout } = await home.cli(['resolve', '--json', ...references], { command, env });
    const ours = jsonLines(stdout).map((line) => (line['tls'] as { kind: string }).kind);
    expect(names.map((name, index) => [name, ours[index]])).toEqual(names.map((name, index) => [name, theirs[index]]));
    expect(theirs.filter((kind) => kind === 'unverified')).toHaveLength(10);
  });
});
