import { type BrowserWindow, ipcMain } from 'electron';
import { eventName } from '../../shared/ipc-channels.ts';
import type { IpcHost, SendEvent } from '../ipc/types.ts';

/** Sends events to the page; while there is no page to hear them they are dropped, for a new page asks for the whole state. */
export function eventSender(window: BrowserWindow): SendEvent {
  return (event, payload) => {
    if (window.isDestroyed() || window.webContents.isDestroyed() || window.webContents.isCrashed()) return;
    window.webContents.send(eventName(event), payload);
  };
}

/** Paths to open, kept until the page is there: a start with arguments comes before it. */
export class PathsToOpen {
  readonly #send: (paths: string[]) => void;
  #waiting: string[];
  #loaded = false;

  constructor(window: BrowserWindow, send: SendEvent, paths: string[]) {
    this.#send = (opened) => send('open-paths', opened);
    this.#waiting = paths;
    window.webContents.on('did-start-loading', () => {
      this.#loaded = false;
    });
    window.webContents.on('did-finish-load', () => {
      this.#loaded = true;
      this.open([]);
    });
  }

  open(paths: string[]): void {
    this.#waiting.push(...paths);
    if (!this.#loaded || this.#waiting.length === 0) return;
    this.#send(this.#waiting);
    this.#waiting = [];
  }
}

/** The real door for electron/ipc/register.ts. Nothing else names this module of Electron; a test holds that. */
export const ipcHost: IpcHost = ipcMain;
