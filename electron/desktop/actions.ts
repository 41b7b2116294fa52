import { app, type BrowserWindow, clipboard, dialog, type FileFilter, shell } from 'electron';
import type { AppInfo } from '../../shared/ipc.ts';
import type { DesktopActions } from '../ipc/types.ts';
import type { CloseGuard } from './close.ts';
import { openExternal } from './external.ts';
import type { Log } from './log.ts';
import type { DesktopText } from './text.ts';

/** What the handlers ask of the desktop, on Electron. */
export function createDesktopActions(
  window: BrowserWindow,
  closeGuard: CloseGuard,
  text: DesktopText,
  { log, dataDir }: { log: Pick<Log, 'tail'>; dataDir: string },
): DesktopActions {
  return {
    info: () => appInfo(dataDir),
    copy: (value) => clipboard.writeText(value),
    logTail: () => log.tail(),
    openExternal: (url) => openExternal(url, window, text),
    closingShown: () => closeGuard.shown(),
    answerClosing: (answer) => closeGuard.answer(answer),
    async choosePaths(kind) {
      const { canceled, filePaths } = await dialog.showOpenDialog(
        window,
        kind === 'folders'
          ? { title: text().chooseFolders, properties: ['openDirectory', 'multiSelections', 'createDirectory'] }
          : {
              title: text().chooseArchives,
              properties: ['openFile', 'multiSelections'],
              filters: archiveFilters(text),
            },
      );
      return canceled ? [] : filePaths;
    },
    async chooseNewArchive(name) {
      const { canceled, filePath } = await dialog.showSaveDialog(window, {
        title: text().chooseNewArchive,
        defaultPath: name,
        filters: [
          { name: text().newArchives, extensions: ['tar'] },
          { name: text().allFiles, extensions: ['*'] },
        ],
        properties: ['createDirectory', 'showOverwriteConfirmation'],
      });
      return canceled || filePath === '' ? null : filePath;
    },
    async chooseTargetFolder() {
      const { canceled, filePaths } = await dialog.showOpenDialog(window, {
        title: text().chooseTargetFolder,
        properties: ['openDirectory', 'createDirectory'],
      });
      return canceled ? null : (filePaths[0] ?? null);
    },
    showInFolder: (path) => shell.showItemInFolder(path),
    async chooseCaFile() {
      const { canceled, filePaths } = await dialog.showOpenDialog(window, {
        title: text().chooseCaFile,
        properties: ['openFile', 'showHiddenFiles'],
        filters: [
          { name: text().certificates, extensions: ['pem', 'crt', 'cer'] },
          { name: text().allFiles, extensions: ['*'] },
        ],
      });
      return canceled ? null : (filePaths[0] ?? null);
    },
  };
}

function archiveFilters(text: DesktopText): FileFilter[] {
  return [
    { name: text().archives, extensions: ['tar', 'gz', 'tgz', 'zst', 'tzst'] },
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
