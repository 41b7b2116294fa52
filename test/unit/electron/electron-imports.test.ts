import { readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');

async function sources(): Promise<{ file: string; text: string }[]> {
  const folders = ['electron', 'renderer', 'shared'];
  const found = await Promise.all(
    folders.map(async (folder) => {
      const names = await readdir(join(root, folder), { recursive: true });
      return names.filter((name) => /\.tsx?$/.test(name)).map((name) => join(folder, name));
    }),
  );
  return Promise.all(found.flat().map(async (file) => ({ file, text: await readFile(join(root, file), 'utf8') })));
}

const IMPORTS_ELECTRON =
  /\bfrom\s+['"]electron(?:\/[^'"]*)?['"]|\b(?:import|require)\s*\(\s*['"]electron(?:\/[^'"]*)?['"]/;

describe('Electron', () => {
  it('is imported by the desktop folder, main.ts and preload.ts only, so that the engine runs on plain Node', async () => {
    const importers = (await sources()).filter(({ text }) => IMPORTS_ELECTRON.test(text)).map(({ file }) => file);
    const allowed = (file: string): boolean =>
      file === join('electron', 'main.ts') ||
      file === join('electron', 'preload.ts') ||
      file.startsWith(join('electron', 'desktop') + sep);
    expect(importers.filter((file) => !allowed(file))).toEqual([]);
    expect(importers).toContain(join('electron', 'preload.ts'));
  });

  it('gives its ipcMain to one file only, whose handlers all go through the checked wrapper', async () => {
    const users = (await sources())
      .filter(({ text }) => /\bimport\b[^;]*\bipcMain\b/.test(text))
      .map(({ file }) => file);
    expect(users).toEqual([join('electron', 'desktop', 'page-events.ts')]);
  });
});
