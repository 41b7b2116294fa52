import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { withLock as withFileLock } from '../../../electron/files/lock.mjs';
import { root } from './paths.mjs';

/**
 * Runs `work` while holding the named lock, so that two commands started at once do not write the same files. However long the other
 * one's installation takes, it is waited for.
 *
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export function withLock(name, work) {
  const folder = join(root, '.vite');
  // Bundles are for everybody, unlike what the engine locks.
  mkdirSync(folder, { recursive: true });
  return withFileLock(join(folder, name), work, { longestWait: Number.POSITIVE_INFINITY });
}
