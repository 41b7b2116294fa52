import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The commands of the command line, and the options that stand alone. */
const COMMANDS = new Set([
  'push',
  'images',
  'login',
  'logout',
  'resolve',
  'registry',
  'history',
  'key',
  'verify',
  'completion',
  'complete',
  'man-page',
  'help',
  '--help',
  '-h',
  '--version',
  '-V',
]);

/**
 * The command line's arguments when the app was started with a command, else undefined: its arguments are paths then. A folder that is
 * called like a command is opened as `./push`, or behind `--`.
 * @param skip the arguments before the first of a person
 */
export function commandArguments(argv: readonly string[], skip: number): string[] | undefined {
  const args = argv.slice(skip);
  return args[0] !== undefined && COMMANDS.has(args[0]) ? args : undefined;
}

/**
 * Paths on a command line: what is not a switch, made absolute. A file manager may give an address in the place of a path
 * (https://specifications.freedesktop.org/desktop-entry-spec/latest/exec-variables.html).
 * @param skip the arguments before the first path
 */
export function pathArguments(argv: string[], cwd: string, skip: number): string[] {
  return argv
    .slice(skip)
    .filter((argument) => argument !== '' && !argument.startsWith('-'))
    .map((argument) => pathOfAddress(argument) ?? resolve(cwd, argument));
}

/** What is no address of a file on this computer is a path, however it is called. */
function pathOfAddress(argument: string): string | undefined {
  if (!argument.startsWith('file://')) return undefined;
  try {
    return fileURLToPath(argument);
  } catch {
    return undefined;
  }
}
