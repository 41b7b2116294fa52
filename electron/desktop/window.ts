import { BrowserWindow, nativeTheme, screen } from 'electron';
import type { Settings } from '../../shared/settings.ts';
import { APP_URL } from './app-files.ts';

type Bounds = NonNullable<Settings['window']>;

const MIN_SIZE = { width: 700, height: 480 };
const FIRST_SIZE = { width: 1280, height: 800 };

/** The page's own background, so that nothing flashes before it paints (renderer/styles). */
const BACKGROUND = { light: '#ffffff', dark: '#1d2024' };

export interface WindowOptions {
  /** Absolute path of the CommonJS preload bundle. */
  preload: string;
  bounds: Settings['window'];
  icon?: string;
}

/** The one window, sandboxed and isolated; shown when its first frame is painted. Call `loadPage` once all handlers are there. */
export function createWindow({ preload, bounds, icon }: WindowOptions): BrowserWindow {
  const window = new BrowserWindow({
    ...(bounds === undefined ? FIRST_SIZE : visibleBounds(bounds)),
    minWidth: MIN_SIZE.width,
    minHeight: MIN_SIZE.height,
    show: false,
    title: 'Pushboat',
    backgroundColor: nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light,
    ...(icon === undefined ? {} : { icon }),
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
    },
  });
  if (bounds?.maximized === true) window.maximize();
  window.once('ready-to-show', () => window.show());
  return window;
}

export function loadPage(window: BrowserWindow): Promise<void> {
  return window.loadURL(APP_URL);
}

/** The window's place as it should be remembered. */
export function boundsOf(window: BrowserWindow): Bounds {
  return { ...window.getNormalBounds(), maximized: window.isMaximized() };
}

/** The remembered place, without its position when no screen shows it any more (a monitor was unplugged). */
function visibleBounds({ width, height, x, y }: Bounds): { width: number; height: number; x?: number; y?: number } {
  const size = { width: Math.max(width, MIN_SIZE.width), height: Math.max(height, MIN_SIZE.height) };
  if (x === undefined || y === undefined) return size;
  const { workArea } = screen.getDisplayMatching({ x, y, ...size });
  const visible =
    x < workArea.x + workArea.width &&
    x + size.width > workArea.x &&
    y >= workArea.y &&
    y < workArea.y + workArea.height;
  return visible ? { ...size, x, y } : size;
}
