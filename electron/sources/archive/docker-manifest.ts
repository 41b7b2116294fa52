import { z } from 'zod';
import { type Digest, digestAlgorithm, digestHex, isDigest } from '../../../shared/digest.ts';
import { PushboatError } from '../../../shared/errors.ts';
import { parseJson } from '../../image/json.ts';
import { validate } from '../../image/parse.ts';
import { archiveIncomplete, archiveInvalid, archiveUnusable } from '../../image/tar/archive-errors.ts';
import type { Archive } from './archive.ts';

/** The file that lists the images of a `docker save` archive (moby image/spec, since 1.10). */
export const DOCKER_MANIFEST = 'manifest.json';
/** What alone did so before. */
export const DOCKER_OLD_LIST = 'repositories';

/** One image of `manifest.json`. The names are those of members of the archive. */
export interface DockerEntry {
  /** `[0]`, for messages. */
  field: string;
  config: string;
  tags: string[];
  layers: string[];
}

const names = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? []);
const schema = z.array(z.object({ Config: z.string().min(1), RepoTags: names, Layers: names }));

/** The name of a blob's member in a layout. */
export function blobName(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

/** The digest that a member's name tells (`blobs/sha256/…`, as since Docker 25); undefined for other names. */
export function blobDigest(name: string): Digest | undefined {
  const [, algorithm, hex] = /^blobs\/([a-z0-9]+)\/([0-9a-f]+)$/.exec(name) ?? [];
  const digest = `${algorithm}:${hex}`;
  return isDigest(digest) ? digest : undefined;
}

/** @throws PushboatError ARCHIVE_INVALID naming the field; as `Archive.readSmall` */
export async function readDockerManifest(archive: Archive): Promise<DockerEntry[]> {
  const { path } = archive;
  const bytes = await archive.readSmall(DOCKER_MANIFEST);
  if (!bytes) throw withoutList(archive);
  const what = DOCKER_MANIFEST;
  const value = parseJson(bytes, { what, code: 'ARCHIVE_INVALID', hint: 'rebuild-image', path });
  try {
    return validate(schema, value, what, { path }).map(({ Config, RepoTags, Layers }, at) => ({
      field: `[${at}]`,
      config: Config,
      tags: RepoTags,
      layers: Layers,
    }));
  } catch (error) {
    if (!(error instanceof PushboatError)) throw error;
    throw archiveInvalid(path, `${what}: ${error.facts.detail ?? error.message}`, undefined, error);
  }
}

function withoutList(archive: Archive): PushboatError {
  const missing = `${DOCKER_MANIFEST} is missing`;
  const isOld = archive.index.members.has(DOCKER_OLD_LIST);
  const why = isOld
    ? `${missing}: it was saved by a Docker older than 1.10; docker load and docker save of a newer one mend it`
    : missing;
  if (!archive.index.hasEndMark) return archiveIncomplete(archive.path, `${why}, and it may be cut off`);
  return isOld ? archiveUnusable(archive.path, why) : archiveIncomplete(archive.path, why);
}
