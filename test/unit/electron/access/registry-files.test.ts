import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { registryAccess } from '../../../../electron/access/registry-access.ts';
import { RegistryClients } from '../../../../electron/access/registry-clients.ts';
import { fileRules, type NetworkPlaces } from '../../../../electron/access/registry-files.ts';
import type { RegistryPolicy } from '../../../../shared/registry-policy.ts';
import { makePipe } from '../../../fixtures/make-pipe.ts';
import { makeTempDir, type TempDir } from '../../../fixtures/temp-dir.ts';

let folder: TempDir;
let places: NetworkPlaces;

beforeEach(async () => {
  folder = await makeTempDir('registry-files');
  places = { env: {}, homeDir: join(folder.path, 'home'), etcDir: join(folder.path, 'etc') };
});
afterEach(() => folder.remove());

async function write(path: string, text: string): Promise<string> {
  const whole = join(folder.path, path);
  await mkdir(dirname(whole), { recursive: true });
  await writeFile(whole, text);
  return whole;
}

const system = (text: string) => write('etc/containers/registries.conf', text);

/** `insecure`, `blocked`, both or none, of a name such as `reg.example/team/web`. */
function said(name: string): string {
  const slash = name.indexOf('/');
  const [registry, repository] = slash === -1 ? [name, undefined] : [name.slice(0, slash), name.slice(slash + 1)];
  const { insecure, blocked } = fileRules(registry, repository, places);
  return [insecure === undefined ? [] : 'insecure', blocked === undefined ? [] : 'blocked'].flat().join(' ');
}

const access = (registry: string, policy: RegistryPolicy = {}, tlsVerify?: boolean) =>
  registryAccess({ registry, policy, tlsVerify, places, login: undefined });

describe('registries.conf', () => {
  test('that is a pipe is told, and not waited for', async () => {
    await mkdir(join(folder.path, 'etc/containers'), { recursive: true });
    makePipe(join(folder.path, 'etc/containers/registries.conf'));
    expect(() => said('reg.example/team/web')).toThrow(/registries\.conf.*it is a pipe, not a file/);
  });

  test('of version 2 counts by the longest prefix, which ends where a name part does', async () => {
    await system(`
      [[registry]]
      location = "reg.example"
      insecure = true
      [[registry]]
      prefix = "reg.example/team"
      location = "elsewhere.example/other"
      blocked = true
      [[registry]]
      prefix = "*.corp.example"
      blocked = true
      [[registry]]
      location = "docker.io/library"
      blocked = true`);
    expect(said('reg.example/app')).toBe('insecure');
    expect(said('reg.example/team/app')).toBe('blocked');
    expect(said('reg.example/teams')).toBe('insecure');
    expect(said('reg.example:5000/app')).toBe('insecure');
    expect(said('reg.example.org/app')).toBe('');
    expect(said('a.corp.example:5000/app')).toBe('blocked');
    expect(said('corp.example/app')).toBe('');
    expect(said('docker.io/library/web')).toBe('blocked');
    expect(said('docker.io/acme/web')).toBe('');
  });

  test('of version 1 has lists', async () => {
    await system(
      '[registries.insecure]\nregistries = ["a.example", "b.example:5000/"]\n[registries.block]\nregistries = ["a.example"]',
    );
    expect(said('a.example/x')).toBe('insecure blocked');
    expect(said('b.example:5000/x')).toBe('insecure');
  });

  test('is the user’s instead of the system’s, and drop-ins replace what has their prefix', async () => {
    await system('[[registry]]\nlocation = "a.example"\nblocked = true');
    await write('etc/containers/registries.conf.d/10.conf', '[[registry]]\nlocation = "b.example"\ninsecure = true');
    await write('etc/containers/registries.conf.d/20.conf', '[[registry]]\nlocation = "b.example"');
    await write('etc/containers/registries.conf.d/30.conf.off', 'not TOML');
    expect(said('a.example/x')).toBe('blocked');
    expect(said('b.example/x')).toBe('');
    await write('home/.config/containers/registries.conf', '[[registry]]\nlocation = "c.example"\nblocked = true');
    await write(
      'home/.config/containers/registries.conf.d/1.conf',
      '[[registry]]\nlocation = "b.example"\nblocked = true',
    );
    expect(said('a.example/x')).toBe('');
    expect(said('b.example/x')).toBe('blocked');
    expect(said('c.example/x')).toBe('blocked');
    const other = await write('other.conf', '[[registry]]\nlocation = "d.example"\nblocked = true');
    places = { ...places, env: { CONTAINERS_REGISTRIES_CONF: other } };
    expect(said('c.example/x')).toBe('');
    expect(said('d.example/x')).toBe('blocked');
  });

  it.each([
    ['[[registry]\nlocation = 1', /line 1/],
    ['[[registry]]\nlocation = 1', /registry\.0\.location/],
    ['[[registry]]\nblocked = true', /has no location/],
    ['[[registry]]\nlocation = "https://a"', /scheme/],
    ['[[registry]]\nlocation = "a"\nblocked = true\n[[registry]]\nlocation = "a"', /contradict/],
    ['[[registry]]\nlocation = "a"\n[registries.block]\nregistries = ["b"]', /version 1/],
  ])('that is wrong is named: %j', async (text, why) => {
    const path = await system(text);
    const { problems } = await access('reg.example');
    expect(problems).toEqual([expect.objectContaining({ code: 'SETTINGS_UNREADABLE', path })]);
    expect(problems[0]?.message).toMatch(why);
  });
});

