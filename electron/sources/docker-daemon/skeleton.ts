import type { StatsFs } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Digest } from '../../../shared/digest.ts';
import { PushboatError } from '../../../shared/errors.ts';
import { writeAll } from '../../files/write-all.ts';
import { MAX_JSON_BYTES } from '../../image/json.ts';
import { fill } from '../../image/tar/block-reader.ts';
import { ForwardReader } from '../../image/tar/forward-reader.ts';
import type { ArchiveLimits } from '../../image/tar/limits.ts';
import { indexTar, type TarMember } from '../../image/tar/tar-index.ts';
import { compressionOf, MAGIC_LENGTH } from '../../image/tar/unpack.ts';
import type { ImageOrigin, TakeLayer } from '../../image/types.ts';
import { blobDigest } from '../archive/docker-manifest.ts';
import { ArrivingContent, keptContent } from './arriving-content.ts';

/** Bytes of contents that are kept of any save: small images then need no second one. */
const LEAST_KEPT = 32 * 1024 * 1024;
/** `f_type` of a file system in memory (statfs(2)). */
const TMPFS = 0x01021994;
/** First bytes of large contents that are kept, too: they tell what a layer is compressed with. */
export const KEPT_OF_HOLES = MAGIC_LENGTH;
/** Bytes of documents that are kept beyond that; keeps a hostile engine from filling the disk with them. */
const MAX_DOCUMENT_BYTES = 256 * 1024 * 1024;
/** Zeros after the end of an archive; GNU tar pads to 10 KiB. */
const MAX_PADDING = 64 * 1024 * 1024;
/** Bytes that are written at once: a socket gives little at a time, and each write wakes a thread. */
const COPY_SIZE = 1024 * 1024;
/** Smaller layers are kept: to take them as they come would gain nothing. Bytes. */
const LEAST_TAKEN = 1024 * 1024;

/** A content that was left out. */
export interface Hole {
  /** Tells it from the others, in every save of the same image. */
  key: string;
  /** Where it would begin in the archive, and its length, in bytes. */
  offset: number;
  size: number;
}

/** Names the contents of an archive: by member, and by its turn where a name occurs more than once. */
export class MemberKeys {
  readonly #seen = new Map<string, number>();

  next({ name }: TarMember): string {
    const turn = this.#seen.get(name) ?? 0;
    this.#seen.set(name, turn + 1);
    return `${turn} ${name}`;
  }
}

/** Who may take an image's layers as they arrive. */
export interface ArrivingLayers {
  take: TakeLayer;
  /** Digests of the image's layers as plain tars; none where the engine keeps them otherwise. */
  layers: readonly Digest[];
  origin: ImageOrigin;
}

export interface SkeletonOptions {
  /** Names the archive in messages. */
  described: string;
  signal: AbortSignal;
  limits: ArchiveLimits;
  /** Bytes of contents that are kept. */
  keptBytes: number;
  arriving?: ArrivingLayers | undefined;
}

/**
 * Bytes of contents to keep on a file system: half of what is free, so that a save most often need not be made again. Where that is
 * memory, little.
 */
export function keptBytesOn({ type, bavail, bsize }: Pick<StatsFs, 'type' | 'bavail' | 'bsize'>): number {
  return type === TMPFS ? LEAST_KEPT : Math.max(LEAST_KEPT, Math.floor((bavail * bsize) / 2));
}

/**
 * Writes an archive as it arrives to a file, with holes (of the file system, which take no room) where large contents would be. What an
 * image is made of can be read from it, and where its layers are.
 * @returns the holes, in their order.
 * @throws PushboatError ARCHIVE_INVALID, TOO_LARGE, CANCELLED; what the stream fails with; the system's error when it cannot be written.
 */
export async function writeSkeleton(
  archive: AsyncIterable<Buffer>,
  path: string,
  options: SkeletonOptions,
): Promise<Hole[]> {
  await using file = await open(path, 'wx', 0o600);
  const writer = new SkeletonWriter(new ForwardReader(archive, options.described), file, path, options);
  return await writer.run();
}

interface OfferedLayer {
  digest?: Digest | undefined;
  arriving: ArrivingLayers;
}

class SkeletonWriter {
  readonly #reader: ForwardReader;
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #options: SkeletonOptions;
  readonly #buffer = Buffer.allocUnsafe(COPY_SIZE);
  readonly #keys = new MemberKeys();
  readonly #holes: Hole[] = [];
  #budget: number;
  #documentBytes = 0;
  /** Everything before it was written or left out. */
  #position = 0;

  constructor(reader: ForwardReader, file: FileHandle, path: string, options: SkeletonOptions) {
    this.#reader = reader;
    this.#file = file;
    this.#path = path;
    this.#options = options;
    this.#budget = options.keptBytes;
  }

