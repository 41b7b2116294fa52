import { resolve } from 'node:path';
import { digestHex, shortDigest } from '../../../shared/digest.ts';
import { exists } from '../../files/plain-file.ts';
import { repositoryOf } from '../names/repository-tags.ts';
import { canonicalName, type ListedImage, type Listing } from './listing.ts';

/**
 * Splits `PATH[:NAME]`, `PATH:@N` and `PATH@DIGEST`; NAME may be a whole reference. The path is the longest part that is there: a colon may
 * belong to a file's name. Where none is, it ends at the first colon, a Windows drive's aside, as in containers/image.
 */
export async function splitPathName(text: string, cwd: string): Promise<{ path: string; image: string | undefined }> {
  if (await exists(resolve(cwd, text))) return { path: text, image: undefined };
  const digest = /^(.+)(@(?:[a-z0-9]+:)?[0-9a-f]{6,})$/s.exec(text);
  if (digest?.[1] !== undefined && (await exists(resolve(cwd, digest[1]))))
    return { path: digest[1], image: digest[2] };
  const drive = /^[A-Za-z]:[\\/]/.test(text) ? 2 : 0;
  const colons = [...text.matchAll(/:/g)].map(({ index }) => index).filter((index) => index >= drive);
  const [first] = colons;
  if (first === undefined) return { path: text, image: undefined };
  let end = first;
  for (const colon of colons) if (await exists(resolve(cwd, text.slice(0, colon)))) end = colon;
  const image = text.slice(end + 1);
  return { path: text.slice(0, end), image: image === '' ? undefined : image };
}

/**
 * The images that a selector means: `@N` the Nth from 0, `@DIGEST` and a bare id one by its digest or the beginning of it, all else names,
 * which may end in a digest.
 */
export function selectImages(listing: Listing, images: readonly ListedImage[], selector: string): ListedImage[] {
  const position = /^@(\d{1,5})$/.exec(selector)?.[1];
  if (position !== undefined) return images.filter(({ positions }) => positions.includes(Number(position)));
  const named = withName(listing, images, selector);
  if (named.length > 0) return named;
  const at = selector.lastIndexOf('@');
  const id = /^(?:[a-z0-9]+:)?[0-9a-f]{6,}$/.test(selector.slice(at + 1)) ? selector.slice(at + 1) : undefined;
  if (id === undefined) return [];
  const name = selector.slice(0, Math.max(at, 0));
  const own = name === '' ? images : images.filter((image) => isNamed(listing, image, name));
  return own.filter(({ ids }) => ids.some((digest) => beginsWith(digest, id)));
}

/** Those of the images that have the name; else those to which podman and buildah have given it, which they write below `localhost/`. */
export function withName<Image extends ListedImage>(
  listing: Pick<Listing, 'hasName'>,
  images: readonly Image[],
  name: string,
): Image[] {
  const named = images.filter((image) => listing.hasName(image, name));
  return named.length > 0 ? named : images.filter((image) => listing.hasName(image, `localhost/${name}`));
}

/** Whether a digest begins with what was typed, with or without its algorithm. */
export function beginsWith(digest: ListedImage['ids'][number], id: string): boolean {
  return id.includes(':') ? digest.startsWith(id) : digestHex(digest).startsWith(id);
}

/** The tag of a name with a digest says nothing: the digest decides. */
function isNamed(listing: Listing, image: ListedImage, name: string): boolean {
  const repository = repositoryOf(name);
  return listing.hasName(image, name) || image.references.some((reference) => repositoryOf(reference) === repository);
}

type NamedImage = Pick<ListedImage, 'references' | 'positions' | 'ids'>;

/**
 * What names each image of a store, without the transport: its path, and where it needs that a name that no other one has, its digest or
 * its position.
 */
export function refsOf(
  { location, transport }: Pick<Listing, 'location' | 'transport'>,
  images: readonly NamedImage[],
): (image: NamedImage) => string {
  const names = countOf(images.flatMap(({ references }) => [...new Set(references.map(canonicalName))]));
  const ids = countOf(images.flatMap(({ ids: [first] }) => (first ? [shortDigest(first)] : [])));
  return (image) => {
    const isAlone = images.length === 1;
    if (transport === 'dir' || (isAlone && image.references.length === 0)) return location;
    const name = image.references.find((each) => names.get(canonicalName(each)) === 1 && !each.startsWith('@'));
    if (name !== undefined) return `${location}:${name}`;
    const [digest] = image.ids;
    const isKnownByDigest = digest && transport !== 'docker-archive' && ids.get(shortDigest(digest)) === 1;
    return isKnownByDigest ? `${location}@${shortDigest(digest)}` : `${location}:@${image.positions[0] ?? 0}`;
  };
}

function countOf(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}
