import type { z } from 'zod';
import { type ErrorFacts, PushboatError } from '../../shared/errors.ts';
import { isIndexMediaType, isManifestMediaType, MediaType } from '../../shared/media-types.ts';
import { type JsonContext, parseJson } from './json.ts';
import { configSchema, indexSchema, manifestSchema, toPlatform } from './schemas.ts';
import type { ImageConfig, Index, Manifest } from './types.ts';

/** Where the bytes come from, so that errors can say it. */
export type ParseFacts = Pick<ErrorFacts, 'path' | 'digest'>;

/**
 * Parses an OCI manifest or index, or their Docker v2 schema 2 forms. The media type is the document's own, else the
 * hint (the descriptor's or the `Content-Type`), else deduced from the shape. Unknown fields and unknown media types of
 * layers and configs are fine: artifacts use them.
 * @throws PushboatError MANIFEST_INVALID or DIGEST_INVALID naming the field, MEDIA_TYPE_UNSUPPORTED, TOO_LARGE.
 */
export function parseManifest(bytes: Uint8Array, mediaTypeHint?: string, facts: ParseFacts = {}): Manifest | Index {
  return manifestFrom(parseDocument(bytes, 'manifest', facts), mediaTypeHint, facts);
}

/** Bound of the index of a whole layout, in bytes: no registry has to take it, and it may list thousands of images. */
export const MAX_LAYOUT_INDEX_BYTES = 32 * 1024 * 1024;

/**
 * Parses the `index.json` of a layout, which is never sent anywhere: some tools leave out its schemaVersion, or the media types and sizes of
 * what it lists, which the documents themselves tell; and it may be longer than others.
 * @throws PushboatError as `parseManifest`
 */
export function parseLayoutIndex(bytes: Uint8Array, facts: ParseFacts = {}): Manifest | Index {
  const document = parseDocument(bytes, 'index', facts, { maxBytes: MAX_LAYOUT_INDEX_BYTES });
  const isIndex = 'manifests' in document && document['schemaVersion'] === undefined;
  const whole = isIndex ? { ...document, schemaVersion: 2 } : document;
  const { manifests } = whole as { manifests?: unknown };
  const listed = Array.isArray(manifests) ? { ...whole, manifests: manifests.map(completed) } : whole;
  return manifestFrom(listed, MediaType.ociIndex, facts);
}

/** A media type that says nothing, and no size, for an entry that has none or no valid one. */
function completed(entry: unknown): unknown {
  if (typeof entry !== 'object' || entry === null) return entry;
  const mediaType = ('mediaType' in entry && entry.mediaType) || 'application/octet-stream';
  const hasSize = 'size' in entry && Number.isSafeInteger(entry.size) && Number(entry.size) >= 0;
  return hasSize ? { ...entry, mediaType } : { ...entry, mediaType, size: 0 };
}

function manifestFrom(
  document: Record<string, unknown>,
  mediaTypeHint: string | undefined,
  facts: ParseFacts,
): Manifest | Index {
  const mediaType = mediaTypeOf(document, mediaTypeHint, facts);
  // image-spec manifest.md and CVE-2021-41190: a document must not be readable as both kinds.
  const foreign = isIndexMediaType(mediaType) ? ['layers', 'config'] : ['manifests'];
  const both = foreign.find((field) => field in document);
  if (both !== undefined) throw invalid('manifest', both, `must not be in a document of type ${mediaType}`, facts);
  return isIndexMediaType(mediaType) ? toIndex(document, mediaType, facts) : toManifest(document, mediaType, facts);
}

/**
 * Parses an image config: its diffIDs, and what else of it can be shown.
 * @throws PushboatError MANIFEST_INVALID for what is no JSON object and for diffIDs that are no list of texts, TOO_LARGE.
 */
export function parseImageConfig(bytes: Uint8Array, facts: ParseFacts = {}): ImageConfig {
  const raw = validate(
    configSchema,
    parseDocument(bytes, 'image config', facts, { encoding: 'any' }),
    'image config',
    facts,
  );
  const platform = toPlatform(raw);
  const config = raw.config ?? undefined;
  return {
    created: raw.created,
    platform,
    history: raw.history.map((entry) => ({
      createdBy: entry.created_by,
      comment: entry.comment,
      emptyLayer: entry.empty_layer === true,
    })),
    diffIds: raw.rootfs?.diff_ids ?? [],
    labels: textsOf(config?.Labels ?? {}),
    env: config?.Env ?? [],
    entrypoint: config?.Entrypoint ?? [],
    cmd: config?.Cmd ?? [],
    workingDir: config?.WorkingDir,
    user: config?.User,
    exposedPorts: config?.ExposedPorts ?? [],
  };
}

/** True for the config media types that `parseImageConfig` reads; other configs belong to artifacts. */
export function isImageConfigMediaType(mediaType: string): boolean {
  return mediaType === MediaType.ociConfig || mediaType === MediaType.dockerConfig;
}

