import type { Digest } from '../../../shared/digest.ts';
import { PushboatError } from '../../../shared/errors.ts';
import type { ConversionLoss } from '../../../shared/job-notes.ts';
import { isSchema1MediaType, MediaType } from '../../../shared/media-types.ts';
import { isCalledPlain, type LayerFaults } from '../layer-faults.ts';
import { parseSchema1, type Schema1 } from '../schema1.ts';
import { blobsOfSchema1, configOfSchema1, manifestOfSchema1, stepsOf } from '../schema1-config.ts';
import type { ImageTree, TreeManifest } from '../tree.ts';
import type { Descriptor, Manifest } from '../types.ts';
import { digestOf } from '../verify.ts';
import { platformsOf } from './choose-platforms.ts';
import { convertIndex, indexType, isAttestation } from './convert-index.ts';
import { convertManifest, isImage, isInFormat, manifestOf, type TypedFormat } from './convert-manifest.ts';
import { type ManifestFormat, unsupportedIn } from './errors.ts';
import { EMPTY_LAYER, EMPTY_LAYER_DIGEST, packedType } from './layer-types.ts';
import { rebuildTree } from './rebuild-tree.ts';
import { type ManifestSigner, signManifest } from './schema1-signature.ts';
import { type Schema1Name, schema1Payload } from './to-schema1.ts';

/** All that a conversion is made of: the same plan gives the same result, signatures of schema 1 aside. */
export interface ConversionPlan {
  tree: ImageTree;
  format: ManifestFormat;
  /** Bytes of the configs that `factsNeeded` names. */
  configs: ReadonlyMap<Digest, Uint8Array>;
  /** diffIDs of the layers that `factsNeeded` names. */
  diffIds: ReadonlyMap<Digest, Digest>;
  /** Layers that are compressed although their media type calls them plain. */
  packed: LayerFaults['mistyped'];
  /** Needed for schema 1, which names its target and is signed. */
  schema1: (Schema1Name & ManifestSigner) | undefined;
}

export interface Conversion {
  tree: ImageTree;
  /** Blobs that were made: configs, and schema 1's empty layer. */
  made: ReadonlyMap<Digest, Uint8Array>;
  /** What manifests became, by their digest before; those that are left out became nothing. */
  became: ReadonlyMap<Digest, Descriptor>;
  lost: readonly ConversionLoss[];
  /** Layers whose media type says now that they are compressed, as they were. */
  retyped: number;
}

/** What must be read of an image before it can be converted. */
export interface NeededFacts {
  configs: Descriptor[];
  /** Layers whose diffIDs only their content can tell. */
  layers: Descriptor[];
}

/** True when pushing in this format changes anything of the image. `name` is that of the target, for schema 1. */
export function needsConversion(tree: ImageTree, format: ManifestFormat, name: Schema1Name): boolean {
  if (format !== 'v2s1') return tree.manifests.some(({ descriptor }) => !isInFormat(descriptor.mediaType, format));
  const [only] = tree.manifests;
  if (!only || tree.manifests.length > 1 || only.descriptor.mediaType !== MediaType.dockerManifestV1Signed) return true;
  const schema1 = parseSchema1(only.bytes);
  return schema1.name !== name.name || schema1.tag !== name.tag;
}

export function factsNeeded(tree: ImageTree, format: ManifestFormat): NeededFacts {
  const facts: NeededFacts = { configs: [], layers: [] };
  for (const { parsed, descriptor } of tree.manifests) {
    if (parsed.kind === 'index') continue;
    const isSchema1 = isSchema1MediaType(descriptor.mediaType);
    if (format === 'v2s1' && !isSchema1 && isImage(parsed)) facts.configs.push(parsed.config);
    if (format !== 'v2s1' && isSchema1) facts.layers.push(...parsed.layers);
  }
  return facts;
}

/**
 * The image in another format. Configs keep their bytes, and with them the image its id, wherever the format has configs; manifests that are
 * in the format already keep theirs. A pure function: what has to be read is in the plan.
 * @throws PushboatError FORMAT_UNSUPPORTED for what the format cannot hold; BLOB_MISSING for children that the store lacks.
 */
export function convertTree(plan: ConversionPlan): Conversion {
  return plan.format === 'v2s1' ? toSchema1(plan) : new TypedConversion(plan, plan.format).run();
}

