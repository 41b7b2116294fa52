import { PushboatError } from '../../../shared/errors.ts';

/** Bounds that keep a hostile archive from filling memory or disk. */
export interface ArchiveLimits {
  /** Headers, those of extensions included. */
  maxMembers: number;
  /** Bytes that a compressed archive may unpack to. */
  maxUnpackedBytes: number;
  /** Unpacked bytes for each compressed byte, beyond the first 64 MiB. */
  maxRatio: number;
}

export const DEFAULT_ARCHIVE_LIMITS: ArchiveLimits = {
  maxMembers: 1_000_000,
  maxUnpackedBytes: 100 * 1024 ** 3,
  maxRatio: 1000,
};

/** Unpacked bytes below which the ratio says nothing: small archives are mostly padding. */
export const RATIO_FREE = 64 * 1024 ** 2;

/** Environment variables that set the bounds of what a compressed archive unpacks to. */
export const MAX_BYTES_VARIABLE = 'PUSHBOAT_ARCHIVE_MAX_BYTES';
export const MAX_RATIO_VARIABLE = 'PUSHBOAT_ARCHIVE_MAX_RATIO';

/** The bounds, as the environment sets them. @throws PushboatError USAGE for a value that is no positive number. */
export function archiveLimits(env: Record<string, string | undefined>): ArchiveLimits {
  return {
    ...DEFAULT_ARCHIVE_LIMITS,
    maxUnpackedBytes: positive(env, MAX_BYTES_VARIABLE, DEFAULT_ARCHIVE_LIMITS.maxUnpackedBytes),
    maxRatio: positive(env, MAX_RATIO_VARIABLE, DEFAULT_ARCHIVE_LIMITS.maxRatio),
  };
}

function positive(env: Record<string, string | undefined>, name: string, fallback: number): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new PushboatError('USAGE', `${name} must be a positive number, and is ${JSON.stringify(text.slice(0, 100))}.`);
}

/** Bytes of one member's name or link target. */
export const MAX_NAME_BYTES = 4096;
/** Bytes of all names and link targets of an archive together. */
export const MAX_ALL_NAMES_BYTES = 256 * 1024 * 1024;
/** Pieces of all sparse files of an archive together. */
export const MAX_ALL_PIECES = 1_000_000;
/** Bytes of one extension (pax records, GNU long name). */
export const MAX_EXTENSION_BYTES = 1024 * 1024;
