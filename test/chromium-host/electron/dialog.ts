import { homedir } from 'node:os';
import { join } from 'node:path';
import { hostOptions, preparedAnswers, recorded } from '../host-state.ts';
import type { BrowserWindow } from './window.ts';

interface MessageBoxOptions {
  message: string;
  detail?: string;
  buttons: string[];
  cancelId: number;
}

interface OpenDialogOptions {
  properties: string[];
}

interface SaveDialogOptions {
  title: string;
  defaultPath: string;
}

export const dialog = {
  /** A person gets the browser's own question; a test has prepared the answer, or the cancel button is it. */
  async showMessageBox(window: BrowserWindow, options: MessageBoxOptions): Promise<{ response: number }> {
    const { message, detail = '', buttons, cancelId } = options;
    recorded.dialogs.push({ message, detail, buttons });
    const prepared = preparedAnswers.messageBoxes.shift();
    if (prepared !== undefined || !hostOptions.interactive) return { response: prepared ?? cancelId };
    const other = buttons.findIndex((_, index) => index !== cancelId);
    const question = `${message}\n\n${detail}\n\nOK: ${buttons[other]}\nCancel: ${buttons[cancelId]}`;
    return { response: (await window.webContents.confirm(question)) ? other : cancelId };
  },

  async showOpenDialog(
    window: BrowserWindow,
    { properties }: OpenDialogOptions,
  ): Promise<{ canceled: boolean; filePaths: string[] }> {
    const prepared = preparedAnswers.openDialogs.shift();
    const kind = properties.includes('openFile') ? 'file' : 'folder';
    const filePaths = prepared ?? (hostOptions.interactive ? await window.webContents.choosePaths(kind) : []);
    return { canceled: filePaths.length === 0, filePaths };
  },

  /** A browser has no dialog for a path to write to: a person types it. A test prepares it as for the other file dialogs. */
  async showSaveDialog(
    window: BrowserWindow,
    { title, defaultPath }: SaveDialogOptions,
  ): Promise<{ canceled: boolean; filePath: string }> {
    const prepared = preparedAnswers.openDialogs.shift();
    const proposed = join(homedir(), defaultPath);
    const asked = hostOptions.interactive ? await window.webContents.prompt(title, proposed) : undefined;
    const filePath = prepared?.[0] ?? asked ?? '';
    return { canceled: filePath === '', filePath };
  },

  showErrorBox(title: string, content: string): void {
    recorded.dialogs.push({ message: title, detail: content, buttons: [] });
    console.error(`${title}\n${content}`);
  },
};
