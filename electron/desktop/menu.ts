import { app, Menu, type MenuItemConstructorOptions } from 'electron';
import type { DesktopText } from './text.ts';

/**
 * The least that each system needs: on macOS the Edit roles, without which copy and paste do not work in text fields.
 * Elsewhere no menu bar; Chromium has these keys itself.
 */
export function setMenu(platform: NodeJS.Platform, text: DesktopText): void {
  if (platform !== 'darwin') {
    Menu.setApplicationMenu(null);
    return;
  }
  const words = text();
  const edit: MenuItemConstructorOptions[] = [
    { role: 'undo' },
    { role: 'redo' },
    { type: 'separator' },
    { role: 'cut' },
    { role: 'copy' },
    { role: 'paste' },
    { role: 'selectAll' },
  ];
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      {
        label: app.name,
        submenu: [{ role: 'about', label: words.about }, { type: 'separator' }, { role: 'hide' }, { role: 'quit' }],
      },
      { label: words.edit, submenu: edit },
      { label: words.window, role: 'windowMenu' },
    ]),
  );
}
