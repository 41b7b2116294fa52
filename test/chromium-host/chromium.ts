import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
  'brave-browser',
];
const MAC_APPS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** The browser to show the window with: `PUSHBOAT_CHROMIUM`, or the first known one that is installed. */
export function findChromium(env: NodeJS.ProcessEnv): string | undefined {
  const given = env['PUSHBOAT_CHROMIUM'];
  if (given !== undefined && given !== '') return given;
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = [
    ...NAMES.flatMap((name) => [...folders, '/usr/bin'].map((folder) => join(folder, name))),
    ...MAC_APPS,
  ];
  return candidates.find((path) => existsSync(path));
}

/** Why no window can be shown here, or undefined when one can. */
export function noDisplayReason(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string | undefined {
  if (platform !== 'linux' || env['DISPLAY'] || env['WAYLAND_DISPLAY']) return undefined;
  return [
    'There is no display to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is set).',
    'Use the command line instead: npm run -s pushboat -- push IMAGE DESTINATION',
  ].join('\n');
}

export interface BrowserArguments {
  width: number;
  height: number;
  x?: number | undefined;
  y?: number | undefined;
  maximized: boolean;
  /** Lets a test's own Playwright connect in addition to the host's. */
  debuggingPort: boolean;
}

export function chromiumArguments({ width, height, x, y, maximized, debuggingPort }: BrowserArguments): string[] {
  const isRoot = process.getuid?.() === 0;
  return [
    '--app=data:text/html,<title>Pushboat</title>',
    `--window-size=${width},${height}`,
    ...(x === undefined || y === undefined ? [] : [`--window-position=${x},${y}`]),
    ...(maximized ? ['--start-maximized'] : []),
    // A test needs no graphics processor: imitating one is a fifth of what a start costs.
    ...(debuggingPort ? ['--remote-debugging-port=0', '--disable-gpu'] : []),
    // Chromium's own sandbox refuses to run as root.
    ...(isRoot ? ['--no-sandbox', '--test-type'] : []),
    // On a closed network each of these would wait for an answer that never comes.
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
    '--no-default-browser-check',
    '--password-store=basic',
    '--use-mock-keychain',
    '--disable-features=Translate,MediaRouter,OptimizationHints',
  ];
}
