import type { Digest } from '../../shared/digest.ts';
import { MediaType } from '../../shared/media-types.ts';
import { goObject, goString, goTime, rawMembers } from './go-json.ts';
import type { Schema1, Schema1Entry } from './schema1.ts';
import type { Descriptor, Manifest } from './types.ts';
import { digestOf } from './verify.ts';

/** What schema 1 writes into the newest entry's config, and a config of its own does not have. */
const OF_SCHEMA_1 = ['id', 'parent', 'parent_id', 'layer_id', 'throwaway', 'Size'];

/** The steps of an image, the base first. Old versions of Docker wrote a step twice in a row; it counts once. */
export function stepsOf({ entries }: Schema1): Schema1Entry[] {
  return entries.filter(({ id }, index) => id === undefined || id !== entries[index + 1]?.id);
}

/**
 * The config of an image of schema 1: that of its newest entry with the history of all. The bytes are those that containers/image makes,
 * so that the image has the same id whichever tool converted it. `diffIds` are those of the steps that changed something.
 */
export function configOfSchema1(schema1: Schema1, diffIds: readonly Digest[]): Uint8Array {
  const steps = stepsOf(schema1);
  const members = rawMembers(steps.at(-1)?.compatibility ?? '{}');
  for (const name of OF_SCHEMA_1) members.delete(name);
  members.set('rootfs', `{"type":"layers","diff_ids":${JSON.stringify(diffIds)}}`);
  members.set('history', `[${steps.map(historyEntry).join(',')}]`);
  return new TextEncoder().encode(goObject(members));
}

function historyEntry({ created, author, createdBy, comment, throwaway }: Schema1Entry): string {
  const fields = [`"created":${goString(goTime(created))}`];
  if (author) fields.push(`"author":${goString(author)}`);
  if (createdBy) fields.push(`"created_by":${goString(createdBy)}`);
  if (comment) fields.push(`"comment":${goString(comment)}`);
  if (throwaway) fields.push('"empty_layer":true');
  return `{${fields.join(',')}}`;
}

/**
 * A manifest of schema 1 as if it were of schema 2, for all who show or push images. The config is embedded in its descriptor, because no store
 * has it; it lacks the diffIDs, which only reading the layers could tell. `sizes` are those of the layers.
 */
export function manifestOfSchema1(schema1: Schema1, sizes: ReadonlyMap<Digest, number>): Manifest {
  const config = configOfSchema1(schema1, []);
  const layers = stepsOf(schema1).filter(({ throwaway }) => !throwaway);
  return {
    kind: 'manifest',
    mediaType: schema1.mediaType,
    config: {
      mediaType: MediaType.dockerConfig,
      digest: digestOf(config),
      size: config.byteLength,
      data: Buffer.from(config).toString('base64'),
    },
    layers: layers.map(({ blob }) => schema1Layer(blob, sizes)),
    annotations: {},
  };
}

/** All blobs of the manifest, the empty layer included, each once. */
export function blobsOfSchema1({ entries }: Schema1, sizes: ReadonlyMap<Digest, number>): Descriptor[] {
  return [...new Set(entries.map(({ blob }) => blob))].map((blob) => schema1Layer(blob, sizes));
}

function schema1Layer(digest: Digest, sizes: ReadonlyMap<Digest, number>): Descriptor {
  return { mediaType: MediaType.dockerLayerGzip, digest, size: sizes.get(digest) ?? 0 };
}
