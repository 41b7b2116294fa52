import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { _electron } from 'playwright-core';
import type { LaunchInput, RunningApp } from './running-app.ts';

const root = join(import.meta.dirname, '../..');
const electronFolder = join(root, 'node_modules/electron');

/** Electron's executable when its runtime is there. The package itself is not asked, because that would start a download. */
export function presentElectron(): string | undefined {
  const override = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  const pathFile = join(electronFolder, 'path.txt');
  const name = existsSync(pathFile) ? readFileSync(pathFile, 'utf8') : 'electron';
  const executable = join(override ?? join(electronFolder, 'dist'), name);
  return existsSync(executable) ? executable : undefined;
}

/** The application on Electron itself. */
export async function launchElectron(executablePath: string, { env, paths, locale }: LaunchInput): Promise<RunningApp> {
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const app = await _electron.launch({
    executablePath,
    args: [root, `--lang=${locale}`, ...sandbox, ...paths],
    env: Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined)),
  });
  const child = app.process();
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const page = await app.firstWindow();
  await page.waitForLoadState('load');
  await app.evaluate(({ dialog }) => {
    const asked = { messages: [] as string[], answers: [] as number[], paths: [] as string[][] };
    Object.assign(globalThis, { asked });
    const showMessageBox = async (...input: unknown[]) => {
      const { message, cancelId } = input.at(-1) as { message: string; cancelId: number };
      asked.messages.push(message);
      return { response: asked.answers.shift() ?? cancelId, checkboxChecked: false };
    };
    const showOpenDialog = async () => {
      const filePaths = asked.paths.shift() ?? [];
      return { canceled: filePaths.length === 0, filePaths };
    };
    const showSaveDialog = async () => {
      const filePath = asked.paths.shift()?.[0] ?? '';
      return { canceled: filePath === '', filePath };
    };
    Object.assign(dialog, { showMessageBox, showOpenDialog, showSaveDialog });
  });
  return {
    page,
    exited,
    requestClose: () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close()),
    answerMessageBox: (button) =>
      app.evaluate((_electronModule, answer) => {
        (globalThis as unknown as { asked: { answers: number[] } }).asked.answers.push(answer);
      }, button),
    answerOpenDialog: (chosen) =>
      app.evaluate((_electronModule, answer) => {
        (globalThis as unknown as { asked: { paths: string[][] } }).asked.paths.push(answer);
      }, chosen),
    dialogs: () => app.evaluate(() => (globalThis as unknown as { asked: { messages: string[] } }).asked.messages),
    clipboard: () => app.evaluate(({ clipboard }) => clipboard.readText()),
    crashPage: async () => {
      const loaded = app.evaluate(({ BrowserWindow }) => {
        const contents = BrowserWindow.getAllWindows()[0]?.webContents;
        return new Promise<void>((resolve) => {
          contents?.once('did-finish-load', () => resolve());
          contents?.forcefullyCrashRenderer();
        });
      });
      await loaded;
      return app.windows().at(-1) ?? page;
    },
    sleep: () => app.evaluate(({ powerMonitor }) => void powerMonitor.emit('suspend')),
    wake: () => app.evaluate(({ powerMonitor }) => void powerMonitor.emit('resume')),
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    startAgain: async (more) => {
      const again = spawn(executablePath, [root, ...sandbox, ...more], { env, stdio: 'ignore' });
      const [code] = await once(again, 'exit');
      return code as number | null;
    },
    async close() {
      if (child.exitCode !== null) return;
      // Not app.close(): that waits for windows that may be asking a question.
      child.kill('SIGKILL');
      await exited;
    },
  };
}
