import { app, type BrowserWindow, clipboard, dialog, type FileFilter, type OpenDialogOptions, shell } from 'electron';
import { PushboatError } from '../../shared/errors.ts';
import type { AppInfo, FileKind } from '../../shared/ipc.ts';
import { RECEIPT_ENDINGS } from '../../shared/receipt.ts';
import { UPDATE_FEED } from '../../shared/updates.ts';
import type { ImageBatches } from '../ipc/events.ts';
import type { DesktopActions } from '../ipc/types.ts';
import type { CloseGuard } from './close.ts';
import type { Log } from './log.ts';
import type { DesktopText } from './text.ts';

interface DesktopParts {
  log: Pick<Log, 'tail'>;
  dataDir: string;
  images: ImageBatches;
}

/** What the handlers ask of the desktop, on Electron. */
export function createDesktopActions(
  window: BrowserWindow,
  closeGuard: CloseGuard,
  text: DesktopText,
  { log, dataDir, images }: DesktopParts,
): DesktopActions {
  return {
    info: () => appInfo(dataDir),
    copy: (value) => clipboard.writeText(value),
    logTail: () => log.tail(),
    openExternal: (url) => openExternal(url, window, text),
    sendImages: (rows) => images.addRows(rows),
    closingShown: () => closeGuard.shown(),
    answerClosing: (answer) => closeGuard.answer(answer),
    choosePaths: (kind) =>
      choose(
        window,
        kind === 'folders'
          ? { title: text().chooseFolders, properties: ['openDirectory', 'multiSelections', 'createDirectory'] }
          : {
              title: text().chooseArchives,
              properties: ['openFile', 'multiSelections'],
              filters: archiveFilters(text),
            },
      ),
    chooseNewArchive: (name) =>
      chooseNewFile(window, text, {
        title: text().chooseNewArchive,
        name,
        filter: { name: text().newArchives, extensions: ['tar'] },
      }),
    chooseReceiptFile: (name, format) =>
      chooseNewFile(window, text, {
        title: text().saveReceipt,
        name,
        filter: { name: text().receipts, extensions: [RECEIPT_ENDINGS[format]] },
      }),
    chooseTargetFolder: async () => {
      const title = text().chooseTargetFolder;
      const [folder] = await choose(window, { title, properties: ['openDirectory', 'createDirectory'] });
      return folder ?? null;
    },
    showInFolder: (path) => shell.showItemInFolder(path),
    chooseFile: async (kind) => {
      const [file] = await choose(window, {
        title: text().chooseFile[kind],
        properties: ['openFile', 'showHiddenFiles'],
        filters: [
          { name: text().fileKinds[kind], extensions: FILE_ENDINGS[kind] },
          { name: text().allFiles, extensions: ['*'] },
        ],
      });
      return file ?? null;
    },
  };
}

/** Absolute paths; none when cancelled. */
async function choose(window: BrowserWindow, options: OpenDialogOptions): Promise<string[]> {
  const { canceled, filePaths } = await dialog.showOpenDialog(window, options);
  return canceled ? [] : filePaths;
}

const FILE_ENDINGS: Record<FileKind, string[]> = {
  ca: ['pem', 'crt', 'cer'],
  certificate: ['cert', 'pem', 'crt'],
  certificateKey: ['key', 'pem'],
  signingKey: ['private', 'key', 'pem'],
};

interface NewFile {
  title: string;
  /** What is proposed. */
  name: string;
  filter: FileFilter;
}

/** Absolute; null when cancelled. */
async function chooseNewFile(
  window: BrowserWindow,
  text: DesktopText,
  { title, name, filter }: NewFile,
): Promise<string | null> {
  const { canceled, filePath } = await dialog.showSaveDialog(window, {
    title,
    defaultPath: name,
    filters: [filter, { name: text().allFiles, extensions: ['*'] }],
    properties: ['createDirectory', 'showOverwriteConfirmation'],
  });
  return canceled || filePath === '' ? null : filePath;
}

/** Of archives, and of what they are compressed with. */
const ARCHIVE_ENDINGS = ['tar', 'gz', 'tgz', 'zst', 'tzst', 'xz', 'txz', 'bz2', 'tbz', 'tbz2'];

function archiveFilters(text: DesktopText): FileFilter[] {
  return [
    { name: text().archives, extensions: ARCHIVE_ENDINGS },
    { name: text().allFiles, extensions: ['*'] },
  ];
}

function appInfo(dataFolder: string): AppInfo {
  return {
    version: app.getVersion(),
    platform: process.platform === 'darwin' || process.platform === 'win32' ? process.platform : 'linux',
    locale: app.getLocale(),
    electron: process.versions['electron'] ?? '',
    dataFolder,
  };
}

/** Hosts whose pages the window links to: our own, documentation, and the token pages of well-known registries. */
const ALLOWED_HOSTS = new Set([
  new URL(UPDATE_FEED).host,
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
async function openExternal(url: string, window: BrowserWindow, text: DesktopText): Promise<void> {
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
