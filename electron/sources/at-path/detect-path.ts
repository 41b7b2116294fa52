import { readlink, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { PushboatError } from '../../../shared/errors.ts';
import type { PathTransport } from '../../../shared/images.ts';
import { mapConcurrent } from '../../files/concurrent.ts';
import { exists, requireFile } from '../../files/plain-file.ts';
import { gone, isAbsent, unreadable } from '../../files/system-errors.ts';
import {
  DIR_MANIFEST,
  DOCKER_MANIFEST,
  DOCKER_OLD_LIST,
  LAYOUT_INDEX,
  LAYOUT_MARKER,
} from '../../image/layout/file-names.ts';
import { archiveIncomplete, archiveOfAnotherKind, archiveWithoutImage } from '../../image/tar/archive-errors.ts';
import type { Archive } from '../archive/archive.ts';
import type { Archives } from '../archive/archives.ts';
import { looksLikeDir } from '../dir/detect-dir.ts';
import { hasLayoutFiles, looksLikeLayout } from '../oci-layout/detect-layout.ts';
import { listSubfolders } from '../oci-layout/subfolders.ts';
import { hasImageParts, otherArchive } from './other-archives.ts';
import { otherFolder } from './other-folders.ts';

/** What a path that a person gave is. */
export interface DetectedPath {
  /** A folder of layouts is `layout-folder`. */
  kind: PathTransport | 'layout-folder';
  /** Absolute; the layout's folder where one of its files was given. */
  location: string;
}

/**
 * Finds out what a path is: a layout (good or broken), one of a layout's own files, a folder of layouts, an archive, or a `dir:` folder.
 * A compressed archive is unpacked for that.
 * @throws PushboatError LAYOUT_INVALID when it is none of these, SOURCE_UNREADABLE; as `Archives.open`
 */
export async function detectPath(path: string, archives: Archives, signal?: AbortSignal): Promise<DetectedPath> {
  const given = resolve(path);
  const isOwnFile = [LAYOUT_INDEX, LAYOUT_MARKER].includes(basename(given)) && (await isFile(given));
  const isOfDir = basename(given) === DIR_MANIFEST && (await looksLikeDir(dirname(given)));
  const location = isOwnFile || isOfDir ? dirname(given) : given;
  if (await isFile(location)) return { kind: archiveKind(await archives.open(location, { signal })), location };
  // A folder of a project may have an index.json of its own; who names that file means it.
  const isLayout = isOwnFile ? hasLayoutFiles(location) : looksLikeLayout(location);
  if (await isLayout) return { kind: 'oci', location };
  if (await looksLikeDir(location)) return { kind: 'dir', location };
  const folders = await listSubfolders(location);
  for await (const found of mapConcurrent(folders, 16, (folder) => looksLikeLayout(folder.path))) {
    if (found) return { kind: 'layout-folder', location };
  }
  const instead = await otherFolder(location);
  if (instead !== undefined) throw notALayout(location, instead);
  const hasIndex = await exists(join(location, LAYOUT_INDEX));
  const missing = hasIndex
    ? `${LAYOUT_MARKER} and blobs are missing`
    : `${LAYOUT_MARKER} and ${LAYOUT_INDEX} are missing`;
  throw notALayout(location, folders.length === 0 ? missing : `${missing}, and no folder in it is a layout`);
}

/** A Docker archive may be a layout, too; its own list is what tells it. */
function archiveKind({ path, index }: Archive): 'oci-archive' | 'docker-archive' {
  const { members } = index;
  if (members.has(DOCKER_MANIFEST)) return 'docker-archive';
  if (members.has(LAYOUT_INDEX) || members.has(LAYOUT_MARKER)) return 'oci-archive';
  if (members.has(DOCKER_OLD_LIST)) return 'docker-archive';
  const why = `it has neither ${LAYOUT_INDEX} nor ${DOCKER_MANIFEST}`;
  const names = [...members.keys()];
  const instead = otherArchive(names);
  if (instead !== undefined) throw archiveOfAnotherKind(path, instead);
  if (!index.hasEndMark) throw archiveIncomplete(path, `${why}, and it may be cut off`);
  throw hasImageParts(names) ? archiveIncomplete(path, why) : archiveWithoutImage(path, why);
}

async function isFile(path: string): Promise<boolean> {
  try {
    const stats = await stat(path);
    if (!stats.isDirectory()) requireFile(stats);
    return stats.isFile();
  } catch (error) {
    throw isAbsent(error) ? gone(path, await whyAbsent(path)) : unreadable(path, error);
  }
}

async function whyAbsent(path: string): Promise<string> {
  const link = await readlink(path).catch(() => undefined);
  return link === undefined ? 'it does not exist' : `it is a link to ${link}, which does not exist`;
}

function notALayout(path: string, why: string): PushboatError {
  return new PushboatError('LAYOUT_INVALID', `${path} is not an OCI image layout: ${why}.`, {
    path,
    detail: why,
    hint: 'check-folder',
  });
}
