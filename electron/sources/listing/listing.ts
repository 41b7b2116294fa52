import type { Digest } from '../../../shared/digest.ts';
import type { Transport } from '../../../shared/images.ts';
import { canonicalReference, referenceOfName, withDefaultTag } from '../../../shared/reference.ts';
import type { LocalImage } from '../../image/types.ts';

export type BesideOthers = 'by-tag' | 'by-type' | 'loose' | 'part';

/** One image of a store. */
export interface ListedImage {
  /** Names the image in its store, and stays the same when the image is built again where the store allows that. */
  readonly key: string;
  readonly name: string;
  readonly references: string[];
  /** Where the store lists it, from 0. */
  readonly positions: readonly number[];
  /** Digests that stand for it: of its manifest, of its config. */
  readonly ids: readonly Digest[];
  /**
   * It is a part of an index that is listed, too, or a signature or the like of another image, and never meant where none is named: by its tag,
   * by its type, or by words of cosign's that nothing links to the image. Of the other two a push sees what they are about, and takes them along or says that they stay behind.
   */
  readonly besideOthers?: BesideOthers | undefined;
  /** @throws PushboatError when the image cannot be used. */
  open(): Promise<LocalImage>;
}

/** A store at one path that says at once which images it holds: a layout, an archive, a `dir:` folder. */
export interface Listing {
  readonly transport: Transport;
  /** Absolute path. */
  readonly location: string;
  /** The file in it that lists the images; for messages. */
  readonly indexName: string;
  /** The images as they are now. @throws PushboatError when the store as a whole cannot be listed. */
  read(signal?: AbortSignal): Promise<ListedImage[]>;
  /** Whether a name that a person typed means this image. */
  hasName(image: ListedImage, name: string): boolean;
  /** Tells one state of the store from every other, where that is cheaper than reading it. */
  identity?(): Promise<string>;
  /** Lets go of what is kept for the next reading. */
  close?(): void;
}

/**
 * The default `hasName`: the name as the store has it, or another way to write the same reference, as `acme/web:1` for
 * `docker.io/acme/web:1`.
 */
export function hasReference(image: Pick<ListedImage, 'references'>, name: string): boolean {
  if (image.references.includes(name)) return true;
  const wanted = canonicalName(name);
  return image.references.some((reference) => canonicalName(reference) === wanted);
}

/** The whole reference that a name stands for; a bare tag as it is. */
export function canonicalName(name: string): string {
  const reference = referenceOfName(name);
  return reference ? canonicalReference(withDefaultTag(reference)) : name;
}
