import { basename } from 'node:path';
import { PushboatError } from '../../../shared/errors.ts';
import type { Transport } from '../../../shared/images.ts';
import { jsonOrUndefined } from '../../../shared/json.ts';

/** `<transport>:<absolute path>`. */
export function sourceIdOf(transport: Transport, location: string): string {
  return `${transport}:${location}`;
}

/** The source id of a path that a person added or named: the same whatever is found there. */
export function pathSourceId(location: string): string {
  return `path:${location}`;
}

/** An opaque id: the source's and the image's place in it (subfolder, entry of `index.json`). Ids may come from the window. */
export function makeImageId(sourceId: string, place: readonly string[]): string {
  return `${sourceId}#${JSON.stringify(place)}`;
}

/** The place that `makeImageId` put in. @throws PushboatError IMAGE_NOT_FOUND when the id is not of this source. */
export function placeOf(imageId: string, sourceId: string): string[] {
  const place = imageId.startsWith(`${sourceId}#`) ? parsePlace(imageId.slice(sourceId.length + 1)) : undefined;
  if (place === undefined) throw imageNotFound(imageId, sourceId);
  return place;
}

function parsePlace(text: string): string[] | undefined {
  const value = jsonOrUndefined(text);
  return Array.isArray(value) && value.every((part) => typeof part === 'string') ? value : undefined;
}

/** True for the name of a direct, visible subfolder: no separators, no `..`. */
export function isPlainFolderName(name: string): boolean {
  return name !== '' && !name.startsWith('.') && !name.includes('\0') && !/[/\\]/.test(name) && basename(name) === name;
}

export function imageNotFound(imageId: string, sourceId: string): PushboatError {
  return new PushboatError('IMAGE_NOT_FOUND', `The image is no longer in ${sourceId}.`, {
    detail: imageId,
    hint: 'check-folder',
  });
}