  async run(): Promise<Hole[]> {
    const { described: path, signal, limits } = this.#options;
    const onMember = (member: TarMember) => this.#member(member);
    await indexTar(this.#reader, { path, signal, limits, onMember });
    await this.#skipPadding();
    await this.#file.truncate(this.#reader.size);
    return this.#holes;
  }

  async #member(member: TarMember): Promise<void> {
    const { offset, size } = member;
    const key = this.#keys.next(member);
    await this.#copyTo(offset);
    const head = await this.#head(member);
    await this.#copyTo(offset + head.byteLength);
    const isKept = this.#isKept(member, head);
    if (isKept) await this.#copyTo(offset + size);
    const layer = compressionOf(head) === undefined ? this.#layer(member) : undefined;
    if (layer && isKept) this.#offer(layer, key, member);
    else if (layer) await this.#hand(layer, key, member);
    this.#position = offset + size;
    if (!isKept) this.#holes.push({ key, offset, size });
  }

  async #head({ offset, size }: TarMember): Promise<Buffer> {
    const head = Buffer.alloc(Math.min(size, KEPT_OF_HOLES));
    // Where it is shorter the indexer says that the archive is cut off.
    return head.subarray(0, await fill(this.#reader, head, offset));
  }

  /** A layer that somebody may take as it arrives. */
  #layer({ name, kind, size }: TarMember): OfferedLayer | undefined {
    const { arriving } = this.#options;
    const named = arriving && kind === 'file' && size >= LEAST_TAKEN ? layerName(name, arriving.layers) : undefined;
    return named && arriving && { ...named, arriving };
  }

  /** A layer that is kept can be read while the next ones arrive. */
  #offer({ digest, arriving: { take, layers, origin } }: OfferedLayer, key: string, { offset, size }: TarMember): void {
    const content = () => keptContent(this.#path, { offset, size });
    void take({ digest, key, layers, origin, size, isKept: true, content });
  }

  /** Of a layer that is not kept the archive is read on when it has been read. */
  async #hand({ digest, arriving }: OfferedLayer, key: string, { offset, size }: TarMember): Promise<void> {
    const { take, layers, origin } = arriving;
    const arrived = new ArrivingContent(this.#reader, { offset, size });
    await take({ digest, key, layers, origin, size, isKept: false, content: () => arrived.stream() });
    await arrived.close();
    arrived.throwIfFailed();
  }

  #isKept({ name, size }: TarMember, head: Buffer): boolean {
    if (size <= this.#budget) {
      this.#budget -= size;
      return true;
    }
    if (size <= MAX_JSON_BYTES && /^\s*[[{]/.test(head.toString('latin1'))) {
      this.#documentBytes += size;
      if (this.#documentBytes <= MAX_DOCUMENT_BYTES) return true;
      const detail = `its documents are longer than ${MAX_DOCUMENT_BYTES} bytes`;
      throw new PushboatError('TOO_LARGE', `${this.#options.described} cannot be used: ${detail}.`, { detail });
    }
    // Only a layout's blobs have their digest in their name; others have to be read through to know what they are.
    return compressionOf(head) !== undefined && !name.startsWith('blobs/');
  }

  /** Writes what comes before a position and was not written yet. */
  async #copyTo(end: number): Promise<void> {
    while (this.#position < end) {
      const part = this.#buffer.subarray(0, end - this.#position);
      const count = await fill(this.#reader, part, this.#position);
      if (count === 0) return;
      await writeAll(this.#file, part.subarray(0, count), this.#position);
      this.#position += count;
    }
  }

  /** Reads on to the very end: only then has the engine said that nothing went wrong. */
  async #skipPadding(): Promise<void> {
    const end = this.#reader.arrived;
    while (this.#reader.arrived < end + MAX_PADDING) {
      if ((await this.#reader.read(this.#buffer, 1, this.#reader.arrived)) === 0) return;
    }
    throw new PushboatError('ARCHIVE_INVALID', `${this.#options.described} does not end.`, {
      position: end,
      hint: 'retry',
    });
  }
}

/**
 * Which layer a member is, by its name: its digest since Docker 25 and for Podman, an id of the engine's before
 * (https://github.com/moby/moby/blob/v20.10.24/image/spec/v1.2.md#combined-image-json--filesystem-changeset-format). Undefined for what is none.
 */
function layerName(name: string, layers: readonly Digest[]): { digest?: Digest } | undefined {
  if (/^[^/]+\/layer\.tar$/.test(name)) return layers.length > 0 ? {} : undefined;
  const hex = /^([0-9a-f]{64})\.tar$/.exec(name)?.[1];
  const named = hex === undefined ? blobDigest(name) : `sha256:${hex}`;
  const digest = layers.find((layer) => layer === named);
  return digest && { digest };
}
