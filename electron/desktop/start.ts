import { join } from 'node:path';
import { app, type BrowserWindow, nativeTheme, session } from 'electron';
import { forwardEvents, ImageBatches } from '../ipc/events.ts';
import { createHandlers } from '../ipc/handlers.ts';
import { registerHandlers } from '../ipc/register.ts';
import { createServices, type Services } from '../services.ts';
import type { SettingsService } from '../settings/settings-file.ts';
import { createDesktopActions } from './actions.ts';
import { APP_ORIGIN } from './app-files.ts';
import { CloseGuard } from './close.ts';
import { logChildProcesses, recoverPage } from './crash.ts';
import { end } from './end.ts';
import type { Log } from './log.ts';
import { setMenu } from './menu.ts';
import { eventSender, ipcHost, PathsToOpen } from './page-events.ts';
import { bringToFront, followSleep, showTransfersToSystem } from './power.ts';
import { serveApp } from './protocol.ts';
import { denyPermissions } from './security.ts';
import { type DesktopText, desktopText } from './text.ts';
import { createVaultCipher } from './vault-cipher.ts';
import { createWindow, loadPage } from './window.ts';

export interface StartOptions {
  dataDir: string;
  env: NodeJS.ProcessEnv;
  homeDir: string;
  /** Folder of the built main bundle; the preload and the page are found from it. */
  bundleDir: string;
  log: Log;
  /** Paths of the command line, opened when the page is there. */
  paths: string[];
}

/** Builds the services and the window. Returns what opens further paths in it. Call after `ready`. */
export async function startDesktop({
  dataDir,
  env,
  homeDir,
  bundleDir,
  log,
  paths,
}: StartOptions): Promise<(paths: string[]) => void> {
  // The vault's reasons are in the language of settings that are read a moment later.
  const live: { settings?: SettingsService } = {};
  const text = desktopText(
    () => live.settings?.get().language ?? 'system',
    () => app.getLocale(),
  );
  const services = await createServices({
    dataDir,
    env,
    homeDir,
    temporaryDir: app.getPath('temp'),
    cipher: createVaultCipher(process.platform, text),
    rememberJobs: true,
    systemProxy: (url) => session.defaultSession.resolveProxy(url),
    onProblem: (error) => log.write('warning', error.message, error),
  });
  live.settings = services.settings;
  serveApp(session.defaultSession, join(bundleDir, '../renderer/main_window'));
  denyPermissions(session.defaultSession);
  logChildProcesses(log);
  setMenu(process.platform, text);
  followTheme(services);

  const window = createWindow({ preload: join(bundleDir, 'preload.cjs'), bounds: services.settings.get().window });
  const pathsToOpen = connect(window, services, text, { log, dataDir, paths });
  services.catalog.start();
  loadPage(window).then(
    () => log.write('info', `started ${app.getVersion()}`),
    (thrown: unknown) => log.write('error', 'the page did not load', { message: String(thrown) }),
  );
  return (more) => {
    pathsToOpen.open(more);
    bringToFront(window);
  };
}

/** Ties the window to the services: requests, events, recovery, and the end. */
function connect(
  window: BrowserWindow,
  services: Services,
  text: DesktopText,
  { log, dataDir, paths }: Pick<StartOptions, 'log' | 'dataDir' | 'paths'>,
): PathsToOpen {
  const send = eventSender(window);
  const images = new ImageBatches((payload) => send('images', payload));
  const ending = new AbortController();
  const closeGuard = new CloseGuard({
    window,
    runningCount: () => services.transfers.runningCount(),
    send,
    text,
    quit: (cancelRunning) => void end(window, services, { ending, log, cancelRunning }),
  });
  recoverPage(window, log, text);
  window.webContents.on('did-start-loading', () => closeGuard.reset());
  const stops = [
    registerHandlers({
      host: ipcHost,
      handlers: createHandlers(services, createDesktopActions(window, closeGuard, text, { log, dataDir, images })),
      origin: APP_ORIGIN,
      onProblem: (channel, error) => log.write('error', `request ${channel}`, error),
    }),
    forwardEvents(services, send, images),
    showTransfersToSystem(services.transfers, window, text),
    followSleep(services),
    services.settings.subscribe(() => setMenu(process.platform, text)),
  ];
  ending.signal.addEventListener('abort', () => {
    for (const stop of stops) stop();
  });
  return new PathsToOpen(window, send, paths);
}

function followTheme({ settings }: Services): void {
  nativeTheme.themeSource = settings.get().theme;
  settings.subscribe(({ theme }) => {
    if (nativeTheme.themeSource !== theme) nativeTheme.themeSource = theme;
  });
}
