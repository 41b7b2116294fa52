import { type Digest, digestAlgorithm, digestHex, isDigest } from '../../../shared/digest.ts';
import type { PushboatError } from '../../../shared/errors.ts';
import { type DockerEntry, parseDockerManifest } from '../../image/layout/docker-manifest.ts';
import { DIR_VERSION, DOCKER_MANIFEST, DOCKER_OLD_LIST } from '../../image/layout/file-names.ts';
import { MAX_LAYOUT_INDEX_BYTES } from '../../image/parse.ts';
import { archiveIncomplete, archiveOfAnotherKind } from '../../image/tar/archive-errors.ts';
import type { Archive } from './archive.ts';

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

const IMGPKG_LAYER = /^sha256-[0-9a-f]{64}\.tar\.gz$/;

/** @throws PushboatError ARCHIVE_INVALID naming the field; as `Archive.readSmall` */
export async function readDockerManifest(archive: Archive): Promise<DockerEntry[]> {
  const { path } = archive;
  const bytes = await archive.readSmall(DOCKER_MANIFEST, MAX_LAYOUT_INDEX_BYTES);
  if (!bytes) throw withoutList(archive);
  try {
    return parseDockerManifest(bytes, path);
  } catch (fault) {
    // Its list has other fields.
    if ([...archive.index.members.keys()].some((name) => IMGPKG_LAYER.test(name)))
      throw archiveOfAnotherKind(path, 'imgpkg has written it: push it with imgpkg copy --tar');
    // The manifest of an image has that name in the format dir:, too.
    if (!archive.index.members.has(DIR_VERSION)) throw fault;
    throw archiveOfAnotherKind(
      path,
      'it is a folder in the format dir: that was packed: unpack it, and push that folder',
    );
  }
}

function withoutList({ path, index }: Archive): PushboatError {
  const missing = `${DOCKER_MANIFEST} is missing`;
  const isOld = index.members.has(DOCKER_OLD_LIST);
  const why = isOld
    ? `${missing}: it was saved by a Docker older than 1.10; docker load and docker save of a newer one mend it`
    : missing;
  if (!index.hasEndMark) return archiveIncomplete(path, `${why}, and it may be cut off`);
  return isOld ? archiveOfAnotherKind(path, why) : archiveIncomplete(path, why);
}
