import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Digest, digestHex } from '../../../shared/digest.ts';
import { lazySchema } from '../../../shared/lazy-schema.ts';
import { isForeignLayerMediaType, MediaType } from '../../../shared/media-types.ts';
import { goObject, goString, goTime, rawMembers } from '../go-json.ts';
import { parseDocument, validate } from '../parse.ts';
import type { Descriptor, Manifest } from '../types.ts';
import { unsupportedIn } from './errors.ts';
import { EMPTY_LAYER_DIGEST } from './layer-types.ts';

/** Schema 1 carries its repository and tag. */
export interface Schema1Name {
  /** Path of the repository, without the registry. */
  name: string;
  tag: string;
}

const text = lazySchema(() => z.string().nullish());

const configSchema = lazySchema(() =>
  z.object({
    architecture: text,
    history: z
      .array(
        z.object({ created: text, author: text, created_by: text, comment: text, empty_layer: z.boolean().nullish() }),
      )
      .nullish(),
  }),
);

/** Layers that clients of schema 1 can read: they look at the bytes, since there is no media type. */
const READABLE: readonly string[] = [
  MediaType.ociLayer,
  MediaType.ociLayerGzip,
  MediaType.dockerLayer,
  MediaType.dockerLayerGzip,
];

interface Step {
  blob: Digest;
  id: string;
  parent: string;
  history: z.output<typeof configSchema>['history'] extends (infer Entry)[] | null | undefined ? Entry : never;
}

/**
 * The payload of a schema 1 manifest: one entry for each of the history, the newest first, with ids and parents as Docker computes them.
 * Steps without a layer get the empty one, which has to be pushed then.
 * @throws PushboatError FORMAT_UNSUPPORTED when the config has no history or one that does not fit the layers, or a layer cannot be held.
 */
export function schema1Payload(
  digest: Digest,
  manifest: Manifest,
  config: Uint8Array,
  { name, tag }: Schema1Name,
): string {
  const raw = validate(configSchema, parseDocument(config, 'image config', { digest }), 'image config', { digest });
  const steps = stepsOf(digest, manifest.layers, raw.history ?? []);
  const last = steps.at(-1);
  if (!last) throw unsupportedIn('v2s1', digest, 'its config has no history, of which schema 1 is made');
  const configText = new TextDecoder().decode(config);
  const newest = newestEntry(configText, { ...last, id: idOf(last.blob, last.parent, configText) });
  const entries = [...steps.slice(0, -1).map(entryOf), newest].toReversed();
  const blobs = steps.map(({ blob }) => blob).toReversed();
  return JSON.stringify({
    schemaVersion: 1,
    name,
    tag,
    architecture: raw.architecture ?? '',
    fsLayers: blobs.map((blobSum) => ({ blobSum })),
    history: entries.map((v1Compatibility) => ({ v1Compatibility })),
  });
}

function stepsOf(digest: Digest, layers: readonly Descriptor[], history: readonly Step['history'][]): Step[] {
  const unreadable = layers.find(({ mediaType }) => !READABLE.includes(mediaType));
  if (unreadable) throw unsupportedIn('v2s1', digest, reasonAgainst(unreadable));
  const count = history.filter(({ empty_layer: empty }) => !empty).length;
  if (history.length > 0 && count !== layers.length) {
    const why = `its history tells of ${count} layers, while it has ${layers.length}`;
    throw unsupportedIn('v2s1', digest, why);
  }
  const remaining = layers.values();
  let parent = '';
  return history.map((entry) => {
    const next = entry.empty_layer ? undefined : remaining.next().value;
    const blob = next?.digest ?? EMPTY_LAYER_DIGEST;
    const step: Step = { blob, id: idOf(blob, parent), parent, history: entry };
    parent = step.id;
    return step;
  });
}

function reasonAgainst({ mediaType, digest }: Descriptor): string {
  const why = isForeignLayerMediaType(mediaType)
    ? 'may not be distributed, and schema 1 has no place for its address'
    : `is of type ${JSON.stringify(mediaType)}, which schema 1 does not know`;
  return `the layer ${digest} ${why}`;
}

/** containers/image's and Docker's way: anything unique would do, but the same image should get the same ids everywhere. */
function idOf(blob: Digest, parent: string, ...more: string[]): string {
  return createHash('sha256')
    .update([digestHex(blob), parent, ...more].join(' '))
    .digest('hex');
}

function entryOf({ id, parent, history }: Step): string {
  const fields = [`"id":${goString(id)}`];
  if (parent) fields.push(`"parent":${goString(parent)}`);
  if (history.comment) fields.push(`"comment":${goString(history.comment)}`);
  fields.push(`"created":${goString(goTime(history.created ?? undefined))}`);
  fields.push(`"container_config":${madeBy(history.created_by)}`);
  if (history.author) fields.push(`"author":${goString(history.author)}`);
  if (history.empty_layer) fields.push('"throwaway":true');
  return `{${fields.join(',')}}`;
}

/** The newest entry is the config itself. What its history tells is added where the config has no such field, so that it is not lost. */
function newestEntry(config: string, { id, parent, history }: Step): string {
  const members = rawMembers(config);
  members.delete('rootfs');
  members.delete('history');
  members.set('id', goString(id));
  if (parent) members.set('parent', goString(parent));
  if (history.empty_layer) members.set('throwaway', 'true');
  if (history.created_by && !members.has('container_config')) {
    members.set('container_config', madeBy(history.created_by));
  }
  if (history.comment && !members.has('comment')) members.set('comment', goString(history.comment));
  return goObject(members);
}

function madeBy(command: string | null | undefined): string {
  return `{"Cmd":[${goString(command ?? '')}]}`;
}
