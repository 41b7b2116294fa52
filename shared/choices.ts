/** What may be chosen, apart from the schemas: descriptions of commands need no more, and load quicker without those. */

/** Large bodies at once to one registry. */
export const MAX_UPLOADS = 64;
/** Small requests at once to one registry. */
export const MAX_REQUESTS = 256;

/** Of layers that are plain tars. */
export const COMPRESSION_CHOICES = ['gzip', 'zstd', 'none'] as const;

/** Levels of each compression, the first and the last: zlib's and zstd's own. */
export const COMPRESSION_LEVELS = { gzip: [0, 9], zstd: [1, 22] } as const;

/** Formats of manifests; `docker` on the command line is v2s2. */
export const MANIFEST_FORMATS = ['oci', 'v2s2', 'v2s1'] as const;

/** Longest wait for a registry that has stopped answering: a day. Seconds. */
export const MOST_RETRY_SECONDS = 86_400;
