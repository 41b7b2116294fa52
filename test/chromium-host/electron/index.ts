/**
 * Stands in for the module `electron` in the main process: just the API that Pushboat uses, over a real Chromium window.
 * Anything else is missing on purpose; using it fails at once.
 */
export { app } from './app.ts';
export { clipboard, Notification, nativeTheme, powerMonitor, powerSaveBlocker, screen, shell } from './desktop.ts';
export { dialog } from './dialog.ts';
export { ipcMain } from './ipc.ts';
export { Menu } from './menu.ts';
export { safeStorage } from './safe-storage.ts';
export { protocol, session } from './session.ts';
export { BrowserWindow } from './window.ts';
