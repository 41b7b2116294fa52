import { userInfo } from 'node:os';
import { posix, win32 } from 'node:path';

/**
 * The folder of Pushboat's own files (settings, vault, journal), absolute. `PUSHBOAT_DATA_DIR` overrides; otherwise
 * `$XDG_DATA_HOME/pushboat` or `~/.local/share/pushboat` on Linux, `~/Library/Application Support/Pushboat` on macOS,
 * `%APPDATA%\Pushboat` on Windows.
 */
export function appDataDir(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  const path = platform === 'win32' ? win32 : posix;
  const own = env['PUSHBOAT_DATA_DIR'];
  if (own) return path.resolve(own);
  const home = homeDirOf(env, platform);
  if (platform === 'win32') return path.join(env['APPDATA'] || path.join(home, 'AppData', 'Roaming'), 'Pushboat');
  if (platform === 'darwin') return path.join(home, 'Library', 'Application Support', 'Pushboat');
  // XDG base directory specification: a relative path is invalid and to be ignored.
  const xdg = env['XDG_DATA_HOME'];
  return path.join(xdg && path.isAbsolute(xdg) ? xdg : path.join(home, '.local', 'share'), 'pushboat');
}

/**
 * The folder of what can be made again, absolute: `$XDG_CACHE_HOME/pushboat` or `~/.cache/pushboat` on Linux, `~/Library/Caches/Pushboat` on
 * macOS, `%LOCALAPPDATA%\\Pushboat\\Cache` on Windows.
 */
export function appCacheDir(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  const path = platform === 'win32' ? win32 : posix;
  const home = homeDirOf(env, platform);
  if (platform === 'win32') {
    return path.join(env['LOCALAPPDATA'] || path.join(home, 'AppData', 'Local'), 'Pushboat', 'Cache');
  }
  if (platform === 'darwin') return path.join(home, 'Library', 'Caches', 'Pushboat');
  const xdg = env['XDG_CACHE_HOME'];
  return path.join(xdg && path.isAbsolute(xdg) ? xdg : path.join(home, '.cache'), 'pushboat');
}

/** The person's home folder: `HOME`, or `USERPROFILE` on Windows, else what the system says; `/` for somebody it does not know. */
export function homeDirOf(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  return (platform === 'win32' ? env['USERPROFILE'] : env['HOME']) || systemHome();
}

/** Node's own `homedir()` is empty where HOME is. */
function systemHome(): string {
  try {
    return userInfo().homedir;
  } catch {
    return '/';
  }
}
