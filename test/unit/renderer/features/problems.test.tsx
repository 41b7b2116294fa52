// @vitest-environment happy-dom
import { act, screen, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { showLanguage } from '../../../../renderer/i18n/i18n.ts';
import type { ErrorData } from '../../../../shared/errors.ts';
import { createFakeApi } from '../fake-api.ts';
import { openWindow } from '../setup.tsx';

const JOURNAL: ErrorData = {
  code: 'JOURNAL_UNUSABLE',
  message: 'The journal of uploads in /data cannot be used: database is locked.',
  path: '/data',
  detail: 'database is locked',
  hint: 'goes-on-without-journal',
};
const HELPER: ErrorData = {
  code: 'CREDENTIALS_UNREADABLE',
  message: 'The credential helper docker-credential-nowhere cannot be used: the program is not installed.',
  hint: 'goes-on-without-login',
};

test('what failed before the window was there is shown in it, with what follows', async () => {
  const user = await openWindow(createFakeApi({ 'app.problems': () => [JOURNAL] }));
  const alert = within(screen.getByRole('alert'));
  alert.getByText('The record of earlier pushes cannot be used');
  alert.getByText('database is locked');
  alert.getByText(/^Pushes continue without it/);
  await user.click(alert.getByRole('button', { name: 'Dismiss' }));
  expect(screen.queryByRole('alert')).toBeNull();
});

test('what fails later is shown when it does, in the language of the window', async () => {
  const fake = createFakeApi();
  await openWindow(fake);
  expect(screen.queryByRole('alert')).toBeNull();
  await act(() => showLanguage('zh-CN'));
  act(() => fake.emit('problem', HELPER));
  const alert = within(screen.getByRole('alert'));
  alert.getByText('无法读取保存的登录信息');
  alert.getByText(/docker-credential-nowhere/);
  alert.getByText(/改从其他位置查找登录信息/);
});

test('the system’s own reasons are in the language of the window, too, with their code', async () => {
  const path = '/mnt/usb/app.tar';
  const detail = 'permission denied (EACCES)';
  const unreadable: ErrorData = { code: 'SOURCE_UNREADABLE', message: `Cannot read ${path}: ${detail}.`, detail, path };
  const user = await openWindow(createFakeApi({ 'app.problems': () => [unreadable] }));
  within(screen.getByRole('alert')).getByText('permission denied (EACCES)');
  await act(() => showLanguage('zh-CN'));
  const alert = within(screen.getByRole('alert'));
  alert.getByText('没有权限 (EACCES)');
  await user.click(alert.getByRole('button', { name: '详细信息' }));
  expect(alert.getByText(`无法读取 ${path}：没有权限 (EACCES)。`)).toBeDefined();
});
