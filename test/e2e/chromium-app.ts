import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { launch, runFile } from '../chromium-host/launch.ts';
import type { LaunchInput, RunningApp } from './app.ts';

/** The application on the Chromium host. */
export async function launchOnChromium(input: LaunchInput): Promise<RunningApp> {
  const { page, context, control, exited, close } = await launch(input);
  return {
    page,
    exited,
    close,
    requestClose: async () => {
      await control('closeWindow');
    },
    answerMessageBox: (button) => control('answerMessageBox', button),
    dialogs: async () => (await control('record')).dialogs.map(({ message }) => message),
    clipboard: async () => (await control('record')).clipboard,
    crashPage: async () => {
      const replaced = context.waitForEvent('page');
      await control('crashPage');
      const next = await replaced;
      await next.waitForURL(/index\.html/);
      await next.waitForLoadState('load');
      return next;
    },
    startAgain: async (paths) => {
      const child = spawn(process.execPath, [runFile, ...paths], { env: input.env, stdio: 'ignore' });
      const [code] = await once(child, 'exit');
      return code as number | null;
    },
  };
}