describe('daemon.json', () => {
  test('has insecure registries by name with port, and by network', async () => {
    await write(
      'etc/docker/daemon.json',
      '{"insecure-registries": ["reg.example:5000", "10.0.0.0/8", "http://old.example/"]}',
    );
    await write('home/.docker/daemon.json', '{"insecure-registries": ["mine.example"], "other": 1}');
    for (const name of ['reg.example:5000', '10.1.2.3:5000', 'old.example', 'mine.example'])
      expect(said(`${name}/x`)).toBe('insecure');
    for (const name of ['reg.example', '11.1.2.3', 'mine.example:5000']) expect(said(`${name}/x`)).toBe('');
  });

  test('has networks in which a name’s address may be, except for Docker Hub', async () => {
    const path = await write(
      'etc/docker/daemon.json',
      '{"insecure-registries": ["127.0.0.0/8", "::1/128", "docker.io"]}',
    );
    const origin = { kind: 'file', path };
    expect((await access('localhost:5000')).tls).toEqual({ kind: 'unverified', mayFallBack: true, origin });
    expect((await access('localhost:5000', { tls: 'verify' })).tls.kind).toBe('verified');
    expect((await access('docker.io')).tls.kind).toBe('verified');
  });

  test('that is no JSON is named', async () => {
    const path = await write('etc/docker/daemon.json', '{');
    expect((await access('reg.example')).problems).toEqual([expect.objectContaining({ path })]);
  });
});

describe('what applies to a registry', () => {
  test('says which file it is from; what was set in Pushboat, or for this command, counts more', async () => {
    const path = await system('[[registry]]\nlocation = "reg.example"\ninsecure = true');
    const origin = { kind: 'file', path };
    expect((await access('reg.example')).tls).toEqual({ kind: 'unverified', mayFallBack: true, origin });
    expect((await access('reg.example', { tls: 'verify' })).tls.kind).toBe('verified');
    expect((await access('reg.example', {}, true)).tls.kind).toBe('verified');
  });

  test('a blocked one gets no client, and says where it is blocked', async () => {
    const path = await system('[[registry]]\nlocation = "reg.example"\nblocked = true');
    const credentials = { find: async () => undefined, findKept: async () => undefined, httpHeaders: async () => ({}) };
    const clients = new RegistryClients({
      policyOf: () => ({}),
      credentials,
      tlsVerify: undefined,
      places,
      onWarning: () => undefined,
    });
    expect(() => clients.for('reg.example', 'web')).toThrow(
      expect.objectContaining({ code: 'REGISTRY_BLOCKED', message: expect.stringContaining(path) }),
    );
    expect((await access('reg.example')).blocked).toEqual({ kind: 'file', path });
    await rm(path);
    expect(clients.for('reg.example', 'web').registry).toBe('reg.example');
    await clients.close();
  });
});

describe('certs.d', () => {
  test('of the first folder that there is counts, with every CA and one client certificate', async () => {
    await write('etc/docker/certs.d/reg.example:5000/ca.crt', 'x');
    expect((await access('reg.example:5000')).caFiles.map(({ path }) => path)).toEqual([
      join(folder.path, 'etc/docker/certs.d/reg.example:5000/ca.crt'),
    ]);
    const own = 'home/.config/containers/certs.d/reg.example:5000';
    for (const name of ['a.crt', 'b.crt', 'me.cert', 'me.key', 'README']) await write(`${own}/${name}`, 'x');
    const { caFiles, clientCertificate } = await access('reg.example:5000');
    const origin = { kind: 'file', path: join(folder.path, own) };
    expect(caFiles).toEqual(['a.crt', 'b.crt'].map((name) => ({ path: join(folder.path, own, name), origin })));
    const [certificate, key] = ['me.cert', 'me.key'].map((name) => join(folder.path, own, name));
    expect(clientCertificate).toEqual({ certificate, key, origin });
    expect((await access('reg.example')).caFiles).toEqual([]);
  });

  it.each([
    ['me.cert', 'me.key'],
    ['me.key', 'me.cert'],
  ])('with %s, and without %s, is named', async (there, missing) => {
    const path = await write(`home/.docker/certs.d/reg.example/${there}`, 'x');
    const [problem] = (await access('reg.example')).problems;
    expect(problem).toMatchObject({ code: 'SETTINGS_UNREADABLE', path });
    expect(problem?.message).toContain(missing);
  });

  test('is not looked at with --cert-dir, which must be there', async () => {
    await write('home/.docker/certs.d/reg.example/ca.crt', 'x');
    const given = await write('given/own.crt', 'x');
    places = { ...places, certDir: dirname(given) };
    expect((await access('reg.example')).caFiles).toEqual([
      { path: given, origin: { kind: 'command-line', name: '--cert-dir' } },
    ]);
    places = { ...places, certDir: join(folder.path, 'none') };
    expect((await access('reg.example')).problems).toHaveLength(1);
  });
});
