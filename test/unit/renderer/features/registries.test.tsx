// @vitest-environment happy-dom
import { act, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, test } from 'vitest';
import type { ConnectionStep, RegistryAccess } from '../../../../shared/registry-access.ts';
import { DEFAULT_SETTINGS } from '../../../../shared/settings.ts';
import { createFakeApi } from '../fake-api.ts';
import { openWindow } from '../setup.tsx';

function accessOf(registry: string, changes: Partial<RegistryAccess> = {}): RegistryAccess {
  return {
    registry,
    apiHost: registry,
    blocked: null,
    proxy: { kind: 'direct', origin: { kind: 'default' } },
    tls: { kind: 'verified', mayFallBack: registry.startsWith('127.'), origin: { kind: 'default' } },
    caFiles: [],
    clientCertificate: null,
    login: null,
    problems: [],
    ...changes,
  };
}

interface Options {
  scheme?: 'http' | 'https';
  access?: Partial<RegistryAccess>;
  steps?: ConnectionStep[];
}

async function openRegistries(registry: string, { scheme, access, steps = [] }: Options = {}) {
  const fake = createFakeApi({
    'settings.get': () => ({ ...DEFAULT_SETTINGS, recentTargets: [`${registry}/acme/web:1`] }),
    'registries.info': (name) => ({
      registry: name,
      apiHost: name,
      login: null,
      plainHttp: 'no',
      verify: true,
      ...(scheme ? { scheme } : {}),
    }),
    'registries.access': (name) => accessOf(name, access),
    'registries.test': () => steps,
  });
  const user = await openWindow(fake);
  await user.click(within(screen.getByRole('navigation')).getByRole('button', { name: 'Registries' }));
  await screen.findByRole('heading', { name: registry });
  await screen.findByRole('table');
  const row = (name: string) => screen.findByRole('row', { name: new RegExp(`^${name} `) });
  const saved = () => fake.calls.filter(({ channel }) => channel === 'registries.setPolicy').map(({ input }) => input);
  return { fake, user, row, saved };
}

test('a registry that is used by plain HTTP says so, and not that its certificate is checked', async () => {
  await openRegistries('127.0.0.1:5000', { scheme: 'http' });
  await screen.findByText('Plain HTTP is used: nothing is encrypted');
  screen.getByRole('button', { name: /HTTPS, or HTTP if that does not answer/ });
  expect(screen.queryByRole('button', { name: /certificate checked/ })).toBeNull();
});

test('a registry that is used by HTTPS has its certificate checked', async () => {
  await openRegistries('ghcr.io', { scheme: 'https' });
  screen.getByRole('button', { name: /HTTPS, certificate checked/ });
  expect(screen.queryByText(/Plain HTTP is used/)).toBeNull();
});

test('what applies is shown with where it comes from', async () => {
  const { row } = await openRegistries('harbor.corp.example', {
    access: {
      login: { registry: 'harbor.corp.example', username: 'robot$ci', origin: { kind: 'vault' } },
      proxy: {
        kind: 'proxy',
        url: 'http://proxy.corp.example:3128',
        username: 'svc-build',
        origin: { kind: 'environment', name: 'HTTPS_PROXY' },
      },
      caFiles: [{ path: '/etc/docker/certs.d/harbor.corp.example/ca.crt', origin: { kind: 'file', path: '/x' } }],
    },
  });
  expect((await row('Login')).textContent).toMatch(/robot\$ci.*kept on this computer/);
  expect((await row('Proxy')).textContent).toMatch(/proxy\.corp\.example:3128.*svc-build.*environment: HTTPS_PROXY/);
  expect((await row('Certificates')).textContent).toMatch(/ca\.crt.*and the system’s.*certs\.d/);
  expect((await row('Rules')).textContent).toContain('Not blocked');
});

test('what cannot be used, and what is blocked, is said with its file', async () => {
  const { row } = await openRegistries('old.example', {
    access: {
      blocked: { kind: 'file', path: '/etc/containers/registries.conf' },
      problems: [{ code: 'PROXY_INVALID', message: 'no host', detail: 'http://' }],
    },
  });
  expect((await row('Rules')).textContent).toMatch(/Blocked.*\/etc\/containers\/registries\.conf/);
  screen.getByText('http://');
});

