import { join } from 'node:path';
import { app } from 'electron';
import { commandArguments } from './desktop/command-arguments.ts';
import { reportUncaught } from './desktop/crash.ts';
import { openLog } from './desktop/log.ts';
import { registerAppScheme } from './desktop/protocol.ts';
import { lockDownContents } from './desktop/security.ts';
import { becomeOnlyInstance, startPaths } from './desktop/single-instance.ts';
import { startDesktop } from './desktop/start.ts';
import { desktopText } from './desktop/text.ts';
import { appDataDir, homeDirOf } from './settings/app-paths.ts';

const command = commandArguments(process.argv, process.defaultApp ? 2 : 1);
if (command) void runCommand(command);
else openWindow();

/** The packaged app is the command line as well: no window, and the exit status is the command's. */
async function runCommand(args: string[]): Promise<void> {
  app.dock?.hide();
  const { startCommandLine } = await import('./cli/start.ts');
  app.exit(await startCommandLine(args));
}

function openWindow(): void {
  const dataDir = appDataDir(process.env, process.platform);
  // Electron's own files (cache, lock of the single instance) are next to ours, so that one folder is one instance.
  app.setPath('userData', join(dataDir, 'window'));

  const log = openLog(join(dataDir, 'logs'));
  reportUncaught(
    log,
    desktopText(
      () => 'system',
      () => app.getLocale(),
    ),
  );
  registerAppScheme();
  lockDownContents();

  const paths = startPaths();
  let openPaths = (more: string[]): void => {
    paths.push(...more);
  };

  if (becomeOnlyInstance((more) => openPaths(more))) {
    // Not awaited at the top level: Electron holds `ready` back until this module has been evaluated.
    void app.whenReady().then(async () => {
      openPaths = await startDesktop({
        dataDir,
        env: process.env,
        homeDir: homeDirOf(process.env, process.platform),
        bundleDir: import.meta.dirname,
        log,
        paths,
      });
    });
  } else {
    app.quit();
  }
}