/** The entries that are texts; `null`, which Docker takes for none, is an empty one. */
function textsOf(map: Record<string, unknown>): Record<string, string> {
  const texts = Object.entries(map).map(([key, value]) => [key, value ?? ''] as const);
  return Object.fromEntries(texts.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** Parses a JSON object. @throws PushboatError MANIFEST_INVALID, TOO_LARGE. */
export function parseDocument(
  bytes: Uint8Array,
  what: string,
  facts: ParseFacts,
  options: Pick<JsonContext, 'encoding' | 'maxBytes'> = {},
): Record<string, unknown> {
  const value = parseJson(bytes, { what, code: 'MANIFEST_INVALID', hint: 'check-layout', ...options, ...facts });
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new PushboatError('MANIFEST_INVALID', `The ${what} is not a JSON object.`, { ...facts, hint: 'check-layout' });
}

function mediaTypeOf(document: Record<string, unknown>, hint: string | undefined, facts: ParseFacts): string {
  const own = document['mediaType'];
  if (own !== undefined && own !== null && typeof own !== 'string') {
    throw invalid('manifest', 'mediaType', 'must be a string', facts);
  }
  const hinted = hintedType(hint);
  const mediaType = own || hinted || shapeOf(document);
  if (mediaType === undefined) {
    const why = 'it has neither "manifests" nor "layers" and "config"';
    throw new PushboatError('MANIFEST_INVALID', `This is not a manifest: ${why}.`, {
      ...facts,
      detail: why,
      hint: 'check-layout',
    });
  }
  const unknown = [mediaType, hinted ?? mediaType].find(
    (type) => !isIndexMediaType(type) && !isManifestMediaType(type),
  );
  if (unknown !== undefined) throw unsupported(unknown, facts);
  if (own && hinted && isIndexMediaType(own) !== isIndexMediaType(hinted)) {
    throw invalid('manifest', 'mediaType', `is ${own}, while what refers to it says ${hinted}`, facts);
  }
  return mediaType;
}

/** Types that servers give to any JSON, and that say nothing. */
const GENERIC_TYPES = ['', 'application/json', 'application/octet-stream', 'text/plain'];

function hintedType(hint: string | undefined): string | undefined {
  const type = hint?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return GENERIC_TYPES.includes(type) ? undefined : type;
}

/** Media type from the fields, for documents that do not say (optional in OCI, required by Docker). */
function shapeOf(document: Record<string, unknown>): string | undefined {
  if ('fsLayers' in document) return MediaType.dockerManifestV1;
  if ('manifests' in document) return MediaType.ociIndex;
  return 'config' in document ? MediaType.ociManifest : undefined;
}

function unsupported(mediaType: string, facts: ParseFacts): PushboatError {
  const old = mediaType === MediaType.dockerManifestV1 || mediaType === MediaType.dockerManifestV1Signed;
  const why = old ? 'Docker schema 1 is obsolete' : 'it is not an OCI or Docker v2 manifest or index';
  const shown = JSON.stringify(mediaType.slice(0, 255));
  return new PushboatError('MEDIA_TYPE_UNSUPPORTED', `The manifest's media type ${shown} is not supported: ${why}.`, {
    ...facts,
    detail: mediaType.slice(0, 255),
    hint: 'push-an-image',
  });
}

function toManifest(document: unknown, mediaType: string, facts: ParseFacts): Manifest {
  const raw = validate(manifestSchema, document, 'manifest', facts);
  const config = isOldImage(mediaType, raw) ? { ...raw.config, mediaType: MediaType.dockerConfig } : raw.config;
  return { kind: 'manifest', mediaType, config, layers: raw.layers, ...commonOf(raw) };
}

/** What the configs of images were called by Docker 1.10 and 1.11 (https://github.com/distribution/distribution/issues/1621, https://github.com/moby/moby/issues/22378). */
const OLD_CONFIG_TYPES = ['application/octet-stream', 'text/html'];

function isOldImage(mediaType: string, { config, layers }: z.output<typeof manifestSchema>): boolean {
  const isDocker = mediaType === MediaType.dockerManifest && OLD_CONFIG_TYPES.includes(config.mediaType);
  return isDocker && layers.every((layer) => layer.mediaType.startsWith('application/vnd.docker.image.rootfs.'));
}

function toIndex(document: unknown, mediaType: string, facts: ParseFacts): Index {
  const raw = validate(indexSchema, document, 'index', facts);
  return { kind: 'index', mediaType, manifests: raw.manifests, ...commonOf(raw) };
}

function commonOf(raw: z.output<typeof indexSchema> | z.output<typeof manifestSchema>) {
  return {
    subject: raw.subject || undefined,
    artifactType: raw.artifactType,
    annotations: raw.annotations ?? {},
  };
}

/** Checks `value` against `schema`; the first issue becomes the error, which names the field. */
export function validate<T extends z.ZodType>(schema: T, value: unknown, what: string, facts: ParseFacts): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = fieldName(issue?.path ?? []);
  const why = issue?.message ?? 'is not valid';
  throw invalid(what, field, why, facts, issue?.path.at(-1) === 'digest' ? 'DIGEST_INVALID' : 'MANIFEST_INVALID');
}

/** The error of one field of a document. */
export function invalid(
  what: string,
  field: string,
  why: string,
  facts: ParseFacts,
  code: 'DIGEST_INVALID' | 'MANIFEST_INVALID' = 'MANIFEST_INVALID',
): PushboatError {
  return new PushboatError(code, `The ${what} is not valid: ${field}: ${why}.`, {
    ...facts,
    detail: `${field}: ${why}`,
    hint: 'check-layout',
  });
}

/** `layers[2].digest` from zod's path. */
function fieldName(path: readonly PropertyKey[]): string {
  const name = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return name.replace(/^\./, '').slice(0, 200) || 'document';
}
