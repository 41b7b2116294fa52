import { z } from 'zod';
import { lazySchema } from './lazy-schema.ts';
import { chosenPlatformsSchema, pushDefaultsSchema } from './push-defaults.ts';
import { signOptionsSchema } from './signing.ts';

/** How one image is pushed or exported, beside where to. */
export const transferOptionsSchema = lazySchema(() =>
  z.object({
    ...pushDefaultsSchema.shape,
    /** Absent: all. One that an image does not have is an error. */
    platforms: chosenPlatformsSchema.optional(),
    /** Leaves out signatures that an index lists next to its images. */
    removeSignatures: z.boolean().optional(),
    pushForeignLayers: z.boolean().optional(),
    /** Sends every blob and manifest to the registry without asking what it has. */
    force: z.boolean().optional(),
    /** Takes along signatures, SBOMs and the like about the image that its store has. */
    referrers: z.boolean().optional(),
    sign: signOptionsSchema.optional(),
  }),
);
export type TransferOptions = z.infer<typeof transferOptionsSchema>;
