import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dockerAddress, podmanAddress } from '../../../../electron/docker-api/endpoints.ts';
import { automaticSources } from '../../../../electron/sources/catalog/automatic-sources.ts';
import { makeTempDir, type TempDir } from '../../../fixtures/temp-dir.ts';

let folder: TempDir;
beforeEach(async () => {
  folder = await makeTempDir('engine');
});
afterEach(() => folder.remove());

const environment = (env: NodeJS.ProcessEnv = {}, platform: NodeJS.Platform = 'linux', uid = 1000) => ({
  env,
  homeDir: folder.path,
  platform,
  uid,
  temporaryDir: tmpdir(),
});

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder.path, path)), { recursive: true });
  await writeFile(join(folder.path, path), text);
}

async function writeContext(name: string, host: string): Promise<void> {
  const id = createHash('sha256').update(name).digest('hex');
  await write(
    `.docker/contexts/meta/${id}/meta.json`,
    JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } }),
  );
  if (host.startsWith('tcp')) await write(`.docker/contexts/tls/${id}/docker/ca.pem`, 'CA');
}

describe('Docker’s address', () => {
  test('is the usual socket, or named pipe on Windows', async () => {
    expect(await dockerAddress(environment())).toEqual({ kind: 'socket', path: '/var/run/docker.sock' });
    const pipe = { kind: 'socket', path: '\\\\.\\pipe\\docker_engine' };
    expect(await dockerAddress(environment({}, 'win32'))).toEqual(pipe);
    expect(await dockerAddress(environment({ DOCKER_HOST: 'npipe:////./pipe/docker_engine' }, 'win32'))).toEqual(pipe);
  });

  test('is what DOCKER_HOST says', async () => {
    const host = (text: string) => dockerAddress(environment({ DOCKER_HOST: text }));
    expect(await host('unix:///run/x.sock')).toEqual({ kind: 'socket', path: '/run/x.sock' });
    expect(await host('tcp://build.example:4000')).toEqual({ kind: 'tcp', host: 'build.example', port: 4000 });
    expect(await host('tcp://[::1]')).toEqual({ kind: 'tcp', host: '[::1]', port: 2375 });
    expect(await host(' unix:/run/x.sock ')).toEqual({ kind: 'socket', path: '/run/x.sock' });
    expect(await host('/run/x.sock')).toEqual({ kind: 'socket', path: '/run/x.sock' });
    expect(await host('TCP://build.example:4000')).toMatchObject({ host: 'build.example' });
    expect(await host('https://build.example')).toMatchObject({ port: 2376, tls: { verify: true } });
  });

  test('uses the certificates of DOCKER_CERT_PATH, and verifies unless only DOCKER_TLS is set', async () => {
    await write('certs/ca.pem', 'CA');
    await write('certs/cert.pem', 'CERT');
    await write('certs/key.pem', 'KEY');
    const env = { DOCKER_HOST: 'tcp://h:2376', DOCKER_CERT_PATH: join(folder.path, 'certs') };
    const files = { ca: 'CA', cert: 'CERT', key: 'KEY' };
    expect(await dockerAddress(environment(env))).toMatchObject({ tls: { ...files, verify: true } });
    expect(await dockerAddress(environment({ ...env, DOCKER_TLS: '1' }))).toMatchObject({ tls: { verify: false } });
    const both = { ...env, DOCKER_TLS: '1', DOCKER_TLS_VERIFY: '1' };
    expect(await dockerAddress(environment(both))).toMatchObject({ tls: { verify: true } });
  });

  test('is that of the current context, which DOCKER_CONTEXT and DOCKER_HOST override', async () => {
    await write('.docker/config.json', '{"currentContext":"desktop"}');
    await writeContext('desktop', 'unix:///home/u/.docker/desktop/docker.sock');
    await writeContext('far', 'tcp://far.example:2376');
    expect(await dockerAddress(environment())).toEqual({ kind: 'socket', path: '/home/u/.docker/desktop/docker.sock' });
    expect(await dockerAddress(environment({ DOCKER_CONTEXT: 'far' }))).toEqual({
      kind: 'tcp',
      host: 'far.example',
      port: 2376,
      tls: { ca: 'CA', verify: true },
    });
    expect(await dockerAddress(environment({ DOCKER_CONTEXT: 'default' }))).toMatchObject({
      path: '/var/run/docker.sock',
    });
    expect(await dockerAddress(environment({ DOCKER_HOST: 'unix:///x' }))).toMatchObject({ path: '/x' });
  });

  test('that cannot be used says why, and for ssh what to do', async () => {
    const fails = (env: NodeJS.ProcessEnv, words: string) =>
      expect(dockerAddress(environment(env))).rejects.toMatchObject({
        code: 'ENGINE_FAILED',
        message: expect.stringContaining(words),
      });
    await fails({ DOCKER_HOST: 'ssh://me@far.example' }, 'ssh -nNT -L');
    await fails({ DOCKER_HOST: 'quic://far.example' }, 'quic');
    await fails({ DOCKER_HOST: 'tcp://far.example:99999' }, 'HOST:PORT');
    await fails({ DOCKER_HOST: 'unix://' }, 'names no socket');
    await fails({ DOCKER_CONTEXT: 'none' }, '"none"');
  });
});

