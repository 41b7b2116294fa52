import { resolve } from 'node:path';
import { app } from 'electron';

/** What a second start hands to the first. */
interface StartData {
  paths: string[];
}

/** Paths on a command line: what is not a switch, made absolute. `skip` are the arguments before the first path. */
export function pathArguments(argv: string[], cwd: string, skip: number): string[] {
  return argv
    .slice(skip)
    .filter((argument) => argument !== '' && !argument.startsWith('-'))
    .map((argument) => resolve(cwd, argument));
}

/** The paths that this start was given. In development Electron's own arguments are the executable and the project. */
export function startPaths(): string[] {
  return pathArguments(process.argv, process.cwd(), process.defaultApp === true ? 2 : 1);
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
