import type { Transport } from '../../shared/images.ts';
import type { LocalImage } from '../image/types.ts';

/** One image of a store. */
export interface ListedImage {
  /** Names the image in its store, and stays the same when the image is built anew where the store allows that. */
  readonly key: string;
  readonly name: string;
  readonly references: string[];
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

/** The default `hasName`: the name as the store has it. */
export function hasReference(image: ListedImage, name: string): boolean {
  return image.references.includes(name);
}
