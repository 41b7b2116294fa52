import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { testConnection } from '../../../../electron/access/connection-test.ts';
import type { RegistryAccess } from '../../../../shared/registry-access.ts';
import { startRegistry } from '../../../registry/server.ts';
import { ANN, clientFor } from '../registry/scripted-server.ts';

const DEFAULT = { kind: 'default' } as const;

function accessOf(registry: string, changes: Partial<RegistryAccess> = {}): RegistryAccess {
  return {
    registry,
    apiHost: registry,
    blocked: null,
    proxy: { kind: 'direct', origin: DEFAULT },
    tls: { kind: 'none', mayFallBack: false, origin: DEFAULT },
    caFiles: [],
    clientCertificate: null,
    login: null,
    problems: [],
    ...changes,
  };
}

async function run(registry: string, options: Partial<Parameters<typeof testConnection>[0]> = {}) {
  await using client = clientFor(registry, { login: async () => options.login });
  const steps = await testConnection({
    access: accessOf(registry),
    client,
    login: undefined,
    repository: undefined,
    certificate: () => Promise.reject(new Error('no TLS in this test')),
    ...options,
  });
  return { steps, states: Object.fromEntries(steps.map(({ step, state }) => [step, state])) };
}

it('passes each step of a registry that takes the login, and leaves no upload behind', async () => {
  await using registry = await startRegistry({
    storage: 'memory',
    auth: { kind: 'bearer', users: { [ANN.username]: ANN.password } },
  });
  const { steps, states } = await run(registry.host, { login: ANN, repository: 'acme/web' });
  expect(states).toMatchObject({
    address: 'passed',
    connect: 'passed',
    api: 'passed',
    login: 'passed',
    push: 'passed',
  });
  expect(steps.find(({ step }) => step === 'address')).toMatchObject({ found: '127.0.0.1' });
  expect(steps.find(({ step }) => step === 'tls')).toMatchObject({ state: 'noted', note: 'plainHttp' });
  expect(steps.find(({ step }) => step === 'catalog')).toMatchObject({ state: 'noted', note: 'noCatalog' });
  expect(registry.uploads()).toEqual([]);
});

it('stops at a refused login with the registry’s words, and says what it did not reach', async () => {
  await using registry = await startRegistry({ storage: 'memory', auth: { kind: 'basic', users: { other: 'pw' } } });
  const { steps, states } = await run(registry.host, { login: ANN, repository: 'acme/web' });
  expect(states).toMatchObject({ api: 'passed', login: 'failed', push: 'notReached', catalog: 'notReached' });
  expect(steps.find(({ step }) => step === 'login')?.error).toMatchObject({ code: 'UNAUTHORIZED' });
});

it('without a login says so, and that an anonymous push is not taken', async () => {
  await using registry = await startRegistry({ storage: 'memory', auth: { kind: 'basic', users: { other: 'pw' } } });
  const { steps } = await run(registry.host, { repository: 'acme/web' });
  expect(steps.find(({ step }) => step === 'login')).toMatchObject({ state: 'noted', note: 'noLogin' });
  expect(steps.find(({ step }) => step === 'push')).toMatchObject({ state: 'noted', note: 'mayNotPush' });
});

it('names a host that nobody listens at', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  await new Promise((resolve) => server.close(resolve));
  const { steps, states } = await run(`127.0.0.1:${port}`);
  expect(states).toMatchObject({ address: 'passed', connect: 'failed', tls: 'notReached', api: 'notReached' });
  expect(steps.find(({ step }) => step === 'connect')?.error).toMatchObject({ code: 'HOST_UNREACHABLE' });
});

it('tells of a proxy that cannot be reached at the proxy, and shows no address that the proxy would look up', async () => {
  const access = accessOf('registry.example', {
    proxy: { kind: 'proxy', url: 'http://127.0.0.1:1', origin: { kind: 'environment', name: 'HTTPS_PROXY' } },
  });
  const { steps, states } = await run('registry.example', { access });
  expect(steps[0]).toMatchObject({ step: 'address', state: 'noted', note: 'byProxy' });
  expect(states).toMatchObject({ proxy: 'failed', connect: 'notReached' });
});

it('tells of an untrusted certificate at the certificate', async () => {
  const problem = { code: 'TLS_UNTRUSTED', message: 'unknown authority' } as const;
  await using registry = await startRegistry({ storage: 'memory' });
  const { states } = await run(registry.host, { access: accessOf(registry.host, { problems: [problem] }) });
  expect(states).toMatchObject({ tls: 'failed', api: 'notReached' });
});
