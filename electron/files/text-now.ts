import { constants, readFileSync, statSync } from 'node:fs';
import { DO_NOT_WAIT, requireFile } from './plain-file.ts';

/** The text of a file, read at once. Fails with the system's error, and for what is no file: a pipe would be waited for by the whole program. */
export function readTextNow(path: string): string {
  requireFile(statSync(path));
  // What was a file may be a pipe by now.
  return readFileSync(path, { encoding: 'utf8', flag: constants.O_RDONLY | DO_NOT_WAIT });
}
