import type { RetryPolicy } from './answers/retry-delay.ts';

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

/** Bytes of a manifest: what registries accept (distribution-spec, "Pushing Manifests"). */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
