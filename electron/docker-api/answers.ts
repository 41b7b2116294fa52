import { z } from 'zod';
import { isDigest } from '../../shared/digest.ts';
import { lazySchema } from '../../shared/lazy-schema.ts';
import { digestSchema } from '../../shared/schemas.ts';

/** Old services of Podman say an id without its algorithm. */
const idSchema = lazySchema(() =>
  z.preprocess((id) => (typeof id === 'string' && isDigest(`sha256:${id}`) ? `sha256:${id}` : id), digestSchema),
);

/** What only describes an image keeps nobody from pushing it: a field of another type counts as one that is not there. */
const text = lazySchema(() => z.string().nullish().catch(undefined));
const texts = lazySchema(() => z.array(z.string()).nullish().catch(undefined));
const count = lazySchema(() => z.number().nonnegative().nullish().catch(undefined));
const names = lazySchema(() =>
  z
    .array(z.unknown())
    .transform((tags) => tags.filter((tag) => typeof tag === 'string'))
    .nullish()
    .catch(undefined),
);

/** What an image is in containerd's store. One that is not understood is there all the same: layers are kept as registries have them. */
const descriptorSchema = lazySchema(() => z.object({ mediaType: text }).nullish().catch({}));

/** What an index lists, and whether it is there with all its content. */
const manifestsSchema = lazySchema(() =>
  z
    .array(
      z.object({
        Available: z.boolean(),
        Kind: z.string(),
        Descriptor: z.object({
          digest: digestSchema,
          mediaType: z.string(),
          platform: z
            .object({ os: z.string(), architecture: z.string(), variant: z.string().optional() })
            .nullish()
            .catch(undefined),
        }),
      }),
    )
    .nullish()
    .catch(undefined),
);

const rowSchema = lazySchema(() =>
  z.object({
    Id: idSchema,
    Descriptor: descriptorSchema,
    RepoTags: names,
    /** Seconds since 1970. */
    Created: count,
    /** Bytes. */
    Size: count,
  }),
);

/** Go writes an empty list as null, too. */
export const listSchema = lazySchema(() => z.preprocess((list) => (list === null ? [] : list), z.array(rowSchema)));

export const inspectSchema = lazySchema(() =>
  z.object({
    Id: idSchema,
    RepoTags: names,
    Created: text,
    Os: text,
    Architecture: text,
    Variant: text,
    Size: count,
    /** Of an engine with containerd's store only, which keeps layers as registries have them. */
    Descriptor: descriptorSchema,
    /** Where they were asked for, and the engine knows to tell. */
    Manifests: manifestsSchema,
    RootFS: z
      .object({ Layers: z.array(digestSchema).nullish() })
      .nullish()
      .catch(undefined),
    Config: z
      .object({
        Labels: z.record(z.string(), z.string()).nullish().catch(undefined),
        Env: texts,
        Entrypoint: texts,
        Cmd: texts,
        WorkingDir: text,
        User: text,
        ExposedPorts: z.record(z.string(), z.unknown()).nullish().catch(undefined),
      })
      .nullish()
      .catch(undefined),
  }),
);

export const historySchema = lazySchema(() =>
  z.array(z.object({ CreatedBy: z.string().nullish(), Size: z.number().nullish() })),
);

export type EngineImage = z.output<typeof listSchema>[number];
export type EngineInspect = z.output<typeof inspectSchema>;
export type EngineHistory = z.output<typeof historySchema>;
