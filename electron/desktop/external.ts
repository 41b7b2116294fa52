import { type BrowserWindow, dialog, shell } from 'electron';
import { PushboatError } from '../../shared/errors.ts';
import type { DesktopText } from './text.ts';

/** Hosts whose pages the window links to: documentation and the token pages of well-known registries. */
const ALLOWED_HOSTS = new Set([
  'docs.docker.com',
  'docs.github.com',
  'github.com',
  'gitlab.com',
  'hub.docker.com',
  'app.docker.com',
  'quay.io',
  'opencontainers.org',
  'cr.console.aliyun.com',
  'console.cloud.google.com',
]);

/** Opens an allowed https page in the person's browser, after asking. */
export async function openExternal(url: string, window: BrowserWindow, text: DesktopText): Promise<void> {
  const { protocol, hostname, username, password } = new URL(url);
  if (protocol !== 'https:' || username !== '' || password !== '' || !ALLOWED_HOSTS.has(hostname)) {
    throw new PushboatError('INTERNAL', `Pushboat does not open pages of ${hostname}.`, { hint: 'report-bug' });
  }
  const words = text();
  const { response } = await dialog.showMessageBox(window, {
    type: 'question',
    message: words.openExternalMessage(hostname),
    detail: url,
    buttons: [words.open, words.cancel],
    defaultId: 0,
    cancelId: 1,
  });
  if (response === 0) await shell.openExternal(url);
}