test('where the usual socket is missing, Docker’s address is that of the user’s own engine', async () => {
  const runtime = { XDG_RUNTIME_DIR: join(folder.path, 'run') };
  const places = [
    '.colima/default/docker.sock',
    '.orbstack/run/docker.sock',
    '.docker/desktop/docker.sock',
    'run/docker.sock',
  ];
  for (const place of places) {
    await write(place, '');
    const address = await dockerAddress(environment(runtime), join(folder.path, 'none.sock'));
    expect(address).toMatchObject({ path: join(folder.path, place) });
  }
});

test('of several sockets the address is that at which somebody listens: an engine that was killed leaves its own', async () => {
  const [left, served] = ['.docker/run/docker.sock', '.colima/default/docker.sock'] as const;
  await write(left, '');
  await write(served, '');
  const at = (place: string) => join(folder.path, place);
  const address = () => dockerAddress(environment(), at('none.sock'));
  expect(await address()).toMatchObject({ path: at(left) });
  await rm(at(served));
  const server = createServer().listen(at(served));
  await once(server, 'listening');
  expect(await address()).toMatchObject({ path: at(served) });
  await promisify(server.close.bind(server))();
});

test('Podman’s address is CONTAINER_HOST, else the user’s socket, else the system’s', async () => {
  const runtime = { XDG_RUNTIME_DIR: folder.path };
  await write('podman/podman.sock', '');
  expect(await podmanAddress(environment(runtime))).toMatchObject({ path: join(folder.path, 'podman/podman.sock') });
  expect(await podmanAddress(environment(runtime, 'linux', 0))).toMatchObject({ path: '/run/podman/podman.sock' });
  expect(await podmanAddress(environment({ CONTAINER_HOST: 'unix:///p' }))).toMatchObject({ path: '/p' });
});

test('Podman’s address on macOS is that of its machine, linked in the home folder or made among temporary files', async () => {
  const mac = {
    ...environment({ XDG_RUNTIME_DIR: folder.path }, 'darwin'),
    homeDir: folder.path,
    temporaryDir: folder.path,
  };
  const linked = join(folder.path, '.local/share/containers/podman/machine/podman.sock');
  expect(await podmanAddress(mac)).toMatchObject({ path: linked });
  await write('podman/podman-machine-default-api.sock', '');
  const made = join(folder.path, 'podman/podman-machine-default-api.sock');
  expect(await podmanAddress(mac)).toMatchObject({ path: made });
  await write('.local/share/containers/podman/machine/podman.sock', '');
  expect(await podmanAddress(mac)).toMatchObject({ path: linked });
});

test('Podman’s address on Windows is the pipe of its machine', async () => {
  const windows = environment({}, 'win32');
  expect(await podmanAddress(windows)).toEqual({ kind: 'socket', path: '\\\\.\\pipe\\podman-machine-default' });
  const host = environment({ CONTAINER_HOST: 'npipe:////./pipe/podman-other' }, 'win32');
  expect(await podmanAddress(host)).toEqual({ kind: 'socket', path: '\\\\.\\pipe\\podman-other' });
});

describe('the sources found by themselves', () => {
  test('are Docker, Podman and the store, each under its own name', async () => {
    const sources = await automaticSources(environment());
    expect(sources.map(({ label }) => label)).toEqual(['Docker', 'Podman', 'Buildah/Podman store']);
    expect(new Set(sources.map(({ id }) => id)).size).toBe(3);
  });

  test('name Podman once where Docker’s commands already go to it', async () => {
    const env = { DOCKER_HOST: 'unix:///p', CONTAINER_HOST: 'unix:///p' };
    expect((await automaticSources(environment(env))).map(({ label }) => label)).toEqual([
      'Docker',
      'Buildah/Podman store',
    ]);
  });

  test('tell what is wrong with their configuration when they are opened', async () => {
    const [docker] = await automaticSources(environment({ DOCKER_HOST: 'ssh://h' }));
    expect(() => docker?.open()).toThrow('SSH');
  });
});
