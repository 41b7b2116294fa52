import { z } from 'zod';
import { isDigest } from '../../shared/digest.ts';
import type { Platform } from '../../shared/images.ts';
import type { Descriptor } from './types.ts';

/** A list where Go programs write `null` for an empty one. */
function list<T extends z.ZodType>(item: T) {
  return z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);
}

const stringMap = z
  .record(z.string(), z.string())
  .nullish()
  .transform((map) => map ?? undefined);

const optionalText = z
  .string()
  .nullish()
  .transform((text) => (text === null || text === '' ? undefined : text));

export const digestSchema = z
  .string()
  .max(1024)
  .refine(isDigest, 'is not sha256:<64 lower-case hex> or sha512:<128 lower-case hex>');

/** image-spec image-index.md, `platform`; what lacks os or architecture says nothing and is left out. */
const platformSchema = z
  .object({ os: z.string().optional(), architecture: z.string().optional(), variant: optionalText })
  .nullish()
  .transform((platform): Platform | undefined => toPlatform(platform ?? {}));

/** image-spec descriptor.md. */
export const descriptorSchema = z
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
      mediaType: raw.mediaType,
      digest: raw.digest,
      size: raw.size,
      ...(raw.annotations ? { annotations: raw.annotations } : {}),
      ...(raw.platform ? { platform: raw.platform } : {}),
      ...(raw.urls.length > 0 ? { urls: raw.urls } : {}),
      ...(raw.data === undefined ? {} : { data: raw.data }),
      ...(raw.artifactType === undefined ? {} : { artifactType: raw.artifactType }),
    }),
  );

const common = {
  schemaVersion: z.literal(2),
  subject: descriptorSchema.nullish(),
  artifactType: optionalText,
  annotations: stringMap,
};

/** image-spec manifest.md and distribution's schema2 manifest. */
export const manifestSchema = z.object({ ...common, config: descriptorSchema, layers: list(descriptorSchema) });

/** image-spec image-index.md and Docker's manifest list. */
export const indexSchema = z.object({ ...common, manifests: list(descriptorSchema) });

/** image-spec config.md; Docker writes the same with more fields. */
export const configSchema = z.object({
  created: optionalText,
  os: optionalText,
  architecture: optionalText,
  variant: optionalText,
  history: list(z.object({ created_by: optionalText, comment: optionalText, empty_layer: z.boolean().nullish() })),
  rootfs: z.object({ diff_ids: list(z.string()) }).nullish(),
  config: z
    .object({
      Labels: stringMap,
      Env: list(z.string()),
      Entrypoint: list(z.string()),
      Cmd: list(z.string()),
      WorkingDir: optionalText,
      User: optionalText,
      ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
    })
    .nullish(),
});

/** `os/architecture[/variant]`, or undefined when os or architecture is not said. */
export function toPlatform(raw: {
  os?: string | undefined;
  architecture?: string | undefined;
  variant?: string | undefined;
}): Platform | undefined {
  if (!raw.os || !raw.architecture) return undefined;
  return { os: raw.os, architecture: raw.architecture, ...(raw.variant ? { variant: raw.variant } : {}) };
}
