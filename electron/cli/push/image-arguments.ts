import { glob } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PushboatError } from '../../../shared/errors.ts';
import { OWN_TRANSPORTS, PATH_TRANSPORTS } from '../../../shared/images.ts';
import { exists } from '../../files/plain-file.ts';
import { usageError } from '../errors.ts';
import type { CommandIo } from '../io.ts';
import { type ImageLine, readList } from './list-file.ts';

const WILDCARD = /[*?[]/;
/** Transports before a path; what follows is the path alone. */
const PATH_PREFIX = new RegExp(`^(${PATH_TRANSPORTS.join('|')}):(.+)$`, 's');
/** Transports before a name, which is no path; containers-storage has its store in brackets before it. */
const NAME_PREFIX = new RegExp(`^(${OWN_TRANSPORTS.join('|')}|docker):`);

/** What is to be pushed, as the command line says. */
export type PushArguments =
  | { kind: 'one'; image: string; destination: string | undefined }
  | { kind: 'many'; images: readonly ImageLine[] };

export interface ImageArgumentOptions {
  to?: string;
  from?: string;
  target?: string[];
}

/**
 * Reads IMAGE, DESTINATION and what lists them: with `--to` every word is an image.
 * @throws PushboatError USAGE, IMAGE_NOT_FOUND for a pattern that fits nothing, SOURCE_UNREADABLE for a list
 */
export async function readArguments(
  words: readonly string[],
  { to, from, target = [] }: ImageArgumentOptions,
  io: CommandIo,
): Promise<PushArguments> {
  if (from !== undefined) {
    if (words.length > 0)
      throw usageError('--from lists the images: name them there, or on the command line, not both.');
    return { kind: 'many', images: await readList(from, io) };
  }
  const [image, destination] = words;
  if (image === undefined) throw usageError("missing required argument 'image'");
  if (to !== undefined) return { kind: 'many', images: alone(await expandPatterns(words, process.cwd())) };
  if (words.length > 2) {
    throw usageError(
      `too many arguments: expected IMAGE and DESTINATION, and got ${words.length} words. To push several files or images, say where to: push IMAGE… --to REGISTRY/PATH. More destinations of one image are given with --target.`,
    );
  }
  const images = await expandPatterns([image], process.cwd());
  if (images.length === 1) return { kind: 'one', image: images[0] ?? image, destination };
  if (destination === undefined && target.length === 0) return { kind: 'many', images: alone(images) };
  throw usageError(
    `${image} fits ${images.length} files, and a destination is for one image: give --to REGISTRY/PATH instead.`,
  );
}

function alone(images: readonly string[]): ImageLine[] {
  return images.map((image) => ({ image, targets: [] }));
}

/**
 * The IMAGEs, with those files instead of a pattern that the shell has left as it is: it was quoted, or Windows' own. Names of images have
 * no such characters.
 * @throws PushboatError IMAGE_NOT_FOUND for a pattern that fits nothing
 */
async function expandPatterns(images: readonly string[], cwd: string): Promise<string[]> {
  const expanded = await Promise.all(images.map((image) => expandPattern(image, cwd)));
  return expanded.flat();
}

async function expandPattern(image: string, cwd: string): Promise<string[]> {
  const [, transport, path = image] = PATH_PREFIX.exec(image) ?? [];
  if (!WILDCARD.test(path) || NAME_PREFIX.test(image) || (await isThereInPart(path, cwd))) return [image];
  const found: string[] = [];
  for await (const name of glob(path, { cwd }))
    found.push(transport === undefined ? asPath(name) : `${transport}:${name}`);
  if (found.length > 0) return found.toSorted();
  throw new PushboatError('IMAGE_NOT_FOUND', `No file or folder fits ${image}.`, { path: cwd, hint: 'check-folder' });
}

/** A file that is found is never taken for the name of an image. */
function asPath(name: string): string {
  return /^(?:\.{0,2}[/\\]|[a-z]:[/\\])/i.test(name) ? name : `./${name}`;
}

/** Whether a path is there as it is written, with or without the name of an image behind it. */
async function isThereInPart(path: string, cwd: string): Promise<boolean> {
  const ends = [...path.matchAll(/[:@]/g)].map(({ index }) => index).filter((index) => index > 0);
  const there = await Promise.all([path.length, ...ends].map((end) => exists(resolve(cwd, path.slice(0, end)))));
  return there.includes(true);
}
