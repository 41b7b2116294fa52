import { shortDigest } from '../../shared/digest.ts';
import { platformName } from '../../shared/platforms.ts';
import type { LocalEnvironment } from '../files/environment.ts';
import type { Services } from '../services.ts';
import { listAutomatic } from '../sources/catalog/automatic-sources.ts';
import { listImages } from '../sources/find/find-image.ts';
import type { ListedSummary } from '../sources/types.ts';
import { ageText, formatSize, formatTable } from './format.ts';
import { type CommandIo, printJson, printLine, printLines } from './io.ts';
import { type Speech, speechTo } from './language/language.ts';
import { imagesStoreDir, openSession } from './session.ts';

export interface ImagesCommandOptions {
  imagesStoreDir?: string;
  json?: boolean;
}

/** `NAME` is what `push` takes, `STORE:NAME` where several stores have it; `REF` is where a push without a destination goes. */
const header = ({ say }: Speech): string[] => [
  say`STORE`,
  say`NAME`,
  say`REF`,
  say`DIGEST`,
  say`PLATFORM`,
  say`SIZE`,
  say`AGE`,
];

/** `images [PATH…]`: what the given layouts and folders hold; without PATH all that is found on this computer. */
export async function imagesCommand(paths: string[], options: ImagesCommandOptions, io: CommandIo): Promise<void> {
  await using services = await openSession(options.json ? { json: true } : {}, io);
  const storeDir = imagesStoreDir(options.imagesStoreDir, services);
  const found: ListedSummary[] = [];
  for await (const image of images(paths, options, storeDir, services, io.environment)) {
    if (options.json) printJson(io, imageObject(image));
    else found.push(image);
  }
  if (options.json) return;
  const speech = speechTo(io);
  const { say } = speech;
  if (found.length === 0) {
    const isNamed = paths.length > 0 || options.imagesStoreDir !== undefined;
    const none = isNamed
      ? say`No images in ${paths.join(', ') || storeDir}.`
      : say`No images in ${storeDir}, nor in Docker, Podman or Buildah as far as they run here.`;
    return printLine(io, none);
  }
  const now = Date.now();
  printLines(io, formatTable([header(speech), ...found.map((image) => imageRow(image, now, speech))]));
}

/** Those of PATH; without one the image store's and, unless a store was named, the added folders', Docker's, Podman's and Buildah's. */
async function* images(
  paths: string[],
  options: ImagesCommandOptions,
  storeDir: string,
  services: Services,
  environment: LocalEnvironment,
): AsyncGenerator<ListedSummary> {
  const where = { imagesStoreDir: storeDir, cwd: process.cwd(), environment, archives: services.archives };
  yield* listImages(paths, where);
  if (paths.length > 0 || options.imagesStoreDir !== undefined) return;
  const { addedPaths } = services.settings.get();
  if (addedPaths.length > 0) yield* listImages(addedPaths, where);
  yield* listAutomatic(environment);
}

function imageObject({ id: _id, sourceId: _sourceId, ...image }: ListedSummary): object {
  return { type: 'image', ...image };
}

function imageRow(image: ListedSummary, now: number, { say, said }: Speech): string[] {
  const { transport = '', kind, digest, size, created } = image;
  const names = [transport, namesOf(image), referencesOf(image)];
  if (kind === 'broken') return [...names, say`broken`, '', '', said(image.error?.message ?? '')];
  return [
    ...names,
    digest ? shortDigest(digest) : '',
    image.platforms.map(platformName).join(', ') || kind,
    size === undefined ? '' : formatSize(size),
    created === undefined ? '' : said(ageText(now - Date.parse(created))),
  ];
}

/** Engines and their stores know an image by any of its names; elsewhere the place is part of the name. */
function namesOf(image: ListedSummary): string {
  const { name, ref = name, references } = image;
  return isKnownByName(image) && references.length > 0 ? references.join(', ') : ref;
}

function referencesOf(image: ListedSummary): string {
  return isKnownByName(image) ? '' : image.references.join(', ');
}

function isKnownByName({ transport }: ListedSummary): boolean {
  return transport === 'docker-daemon' || transport === 'podman' || transport === 'containers-storage';
}
