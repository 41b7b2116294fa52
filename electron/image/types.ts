import type { Readable } from 'node:stream';
import type { Digest } from '../../shared/digest.ts';
import type { Platform, RunConfig } from '../../shared/images.ts';
import type { StoreOddity } from '../../shared/job-notes.ts';
import type { Reference } from '../../shared/reference.ts';

/** OCI image-spec descriptor.md. `digest` and `size` have been checked against their grammar. */
export interface Descriptor {
  mediaType: string;
  digest: Digest;
  /** Bytes. */
  size: number;
  annotations?: Record<string, string> | undefined;
  platform?: Platform | undefined;
  urls?: string[] | undefined;
  /** Embedded content, base64. */
  data?: string | undefined;
  artifactType?: string | undefined;
}

/** OCI manifest or Docker v2 schema 2; of schema 1 as if it were such, see `manifestOfSchema1`. */
export interface Manifest {
  kind: 'manifest';
  mediaType: string;
  config: Descriptor;
  layers: Descriptor[];
  subject?: Descriptor | undefined;
  artifactType?: string | undefined;
  annotations: Record<string, string>;
}

/** OCI index or Docker manifest list. */
export interface Index {
  kind: 'index';
  mediaType: string;
  manifests: Descriptor[];
  subject?: Descriptor | undefined;
  artifactType?: string | undefined;
  annotations: Record<string, string>;
}

/** What of the config Pushboat shows. */
export interface ImageConfig extends RunConfig {
  created?: string | undefined;
  platform?: Platform | undefined;
  history: { createdBy?: string | undefined; emptyLayer: boolean; comment?: string | undefined }[];
  diffIds: string[];
}

/**
 * What a reader promises to a store, so that the store can save work. Each may be left out, and a store may ignore each: the bytes are the
 * same.
 */
export interface ReaderPromises {
  /**
   * Takes each chunk before it reads a few more: the stream may overwrite chunks. For an upload, which hands each on at once. It may bring the
   * buffers that are overwritten: see `SuccessiveBuffers`.
   */
  recycle?: boolean | ((size: number) => Buffer);
  /** Reads once, from start to end, and can wait for the first byte: a store that can only stream keeps no copy. */
  once?: boolean;
  /** Compares the digest itself, and reads again without this promise to be told what is wrong: a store need not look, too. */
  verifies?: boolean;
}

export interface BlobOptions extends ReaderPromises {
  /** First byte to read; 0 when absent. */
  offset?: number;
  /** Bytes to read from there; to the end when absent. */
  length?: number;
  signal?: AbortSignal | undefined;
}

/** A signature as a store has it: an OpenPGP message, or a payload with what was signed of it in ASN.1. */
export type ImageSignature =
  | { readonly kind: 'simple'; readonly message: Uint8Array }
  | { readonly kind: 'sigstore'; readonly payload: Uint8Array; readonly signature: Uint8Array }
  /** In a format that nobody here knows. */
  | { readonly kind: 'unknown'; readonly why: string };

/** Where an image comes from, as policies of signatures name it (containers-policy.json.5). */
export type ImageOrigin =
  | { readonly transport: 'dir'; readonly path: string }
  | { readonly transport: 'oci' | 'oci-archive'; readonly path: string; readonly name?: string | undefined }
  | { readonly transport: 'docker-archive' }
  | { readonly transport: 'docker' | 'docker-daemon'; readonly reference?: Reference | undefined }
  | {
      readonly transport: 'containers-storage';
      readonly store: { readonly driver: string; readonly root: string };
      readonly id: string;
      readonly reference?: Reference | undefined;
    };

/** A signature, SBOM or the like about an image, which is an image of its own to whoever pushes it. */
export interface Companion {
  readonly image: LocalImage;
  /** Under which it is found; absent for what names its subject. */
  readonly tag?: string | undefined;
}

/** The only platform of an index that a store has; so many others are missing. */
export interface AloneOfIndex {
  readonly platform: Platform;
  readonly missing: number;
}

