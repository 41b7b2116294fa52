import { z } from 'zod';
import { COMPRESSION_CHOICES, COMPRESSION_LEVELS, MANIFEST_FORMATS } from './choices.ts';
import { lazySchema } from './lazy-schema.ts';
import { PLATFORM_TEXT } from './platforms.ts';

const compressionSchema = lazySchema(() =>
  z
    .object({
      /** Absent: gzip, for images of stores that keep layers as plain tars; others stay as they are. */
      format: z.enum(COMPRESSION_CHOICES).optional(),
      /** As `COMPRESSION_LEVELS`. Absent: the usual one. */
      level: z.number().int().optional(),
    })
    .refine(({ format, level = 1 }) => {
      const [least, most] = COMPRESSION_LEVELS[format === 'zstd' ? 'zstd' : 'gzip'];
      return level >= least && level <= most;
    }),
);

/** `os/architecture[/variant]` of the images of an index to push. */
export const chosenPlatformsSchema = lazySchema(() =>
  z.array(z.string().max(200).regex(PLATFORM_TEXT)).min(1).max(100),
);

/** What of a push's options does not depend on the image: a person may set it for all pushes of the window. */
export const pushDefaultsSchema = lazySchema(() =>
  z.object({
    /** Absent: manifests stay as they are, and become v2s2 where the registry does not take their format. */
    format: z.enum(MANIFEST_FORMATS).optional(),
    /** A tag that is there stays as it is, and nothing is sent. */
    onlyNew: z.boolean().optional(),
    compression: compressionSchema.optional(),
    /** Absent: all. Images that have none of them are pushed whole. */
    platforms: chosenPlatformsSchema.optional(),
  }),
);
export type PushDefaults = z.infer<typeof pushDefaultsSchema>;
