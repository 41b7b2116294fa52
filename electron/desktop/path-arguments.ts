import { resolve } from 'node:path';

/** Paths on a command line: what is not a switch, made absolute. `skip` are the arguments before the first path. */
export function pathArguments(argv: string[], cwd: string, skip: number): string[] {
  return argv
    .slice(skip)
    .filter((argument) => argument !== '' && !argument.startsWith('-'))
    .map((argument) => resolve(cwd, argument));
}
