import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { beginTokenServer } from '../../../../electron/cli/early-token-server.ts';
import { EarlyConnections } from '../../../../electron/registry/early-connections.ts';
import { Journal } from '../../../../electron/transfers/journal/journal.ts';
import { listenSilently } from '../../../fixtures/silent-listener.ts';
import { makeTempDir } from '../../../fixtures/temp-dir.ts';

function journalWith(dataDir: string, registry: string, realm: string): void {
  using journal = new Journal(dataDir, (problem) => expect.unreachable(problem.message));
  journal.traits.saveTokenServer(registry, { realm, service: 's' });
}

/** What is begun by the time that code is loaded, for a push to `registry`. */
function begun(dataDir: string, registry: string, origin: string) {
  const early = new EarlyConnections();
  beginTokenServer(early, registry, dataDir);
  return early.take(origin);
}

it('one connection is begun to the token server that the registry named lately', async () => {
  await using server = await listenSilently();
  await using folder = await makeTempDir();
  journalWith(folder.path, '127.0.0.1:5000', `https://${server.host}/token`);
  const sockets = begun(folder.path, '127.0.0.1:5000', `https://${server.host}`);
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
  expect(begun(folder.path, registry, URL.parse(realm)?.origin ?? 'https://auth')).toEqual([]);
});

it('none is begun where the settings say something of it, or there is no journal', async () => {
  await using folder = await makeTempDir();
  const origin = 'https://auth.example';
  expect(begun(folder.path, 'registry.example', origin)).toEqual([]);
  journalWith(folder.path, 'registry.example', `${origin}/token`);
  await writeFile(join(folder.path, 'settings.json'), JSON.stringify({ registries: { 'auth.example': {} } }));
  expect(begun(folder.path, 'registry.example', origin)).toEqual([]);
});
