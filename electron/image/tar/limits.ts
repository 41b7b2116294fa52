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

/** Bytes of one member's name or link target. */
export const MAX_NAME_BYTES = 4096;
/** Bytes of all names and link targets of an archive together. */
export const MAX_ALL_NAMES_BYTES = 256 * 1024 * 1024;
/** Bytes of one extension (pax records, GNU long name). */
export const MAX_EXTENSION_BYTES = 1024 * 1024;
