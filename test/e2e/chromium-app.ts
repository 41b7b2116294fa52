import { launch } from '../chromium-host/launch.ts';
import type { LaunchInput, RunningApp } from './app.ts';

/** The application on the Chromium host. */
export async function launchOnChromium(input: LaunchInput): Promise<RunningApp> {
  const { page, control, exited, close } = await launch(input);
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
      await control('crashPage');
    },
  };
}