/** What only some stores can say or do. Whoever uses one of these also knows a way without it. */
export interface StoreAbilities {
  /** The image is made of a store that keeps layers as plain tars: a push compresses them. Absent: the bytes are pushed as they are. */
  readonly uncompressed?: true;
  /** Blobs in the order in which the store gives them in one pass, as an engine does. Absent: any order is as good. */
  readonly order?: readonly Digest[];
  /** How the store is not as it should be, although the image can be used. Absent: it is as it should be. */
  readonly oddities?: readonly StoreOddity[];
  /** The image is what the store can give of an index, without that. Absent: it is what the store has under its name. */
  readonly alone?: AloneOfIndex;
  /** Where the image comes from. Absent: no policy of signatures can name it. */
  readonly origin?: ImageOrigin;
  /** The digest that signatures know the root by. Absent: a push sends the manifest that the store has. */
  readonly signedAs?: Digest;
  /** The signatures of one of the image's manifests. Absent: none. @throws PushboatError SOURCE_UNREADABLE and the like. */
  signatures?(digest: Digest): Promise<readonly ImageSignature[]>;
  /** What is about one of these manifests, and what is about that, nearest first. Absent: nothing. */
  companionsOf?(manifests: ReadonlySet<Digest>): Promise<Companion[]>;
  /**
   * How many signatures and artifacts about this image the store keeps next to it: a push of the image leaves them there. What goes
   * `along` with it, by digest, does not count. Absent: none.
   */
  companions?(along: ReadonlySet<Digest>): Promise<number>;
  /**
   * The size of a blob in bytes, for manifests that do not say it (Docker v2 schema 1). Absent: the store holds no such manifests.
   * @throws PushboatError as `LocalImage.check`
   */
  sizeOf?(digest: Digest): Promise<number>;
  /**
   * A short part of a blob at once, without a stream for a few kilobytes. Absent: content comes as a stream only.
   * @throws PushboatError as `LocalImage.blob` fails.
   */
  bytes?(descriptor: Descriptor, range: { offset: number; length: number }): Promise<Uint8Array>;
}

/** A layer, without compression, that a store gives before the image is described. */
export interface ArrivingLayer {
  /** Digests of all layers of the image, as plain tars. */
  readonly layers: readonly Digest[];
  /** Which of them it is. Absent where that is known only when the image is described. */
  readonly digest?: Digest | undefined;
  /** Names it whenever the store gives the image. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly origin: ImageOrigin;
  /** The store keeps it, and goes on meanwhile. Otherwise it waits until the layer has been read, or not been taken. */
  readonly isKept: boolean;
  /** The content, once, from its start. Each chunk is overwritten when some more have been read. */
  readonly content: () => Readable;
}

/**
 * Asked for each large layer while a store still gives the image: true for one that was taken, which the store need not keep and gives again
 * when it is read. Must not reject.
 */
export type TakeLayer = (layer: ArrivingLayer) => Promise<boolean>;

/** One image of a store, opened: its root descriptor and access to all its content. */
export interface LocalImage extends StoreAbilities {
  /** The manifest or index that a push sends; `mediaType` says which. */
  readonly root: Descriptor;
  readonly name: string;
  /** The image's own references, as the store has them; may be bare tags. */
  readonly references: string[];
  /**
   * The bytes of a manifest, index or config, at most 4 MiB, checked against the descriptor's size and digest.
   * @throws PushboatError BLOB_MISSING, BLOB_SIZE_MISMATCH, BLOB_CORRUPT, TOO_LARGE, SOURCE_UNREADABLE
   */
  read(descriptor: Descriptor): Promise<Uint8Array>;
  /**
   * Checks that the blob is there with the right size, without reading it.
   * @throws PushboatError BLOB_MISSING, BLOB_SIZE_MISMATCH, PATH_ESCAPES, SOURCE_UNREADABLE
   */
  check(descriptor: Descriptor): Promise<void>;
  /**
   * The blob's bytes from `offset`; may be opened again at any offset. Failures destroy the stream with a PushboatError.
   * Content embedded in the descriptor (`data`) is served from there.
   */
  blob(descriptor: Descriptor, options?: BlobOptions): Readable;
}
