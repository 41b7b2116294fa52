// @vitest-environment happy-dom
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, test } from 'vitest';
import { showLanguage } from '../../../../renderer/i18n/i18n.ts';
import { type ErrorData, PushboatError } from '../../../../shared/errors.ts';
import { DEFAULT_SETTINGS } from '../../../../shared/settings.ts';
import type { CompanionCounts } from '../../../../shared/signing.ts';
import type { JobInfo } from '../../../../shared/transfer-events.ts';
import { createFakeApi, type FakeApi } from '../fake-api.ts';
import { detailsOf, image, job, layer, STORE } from '../samples.ts';
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
    dialog.getByText('2 pushes continue with it.');
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

const NOTHING: CompanionCounts = { signature: 0, sbom: 0, attestation: 0, other: 0 };
const THREE: CompanionCounts = { ...NOTHING, signature: 1, sbom: 1, attestation: 1 };

describe('what belongs to an image', () => {
  async function askedFor(answer: string, setting: 'ask' | 'always' = 'ask') {
    const fake = api({
      'images.companions': (ids) => ids.map(() => THREE),
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

const API = image({ id: 'api', name: 'acme/api:1.2', references: ['ghcr.io/acme/api:1.2'] });

describe('several images at once', () => {
  /** Two images are chosen: `web` has three things of its own, `api` one. */
  async function chooseBoth(more: Parameters<typeof createFakeApi>[0] = {}) {
    const fake = api({
      'images.list': () => [API, WEB],
      'images.companions': (ids) => ids.map((id) => (id === 'web' ? THREE : { ...NOTHING, signature: 1 })),
      ...more,
    });
    const user = await openWindow(fake);
    (await screen.findByRole('grid', { name: 'Images' })).focus();
    await user.keyboard('{Control>}a{/Control}');
    return { fake, user };
  }

  test('are signed with the keys that are ticked, and those of the last push to their registry are proposed', async () => {
    const remembered = {
      ...DEFAULT_SETTINGS,
      signing: { 'ghcr.io': { sigstore: [FILE] } },
      companions: 'never' as const,
    };
    const { fake, user } = await chooseBoth({ 'settings.get': () => remembered });
    await user.click(screen.getByRole('button', { name: 'Options' }));
    expect(await screen.findByRole('checkbox', { name: /cosign\.key/ })).toHaveProperty('checked', true);
    await user.click(await screen.findByRole('checkbox', { name: /Ann <ann@acme\.example>/ }));
    await user.click(screen.getByRole('button', { name: 'Push 2' }));
    await waitFor(() => expect(inputs(fake, 'push.startMany')).toHaveLength(1));
    expect(inputs(fake, 'push.startMany')[0]).toMatchObject({
      pushes: [{ imageId: 'api' }, { imageId: 'web' }],
      options: { sign: { gpg: [ANN.fingerprint], sigstore: [FILE] }, referrers: false },
    });
  });

  test('say beforehand what belongs to them, and one question is asked for all', async () => {
    const { fake, user } = await chooseBoth();
    await screen.findByText('What belongs to them: 2 signatures, 1 SBOM, and 1 attestation');
    await user.click(screen.getByRole('button', { name: 'Push 2' }));
    const dialog = within(await screen.findByRole('alertdialog', { name: '4 things belong to these images' }));
    for (const thing of ['2 signatures', '1 SBOM', '1 attestation']) dialog.getByText(thing);
    dialog.getByRole('button', { name: 'Push the images alone' });
    await user.click(dialog.getByRole('button', { name: 'Push all of it' }));
    await waitFor(() => expect(inputs(fake, 'push.startMany')).toHaveLength(1));
    expect(inputs(fake, 'push.startMany')[0]).toMatchObject({ options: { referrers: true } });
  });

  test('stay here, all of them, when the question is not answered', async () => {
    const { fake, user } = await chooseBoth();
    await user.click(screen.getByRole('button', { name: 'Push 2' }));
    await user.click(within(await screen.findByRole('alertdialog')).getByRole('button', { name: 'Cancel' }));
    expect(inputs(fake, 'push.startMany')).toEqual([]);
  });
});

describe('a group of pushes', () => {
  const UNSIGNED: ErrorData = { code: 'NOT_SIGNED', message: 'Not signed.', detail: 'no room', hint: 'sign-again' };
  const of = (id: string, changes: Partial<JobInfo>) =>
    job({ id, group: 'both', imageName: `acme/${id}:1.2`, target: `ghcr.io/acme/${id}:1.2`, ...changes });

  test('has a row for each signature in progress', async () => {
    const row = { ...layer(7), kind: 'signature' as const, createdBy: FILE, state: 'uploading' as const };
    const jobs = [
      { job: of('web', { state: 'running' }), layers: [row] },
      { job: of('api', { state: 'queued' }), layers: [] },
    ];
    const user = await openWindow(api({ 'transfers.list': () => jobs }));
    await user.click(await screen.findByRole('button', { name: 'Layers of acme/web:1.2 to ghcr.io/acme/web:1.2' }));
    expect(screen.getByTestId('layer-row').textContent).toContain('cosign.key');
  });

  test('says which images were pushed, but not signed, and signs those again, one or all', async () => {
    const jobs = [
      { job: of('web', { state: 'failed', error: UNSIGNED }), layers: [] },
      { job: of('api', { state: 'failed', error: UNSIGNED }), layers: [] },
      { job: of('mail', { state: 'failed', error: { code: 'BLOB_MISSING', message: 'Gone.' } }), layers: [] },
    ];
    const fake = api({ 'transfers.list': () => jobs });
    const user = await openWindow(fake);
    const group = within(await screen.findByTestId('group'));
    group.getByText('2 of 3 pushed');
    group.getByText('1 failed');
    group.getByText('2 not signed');
    expect(group.getAllByText('Pushed, not signed')).toHaveLength(2);
    await user.click(group.getByRole('button', { name: 'Sign acme/web:1.2 again' }));
    expect(inputs(fake, 'transfers.resume')).toEqual(['web']);
    await user.click(group.getByRole('button', { name: 'Sign again (2)' }));
    expect(inputs(fake, 'transfers.resume')).toEqual(['web', 'web', 'api']);
    await user.click(group.getByRole('button', { name: 'Push the failed again (1)' }));
    expect(inputs(fake, 'transfers.resume').at(-1)).toBe('mail');
  });

  test('asks for the passphrase from the row of an image whose key is locked', async () => {
    const jobs = ['web', 'api'].map((id) => ({ job: of(id, { state: 'failed', error: LOCKED }), layers: [] }));
    const user = await openWindow(api({ 'transfers.list': () => jobs }));
    await user.click(await screen.findByRole('button', { name: 'Type the passphrase for acme/web:1.2…' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Passphrase of the signing key' }));
    expect(dialog.getByText(ANN.fingerprint)).toBeDefined();
  });
});

describe('what goes without the composer', () => {
  test('is signed and asked about as from the composer: a push from the menu of a row', async () => {
    const fake = api({
      'images.companions': (ids) => ids.map(() => THREE),
      'settings.get': () => ({
        ...DEFAULT_SETTINGS,
        recentTargets: ['ghcr.io/acme/web:1.2'],
        signing: { 'ghcr.io': { sigstore: [FILE] } },
      }),
    });
    const user = await openWindow(fake);
    fireEvent.contextMenu(await screen.findByRole('row', { name: /acme\/web:1\.2/ }));
    await user.click(await screen.findByRole('menuitem', { name: 'Push to ghcr.io/acme/web:1.2' }));
    await user.click(await screen.findByRole('button', { name: 'Push all of it' }));
    await waitFor(() => expect(inputs(fake, 'push.start')).toHaveLength(1));
    expect(inputs(fake, 'push.start')[0]).toMatchObject({ options: { sign: { sigstore: [FILE] }, referrers: true } });
  });

  test.each([
    ['OCI archive', true],
    ['Docker archive', false],
  ])('is asked about where the place can hold it: an export as %s', async (kind, isAsked) => {
    const fake = api({ 'images.companions': (ids) => ids.map(() => THREE) });
    const user = await selectWeb(fake);
    await user.click(screen.getByRole('button', { name: 'Export…' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Export acme/web:1.2' }));
    if (!isAsked) {
      await user.click(dialog.getByRole('button', { name: /Export as/ }));
      await user.click(await screen.findByRole('option', { name: kind }));
    }
    await user.click(dialog.getByRole('textbox', { name: 'File' }));
    await user.paste('/usb/web.tar');
    await user.click(dialog.getByRole('button', { name: 'Export' }));
    if (isAsked) await user.click(await screen.findByRole('button', { name: 'Export all of it' }));
    await waitFor(() => expect(inputs(fake, 'exports.start')).toHaveLength(1));
    expect(inputs(fake, 'exports.start')[0]).toMatchObject({ options: isAsked ? { referrers: true } : {} });
  });
});
