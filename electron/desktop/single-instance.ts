import { app } from 'electron';
import { pathArguments } from './command-arguments.ts';

/** What a second start hands to the first. */
interface StartData {
  paths: string[];
}

/** The paths that this start was given. In development Electron's own arguments are the executable and the project. */
export function startPaths(): string[] {
  return pathArguments(process.argv, process.cwd(), process.defaultApp ? 2 : 1);
}

/**
 * True for the first start with this data folder. A later one hands over its paths and must quit; the first calls
 * `onStart` for it, and for files that the macOS dock is given.
 */
export function becomeOnlyInstance(onStart: (paths: string[]) => void): boolean {
  const data: StartData = { paths: startPaths() };
  if (!app.requestSingleInstanceLock(data)) return false;
  app.on('second-instance', (_event, _argv, _cwd, handedOver) => onStart(pathsOf(handedOver)));
  app.on('open-file', (event, path) => {
    event.preventDefault();
    onStart([path]);
  });
  return true;
}

function pathsOf(handedOver: unknown): string[] {
  if (typeof handedOver !== 'object' || handedOver === null || !('paths' in handedOver)) return [];
  const { paths } = handedOver;
  return Array.isArray(paths) ? paths.filter((path): path is string => typeof path === 'string') : [];
}
