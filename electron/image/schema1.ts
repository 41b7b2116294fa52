import { z } from 'zod';
import type { Digest } from '../../shared/digest.ts';
import { lazySchema } from '../../shared/lazy-schema.ts';
import { MediaType } from '../../shared/media-types.ts';
import { digestSchema } from '../../shared/schemas.ts';
import { parseJson } from './json.ts';
import { invalid, type ParseFacts, parseDocument, validate } from './parse.ts';
import { digestOf } from './verify.ts';

/** One entry of schema 1: a layer and what is told of it. */
export interface Schema1Entry {
  blob: Digest;
  /** The JSON of the entry as it stands in the manifest. */
  compatibility: string;
  id: string | undefined;
  /** Nothing was changed in this step: the layer is empty and no part of the image. */
  throwaway: boolean;
  created: string | undefined;
  author: string | undefined;
  comment: string | undefined;
  createdBy: string;
}

/** A manifest of Docker v2 schema 1 (distribution's manifest-v2-1.md). */
export interface Schema1 {
  mediaType: string;
  name: string;
  tag: string;
  architecture: string;
  /** The base first, as in all other formats; the document has them the other way round. */
  entries: Schema1Entry[];
  /** Of what the signature is for: registries know the manifest by it. */
  digest: Digest;
}

const text = lazySchema(() =>
  z
    .string()
    .nullish()
    .transform((value) => value ?? undefined),
);

const schema1Schema = lazySchema(() =>
  z.object({
    schemaVersion: z.literal(1),
    name: text,
    tag: text,
    architecture: text,
    fsLayers: z.array(z.object({ blobSum: digestSchema })).min(1),
    history: z.array(z.object({ v1Compatibility: z.string() })).min(1),
    signatures: z.array(z.object({ protected: z.string() })).optional(),
  }),
);

const compatibilitySchema = lazySchema(() =>
  z.object({
    id: text,
    throwaway: z.boolean().nullish(),
    created: text,
    author: text,
    comment: text,
    container_config: z.object({ Cmd: z.array(z.string()).nullish() }).nullish(),
  }),
);

const protectedSchema = lazySchema(() => z.object({ formatLength: z.int().nonnegative(), formatTail: z.string() }));

/** True for the text of a schema 1 manifest, whatever it is called. */
export function looksLikeSchema1(document: Record<string, unknown>): boolean {
  return document['schemaVersion'] === 1 || 'fsLayers' in document;
}

/**
 * Parses a manifest of schema 1, signed or not. The signature is not verified: it says who wrote the manifest, not that the content is
 * right, and registries check it again.
 * @throws PushboatError MANIFEST_INVALID naming the field, TOO_LARGE.
 */
export function parseSchema1(bytes: Uint8Array, facts: ParseFacts = {}): Schema1 {
  const raw = validate(schema1Schema, parseDocument(bytes, 'manifest', facts), 'manifest', facts);
  const { fsLayers, history, signatures = [] } = raw;
  if (fsLayers.length !== history.length) {
    const why = `has ${history.length} entries, while fsLayers has ${fsLayers.length}`;
    throw invalid('manifest', 'history', why, facts);
  }
  const entries = history.map(({ v1Compatibility }, index): Schema1Entry => {
    const blob = fsLayers[index]?.blobSum;
    if (blob === undefined) throw invalid('manifest', `fsLayers[${index}]`, 'is missing', facts);
    return entryOf(v1Compatibility, blob, `history[${index}].v1Compatibility`, facts);
  });
  const signed = signatures[0];
  return {
    mediaType: signed ? MediaType.dockerManifestV1Signed : MediaType.dockerManifestV1,
    name: raw.name ?? '',
    tag: raw.tag ?? '',
    architecture: raw.architecture ?? '',
    entries: entries.toReversed(),
    digest: digestOf(signed ? signedPayload(bytes, signed.protected, facts) : bytes),
  };
}

function entryOf(compatibility: string, blob: Digest, field: string, facts: ParseFacts): Schema1Entry {
  const bytes = new TextEncoder().encode(compatibility);
  const document = parseJson(bytes, { what: `manifest's ${field}`, code: 'MANIFEST_INVALID', ...facts });
  const raw = validate(compatibilitySchema, document, `manifest's ${field}`, facts);
  return {
    blob,
    compatibility,
    id: raw.id,
    throwaway: raw.throwaway === true,
    created: raw.created,
    author: raw.author,
    comment: raw.comment,
    createdBy: (raw.container_config?.Cmd ?? []).join(' '),
  };
}

/**
 * What was signed: the document up to `formatLength`, and `formatTail` after it, so that the signatures could be put before its end
 * (libtrust, jsonsign.go).
 */
function signedPayload(bytes: Uint8Array, header: string, facts: ParseFacts): Uint8Array {
  const what = "manifest's signature";
  const context = { what, code: 'MANIFEST_INVALID', ...facts } as const;
  const decoded = parseJson(Buffer.from(header, 'base64url'), context);
  const { formatLength, formatTail } = validate(protectedSchema, decoded, what, facts);
  if (formatLength > bytes.byteLength) throw invalid(what, 'formatLength', 'is beyond the end of the manifest', facts);
  return Buffer.concat([bytes.subarray(0, formatLength), Buffer.from(formatTail, 'base64url')]);
}
