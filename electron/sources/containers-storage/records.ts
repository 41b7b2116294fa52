import { z } from 'zod';
import { PushboatError } from '../../../shared/errors.ts';
import { jsonOrUndefined } from '../../../shared/json.ts';
import { lazySchema } from '../../../shared/lazy-schema.ts';
import { digestSchema } from '../../../shared/schemas.ts';

/** Nearly always 64 hexadecimal digits, but other programs may choose their own. Checked, because ids become paths. */
const idSchema = lazySchema(() =>
  z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/, 'is not the id of an image or layer'),
);

const imageSchema = lazySchema(() =>
  z
    .object({
      id: idSchema,
      names: z.array(z.string()).nullish(),
      layer: idSchema.or(z.literal('')).nullish(),
      'big-data-names': z.array(z.string()).nullish(),
      'big-data-digests': z.record(z.string(), z.string()).nullish(),
      metadata: z.string().nullish(),
      created: z.string().nullish(),
    })
    .transform((raw) => ({
      id: raw.id,
      names: raw.names ?? [],
      /** The topmost layer; none for a manifest list. */
      layer: raw.layer || undefined,
      bigDataNames: raw['big-data-names'] ?? [],
      bigDataDigests: raw['big-data-digests'] ?? {},
      signatures: signatureSizes(raw.metadata),
    })),
);

/**
 * What containers/image keeps as `metadata`: the sizes of the signatures of the manifest, and of each manifest. An image without signatures
 * has the item `signature-<digest>`, too: it is empty.
 */
const metadataSchema = lazySchema(() =>
  z.object({
    'signature-sizes': z.array(z.number()).nullish(),
    'signatures-sizes': z.record(z.string(), z.array(z.number()).nullish()).nullish(),
  }),
);

/** Bytes of each signature that is kept next to an image: of its own manifest, and by the digest of each. */
export interface SignatureSizes {
  own: readonly number[];
  byDigest: ReadonlyMap<string, readonly number[]>;
}

/** Of metadata that another program wrote, none. */
function signatureSizes(metadata: string | null | undefined): SignatureSizes {
  const parsed = metadataSchema.safeParse(jsonOrUndefined(metadata ?? ''));
  if (!parsed.success) return { own: [], byDigest: new Map() };
  const { 'signature-sizes': own, 'signatures-sizes': each } = parsed.data;
  return {
    own: own ?? [],
    byDigest: new Map(Object.entries(each ?? {}).map(([digest, sizes]) => [digest, sizes ?? []])),
  };
}

const layerSchema = lazySchema(() =>
  z
    .object({
      id: idSchema,
      parent: idSchema.or(z.literal('')).nullish(),
      'diff-digest': digestSchema.nullish(),
      'diff-size': z.int().nullish(),
      incomplete: z.boolean().nullish(),
      flags: z.record(z.string(), z.unknown()).nullish(),
    })
    .transform((raw) => ({
      id: raw.id,
      parent: raw.parent || undefined,
      /** Digest and size in bytes of the uncompressed tar. */
      diffDigest: raw['diff-digest'] ?? undefined,
      diffSize: raw['diff-size'] ?? undefined,
      isIncomplete: raw.flags?.['incomplete'] === true || raw.incomplete === true,
    })),
);

/** One image of `images.json`. */
export type ImageRecord = z.output<typeof imageSchema>;
/** One layer of `layers.json`. */
export type LayerRecord = z.output<typeof layerSchema>;

/** @throws PushboatError STORE_INVALID naming the record and the field. */
export function parseImageRecords(bytes: Uint8Array, path: string): ImageRecord[] {
  return parseRecords(imageSchema, bytes, path);
}

/** @throws PushboatError STORE_INVALID naming the record and the field. */
export function parseLayerRecords(bytes: Uint8Array, path: string): LayerRecord[] {
  return parseRecords(layerSchema, bytes, path);
}

function parseRecords<T extends z.ZodType>(schema: T, bytes: Uint8Array, path: string): z.output<T>[] {
  let value: unknown;
  try {
    // A new store has an empty file.
    value = bytes.byteLength === 0 ? [] : JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid(path, 'it is not valid JSON', cause);
  }
  const result = z.array(schema).nullable().safeParse(value);
  if (result.success) return result.data ?? [];
  const issue = result.error.issues[0];
  const field = issue?.path.map(String).join('.') || 'document';
  throw invalid(path, `${field.slice(0, 200)}: ${issue?.message ?? 'is not valid'}`);
}

function invalid(path: string, detail: string, cause?: unknown): PushboatError {
  return new PushboatError('STORE_INVALID', `${path} is not valid: ${detail}.`, { path, detail, hint: 'retry', cause });
}

/**
 * The file name of one of an image's big data items: the item's own name where it is plain, else `=` and the name in base64
 * (containers/storage, `makeBigDataBaseName`).
 */
export function bigDataFileName(name: string): string {
  return /^[a-z0-9.]+$/.test(name) ? name : `=${Buffer.from(name, 'utf8').toString('base64')}`;
}
