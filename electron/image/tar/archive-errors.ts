import { PushboatError } from '../../../shared/errors.ts';

/** An archive that cannot be used, and the byte of the (unpacked) archive at which it goes wrong. */
export function archiveInvalid(path: string, why: string, offset?: number, cause?: unknown): PushboatError {
  const where = offset === undefined ? '' : ` (at byte ${offset})`;
  return new PushboatError('ARCHIVE_INVALID', `${path} is not a usable archive: ${why}${where}.`, {
    path,
    detail: why,
    position: offset,
    hint: 'rebuild-image',
    cause,
  });
}

/** An archive, or a layer, that is whole but of a kind that cannot be read. */
export function archiveUnusable(path: string, why: string, offset?: number, cause?: unknown): PushboatError {
  const { code, message, facts } = archiveInvalid(path, why, offset, cause);
  return new PushboatError(code, message, { ...facts, hint: 'pack-otherwise', cause });
}

/** An archive, or a layer, that is whole, and the program that unpacks it is not there. */
export function programMissing(path: string, compression: string, fault: Error): PushboatError {
  const why = `it is compressed with ${compression}, and ${fault.message}`;
  const { code, message, facts } = archiveInvalid(path, why);
  return new PushboatError(code, message, { ...facts, hint: 'install-unpacker', cause: fault });
}

/** An archive that is whole and holds no image that can be read; `why` says what to do about it. */
export function archiveOfAnotherKind(path: string, why: string): PushboatError {
  const { code, message, facts } = archiveInvalid(path, why);
  return new PushboatError(code, message, facts);
}

/** An archive that is whole, and nothing in it looks like a part of an image. */
export function archiveWithoutImage(path: string, why: string): PushboatError {
  const { code, message, facts } = archiveInvalid(path, why);
  return new PushboatError(code, message, { ...facts, hint: 'check-folder' });
}

/** An archive in which not all is that belongs to it. */
export function archiveIncomplete(path: string, why: string): PushboatError {
  const { code, message, facts } = archiveInvalid(path, why);
  return new PushboatError(code, message, { ...facts, hint: 'copy-whole-image' });
}

/** A member, or a link, that points out of the archive's own folder. */
export function memberEscapes(path: string, name: string, why: string, offset: number): PushboatError {
  const shown = JSON.stringify(name.slice(0, 200));
  return new PushboatError('PATH_ESCAPES', `In ${path} the member ${shown} ${why} (at byte ${offset}).`, {
    path,
    detail: `${shown} ${why}`,
    position: offset,
    hint: 'points-outside',
  });
}
