import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { PushboatError } from '../../../shared/errors.ts';
import type { PathTransport } from '../../../shared/images.ts';
import { mapConcurrent } from '../../files/concurrent.ts';
import { exists, requireFile } from '../../files/plain-file.ts';
import { gone, isAbsent, unreadable } from '../../files/system-errors.ts';
import { readTextIfThere } from '../../files/text-file.ts';
import {
  DIR_MANIFEST,
  DIR_VERSION,
  DIR_VERSION_WORDS,
  DOCKER_MANIFEST,
  DOCKER_OLD_LIST,
  LAYOUT_INDEX,
  LAYOUT_MARKER,
} from '../../image/layout/file-names.ts';
import { archiveIncomplete, archiveOfAnotherKind, archiveWithoutImage } from '../../image/tar/archive-errors.ts';
import type { Archive } from '../archive/archive.ts';
import type { Archives } from '../archive/archives.ts';
import { hasLayoutFiles, looksLikeLayout } from '../oci-layout/detect-layout.ts';
import { listSubfolders } from '../oci-layout/subfolders.ts';

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
  const location = isOwnFile ? dirname(given) : given;
  if (await isFile(location)) return { kind: archiveKind(await archives.open(location, { signal })), location };
  // A folder of a project may have an index.json of its own; who names that file means it.
  const isLayout = isOwnFile ? hasLayoutFiles(location) : looksLikeLayout(location);
  if (await isLayout) return { kind: 'oci', location };
  if (await looksLikeDir(location)) return { kind: 'dir', location };
  const folders = await listSubfolders(location);
  for await (const found of mapConcurrent(folders, 16, (folder) => looksLikeLayout(folder.path))) {
    if (found) return { kind: 'layout-folder', location };
  }
  if (await exists(join(location, DOCKER_MANIFEST)))
    throw notALayout(location, 'it has the files of a docker save archive: pack them in a tar again, and push that');
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
  const instead = whatElse(names);
  if (instead !== undefined) throw archiveOfAnotherKind(path, instead);
  if (!index.hasEndMark) throw archiveIncomplete(path, `${why}, and it may be cut off`);
  throw names.some((name) => IMAGE_PART.test(name)) ? archiveIncomplete(path, why) : archiveWithoutImage(path, why);
}

/** Blobs, and layers and configs as `docker save` and others name them. */
const IMAGE_PART = /^blobs\/|^[0-9a-f]{64}(?:$|[./])|\/layer\.tar$/;
/** Whatever its depth, this file is of a layout; the others are common names. */
const IN_FOLDER = new RegExp(`^(?:(.+)/${LAYOUT_MARKER}|([^/]+)/(?:${LAYOUT_INDEX}|${DOCKER_MANIFEST}))$`);
const CHART = /^[^/]+\/Chart\.yaml$/;

/** What people take for an image: a folder with one that was packed as a whole, the files of a container, a chart of Helm. */
function whatElse(names: readonly string[]): string | undefined {
  const folder = folderWithImage(names);
  if (folder !== undefined) {
    const isLayout = [LAYOUT_INDEX, LAYOUT_MARKER].some((file) => names.includes(`${folder}/${file}`));
    const shown = folder.slice(0, 100);
    return isLayout
      ? `the image is in its folder ${shown}: unpack it, and push that folder`
      : `the image is in its folder ${shown}: unpack it, and pack what is in that folder as an archive of its own`;
  }
  if (names.some((name) => CHART.test(name))) return 'it is a Helm chart: push it with helm push';
  const tops = new Set(names.map((name) => name.split('/', 1)[0]));
  if (!tops.has('etc') || !(tops.has('usr') || tops.has('bin'))) return undefined;
  return 'it has the files of a container, as docker export writes them: save the image with docker save, or make one with docker import';
}

function folderWithImage(names: readonly string[]): string | undefined {
  for (const name of names) {
    const [, layout, other] = IN_FOLDER.exec(name) ?? [];
    if (layout !== undefined || other !== undefined) return layout ?? other;
  }
  return undefined;
}

/** containers/image writes both files; these names are common, and say nothing without the words in one of them. */
async function looksLikeDir(folder: string): Promise<boolean> {
  const version = await readTextIfThere(join(folder, DIR_VERSION)).catch(() => undefined);
  return version?.startsWith(DIR_VERSION_WORDS) === true && (await exists(join(folder, DIR_MANIFEST)));
}

async function isFile(path: string): Promise<boolean> {
  try {
    const stats = await stat(path);
    if (!stats.isDirectory()) requireFile(stats);
    return stats.isFile();
  } catch (error) {
    throw isAbsent(error) ? gone(path, 'it does not exist') : unreadable(path, error);
  }
}

function notALayout(path: string, why: string): PushboatError {
  return new PushboatError('LAYOUT_INVALID', `${path} is not an OCI image layout: ${why}.`, {
    path,
    detail: why,
    hint: 'check-folder',
  });
}
