// @vitest-environment happy-dom
import { act, screen, within } from '@testing-library/react';
import type { UserEvent } from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS, type Settings } from '../../../../shared/settings.ts';
import { createFakeApi, type FakeApi } from '../fake-api.ts';
import { job } from '../samples.ts';
import { openWindow } from '../setup.tsx';

const withSettings = (settings: Partial<Settings>): FakeApi =>
  createFakeApi({ 'settings.get': () => ({ ...DEFAULT_SETTINGS, ...settings }) });
const inputs = (fake: FakeApi, wanted: string) =>
  fake.calls.filter(({ channel }) => channel === wanted).map(({ input }) => input);

async function type(user: UserEvent, field: HTMLElement, text: string): Promise<void> {
  await user.clear(field);
  await user.type(field, `${text}{Enter}`);
}

async function openView(user: UserEvent, name: string): Promise<void> {
  await user.click(within(screen.getByRole('navigation')).getByRole('button', { name }));
  await screen.findByRole('heading', { name, level: 1 });
}

test('the bandwidth limit is typed in megabytes per second and kept in bytes', async () => {
  const fake = withSettings({});
  const user = await openWindow(fake);
  await openView(user, 'Settings');
  const field = screen.getByLabelText('Bandwidth limit');
  expect(field).toHaveProperty('value', '');
  await type(user, field, '2.5');
  expect(inputs(fake, 'settings.update')).toEqual([{ bandwidthLimit: 2_500_000 }]);
});

test('an emptied bandwidth limit is none', async () => {
  const fake = withSettings({ bandwidthLimit: 1_500_000 });
  const user = await openWindow(fake);
  await openView(user, 'Settings');
  const field = screen.getByLabelText('Bandwidth limit');
  expect(field).toHaveProperty('value', '1.5');
  await user.clear(field);
  await user.tab();
  expect(inputs(fake, 'settings.update')).toEqual([{ bandwidthLimit: 0 }]);
});

test('the limit can be changed above the transfers, where a typed one is among the choices', async () => {
  const fake = withSettings({ bandwidthLimit: 1_500_000 });
  fake.answer({ 'transfers.list': () => [{ job: job({ id: 'a' }), layers: [] }] });
  const user = await openWindow(fake);
  await user.click(screen.getByRole('button', { name: /Bandwidth limit of all uploads/ }));
  const names = screen.getAllByRole('option').map(({ textContent }) => textContent);
  expect(names.slice(0, 4)).toEqual(['No limit', '500 kB/s', '1 MB/s', '1.5 MB/s']);
  await user.click(screen.getByRole('option', { name: '5 MB/s' }));
  expect(inputs(fake, 'settings.update')).toEqual([{ bandwidthLimit: 5_000_000 }]);
});

const POLICY = { tls: 'verify', maxUploads: 4, chunkSize: 20_000_000 } as const;

test('uploads, requests and chunks of one registry are limited without touching the rest of its policy', async () => {
  const fake = withSettings({ registries: { 'nas:5000': POLICY } });
  const user = await openWindow(fake);
  await openView(user, 'Registries');
  await type(user, screen.getByLabelText('Uploads at once to nas:5000'), '100');
  await type(user, screen.getByLabelText('Requests at once to nas:5000'), '8');
  await type(user, screen.getByLabelText('Chunk size for nas:5000, in megabytes'), '7.5');
  expect(inputs(fake, 'registries.setPolicy')).toEqual([
    { registry: 'nas:5000', policy: { ...POLICY, maxUploads: 64 } },
    { registry: 'nas:5000', policy: { ...POLICY, maxRequests: 8 } },
    { registry: 'nas:5000', policy: { ...POLICY, chunkSize: 7_500_000 } },
  ]);
});

test('how long a registry is waited for is typed in minutes, none among them, and emptied it is as in the settings', async () => {
  const fake = withSettings({ retryForSeconds: 300, registries: { 'nas:5000': { ...POLICY, retryForSeconds: 90 } } });
  const user = await openWindow(fake);
  await openView(user, 'Registries');
  const field = screen.getByLabelText('How long to keep trying when nas:5000 stops answering, in minutes');
  expect([field.getAttribute('value'), field.getAttribute('placeholder')]).toEqual(['1.5', '5']);
  await type(user, field, '0');
  await user.clear(field);
  await user.tab();
  expect(inputs(fake, 'registries.setPolicy')).toEqual([
    { registry: 'nas:5000', policy: { ...POLICY, retryForSeconds: 0 } },
    { registry: 'nas:5000', policy: { ...POLICY, retryForSeconds: undefined } },
  ]);
});

test('an emptied chunk size is automatic again', async () => {
  const fake = withSettings({ registries: { 'nas:5000': POLICY } });
  const user = await openWindow(fake);
  await openView(user, 'Registries');
  await user.clear(screen.getByLabelText('Chunk size for nas:5000, in megabytes'));
  await user.tab();
  expect(inputs(fake, 'registries.setPolicy')).toEqual([
    { registry: 'nas:5000', policy: { ...POLICY, chunkSize: undefined } },
  ]);
});

const UNTRUSTED = job({
  id: 'a',
  state: 'needs-trust',
  registry: 'harbor',
  error: { code: 'TLS_UNTRUSTED', message: 'not trusted', registry: 'harbor' },
});

test('an untrusted certificate may be answered with a CA file, which ends an earlier pin', async () => {
  const fake = withSettings({ registries: { harbor: { tls: 'pinned', fingerprint256: 'AA:BB', maxUploads: 2 } } });
  fake.answer({ 'app.chooseFile': () => '/home/ana/ca.pem' });
  const user = await openWindow(fake);
  act(() => fake.emit('transfers', [{ type: 'job', job: UNTRUSTED }]));
  await user.click(within(await screen.findByRole('alertdialog')).getByRole('button', { name: 'Choose a CA file…' }));
  expect(inputs(fake, 'registries.setPolicy')).toEqual([
    { registry: 'harbor', policy: { tls: 'verify', caFile: '/home/ana/ca.pem', maxUploads: 2 } },
  ]);
  expect(screen.queryByRole('alertdialog')).toBeNull();
});

test('cancelling the file dialog leaves the question about the certificate', async () => {
  const fake = withSettings({});
  const user = await openWindow(fake);
  act(() => fake.emit('transfers', [{ type: 'job', job: UNTRUSTED }]));
  const dialog = await screen.findByRole('alertdialog');
  await user.click(within(dialog).getByRole('button', { name: 'Choose a CA file…' }));
  expect(inputs(fake, 'registries.setPolicy')).toEqual([]);
  expect(screen.getByRole('alertdialog')).toBe(dialog);
});
