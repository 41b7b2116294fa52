import { z } from 'zod';
import { isDigest } from './digest.ts';
import { lazySchema } from './lazy-schema.ts';

export const digestSchema = lazySchema(() =>
  z.string().max(1024).refine(isDigest, 'is not sha256:<64 lower-case hex> or sha512:<128 lower-case hex>'),
);

/** As Pushboat itself writes a platform down. */
export const platformSchema = lazySchema(() =>
  z.object({
    os: z.string(),
    architecture: z.string(),
    variant: z.string().exactOptional(),
  }),
);
