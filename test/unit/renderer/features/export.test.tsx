// @vitest-environment happy-dom
import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import {
  destinationText,
  exportKind,
  proposedFileName,
} from '../../../../renderer/features/export/destination-text.ts';
import { PushboatError } from '../../../../shared/errors.ts';
import { createFakeApi, type FakeApi } from '../fake-api.ts';
import { detailsOf, digestOf, image, job, STORE } from '../samples.ts';
import { openWindow } from '../setup.tsx';

const WEB = image({ id: 'web', name: 'acme/web:1.2', references: ['ghcr.io/acme/web:1.2'] });

function api(): FakeApi {
  return createFakeApi({
    'sources.list': () => [STORE],
    'images.list': () => [WEB],
    'images.details': () => detailsOf(WEB),
  });
}

async function openDialog(fake: FakeApi) {
  const user = await openWindow(fake);
  await user.click(await screen.findByRole('row', { name: /acme\/web:1\.2/ }));
  await user.click(await screen.findByRole('button', { name: 'Export…' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Export acme/web:1.2' }));
  const chooseKind = async (name: string) => {
    await user.click(dialog.getByRole('button', { name: /Export as/ }));
    await user.click(await screen.findByRole('option', { name }));
  };
  return { user, dialog, chooseKind };
}

const inputs = (fake: FakeApi, wanted: string) =>
  fake.calls.filter(({ channel }) => channel === wanted).map(({ input }) => input);

test('an image is exported to the file that is chosen, under its own name', async () => {
  const fake = api();
  const { user, dialog } = await openDialog(fake);
  expect(dialog.getByRole('button', { name: 'Export' })).toHaveProperty('disabled', true);
  await user.click(dialog.getByRole('button', { name: 'Choose…' }));
  const destination = 'oci-archive:/home/ana/web-1.2.tar:ghcr.io/acme/web:1.2';
  await dialog.findByText(destination);
  await user.click(dialog.getByRole('button', { name: 'Export' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(inputs(fake, 'exports.choosePlace')).toEqual([{ kind: 'archive', name: 'web-1.2.tar' }]);
  expect(inputs(fake, 'exports.start')).toEqual([{ imageId: 'web', destination, options: {}, replace: true }]);
});

test('a typed path where something is asks before it is replaced, and is kept by Esc', async () => {
  const fake = api();
  fake.answer({
    'exports.start': ({ replace }) => {
      if (replace) return 'export-1';
      const facts = { path: '/srv/web.tar', hint: 'confirm-replace' } as const;
      throw new PushboatError('DESTINATION_EXISTS', '/srv/web.tar exists already.', facts);
    },
  });
  const { user, dialog } = await openDialog(fake);
  await user.type(dialog.getByRole('textbox', { name: 'File' }), '/srv/web.tar');
  const askedToReplace = async () => {
    await user.click(dialog.getByRole('button', { name: 'Export' }));
    return within(await screen.findByRole('alertdialog', { name: 'Replace what is there?' }));
  };
  const question = await askedToReplace();
  question.getByText(/^\/srv\/web\.tar already exists/);
  question.getByRole('button', { name: 'Keep it' });
  await user.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
  await user.click((await askedToReplace()).getByRole('button', { name: 'Replace' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  const replaces = fake.calls.flatMap(({ channel, input }) => (channel === 'exports.start' ? [input] : []));
  expect(replaces).toMatchObject([{ replace: false }, { replace: false }, { replace: true }]);
});

test('a kind asks for what it needs only, and a path is not carried from a folder to a file', async () => {
  const { user, dialog, chooseKind } = await openDialog(api());
  await chooseKind('Plain folder');
  expect(dialog.queryByRole('textbox', { name: /Name/ })).toBeNull();
  await user.type(dialog.getByRole('textbox', { name: 'Folder' }), '/srv/web');
  dialog.getByText('dir:/srv/web');
  await chooseKind('Docker archive');
  expect(dialog.getByRole('textbox', { name: 'File' })).toHaveProperty('value', '');
  await chooseKind('Docker on this computer');
  expect(dialog.queryByRole('button', { name: 'Choose…' })).toBeNull();
  dialog.getByText('docker-daemon:ghcr.io/acme/web:1.2');
});

test('a destination that is wrong is said while typing, and what cannot be started where it was asked for', async () => {
  const fake = api();
  fake.answer({
    'exports.check': (text) => {
      if (text.includes('Wrong')) throw new PushboatError('REF_INVALID', 'No.', { detail: 'it must be lower case' });
      return undefined;
    },
    'exports.start': () => {
      throw new PushboatError('IMAGE_NOT_FOUND', 'This image is no longer in any of the stores.');
    },
  });
  const { user, dialog, chooseKind } = await openDialog(fake);
  await chooseKind('Podman on this computer');
  const reference = dialog.getByRole('textbox', { name: 'Reference' });
  await user.clear(reference);
  await user.type(reference, 'acme/Wrong');
  expect((await dialog.findByRole('alert')).textContent).toContain('it must be lower case');
  expect(dialog.getByRole('button', { name: 'Export' })).toHaveProperty('disabled', true);
  await user.clear(reference);
  await user.type(reference, 'acme/right{Enter}');
  expect((await dialog.findByRole('alert')).textContent).toContain('no longer in any of the stores');
  expect(inputs(fake, 'exports.start')).toMatchObject([{ destination: 'containers-storage:acme/right' }]);
});

test('a finished export says where it is and shows it in its folder', async () => {
  const fake = api();
  const target = 'oci:/srv/mirror:web';
  const { registry: _none, ...exported } = job({
    id: 'e',
    target,
    state: 'done',
    destination: { transport: 'oci', path: '/srv/mirror' },
    result: {
      reference: target,
      digest: digestOf(1),
      mediaType: 'x',
      bytesSent: 1000,
      bytesSaved: 0,
      durationMs: 10,
      unchanged: false,
      warnings: [],
      notes: [],
    },
  });
  fake.answer({ 'transfers.list': () => [{ job: exported, layers: [] }] });
  const user = await openWindow(fake);
  const row = within(await screen.findByTestId('job'));
  row.getByText(/1 kB written/);
  expect(row.queryByText(/docker pull/)).toBeNull();
  await user.click(row.getByRole('button', { name: 'Copy the destination' }));
  expect(inputs(fake, 'app.copy')).toEqual([target]);
  await user.click(row.getByRole('button', { name: 'Show in folder' }));
  expect(inputs(fake, 'exports.show')).toEqual(['e']);
});

test('destinations are written as on the command line, and files are named after the image', () => {
  expect(destinationText(exportKind('oci'), ' /srv/a ', '')).toBe('oci:/srv/a');
  expect(destinationText(exportKind('docker-archive'), '/a.tar', 'web:1')).toBe('docker-archive:/a.tar:web:1');
  expect(destinationText(exportKind('oci'), '', 'web')).toBeUndefined();
  expect(destinationText(exportKind('docker-daemon'), '/ignored', '')).toBeUndefined();
  expect(proposedFileName('ghcr.io/acme/web:1.2@sha256:abc', exportKind('oci-archive'))).toBe('web-1.2.tar');
  expect(proposedFileName('../..', exportKind('dir'))).toBe('image');
});
