import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { launch, runFile } from '../chromium-host/launch.ts';
import type { LaunchInput, RunningApp } from './running-app.ts';

/** The application on the Chromium host. */
export async function launchOnChromium(input: LaunchInput): Promise<RunningApp> {
  const app = await launch(input);
  const { page, context, exited } = app;
  return {
    page,
    exited,
    close: () => app.close(),
    requestClose: async () => {
      await app.control('closeWindow');
    },
    answerMessageBox: (button) => app.control('answerMessageBox', button),
    answerOpenDialog: (paths) => app.control('answerOpenDialog', paths),
    dialogs: async () => (await app.control('record')).dialogs.map(({ message }) => message),
    clipboard: async () => (await app.control('record')).clipboard,
    crashPage: async () => {
      const replaced = context.waitForEvent('page');
      await app.control('crashPage');
      const next = await replaced;
      await next.waitForURL(/index\.html/);
      await next.waitForLoadState('load');
      return next;
    },
    sleep: async () => {
      await app.control('sleep');
    },
    wake: async () => {
      await app.control('wake');
    },
    kill: () => app.kill(),
    startAgain: async (paths) => {
      const child = spawn(process.execPath, [runFile, ...paths], { env: input.env, stdio: 'ignore' });
      const [code] = await once(child, 'exit');
      return code as number | null;
    },
  };
}
