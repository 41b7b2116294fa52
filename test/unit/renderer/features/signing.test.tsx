// @vitest-environment happy-dom
import { act, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, test } from 'vitest';
import { showLanguage } from '../../../../renderer/i18n/i18n.ts';
import { type ErrorData, PushboatError } from '../../../../shared/errors.ts';
import { DEFAULT_SETTINGS } from '../../../../shared/settings.ts';
import type { CompanionCounts } from '../../../../shared/signing.ts';
import type { JobInfo } from '../../../../shared/transfer-events.ts';
import { createFakeApi, type FakeApi } from '../fake-api.ts';
import { detailsOf, image, job, STORE } from '../samples.ts';
import { openWindow } from '../setup.tsx';

const WEB = image({ id: 'web', name: 'acme/web:1.2', references: ['ghcr.io/acme/web:1.2'] });
const ANN = { fingerprint: '0123456789ABCDEF0123456789ABCDEF01234567', name: 'Ann <ann@acme.example>' };
const FILE = '/home/ana/keys/cosign.key';

function api(more: Parameters<typeof createFakeApi>[0] = {}): FakeApi {
  return createFakeApi({
    'sources.list': () => [STORE],
    'images.list': () => [WEB],
    'images.details': () => detailsOf(WEB),
    'signing.keys': () => [ANN],
    ...more,
  });
}

async function selectWeb(fake: FakeApi) {
  const user = await openWindow(fake);
  await user.click(await screen.findByRole('row', { name: /acme\/web:1\.2/ }));
  await screen.findByRole('combobox', { name: 'Push to' });
  return user;
}

const inputs = (fake: FakeApi, channel: string) =>
  fake.calls.filter((call) => call.channel === channel).map(({ input }) => input);
const send = (fake: FakeApi, info: JobInfo) => act(() => fake.emit('transfers', [{ type: 'job', job: info }]));

describe('Sign with', () => {
  test('offers the keys of gpg, and signs with those that are ticked', async () => {
    const fake = api();
    const user = await selectWeb(fake);
    expect(inputs(fake, 'signing.keys')).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Options' }));
    await user.click(await screen.findByRole('checkbox', { name: /Ann <ann@acme\.example>/ }));
    await user.click(screen.getByRole('button', { name: 'Push' }));
    await waitFor(() => expect(inputs(fake, 'push.start')).toHaveLength(1));
    expect(inputs(fake, 'push.start')[0]).toMatchObject({
      options: { sign: { gpg: [ANN.fingerprint], sigstore: [] } },
    });
  });

  test('takes key files, and stays a choice where they are not ticked any more', async () => {
    const fake = api({ 'app.chooseFile': () => FILE, 'signing.keys': () => [] });
    const user = await selectWeb(fake);
    await user.click(screen.getByRole('button', { name: 'Options' }));
    await screen.findByText(/gpg has no key here that can sign/);
    await user.click(screen.getByRole('button', { name: 'Key file…' }));
    expect(inputs(fake, 'app.chooseFile')).toEqual(['signingKey']);
    const key = await screen.findByRole('checkbox', { name: /cosign\.key/ });
    expect(key).toHaveProperty('checked', true);
    await user.click(key);
    expect(screen.getByRole('checkbox', { name: /cosign\.key/ })).toHaveProperty('checked', false);
  });

  test('proposes the keys of the last push to the registry', async () => {
    const fake = api({ 'settings.get': () => ({ ...DEFAULT_SETTINGS, signing: { 'ghcr.io': { sigstore: [FILE] } } }) });
    const user = await selectWeb(fake);
    await user.click(screen.getByRole('button', { name: 'Push' }));
    await waitFor(() => expect(inputs(fake, 'push.start')).toHaveLength(1));
    expect(inputs(fake, 'push.start')[0]).toMatchObject({ options: { sign: { sigstore: [FILE] } } });
  });
});

const LOCKED: ErrorData = {
  code: 'NOT_SIGNED',
  message: 'ghcr.io/acme/web:1.2 was pushed, but not signed: The gpg key cannot be opened.',
  hint: 'give-passphrase',
  cause: {
    code: 'KEY_LOCKED',
    message: 'The gpg key cannot be opened.',
    key: { kind: 'simple', name: ANN.fingerprint },
  },
};

