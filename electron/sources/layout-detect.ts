import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { PushboatError } from '../../shared/errors.ts';
import { isAbsent, unreadable } from './fs-errors.ts';
import { gone, LAYOUT_INDEX, LAYOUT_MARKER } from './layout-files.ts';
import { mapConcurrent } from './map-concurrent.ts';
import { listSubfolders } from './subfolders.ts';

/** What a path that a person gave is. */
export interface DetectedPath {
  kind: 'layout' | 'layout-folder';
  /** Absolute; the layout's folder where one of its files was given. */
  location: string;
}

/** True when the folder has at least one of the two files of a layout, whether they are good or not. */
async function hasLayoutFiles(folder: string): Promise<boolean> {
  return (await exists(join(folder, LAYOUT_INDEX))) || (await exists(join(folder, LAYOUT_MARKER)));
}

/** True for a folder that wants to be a layout, good or broken. `index.json` alone is too common a name to say so. */
export async function looksLikeLayout(folder: string): Promise<boolean> {
  if (await exists(join(folder, LAYOUT_MARKER))) return true;
  return (await exists(join(folder, LAYOUT_INDEX))) && (await exists(join(folder, 'blobs')));
}

/**
 * Finds out what a path is: a layout (good or broken), one of a layout's own files, or a folder of layouts.
 * @throws PushboatError LAYOUT_INVALID when it is none of these, SOURCE_UNREADABLE
 */
export async function detectPath(path: string): Promise<DetectedPath> {
  const given = resolve(path);
  const isOwnFile = [LAYOUT_INDEX, LAYOUT_MARKER].includes(basename(given)) && (await isFile(given));
  const location = isOwnFile ? dirname(given) : given;
  if (await isFile(location)) throw notALayout(location, 'it is a file, not a folder');
  if (await hasLayoutFiles(location)) return { kind: 'layout', location };
  const folders = await listSubfolders(location);
  for await (const found of mapConcurrent(folders, 16, (folder) => looksLikeLayout(folder.path))) {
    if (found) return { kind: 'layout-folder', location };
  }
  const missing = `${LAYOUT_MARKER} and ${LAYOUT_INDEX} are missing`;
  throw notALayout(location, folders.length === 0 ? missing : `${missing}, and no folder in it is a layout`);
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    throw isAbsent(error) ? gone(path) : unreadable(path, error);
  }
}

/** False also for what cannot be looked at: reading the folder itself says why. */
async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function notALayout(path: string, why: string): PushboatError {
  return new PushboatError('LAYOUT_INVALID', `${path} is not an OCI image layout: ${why}.`, {
    path,
    detail: why,
    hint: 'check-folder',
  });
}
