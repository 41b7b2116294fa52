import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { beginTokenServer, registryHost, startEarly, WITH_VALUE } from '../../../../electron/cli/early-start.ts';
import { describePush } from '../../../../electron/cli/push/describe.ts';
import { EarlyConnections } from '../../../../electron/registry/http/early-connections.ts';
import { Journal } from '../../../../electron/transfers/journal/journal.ts';
import { makePipe } from '../../../fixtures/make-pipe.ts';
import { listenSilently } from '../../../fixtures/silent-listener.ts';
import { makeTempDir } from '../../../fixtures/temp-dir.ts';

describe('the registry that a command line names', () => {
  it.each([
    ['push oci:web ghcr.io/acme/web:1', 'ghcr.io'],
    ['push oci:web docker://localhost:5000/web', 'localhost:5000'],
    ['push --tag 2 -q oci:web 127.0.0.1:5000/acme/web', '127.0.0.1:5000'],
    ['push oci:web --target=quay.io/acme/web', 'quay.io'],
    ['push oci:web --target quay.io/acme/web --creds a:b', 'quay.io'],
    ['push oci:web [::1]:5000/web', '[::1]:5000'],
    ['push oci:web acme/web', 'docker.io'],
    ['push oci:web index.docker.io/acme/web', 'docker.io'],
  ])('of %j is %s', (line, host) => {
    expect(registryHost(line.split(' '))).toBe(host);
  });

  it.each([
    'images ghcr.io/acme',
    'push oci:web',
    'push oci:web oci:/tmp/layout/a',
    'push oci:web dir:/tmp/out',
    'push oci:web oci-archive:out.tar',
    'push oci:web ./folder/x',
    'push oci:web https://ghcr.io/acme/web',
    'push oci:web ghcr.io/acme/web --target quay.io/acme/web',
    'push oci:web ghcr.io/acme/web --tls-verify=false',
    'push oci:web ghcr.io/acme/web --tls-verify false',
    'push --help ghcr.io/acme/web b/c',
    'push a.tar ghcr.io/acme/web --to harbor.example/air',
    'push --from list.txt',
  ])('of %j is not sure enough', (line) => {
    expect(registryHost(line.split(' '))).toBeUndefined();
  });

  it('is not looked for among the values of options', () => {
    const described = describePush(new Command('push')).options;
    const withValue = described.filter(({ required }) => required).flatMap(({ short, long }) => [short, long]);
    expect(withValue.filter((name) => name !== undefined && !WITH_VALUE.includes(name))).toEqual([]);
  });
});

describe('connections before the code is loaded', () => {
  it('are begun to a registry for which nothing is set, and ended when nobody takes them', async () => {
    await using server = await listenSilently();
    await using folder = await makeTempDir();
    const env = { PUSHBOAT_DATA_DIR: folder.path };
    const early = startEarly(['push', 'oci:web', `${server.host}/web`], env, process.platform);
    const sockets = early?.take(`https://${server.host}`) ?? [];
    // As many as an ordinary image's first questions.
    expect(sockets).toHaveLength(12);
    expect(early?.take(`https://${server.host}`)).toEqual([]);
    expect((await Promise.allSettled(sockets)).every(({ status }) => status === 'rejected')).toBe(true);
    expect(server.accepted()).toBe(sockets.length);
    early?.end();
  });

  it('are not begun where a proxy is set, or the settings say something of the registry or cannot be read', async () => {
    await using folder = await makeTempDir();
    const args = ['push', 'oci:web', 'registry.example/web'];
    const env = { PUSHBOAT_DATA_DIR: folder.path };
    for (const proxy of ['https_proxy', 'HTTPS_PROXY', 'ALL_PROXY', 'all_proxy']) {
      expect(startEarly(args, { ...env, [proxy]: 'http://127.0.0.1:9' }, process.platform)).toBeUndefined();
    }
    await writeFile(
      join(folder.path, 'settings.json'),
      JSON.stringify({ version: 1, registries: { 'registry.example': { tls: 'pinned', fingerprint256: 'AA' } } }),
    );
    expect(startEarly(args, env, process.platform)).toBeUndefined();
    await mkdir(join(folder.path, 'other', 'settings.json'), { recursive: true });
    expect(startEarly(args, { PUSHBOAT_DATA_DIR: join(folder.path, 'other') }, process.platform)).toBeUndefined();
    await mkdir(join(folder.path, 'pipe'));
    makePipe(join(folder.path, 'pipe', 'settings.json'));
    expect(startEarly(args, { PUSHBOAT_DATA_DIR: join(folder.path, 'pipe') }, process.platform)).toBeUndefined();
  });

  it.each([
    ['registries.conf', '[[registry]]\nprefix = "registry.example"\nblocked = true\n'],
    ['registries.conf', "[registries.insecure]\nregistries = ['registry.example']\n"],
    ['registries.conf.d/50-ours.conf', '[[registry]]\nlocation = "registry.example"\n  insecure=true\n'],
  ])('are not begun where %s restricts a registry', async (name, text) => {
    await using folder = await makeTempDir();
    const file = join(folder.path, '.config', 'containers', name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    const env = { PUSHBOAT_DATA_DIR: folder.path, HOME: folder.path };
    expect(startEarly(['push', 'oci:web', 'registry.example/web'], env, process.platform)).toBeUndefined();
  });
});

function journalWith(dataDir: string, registry: string, realm: string): void {
  using journal = new Journal(dataDir, (problem) => expect.unreachable(problem.message));
  journal.traits.saveTokenServer(registry, { realm, service: 's' });
}

/** What is begun by the time that code is loaded, for a push to `registry`. */
async function begun(dataDir: string, registry: string, origin: string) {
  const early = new EarlyConnections();
  await beginTokenServer(early, registry, dataDir);
  return early.take(origin);
}

describe('to the token server', () => {
  it('one connection is begun to the token server that the registry named lately', async () => {
    await using server = await listenSilently();
    await using folder = await makeTempDir();
    journalWith(folder.path, '127.0.0.1:5000', `https://${server.host}/token`);
    const sockets = await begun(folder.path, '127.0.0.1:5000', `https://${server.host}`);
    expect(sockets).toHaveLength(1);
    await Promise.allSettled(sockets);
    expect(server.accepted()).toBe(1);
  });

  it.each([
    ['where nothing is known of the registry', 'other.example', 'https://auth.example/token'],
    ['over plain HTTP', 'registry.example', 'http://auth.example/token'],
    ['to this computer for a registry elsewhere', 'registry.example', 'https://127.0.0.1:9/token'],
    ['to an address of the local wire', 'registry.example', 'https://169.254.169.254/token'],
    ['to what is no address', 'registry.example', 'auth'],
  ])('none is begun %s', async (_, registry, realm) => {
    await using folder = await makeTempDir();
    journalWith(folder.path, registry === 'other.example' ? 'registry.example' : registry, realm);
    expect(await begun(folder.path, registry, URL.parse(realm)?.origin ?? 'https://auth')).toEqual([]);
  });

  it('none is begun where the settings say something of it, or there is no journal', async () => {
    await using folder = await makeTempDir();
    const origin = 'https://auth.example';
    expect(await begun(folder.path, 'registry.example', origin)).toEqual([]);
    journalWith(folder.path, 'registry.example', `${origin}/token`);
    await writeFile(join(folder.path, 'settings.json'), JSON.stringify({ registries: { 'auth.example': {} } }));
    expect(await begun(folder.path, 'registry.example', origin)).toEqual([]);
  });
});
