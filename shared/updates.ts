import { z } from 'zod';
import { lazySchema } from './lazy-schema.ts';

/** Where the newest release is told. The only place that names it. */
export const UPDATE_FEED = 'https://pushboat.example/latest.json';

/** What the feed says: the newest release, and the page where a person gets it. */
export const releaseSchema = lazySchema(() =>
  z.object({
    version: z.string().regex(/^\d+\.\d+\.\d+$/),
    page: z.url({ protocol: /^https$/ }),
  }),
);
export type Release = z.infer<typeof releaseSchema>;

/** Whether a version is newer than another; both are three numbers, and what follows a hyphen does not count. */
export function isNewer(version: string, than: string): boolean {
  const [first, second] = [version, than].map((text) => text.split('-', 1)[0]?.split('.').map(Number) ?? []);
  const at = [0, 1, 2].find((part) => first?.[part] !== second?.[part]);
  return at !== undefined && (first?.[at] ?? 0) > (second?.[at] ?? 0);
}
