import { PushboatError } from '../../../shared/errors.ts';
import type { LocalEnvironment } from '../environment.ts';
import type { FoundImage } from '../types.ts';
import { dockerAddress, type EngineName, podmanAddress } from './endpoints.ts';
import { EngineSource } from './engine-source.ts';

const MAX_CANDIDATES = 12;

/**
 * The image that `docker-daemon:REF` or `podman:REF` names: a reference as the engine knows it, or an id (`algo:digest`, or its beginning).
 * @throws PushboatError IMAGE_NOT_FOUND; ENGINE_FAILED and SOURCE_UNREADABLE for the engine itself
 */
export async function findInEngine(
  engine: EngineName,
  text: string,
  environment: LocalEnvironment,
  signal?: AbortSignal,
): Promise<FoundImage> {
  if (text === '') throw new PushboatError('USAGE', `No image of ${engine} was named.`, { hint: 'run-help' });
  const source = new EngineSource(engine, await engineAddress(engine, environment));
  const found = await source.find(text, signal);
  if (!found) throw notFound(engine, text, await source.names());
  const { id, name } = found;
  return { id, name, open: (stop) => source.open(id, stop) };
}

/** Where the engine is for this user. @throws PushboatError ENGINE_FAILED, SOURCE_UNREADABLE */
export function engineAddress(engine: EngineName, environment: LocalEnvironment) {
  switch (engine) {
    case 'Docker':
      return dockerAddress(environment);
    case 'Podman':
      return podmanAddress(environment);
  }
}

function notFound(engine: EngineName, text: string, names: string[]): PushboatError {
  const last = text.slice(text.lastIndexOf('/') + 1).replace(/:.*$/, '');
  const close = names.filter((name) => last !== '' && name.includes(last)).slice(0, MAX_CANDIDATES);
  const hint = close.length === 0 ? '' : ` Close to it: ${close.join(', ')}.`;
  return new PushboatError('IMAGE_NOT_FOUND', `${engine} has no image ${JSON.stringify(text)}.${hint}`, {
    candidates: close,
    hint: 'use-full-name',
  });
}
