import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PushboatError } from '../../shared/errors.ts';
import { makeImageId, sourceIdOf } from './image-ids.ts';
import { type LayoutEntry, layoutEntries, openEntry } from './layout-entries.ts';
import { LAYOUT_INDEX, LayoutFiles } from './layout-files.ts';
import type { FoundImage } from './types.ts';

/**
 * Splits `PATH[:NAME]` as containers/image does: at the first colon, a Windows drive's aside; NAME may be a whole reference. A folder
 * that really has the whole text as its name is taken as the path.
 */
export async function splitOciName(text: string, cwd: string): Promise<{ path: string; image: string | undefined }> {
  const drive = /^[A-Za-z]:[\\/]/.test(text) ? 2 : 0;
  const colon = text.indexOf(':', drive);
  if (colon === -1) return { path: text, image: undefined };
  const path = text.slice(0, colon);
  const image = text.slice(colon + 1);
  const isWhole = !(await isFolder(resolve(cwd, path))) && (await isFolder(resolve(cwd, text)));
  return isWhole ? { path: text, image: undefined } : { path, image: image === '' ? undefined : image };
}

/**
 * The image of a layout with this name, or the only one there is.
 * @throws PushboatError IMAGE_NOT_FOUND, IMAGE_AMBIGUOUS, and what `LayoutFiles.readIndex` throws.
 */
export async function findInLayout(path: string, name: string | undefined): Promise<FoundImage> {
  const entries = await readEntries(path);
  const matching = name === undefined ? entries : entries.filter((entry) => entry.references.includes(name));
  const [first, second] = matching;
  if (first && second) throw ambiguous(path, name, matching);
  if (!first) throw notFound(path, name, entries);
  return foundEntry(path, first);
}

/** Every image of a layout, for a push of all its tags. @throws PushboatError IMAGE_NOT_FOUND when it has none. */
export async function findAllInLayout(path: string): Promise<FoundImage[]> {
  const entries = await readEntries(path);
  if (entries.length === 0) throw notFound(path, undefined, entries);
  return entries.map((entry) => foundEntry(path, entry));
}

function foundEntry(path: string, { key, name }: LayoutEntry): FoundImage {
  return {
    id: makeImageId(sourceIdOf('oci', path), [key]),
    name,
    open: async () => {
      // The layout may have changed since; the key finds the image as it is now.
      const entry = (await readEntries(path)).find((candidate) => candidate.key === key);
      if (!entry) throw notFound(path, name, await readEntries(path));
      return openEntry(new LayoutFiles(path), entry);
    },
  };
}

async function readEntries(path: string): Promise<LayoutEntry[]> {
  const { index } = await new LayoutFiles(path).readIndex();
  return layoutEntries(index, path);
}

function ambiguous(path: string, name: string | undefined, entries: LayoutEntry[]): PushboatError {
  const candidates = entries.map((entry) => fullName(path, entry));
  const what = name === undefined ? `${entries.length} images` : `${entries.length} images named ${name}`;
  const message = `${path} has ${what}: name one of them (${candidates.join(', ')}).`;
  return new PushboatError('IMAGE_AMBIGUOUS', message, { path, candidates, hint: 'use-full-name' });
}

function notFound(path: string, name: string | undefined, entries: LayoutEntry[]): PushboatError {
  if (name === undefined || entries.length === 0) {
    const file = join(path, LAYOUT_INDEX);
    return new PushboatError('IMAGE_NOT_FOUND', `There is no image in ${path}: ${LAYOUT_INDEX} lists none.`, {
      path: file,
      hint: 'check-layout',
    });
  }
  const candidates = entries.map((entry) => fullName(path, entry));
  const message = `No image in ${path} is named ${JSON.stringify(name)}. It has ${candidates.join(', ')}.`;
  return new PushboatError('IMAGE_NOT_FOUND', message, { path, candidates, hint: 'use-full-name' });
}

/** As it would be written on the command line. */
function fullName(path: string, entry: LayoutEntry): string {
  const [reference] = entry.references;
  return reference === undefined ? `${path} (${entry.descriptor.digest})` : `oci:${path}:${reference}`;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
