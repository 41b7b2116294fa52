import { shortDigest } from '../../shared/digest.ts';
import type { ImageSummary, Platform } from '../../shared/images.ts';
import type { Services } from '../services.ts';
import { listAutomatic } from '../sources/automatic-sources.ts';
import { localEnvironment } from '../sources/environment.ts';
import { listImages } from '../sources/find-image.ts';
import { formatSize, formatTable } from './format.ts';
import { type CommandIo, printJson, printLine, printLines } from './io.ts';
import { imagesStoreDir, openSession } from './session.ts';

export interface ImagesCommandOptions {
  imagesStoreDir?: string;
  json?: boolean;
}

/** `images [PATH…]`: what the given layouts and folders hold; without PATH all that is found on this computer. */
export async function imagesCommand(paths: string[], options: ImagesCommandOptions, io: CommandIo): Promise<void> {
  await using services = await openSession({}, io);
  const storeDir = imagesStoreDir(options.imagesStoreDir, services);
  const found: ImageSummary[] = [];
  for await (const image of images(paths, options, storeDir, services)) {
    if (options.json) printJson(io, imageObject(image));
    else found.push(image);
  }
  if (options.json) return;
  if (found.length === 0) return printLine(io, `No images in ${paths.length > 0 ? paths.join(', ') : storeDir}.`);
  printLines(io, formatTable([['NAME', 'DIGEST', 'PLATFORM', 'SIZE', 'CREATED'], ...found.map(imageRow)]));
}

/** Those of PATH; without one the image store's and, unless a store was named, the added folders', Docker's, Podman's and Buildah's. */
async function* images(
  paths: string[],
  options: ImagesCommandOptions,
  storeDir: string,
  services: Services,
): AsyncGenerator<ImageSummary> {
  const where = { imagesStoreDir: storeDir, cwd: process.cwd() };
  yield* listImages(paths, where);
  if (paths.length > 0 || options.imagesStoreDir !== undefined) return;
  const { addedPaths } = services.settings.get();
  if (addedPaths.length > 0) yield* listImages(addedPaths, where);
  yield* listAutomatic(localEnvironment());
}

function imageObject({ id: _id, sourceId: _sourceId, ...image }: ImageSummary): object {
  return { type: 'image', ...image };
}

function imageRow(image: ImageSummary): string[] {
  const { name } = image;
  if (image.kind === 'broken') return [name, 'broken', '', '', image.error?.message ?? ''];
  return [
    name,
    image.digest ? shortDigest(image.digest) : '',
    image.platforms.map(platformText).join(', ') || image.kind,
    image.size === undefined ? '' : formatSize(image.size),
    image.created?.slice(0, 10) ?? '',
  ];
}

function platformText({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant ? [variant] : [])].join('/');
}