describe('a push whose signature could not be made', () => {
  test('is told as pushed, not signed, and is signed again without being pushed', async () => {
    const fake = api();
    const user = await openWindow(fake);
    const error: ErrorData = { code: 'NOT_SIGNED', message: 'Not signed.', detail: 'no room', hint: 'sign-again' };
    send(fake, job({ id: 'a', state: 'running' }));
    send(fake, job({ id: 'a', state: 'failed', error }));
    const card = within(await screen.findByTestId('job'));
    expect(card.getAllByText('Pushed, not signed').length).toBeGreaterThan(0);
    expect(card.queryByText('Failed')).toBeNull();
    await user.click(card.getByRole('button', { name: 'Sign again' }));
    expect(inputs(fake, 'transfers.resume')).toEqual(['a']);
  });

  test('for a locked key asks for its passphrase, once for all, and goes on with it', async () => {
    const fake = api();
    const user = await openWindow(fake);
    send(fake, job({ id: 'a', state: 'running' }));
    for (const id of ['a', 'b']) send(fake, job({ id, state: 'failed', error: LOCKED }));
    fake.answer({
      'signing.unlock': ({ passphrase }) => {
        if (passphrase !== 'right') throw new PushboatError('KEY_LOCKED', 'Wrong.', { detail: 'Bad passphrase' });
      },
    });
    const dialog = within(await screen.findByRole('dialog', { name: 'Passphrase of the signing key' }));
    await dialog.findByText(ANN.name);
    dialog.getByText(ANN.fingerprint);
    dialog.getByText('2 pushes go on with it.');
    const field = dialog.getByLabelText('Passphrase');
    await user.type(field, 'wrong{Enter}');
    await dialog.findByText('Bad passphrase');
    expect(field).toHaveProperty('value', '');
    expect(document.activeElement).toBe(field);
    await user.type(field, 'right{Enter}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(inputs(fake, 'transfers.resume')).toEqual(['a', 'b']);
  });

  test('leaves in peace who closes the dialog, until they want to type it', async () => {
    const fake = api({
      'transfers.list': () => [{ job: job({ id: 'old', state: 'failed', error: LOCKED }), layers: [] }],
    });
    const user = await openWindow(fake);
    expect(screen.queryByRole('dialog')).toBeNull();
    await user.click(await screen.findByRole('button', { name: 'Type the passphrase…' }));
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(inputs(fake, 'signing.unlock')).toEqual([]);
  });
});

test('what a policy of signatures refuses is told with the requirement and the file where it stands', async () => {
  const error: ErrorData = {
    code: 'POLICY_REFUSED',
    message: 'The policy of signatures refuses it.',
    path: '/etc/containers/policy.json',
    detail: 'transports.oci."/srv"[0] (signedBy): a signature is required, and the image has none',
    hint: 'look-at-policy',
  };
  await openWindow(api({ 'transfers.list': () => [{ job: job({ id: 'a', state: 'failed', error }), layers: [] }] }));
  await act(() => showLanguage('zh-CN'));
  const card = within(screen.getByTestId('job'));
  card.getByText('/etc/containers/policy.json');
  expect(card.getByText('transports.oci."/srv"[0] (signedBy)：需要签名，而镜像没有')).toBeDefined();
});

const THREE: CompanionCounts = { signature: 1, sbom: 1, attestation: 1, other: 0 };

describe('what belongs to an image', () => {
  async function askedFor(answer: string, setting: 'ask' | 'always' = 'ask') {
    const fake = api({
      'images.companions': () => THREE,
      'settings.get': () => ({ ...DEFAULT_SETTINGS, companions: setting }),
    });
    const user = await selectWeb(fake);
    await user.click(screen.getByRole('button', { name: 'Push' }));
    if (answer !== '') {
      const dialog = within(await screen.findByRole('alertdialog', { name: '3 things belong to this image' }));
      for (const thing of ['1 signature', '1 SBOM', '1 attestation']) dialog.getByText(thing);
      await user.click(dialog.getByRole('button', { name: answer }));
    }
    return { fake, user };
  }

  test.each([
    ['Push all of it', true],
    ['Push the image alone', false],
  ])('is asked about before a push: %s', async (answer, referrers) => {
    const { fake } = await askedFor(answer);
    await waitFor(() => expect(inputs(fake, 'push.start')).toHaveLength(1));
    expect(inputs(fake, 'push.start')[0]).toMatchObject({ options: { referrers } });
    expect(inputs(fake, 'settings.update')).toEqual([]);
  });

  test('keeps the image here, too, when the question is not answered', async () => {
    const { fake } = await askedFor('Cancel');
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
    expect(inputs(fake, 'push.start')).toEqual([]);
  });

  test('is not asked about where the settings have the answer', async () => {
    const { fake } = await askedFor('', 'always');
    await waitFor(() => expect(inputs(fake, 'push.start')).toHaveLength(1));
    expect(inputs(fake, 'push.start')[0]).toMatchObject({ options: { referrers: true } });
    expect(inputs(fake, 'images.companions')).toEqual([]);
  });
});