class TypedConversion {
  readonly #plan: ConversionPlan;
  readonly #format: TypedFormat;
  readonly #originals: ReadonlyMap<Digest, TreeManifest>;
  readonly #done = new Map<Digest, TreeManifest>();
  readonly #made = new Map<Digest, Uint8Array>();
  readonly #lost = new Set<ConversionLoss>();
  readonly #retyped = new Set<Digest>();

  constructor(plan: ConversionPlan, format: TypedFormat) {
    this.#plan = plan;
    this.#format = format;
    this.#originals = new Map(plan.tree.manifests.map((manifest) => [manifest.descriptor.digest, manifest]));
  }

  run(): Conversion {
    const { tree } = this.#plan;
    const original = this.#originals.get(tree.root.digest);
    const root = original && this.#convert(original);
    if (!root) return { tree, made: this.#made, became: new Map(), lost: [], retyped: 0 };
    return {
      tree: rebuildTree(root, this.#done.values(), tree),
      made: this.#made,
      became: new Map([...this.#done].map(([digest, { descriptor }]) => [digest, descriptor])),
      lost: [...this.#lost],
      retyped: this.#retyped.size,
    };
  }

  #convert(from: TreeManifest): TreeManifest {
    const { digest } = from.descriptor;
    const known = this.#done.get(digest);
    if (known) return known;
    const converted = this.#converted(from);
    if (converted !== from && this.#format === 'v2s2' && hasAnnotations(from)) this.#lost.add('annotations');
    this.#done.set(digest, converted);
    return converted;
  }

  #converted(from: TreeManifest): TreeManifest {
    const { parsed, descriptor } = from;
    if (parsed.kind === 'index') return this.#convertIndex(from);
    if (isSchema1MediaType(descriptor.mediaType)) return this.#fromSchema1(from, parsed);
    if (isInFormat(descriptor.mediaType, this.#format)) return from;
    return convertManifest(
      from,
      { ...parsed, layers: parsed.layers.map((layer) => this.#rightType(layer)) },
      this.#format,
    );
  }

  /** Since the document is written again, it can also say what a layer is, where the format has a word for it. */
  #rightType(layer: Descriptor): Descriptor {
    const compression = isCalledPlain(layer) ? this.#plan.packed.get(layer.digest) : undefined;
    const mediaType = compression && packedType(compression, this.#format);
    if (mediaType === undefined) return layer;
    this.#retyped.add(layer.digest);
    return { ...layer, mediaType };
  }

  #convertIndex(from: TreeManifest): TreeManifest {
    const { parsed } = from;
    if (parsed.kind !== 'index') return from;
    const children = new Map(parsed.manifests.map((child) => [child.digest, this.#child(from, child)]));
    const isKept = [...children].every(([digest, now]) => now === undefined || now?.descriptor.digest === digest);
    if (isKept && parsed.mediaType === indexType(this.#format)) return from;
    return convertIndex(from, parsed, (child) => children.get(child.digest), this.#format);
  }

  /** Docker's list holds images only: what belongs to them stays behind. */
  #child(index: TreeManifest, child: Descriptor): TreeManifest | null | undefined {
    const manifest = this.#originals.get(child.digest);
    if (!manifest) return isInFormat(child.mediaType, this.#format) ? undefined : notThere(index, child, this.#plan);
    const isAttached = isAttestation(child) || (manifest.parsed.kind === 'manifest' && !isImage(manifest.parsed));
    if (this.#format === 'oci' || !isAttached || isInFormat(child.mediaType, 'v2s2')) return this.#convert(manifest);
    this.#lost.add('attachments');
    return null;
  }

  #fromSchema1(from: TreeManifest, parsed: Manifest): TreeManifest {
    const schema1 = parseSchema1(from.bytes, { digest: from.descriptor.digest });
    const diffIds = stepsOf(schema1)
      .filter(({ throwaway }) => !throwaway)
      .map(({ blob }) => this.#plan.diffIds.get(blob))
      .filter((diffId) => diffId !== undefined);
    const bytes = configOfSchema1(schema1, diffIds);
    const config = { mediaType: MediaType.dockerConfig, digest: digestOf(bytes), size: bytes.byteLength };
    this.#made.set(config.digest, bytes);
    const asDocker = { ...parsed, config };
    const docker = manifestOf(from, asDocker, 'v2s2');
    return this.#format === 'v2s2' ? docker : convertManifest(docker, { ...asDocker, annotations: {} }, 'oci');
  }
}

/** Annotations of the document or of what it lists; those of attestations are how an index marks them. */
export function hasAnnotations({ parsed }: TreeManifest): boolean {
  const listed = parsed.kind === 'index' ? parsed.manifests.filter((child) => !isAttestation(child)) : parsed.layers;
  return [parsed, ...listed].some(({ annotations }) => Object.keys(annotations ?? {}).length > 0);
}

function notThere(index: TreeManifest, child: Descriptor, { tree }: ConversionPlan): never {
  const message = `The index ${index.descriptor.digest} names the manifest ${child.digest}, which is not in the local store and so cannot be converted.`;
  throw new PushboatError('BLOB_MISSING', message, {
    digest: child.digest,
    candidates: platformsOf({ ...tree, missing: [] }),
    hint: 'choose-platforms',
  });
}

/** The one image of a tree, in schema 1 and signed. */
function toSchema1({ tree, configs, schema1 }: ConversionPlan): Conversion {
  const from = onlyImage(tree);
  const { digest, mediaType } = from.descriptor;
  if (!schema1) throw unsupportedIn('v2s1', digest, 'there is nothing to sign it with');
  if (from.parsed.kind === 'index') throw unsupportedIn('v2s1', digest, 'it is an index');
  const payload = isSchema1MediaType(mediaType)
    ? renamedPayload(from.bytes, parseSchema1(from.bytes, { digest }), schema1)
    : schema1Payload(digest, from.parsed, configs.get(from.parsed.config.digest) ?? new Uint8Array(), schema1);
  const bytes = signManifest(payload, schema1);
  const parsed = parseSchema1(bytes);
  const sizes = new Map(tree.blobs.map(({ descriptor }) => [descriptor.digest, descriptor.size]));
  sizes.set(EMPTY_LAYER_DIGEST, sizes.get(EMPTY_LAYER_DIGEST) ?? EMPTY_LAYER.byteLength);
  const { platform: _platform, annotations: _annotations, data: _data, ...kept } = from.descriptor;
  const descriptor = { ...kept, mediaType: parsed.mediaType, digest: parsed.digest, size: bytes.byteLength };
  const made: TreeManifest = {
    platform: from.platform,
    descriptor,
    bytes,
    parsed: manifestOfSchema1(parsed, sizes),
  };
  const hasEmptyLayer = parsed.entries.some(({ blob }) => blob === EMPTY_LAYER_DIGEST);
  const isKnown = tree.blobs.some((blob) => blob.descriptor.digest === EMPTY_LAYER_DIGEST);
  return {
    tree: rebuildTree(made, [made], tree, () => blobsOfSchema1(parsed, sizes)),
    made: hasEmptyLayer && !isKnown ? new Map([[EMPTY_LAYER_DIGEST, EMPTY_LAYER]]) : new Map(),
    became: new Map([[digest, descriptor]]),
    lost: lostInSchema1(tree, from),
    retyped: 0,
  };
}

function lostInSchema1(tree: ImageTree, image: TreeManifest): ConversionLoss[] {
  const attached = tree.manifests.some(({ parsed }) => parsed.kind === 'manifest' && parsed !== image.parsed);
  return [...(hasAnnotations(image) ? ['annotations' as const] : []), ...(attached ? ['attachments' as const] : [])];
}

/** Schema 1 holds one image; of an index with several a person has to choose. */
function onlyImage(tree: ImageTree): TreeManifest {
  const attested = new Set<Digest>();
  for (const { parsed } of tree.manifests) {
    if (parsed.kind === 'index')
      for (const child of parsed.manifests) if (isAttestation(child)) attested.add(child.digest);
  }
  const images = tree.manifests.filter(
    ({ parsed, descriptor }) => parsed.kind === 'manifest' && isImage(parsed) && !attested.has(descriptor.digest),
  );
  const [image] = images;
  const { digest } = tree.root;
  if (!image) throw unsupportedIn('v2s1', digest, 'it is an artifact and not an image');
  if (images.length === 1) return image;
  const candidates = platformsOf(tree);
  const message = `The index ${digest} cannot be converted to Docker v2 schema 1, which holds one platform: it has ${candidates.join(', ')}.`;
  throw new PushboatError('FORMAT_UNSUPPORTED', message, { digest, candidates, hint: 'choose-platforms' });
}

/** The same entries under another name. */
function renamedPayload(bytes: Uint8Array, { architecture }: Schema1, { name, tag }: Schema1Name): string {
  const raw = JSON.parse(new TextDecoder().decode(bytes)) as { fsLayers: unknown; history: unknown };
  return JSON.stringify({ schemaVersion: 1, name, tag, architecture, fsLayers: raw.fsLayers, history: raw.history });
}
