// @vitest-environment happy-dom
import { act, screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { openLogin, useLogin } from '../../../../renderer/stores/login.ts';
import { PushboatError } from '../../../../shared/errors.ts';
import type { JobInfo } from '../../../../shared/transfer-events.ts';
import { createFakeApi, type FakeApi } from '../fake-api.ts';
import { digestOf, image, job, layer } from '../samples.ts';
import { openWindow } from '../setup.tsx';

function waiting(id: string, overrides: Partial<JobInfo> = {}): JobInfo {
  return job({
    id,
    state: 'needs-login',
    login: {
      registry: 'ghcr.io',
      reason: 'authentication required',
      tried: { username: 'ci-pusher', origin: '~/.docker/config.json' },
      denied: false,
    },
    ...overrides,
  });
}

function send(fake: FakeApi, ...jobs: JobInfo[]) {
  act(() =>
    fake.emit(
      'transfers',
      jobs.map((each) => ({ type: 'job', job: each })),
    ),
  );
}

test('a job that needs a login opens a dialog that names registry, reason and the refused login', async () => {
  const fake = createFakeApi();
  await openWindow(fake);
  send(fake, waiting('a'));
  const dialog = await screen.findByRole('dialog', { name: 'Sign in to ghcr.io' });
  screen.getByText('The registry says: “authentication required”');
  within(dialog).getByText('The login of ci-pusher from ~/.docker/config.json was refused.');
  expect(within(dialog).getByLabelText('User name')).toHaveProperty('value', 'ci-pusher');
  expect(within(dialog).getByLabelText('Access token')).toHaveProperty('type', 'password');
});

test('a wrong password is said in the registry’s words, the field is cleared, and the right one closes the dialog', async () => {
  const fake = createFakeApi({
    'logins.login': ({ registry, username, password }) => {
      if (password === 'right') return { registry, username, origin: { kind: 'session' } };
      throw new PushboatError('UNAUTHORIZED', 'refused', {
        registryErrors: [{ code: 'UNAUTHORIZED', message: 'incorrect username or password' }],
      });
    },
  });
  const user = await openWindow(fake);
  send(fake, waiting('a'));
  const dialog = await screen.findByRole('dialog');
  const password = within(dialog).getByLabelText('Access token');
  await user.type(password, 'wrong');
  await user.click(within(dialog).getByRole('button', { name: 'Sign in' }));
  await within(dialog).findByText(/incorrect username or password/);
  expect(password).toHaveProperty('value', '');
  await user.type(password, 'right');
  await user.click(within(dialog).getByRole('button', { name: 'Sign in' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(fake.calls.filter(({ channel }) => channel === 'logins.login').map(({ input }) => input)).toEqual([
    { registry: 'ghcr.io', username: 'ci-pusher', password: 'wrong', remember: 'vault' },
    { registry: 'ghcr.io', username: 'ci-pusher', password: 'right', remember: 'vault' },
  ]);
  expect(JSON.stringify(useLogin.getState())).not.toContain('right');
});

const REFUSING: Parameters<typeof createFakeApi>[0] = {
  'logins.login': () => {
    throw new PushboatError('UNAUTHORIZED', 'The registry ghcr.io did not accept the login of anna.');
  },
};

test('after a refusal the cursor is in the empty password, the name stays, and Esc closes the dialog', async () => {
  const user = await openWindow(createFakeApi(REFUSING));
  act(() => openLogin('ghcr.io'));
  const dialog = await screen.findByRole('dialog');
  await user.type(within(dialog).getByLabelText('User name'), 'anna');
  const password = within(dialog).getByLabelText('Access token');
  await user.type(password, 'wrong');
  await user.click(within(dialog).getByRole('button', { name: 'Sign in' }));
  await within(dialog).findByText('ghcr.io refused this login');
  within(dialog).getByText(/Fine-grained tokens do not work/);
  expect(document.activeElement).toBe(password);
  expect(password).toHaveProperty('value', '');
  expect(within(dialog).getByLabelText('User name')).toHaveProperty('value', 'anna');
  await user.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
});

test('a dialog that opens again knows the user name that was typed', async () => {
  const user = await openWindow(createFakeApi(REFUSING));
  act(() => openLogin('ghcr.io'));
  await user.type(within(await screen.findByRole('dialog')).getByLabelText('User name'), 'anna');
  await user.keyboard('{Escape}');
  act(() => openLogin('ghcr.io'));
  expect(within(await screen.findByRole('dialog')).getByLabelText('User name')).toHaveProperty('value', 'anna');
});

test('the dialog proposes the user name of the login that there is', async () => {
  const login = { registry: 'ghcr.io', username: 'ana', origin: { kind: 'session' as const } };
  await openWindow(createFakeApi({ 'logins.list': () => [login] }));
  act(() => openLogin('ghcr.io'));
  expect(within(await screen.findByRole('dialog')).getByLabelText('User name')).toHaveProperty('value', 'ana');
});

test('nothing is quoted of a registry that said nothing', async () => {
  const fake = createFakeApi();
  await openWindow(fake);
  send(fake, waiting('a', { login: { registry: 'ghcr.io', reason: '', tried: null, denied: false } }));
  const dialog = await screen.findByRole('dialog');
  within(dialog).getByText('The registry asks for a login before it accepts the image.');
  expect(within(dialog).queryByText(/The registry says/)).toBeNull();
});

test('long words of a registry are whole under the details', async () => {
  const message = `denied: ${'quota of the project is used up, '.repeat(60)}the end`;
  const fake = createFakeApi({
    'logins.login': () => {
      throw new PushboatError('UNAUTHORIZED', 'refused', { registryErrors: [{ code: 'DENIED', message }] });
    },
  });
  const user = await openWindow(fake);
  send(fake, waiting('a'));
  const dialog = await screen.findByRole('dialog');
  await user.type(within(dialog).getByLabelText('Access token'), 'wrong');
  await user.click(within(dialog).getByRole('button', { name: 'Sign in' }));
  await user.click(await within(dialog).findByRole('button', { name: 'Details' }));
  expect(within(dialog).getAllByRole('definition')[0]?.textContent).toBe(`DENIED: ${message}`);
});

test('cancelling leaves the job waiting, and its button opens the dialog again', async () => {
  const fake = createFakeApi();
  const user = await openWindow(fake);
  send(fake, waiting('a'));
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Not now' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(screen.getByTestId('job').dataset['state']).toBe('needs-login');
  expect(fake.calls.some(({ channel }) => channel === 'transfers.cancel')).toBe(false);
  await user.click(screen.getByRole('button', { name: 'Sign in…' }));
  await screen.findByRole('dialog', { name: 'Sign in to ghcr.io' });
});

test('who pushes the same once more is asked again for the login that was put off', async () => {
  const fake = createFakeApi({
    'images.list': () => [image({ id: 'web', references: ['ghcr.io/acme/web:1.2'] })],
    'push.start': () => ['a'],
  });
  const user = await openWindow(fake);
  send(fake, waiting('a'));
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Not now' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  await user.click(await screen.findByRole('row', { name: /web/ }));
  await user.click(await screen.findByRole('button', { name: 'Push' }));
  await screen.findByRole('dialog', { name: 'Sign in to ghcr.io' });
});

test('two jobs of one registry share one dialog', async () => {
  const fake = createFakeApi();
  await openWindow(fake);
  send(fake, waiting('a'), waiting('b', { target: 'ghcr.io/acme/api:1' }));
  const dialog = await screen.findByRole('dialog');
  expect(dialog.textContent).toContain('acme/web:1.2 and 1 more push go on after you sign in.');
  expect(screen.getAllByRole('dialog')).toHaveLength(1);
});

test('a newer refusal opens a dialog that was put off', async () => {
  const fake = createFakeApi();
  const user = await openWindow(fake);
  send(fake, waiting('a'));
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Not now' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  send(fake, waiting('b'));
  await screen.findByRole('dialog');
});

test('why a login cannot be kept encrypted is said', async () => {
  const fake = createFakeApi({
    'logins.rememberOptions': () => ({ available: ['session'], vaultUnavailable: 'no keyring is running' }),
  });
  await openWindow(fake);
  send(fake, waiting('a'));
  const dialog = await screen.findByRole('dialog');
  await within(dialog).findByText(/no keyring is running/);
  expect(within(dialog).getByRole('button', { name: /Keep this login/ }).textContent).toBe('Until Pushboat is closed');
});

test('an untrusted certificate is shown, and trusting it pins its fingerprint', async () => {
  const fake = createFakeApi();
  const user = await openWindow(fake);
  const certificate = {
    subject: 'CN=harbor',
    issuer: 'CN=ca',
    validFrom: '2026-01-01T00:00:00Z',
    validTo: '2027-01-01T00:00:00Z',
    fingerprint256: 'AA:BB:CC',
    names: ['harbor'],
  };
  const error = { code: 'TLS_UNTRUSTED' as const, message: 'not trusted', registry: 'harbor', certificate };
  send(fake, job({ id: 'a', state: 'needs-trust', registry: 'harbor', error }));
  const dialog = await screen.findByRole('alertdialog', { name: 'Is this really harbor?' });
  within(dialog).getByText('AA:BB:CC');
  await user.click(within(dialog).getByRole('button', { name: 'Trust this certificate' }));
  expect(fake.calls.findLast(({ channel }) => channel === 'registries.setPolicy')?.input).toEqual({
    registry: 'harbor',
    policy: { tls: 'pinned', fingerprint256: 'AA:BB:CC' },
  });
});

test('a registry without HTTPS asks before plain HTTP is used', async () => {
  const fake = createFakeApi();
  const user = await openWindow(fake);
  const error = { code: 'PLAIN_HTTP_REFUSED' as const, message: 'plain HTTP', registry: 'nas:5000' };
  send(fake, job({ id: 'a', state: 'needs-trust', registry: 'nas:5000', error }));
  const dialog = await screen.findByRole('alertdialog');
  await user.click(within(dialog).getByRole('button', { name: 'Use plain HTTP' }));
  expect(fake.calls.findLast(({ channel }) => channel === 'registries.setPolicy')?.input).toEqual({
    registry: 'nas:5000',
    policy: { tls: 'plain-http' },
  });
});

test('every layer has a bar with name and value in words, and the digest of a finished job can be copied', async () => {
  const fake = createFakeApi();
  const user = await openWindow(fake);
  const result = {
    reference: 'ghcr.io/acme/web:1.2',
    digest: digestOf(42),
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    bytesSent: 1,
    bytesSaved: 0,
    durationMs: 1200,
    unchanged: false,
    warnings: [],
    notes: [],
  };
  act(() =>
    fake.emit('transfers', [
      { type: 'job', job: job({ id: 'a' }) },
      { type: 'layers', jobId: 'a', layers: [layer(4, 'uploading'), layer(0, 'exists')] },
    ]),
  );
  const rows = await screen.findAllByTestId('layer-row');
  expect(rows.map((row) => row.dataset['state'])).toEqual(['uploading', 'exists']);
  const bar = within(rows[0] ?? document.body).getByRole('progressbar', { name: /COPY dist/ });
  expect(bar.getAttribute('aria-valuenow')).toBe('62');
  expect(bar.getAttribute('aria-valuetext')).toBe('Uploading, 45 / 72 MB');
  send(fake, job({ id: 'a', state: 'done', result }));
  expect(screen.getByTestId('job-digest').textContent).toBe(digestOf(42));
  await user.click(screen.getByRole('button', { name: 'Copy the pull command' }));
  expect(fake.calls.findLast(({ channel }) => channel === 'app.copy')?.input).toBe('docker pull ghcr.io/acme/web:1.2');
});

test('a failed job says what, why and what next, and can be retried', async () => {
  const fake = createFakeApi();
  const user = await openWindow(fake);
  const error = {
    code: 'BLOB_TOO_LARGE' as const,
    message: 'too large',
    detail: '413 from nginx',
    hint: 'limit-request-size' as const,
  };
  send(fake, job({ id: 'a', state: 'failed', error }));
  screen.getByText('A layer is too large for the registry');
  screen.getByText('413 from nginx');
  screen.getByText(/Set a chunk size/);
  await user.click(screen.getByRole('button', { name: 'Retry' }));
  expect(fake.calls.findLast(({ channel }) => channel === 'transfers.resume')?.input).toBe('a');
});

test('a registry that is known says what it takes as user name and password, and one that is not says nothing', async () => {
  const fake = createFakeApi();
  const user = await openWindow(fake);
  act(() => openLogin('ghcr.io'));
  const dialog = within(await screen.findByRole('dialog'));
  dialog.getByText('What ghcr.io takes');
  await user.click(dialog.getByRole('button', { name: 'Create a token' }));
  expect(fake.calls.findLast(({ channel }) => channel === 'app.openExternal')?.input).toBe(
    'https://github.com/settings/tokens/new?scopes=write:packages',
  );
  const wants = dialog.getAllByRole('definition').map(({ textContent }) => textContent);
  expect(wants).toEqual(['your GitHub user name', 'a classic token with write:packages']);
  expect(dialog.getByText('write:packages').className).toContain('font-mono');
  act(() => useLogin.setState({ wanted: 'registry.corp.example' }));
  await screen.findByRole('dialog', { name: 'Sign in to registry.corp.example' });
  expect(screen.queryByText(/What .* takes/)).toBeNull();
});

test.each([
  ['ghcr.io', 'Access token'],
  ['docker.io/acme', 'Access token'],
  ['123456789012.dkr.ecr.eu-west-1.amazonaws.com', 'Password'],
  ['registry.cn-shanghai.aliyuncs.com', 'Password'],
  ['europe-docker.pkg.dev', 'Password or token'],
  ['registry.corp.example', 'Password or token'],
])('what %s takes beside the user name is called %s', async (registry, name) => {
  await openWindow(createFakeApi());
  act(() => openLogin(registry));
  const dialog = within(await screen.findByRole('dialog'));
  expect(dialog.getByLabelText(name)).toHaveProperty('type', 'password');
});

test('where the login is kept encrypted it is said with what', async () => {
  const user = await openWindow(createFakeApi());
  act(() => openLogin('registry.corp.example'));
  const dialog = within(await screen.findByRole('dialog'));
  await dialog.findByText('Encrypted with this computer’s keyring.');
  await user.click(dialog.getByRole('button', { name: /Keep this login/ }));
  await user.click(await screen.findByRole('option', { name: 'Until Pushboat is closed' }));
  expect(screen.queryByText(/keyring/)).toBeNull();
});

test('a registry that takes one user name only has it filled in', async () => {
  await openWindow(createFakeApi());
  act(() => openLogin('123456789012.dkr.ecr.eu-west-1.amazonaws.com'));
  const dialog = within(await screen.findByRole('dialog'));
  expect(dialog.getByLabelText('User name')).toHaveProperty('value', 'AWS');
});

test('an installed helper of the registry’s provider signs in without a password', async () => {
  const fake = createFakeApi({
    'logins.rememberOptions': () => ({ available: ['session'], helpers: [{ name: 'ecr-login', isProvider: true }] }),
  });
  const user = await openWindow(fake);
  act(() => openLogin('ghcr.io'));
  await user.click(await screen.findByRole('button', { name: 'Use it for ghcr.io' }));
  expect(fake.calls).toContainEqual({
    channel: 'logins.useHelper',
    input: { registry: 'ghcr.io', helper: 'ecr-login' },
  });
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
});
