import { ipcMain } from 'electron';
import type { IpcHost } from '../ipc/types.ts';

/** The real door for electron/ipc/register.ts. Nothing else names this module of Electron; a test holds that. */
export const ipcHost: IpcHost = ipcMain;
