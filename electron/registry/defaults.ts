import type { RetryPolicy, Timeouts } from './types.ts';

/** Milliseconds. `headers` is generous because a registry may move a blob within its storage before it answers. */
export const DEFAULT_TIMEOUTS: Timeouts = { connect: 10_000, headers: 60_000, idle: 60_000 };

/** Who has said nothing yet is most likely not there, or another kind of server: it is waited for no longer than this. Milliseconds. */
export const FIRST_ANSWER = 20_000;

/** The commit of a blob may hash and copy gigabytes on the registry's side: it gets this many times `Timeouts.headers`. */
export const COMMIT_PATIENCE = 5;

/** For small requests, and for each blob. */
export const DEFAULT_RETRY: RetryPolicy = { tries: 5, baseDelayMs: 250, maxDelayMs: 30_000 };

/** Small requests at once: latency, not bandwidth, dominates many-layer images. */
export const DEFAULT_MAX_REQUESTS = 32;

/** Large bodies at once. */
export const DEFAULT_MAX_UPLOADS = 6;

/**
 * Bodies up to this many bytes count as small requests, and are read and sent at once: a stream would cost more than it saves. As many
 * as there are slots for small requests may be in memory.
 */
export const SMALL_BODY_BYTES = 512 * 1024;

/** A clock that has gone on by so much more than was waited for: the computer has slept, or the clock was set. Milliseconds. */
export const SLEPT = 5_000;

/** Bytes of an answer's body that are read: enough for any error body. */
export const MAX_RESPONSE_BYTES = 64 * 1024;

/** Milliseconds that such an answer may take from its head to its end. */
export const RESPONSE_LIMIT = 20_000;

/** Bytes of a manifest: what registries accept (distribution-spec, "Pushing Manifests"). */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
