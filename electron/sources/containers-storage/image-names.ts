import { type Closeness, closeness, repositoryOf, withTag } from '../names/repository-tags.ts';
import type { ImageRecord } from './records.ts';

/** The references that an image has in its store. A name with a digest says where it came from, and is no target for a push. */
export function imageReferences({ names }: ImageRecord): string[] {
  return names.filter((name) => !name.includes('@'));
}

/** What people call it: its first reference, else the short id that `podman images` shows. */
export function imageName(record: ImageRecord): string {
  return imageReferences(record)[0] ?? record.names[0] ?? shortId(record.id);
}

export function shortId(id: string): string {
  return id.slice(0, 12);
}

/**
 * Whether the text names the image as `buildah` and `podman` take it: a whole reference, one without its registry, without its tag
 * `latest`, with the digest of its manifest (a tag before that says nothing), or its id or the beginning of that. The lower, the closer;
 * undefined when it does not.
 */
export function matchOf(record: ImageRecord, text: string): Closeness | 3 | undefined {
  const id = /^(?:.*@|sha256:)?([0-9a-f]{3,64})$/s.exec(text)?.[1];
  if (record.id === id || record.names.includes(text)) return 0;
  const digest = /@([a-z0-9]+:[0-9a-f]{32,})$/.exec(text)?.[1];
  const named =
    digest === undefined
      ? closeness(record.names, withTag(text))
      : closeness(hasDigest(record, digest) ? record.names.map(repositoryOf) : [], repositoryOf(text));
  return named ?? (id !== undefined && record.id.startsWith(id) ? 3 : undefined);
}

function hasDigest({ bigDataNames, bigDataDigests }: ImageRecord, digest: string): boolean {
  return bigDataNames.some((name) => name.startsWith('manifest') && bigDataDigests[name] === digest);
}
