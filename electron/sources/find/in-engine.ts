import { shortDigest } from '../../../shared/digest.ts';
import { PushboatError } from '../../../shared/errors.ts';
import { type EngineName, engineAddress } from '../../docker-api/endpoints.ts';
import type { LocalEnvironment } from '../../files/environment.ts';
import { type EngineListing, EngineSource } from '../docker-daemon/engine-source.ts';
import { hasTag, lastPart, meantName, namesInRepository, noLatestTag } from '../names/repository-tags.ts';
import { closeTo, foundAs, foundInRepository, MAX_CANDIDATES, notFound } from './answers.ts';
import type { FoundImage } from './types.ts';

/** What stands before the name of an image of an engine on the command line. */
const ENGINE_PREFIX: Record<EngineName, string> = { Docker: 'docker-daemon', Podman: 'podman' };

/** What has an image of that name only where it is a name. */
const ID_OR_DIGEST = /@|^(?:[a-z0-9]+:)?[0-9a-f]+$/;

/**
 * The image that `docker-daemon:REF` or `podman:REF` names: a reference as the engine knows it, or an id (`algo:digest`, or its beginning).
 * @throws PushboatError IMAGE_NOT_FOUND, IMAGE_AMBIGUOUS; ENGINE_FAILED and SOURCE_UNREADABLE for the engine itself
 */
export async function findInEngine(
  engine: EngineName,
  text: string,
  environment: LocalEnvironment,
  signal?: AbortSignal,
): Promise<FoundImage> {
  const found = await lookInEngine(engine, text, environment, signal);
  if (found) return found;
  const names = await namesInEngine(engine, environment, signal);
  const tags = hasTag(text) ? [] : namesInRepository(names, text);
  const ref = `${ENGINE_PREFIX[engine]}:${text}`;
  throw tags.length > 1 ? noLatestTag(engine, text, tags, ref) : hasNone(engine, text, names);
}

/** The same; undefined when the engine has no such image. @throws as `findInEngine` for everything else */
export async function lookInEngine(
  engine: EngineName,
  text: string,
  environment: LocalEnvironment,
  signal?: AbortSignal,
): Promise<FoundImage | undefined> {
  if (text === '') throw new PushboatError('USAGE', `No image of ${engine} was named.`, { hint: 'run-help' });
  const source = new EngineSource(engine, await engineAddress(engine, environment), environment);
  const image = await source.find(text, signal);
  if (!image) return undefined;
  const own = meantName(image.references, text);
  if (own === undefined && !ID_OR_DIGEST.test(text) && (await source.isManifestList(text, signal)))
    throw oneOfList(engine, text);
  const names = own === undefined || hasTag(text) ? [] : await source.names(signal);
  return foundAs(own, foundImage(engine, source, image), { prefix: `${ENGINE_PREFIX[engine]}:`, typed: text, names });
}

/** The images that have a tag in the repository of that name, with those tags. @throws as `findInEngine` for the engine itself */
export async function repositoryInEngine(
  engine: EngineName,
  text: string,
  environment: LocalEnvironment,
  signal?: AbortSignal,
): Promise<FoundImage[]> {
  if (text === '' || hasTag(text)) return [];
  const source = new EngineSource(engine, await engineAddress(engine, environment), environment);
  return foundInRepository(
    text,
    await source.images(signal),
    ({ references }) => references,
    (image) => foundImage(engine, source, image),
  );
}

/** The references of all images of an engine. @throws as `findInEngine` for the engine itself */
export async function namesInEngine(
  engine: EngineName,
  environment: LocalEnvironment,
  signal?: AbortSignal,
): Promise<string[]> {
  return new EngineSource(engine, await engineAddress(engine, environment), environment).names(signal);
}

function foundImage(engine: EngineName, source: EngineSource, image: EngineListing): FoundImage {
  const { id, name, references, digest } = image;
  const ref = `${ENGINE_PREFIX[engine]}:${references[0] ?? shortDigest(digest)}`;
  return { id, name, references, ref, isSlow: true, open: (signal, take) => source.open(id, signal, take) };
}

/** The service answers with the image of its own platform, and would save that in the list's place. */
function oneOfList(engine: EngineName, text: string): PushboatError {
  const message = `${text} is a manifest list, of which the service of ${engine} gives one image only. Push containers-storage:${text} where the store is on this computer, else use podman manifest push.`;
  return new PushboatError('ENGINE_FAILED', message, {});
}

function hasNone(engine: EngineName, text: string, names: string[]): PushboatError {
  const last = lastPart(text);
  const close = names
    .filter((name) => last !== '' && name.includes(last))
    .slice(0, MAX_CANDIDATES)
    .map((name) => `${ENGINE_PREFIX[engine]}:${name}`);
  const message = `${engine} has no image ${JSON.stringify(text)}.${closeTo(close)}`;
  return notFound(message, { candidates: close, whenNone: 'use-full-name' });
}
