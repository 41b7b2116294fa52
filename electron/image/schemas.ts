import { z } from 'zod';
import type { Platform } from '../../shared/images.ts';
import { lazySchema } from '../../shared/lazy-schema.ts';
import { digestSchema } from '../../shared/schemas.ts';
import type { Descriptor } from './types.ts';

/** A list where Go programs write `null` for an empty one. */
function list<T extends z.ZodType>(item: T) {
  return z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);
}

/** `null` is an empty text, as in Go. */
const stringMap = lazySchema(() =>
  z
    .record(
      z.string(),
      z
        .string()
        .nullable()
        .transform((text) => text ?? ''),
    )
    .nullish()
    .transform((map) => map ?? undefined),
);

const optionalText = lazySchema(() =>
  z
    .string()
    .nullish()
    .transform((text) => (text === null || text === '' ? undefined : text)),
);

/** image-spec image-index.md, `platform`; what lacks os or architecture says nothing and is left out. */
const platformSchema = lazySchema(() =>
  z
    .object({ os: z.string().optional(), architecture: z.string().optional(), variant: optionalText })
    .nullish()
    .transform((platform): Platform | undefined => toPlatform(platform ?? {})),
);

/** image-spec descriptor.md. */
const descriptorSchema = lazySchema(() =>
  z
    .object({
      mediaType: z.string().min(1).max(255),
      digest: digestSchema,
      size: z.int().nonnegative(),
      annotations: stringMap,
      platform: platformSchema,
      urls: list(z.string()),
      data: z.base64().optional(),
      artifactType: optionalText,
    })
    .transform(
      (raw): Descriptor => ({
        ...raw,
        urls: raw.urls.length > 0 ? raw.urls : undefined,
      }),
    ),
);

const common = () => ({
  schemaVersion: z.literal(2),
  subject: descriptorSchema.nullish(),
  artifactType: optionalText,
  annotations: stringMap,
});

/** image-spec manifest.md and distribution's schema2 manifest. */
export const manifestSchema = lazySchema(() =>
  z.object({ ...common(), config: descriptorSchema, layers: list(descriptorSchema) }),
);

/** image-spec image-index.md and Docker's manifest list. */
export const indexSchema = lazySchema(() => z.object({ ...common(), manifests: list(descriptorSchema) }));

/** Text that is only shown: what is no text says nothing. */
const shownText = lazySchema(() => optionalText.catch(undefined));

/** What Docker reads as a list although some tools write one word of it (`StrSlice`). */
const shownWords = lazySchema(() => z.union([list(z.string()), z.string().transform((word) => [word])]).catch([]));

const shownMap = lazySchema(() =>
  z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((map) => map ?? {})
    .catch({}),
);

const historySchema = lazySchema(() =>
  z
    .object({ created_by: shownText, comment: shownText, empty_layer: z.boolean().nullish().catch(undefined) })
    .catch({ created_by: undefined, comment: undefined }),
);

/**
 * image-spec config.md; Docker writes the same with more fields. Only the diffIDs decide what an image is. The rest is for people and runtimes:
 * tools write it in many ways, and its bytes are passed on as they are.
 */
export const configSchema = lazySchema(() =>
  z.object({
    created: shownText,
    os: shownText,
    architecture: shownText,
    variant: shownText,
    history: list(historySchema).catch([]),
    rootfs: z.object({ diff_ids: list(z.string()) }).nullish(),
    config: z
      .object({
        Labels: shownMap,
        Env: shownWords,
        Entrypoint: shownWords,
        Cmd: shownWords,
        WorkingDir: shownText,
        User: z.union([optionalText, z.number().transform(String)]).catch(undefined),
        ExposedPorts: z.union([z.array(z.string()), shownMap.transform(Object.keys)]).catch([]),
      })
      .nullish()
      .catch(undefined),
  }),
);

/** `os/architecture[/variant]`, or undefined when os or architecture is not said. */
export function toPlatform(raw: {
  os?: string | undefined;
  architecture?: string | undefined;
  variant?: string | undefined;
}): Platform | undefined {
  if (!raw.os || !raw.architecture) return undefined;
  const platform = { os: raw.os, architecture: raw.architecture };
  // Left out where there is none, as in JSON: rows that are remembered are compared with new ones.
  return raw.variant ? { ...platform, variant: raw.variant } : platform;
}