test('a CA file is chosen for a registry, and dropped again', async () => {
  const { fake, user, saved } = await openRegistries('nas:5000', {
    access: { caFiles: [{ path: '/etc/old.pem', origin: { kind: 'settings' } }] },
  });
  fake.answer({ 'app.chooseFile': () => '/home/ana/ca.pem' });
  screen.getByText('old.pem');
  await user.click(screen.getByRole('button', { name: 'Choose a CA file for nas:5000' }));
  await user.click(screen.getByRole('button', { name: 'Stop using the CA file for nas:5000' }));
  expect(saved()).toEqual([
    { registry: 'nas:5000', policy: { caFile: '/home/ana/ca.pem' } },
    { registry: 'nas:5000', policy: { caFile: undefined } },
  ]);
});

test('a proxy of its own is set in a dialog, and taken back there', async () => {
  const { user, saved } = await openRegistries('ghcr.io');
  await user.click(screen.getByRole('button', { name: 'Change the proxy for ghcr.io' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Proxy for ghcr.io' }));
  await user.click(dialog.getByRole('button', { name: /As the environment/ }));
  await user.click(await screen.findByRole('option', { name: 'This one' }));
  await user.type(dialog.getByLabelText('Address of the proxy'), 'http://p:3128');
  await user.click(dialog.getByRole('button', { name: 'Save' }));
  expect(saved()).toEqual([{ registry: 'ghcr.io', policy: { proxy: 'http://p:3128' } }]);
});

describe('a test of the connection', () => {
  const passed = (step: ConnectionStep['step'], found: string): ConnectionStep => ({
    step,
    state: 'passed',
    found,
    ms: 3,
  });

  test('shows each step with what it found and how long it took', async () => {
    const { user } = await openRegistries('ghcr.io', {
      steps: [passed('address', '10.20.4.17'), { step: 'catalog', state: 'noted', note: 'noCatalog', ms: 19 }],
    });
    await user.click(screen.getByRole('button', { name: 'Test connection' }));
    const steps = await screen.findAllByTestId('connection-step');
    expect(steps.map(({ textContent }) => textContent)).toEqual([
      'Address found10.20.4.173 ms',
      'List of repositoriesnot shown: names are completed from what you pushed19 ms',
    ]);
    screen.getByText(/ · 1 passed, 1 with a note, 0 failed$/);
  });

  test('stops at the first failure, with the words of the other side and the button that helps', async () => {
    const { user } = await openRegistries('ghcr.io', {
      steps: [
        passed('api', 'HTTPS /v2/'),
        { step: 'login', state: 'failed', ms: 5, error: { code: 'UNAUTHORIZED', message: 'no', detail: 'bad token' } },
        { step: 'push', state: 'notReached' },
      ],
    });
    await user.click(screen.getByRole('button', { name: 'Test connection' }));
    const [, failed, rest] = await screen.findAllByTestId('connection-step');
    expect(rest?.textContent).toBe('May pushnot reached');
    within(failed ?? expect.fail('no step')).getByText('bad token');
    await user.click(within(failed ?? expect.fail('no step')).getByRole('button', { name: 'Sign in…' }));
    await screen.findByRole('dialog', { name: 'Sign in to ghcr.io' });
  });

  test('offers to trust a certificate that nobody vouches for', async () => {
    const certificate = {
      subject: 'CN=r',
      issuer: 'CN=r',
      validFrom: '2026-01-01T00:00:00Z',
      validTo: '2027-01-01T00:00:00Z',
      fingerprint256: 'AA:BB',
      names: [],
    };
    const error = { code: 'TLS_UNTRUSTED', message: 'unknown authority', certificate } as const;
    const { user, saved } = await openRegistries('r.example', { steps: [{ step: 'tls', state: 'failed', error }] });
    await user.click(screen.getByRole('button', { name: 'Test connection' }));
    await user.click(await screen.findByRole('button', { name: 'Trust this certificate' }));
    expect(saved()).toEqual([{ registry: 'r.example', policy: { tls: 'pinned', fingerprint256: 'AA:BB' } }]);
  });
});

test('a registry is removed after a question', async () => {
  const { fake, user } = await openRegistries('ghcr.io');
  await user.click(screen.getByRole('button', { name: 'Remove' }));
  const question = within(await screen.findByRole('alertdialog', { name: 'Remove ghcr.io?' }));
  await user.click(question.getByRole('button', { name: 'Remove' }));
  await waitFor(() => expect(fake.calls).toContainEqual({ channel: 'registries.remove', input: 'ghcr.io' }));
});

describe('accounts for parts of a registry', () => {
  const file = { kind: 'file', path: '/home/ana/.config/containers/auth.json' } as const;

  test('are listed with where each comes from, and can be signed out one by one', async () => {
    const { fake, user } = await openRegistries('ghcr.io');
    act(() =>
      fake.emit('logins', [
        { registry: 'ghcr.io', username: 'ana', origin: { kind: 'vault' } },
        { registry: 'ghcr.io', namespace: 'acme', username: 'ci', origin: file },
        { registry: 'quay.io', namespace: 'acme', username: 'other', origin: file },
      ]),
    );
    const accounts = within(screen.getByRole('region', { name: 'Accounts for parts of the registry' }));
    expect(accounts.getAllByRole('listitem').map(({ textContent }) => textContent)).toEqual([
      'ghcr.io/acmeci · containers login',
    ]);
    await user.click(accounts.getByRole('button', { name: 'Sign out of ghcr.io/acme' }));
    expect(fake.calls.findLast(({ channel }) => channel === 'logins.logout')?.input).toBe('ghcr.io/acme');
  });

  test('are added with the login that is for them, kept only where there can be several', async () => {
    const { fake, user } = await openRegistries('ghcr.io');
    fake.answer({ 'logins.rememberOptions': () => ({ available: ['session', 'docker-file', 'containers-file'] }) });
    await user.click(screen.getByRole('button', { name: 'Add account…' }));
    await user.type(await screen.findByLabelText('Namespace or repository'), 'acme/{Enter}');
    const dialog = within(await screen.findByRole('dialog', { name: 'Sign in to ghcr.io/acme' }));
    dialog.getByText('your GitHub user name');
    await user.click(await dialog.findByRole('button', { name: /Keep this login/ }));
    expect((await screen.findAllByRole('option')).map(({ textContent }) => textContent)).toEqual([
      'Until Pushboat is closed',
      'In auth.json, readable by Podman and Skopeo',
    ]);
    await user.click(screen.getByRole('option', { name: /auth\.json/ }));
    await user.type(dialog.getByLabelText('User name'), 'ci');
    await user.type(dialog.getByLabelText('Access token'), 'token');
    await user.click(dialog.getByRole('button', { name: 'Sign in' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(fake.calls.find(({ channel }) => channel === 'logins.login')?.input).toEqual({
      registry: 'ghcr.io/acme',
      username: 'ci',
      password: 'token',
      remember: 'containers-file',
    });
  });
});

test('a client certificate is saved when both of its files are chosen, and can be removed', async () => {
  const { fake, user, saved } = await openRegistries('harbor.acme.example');
  await user.click(screen.getByRole('button', { name: /^Expert/ }));
  fake.answer({ 'app.chooseFile': (kind) => `/home/ana/client.${kind}` });
  await user.click(screen.getByRole('button', { name: /^Certificate: .*harbor/ }));
  await screen.findByText(/Choose its key, too/);
  expect(saved()).toEqual([]);
  await user.click(screen.getByRole('button', { name: /^Key: .*harbor/ }));
  const files = { certificate: '/home/ana/client.certificate', key: '/home/ana/client.certificateKey' };
  await waitFor(() =>
    expect(saved()).toEqual([{ registry: 'harbor.acme.example', policy: { clientCertificate: files } }]),
  );
  await user.click(screen.getByRole('button', { name: 'Remove both' }));
  expect(saved().at(-1)).toEqual({ registry: 'harbor.acme.example', policy: { clientCertificate: undefined } });
});

test('a registry is called ready after a test alone, until its login or the network is another one', async () => {
  const registry = 'harbor.acme.example';
  const { fake, user } = await openRegistries(registry, {
    steps: [
      { step: 'connect', state: 'passed' },
      { step: 'login', state: 'passed', found: 'ci' },
    ],
  });
  const testIt = () => user.click(screen.getByRole('button', { name: 'Test connection' }));
  expect(screen.queryByText('Ready')).toBeNull();
  await testIt();
  await screen.findByText('Ready');
  screen.getByText(/^Today .* · 2 passed, 0 with a note, 0 failed$/);
  const go = (view: string) => user.click(within(screen.getByRole('navigation')).getByRole('button', { name: view }));
  await go('Settings');
  await go('Registries');
  await screen.findByText('Ready');
  act(() => fake.emit('logins', [{ registry: 'other.example', username: 'ana', origin: { kind: 'session' } }]));
  screen.getByText('Ready');
  act(() => fake.emit('logins', [{ registry, username: 'ana', origin: { kind: 'session' } }]));
  expect(screen.queryByText('Ready')).toBeNull();
  screen.getByText(/something has changed since$/);
  await testIt();
  await screen.findByText('Ready');
  act(() => void window.dispatchEvent(new Event('offline')));
  expect(screen.queryByText('Ready')).toBeNull();
});
