import { createHash, type Hash } from 'node:crypto';
import { readSync } from 'node:fs';
import { type Digest, digestAlgorithm } from '../../../shared/digest.ts';
import { PushboatError } from '../../../shared/errors.ts';
import { type OpenFile, readAt } from '../../files/contained-files.ts';
import { breathe, quickly } from '../../files/inline-io.ts';
import { type NextBuffer, READ_SIZE } from '../../files/read-buffers.ts';
import { unreadable } from '../../files/system-errors.ts';
import { Crc64 } from './crc64.ts';
import { LayerTree, mismatch } from './layer-tree.ts';
import { readTarSplit, type TarSplitEntry } from './tar-split.ts';

/** Reads up to this many bytes are made in place when the disk is quick. */
const SMALL_READ = 64 * 1024;

/** A layer of which the store keeps the unpacked tree and what else its tar had. */
export interface RebuildableLayer {
  /** Digest and size in bytes of the uncompressed tar. */
  digest: Digest;
  size: number;
  /** `<driver>-layers/<id>.tar-split.gz` and the store's real root, out of which no link may lead. */
  tarSplit: string;
  realRoot: string;
  /** The folder with the layer's files. */
  tree: string;
}

/**
 * The layer's tar, byte for byte, from `offset`. What is skipped is not read. Each file that is read whole is compared with its
 * CRC, and the whole layer, read from its beginning to its end, with its digest before the last bytes are handed on; neither is done for a
 * reader that compares the digest itself (`isVerified`).
 * @throws PushboatError STORE_INVALID (which file), SOURCE_UNREADABLE, PATH_ESCAPES
 */
export function rebuildLayer(
  layer: RebuildableLayer,
  { offset, length, isVerified = false }: { offset: number; length: number; isVerified?: boolean },
  nextBuffer: NextBuffer,
): AsyncGenerator<Uint8Array> {
  const range = { from: offset, to: Math.min(offset + length, layer.size) };
  return new LayerReader(layer, range, nextBuffer, isVerified).chunks();
}

/** Bytes of the tar, the last excluded. */
interface Range {
  from: number;
  to: number;
}

class LayerReader {
  readonly #layer: RebuildableLayer;
  readonly #range: Range;
  readonly #tree: LayerTree;
  readonly #out: Packer;
  readonly #isVerified: boolean;

  constructor(layer: RebuildableLayer, range: Range, nextBuffer: NextBuffer, isVerified: boolean) {
    this.#layer = layer;
    this.#range = range;
    this.#tree = new LayerTree(layer.tree);
    this.#isVerified = isVerified;
    const isWhole = range.from === 0 && range.to === layer.size && !isVerified;
    this.#out = new Packer(layer, range.to - range.from, nextBuffer, isWhole);
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    const { tarSplit, realRoot, size } = this.#layer;
    if (this.#range.from >= this.#range.to) return;
    let position = 0;
    for await (const batch of readTarSplit(tarSplit, realRoot)) {
      for (const entry of batch) {
        const length = entry.kind === 'raw' ? entry.bytes.byteLength : entry.size;
        if (position + length > size) throw wrongLength(this.#layer, 'longer');
        const from = Math.max(this.#range.from - position, 0);
        const to = Math.min(this.#range.to - position, length);
        if (from < to) yield* this.#piece(entry, { from, to });
        position += length;
        await breathe();
      }
      if (position >= this.#range.to && this.#range.to < size) return;
    }
    if (position !== size) throw wrongLength(this.#layer, 'shorter');
  }

  #piece(entry: TarSplitEntry, part: Range): AsyncGenerator<Uint8Array> | Generator<Uint8Array> {
    return entry.kind === 'raw' ? this.#raw(entry.bytes, part) : this.#file(entry, part);
  }

  *#raw(bytes: Uint8Array, { from, to }: Range): Generator<Uint8Array> {
    for (let at = from; at < to; ) {
      const room = this.#out.room(to - at);
      room.set(bytes.subarray(at, at + room.byteLength));
      at += room.byteLength;
      const full = this.#out.filled(room.byteLength);
      if (full) yield full;
    }
  }

  async *#file(entry: Extract<TarSplitEntry, { kind: 'file' }>, { from, to }: Range): AsyncGenerator<Uint8Array> {
    const file = await this.#tree.open(entry.name);
    try {
      if (file.size !== entry.size)
        throw mismatch(entry.name, `it has ${file.size} bytes where the layer has ${entry.size}`);
      const isChecked = from === 0 && to === entry.size && entry.crc !== '' && !this.#isVerified;
      const crc = isChecked ? new Crc64() : undefined;
      for (let at = from; at < to; ) {
        const room = this.#out.room(to - at);
        const count = await readSome(file, room, at);
        if (count === 0) throw mismatch(entry.name, `it ended after ${at} of ${entry.size} bytes`);
        at += count;
        crc?.update(room.subarray(0, count));
        if (at === to && crc && crc.base64() !== entry.crc) throw mismatch(entry.name, 'its content was changed');
        const full = this.#out.filled(count);
        if (full) yield full;
      }
    } catch (error) {
      throw unreadable(Buffer.from(entry.name, 'latin1').toString('utf8'), error);
    } finally {
      file.close();
    }
  }
}

function readSome(file: OpenFile, room: Buffer, position: number): Promise<number> {
  if (room.byteLength > SMALL_READ) return readAt(file, room, room.byteLength, position);
  return quickly(
    () => readSync(file.fd, room, 0, room.byteLength, file.start + position),
    () => readAt(file, room, room.byteLength, position),
  );
}

/** Gathers the pieces, most of them small, in large chunks. */
class Packer {
  readonly #layer: RebuildableLayer;
  readonly #nextBuffer: NextBuffer;
  readonly #hash: Hash | undefined;
  #left: number;
  #buffer: Buffer;
  #fill = 0;

  constructor(layer: RebuildableLayer, length: number, nextBuffer: NextBuffer, isWhole: boolean) {
    this.#layer = layer;
    this.#nextBuffer = nextBuffer;
    this.#left = length;
    this.#hash = isWhole ? createHash(digestAlgorithm(layer.digest)) : undefined;
    this.#buffer = nextBuffer(Math.min(READ_SIZE, length));
  }

  /** Where up to `length` bytes can be put. */
  room(length: number): Buffer {
    return this.#buffer.subarray(this.#fill, this.#fill + length);
  }

  /** `count` bytes were put there. Returns the chunk when it is full or the last. @throws PushboatError STORE_INVALID */
  filled(count: number): Buffer | undefined {
    this.#fill += count;
    if (this.#fill < this.#buffer.byteLength) return undefined;
    const chunk = this.#buffer;
    this.#left -= chunk.byteLength;
    this.#hash?.update(chunk);
    if (this.#left === 0) this.#verify();
    this.#fill = 0;
    this.#buffer = this.#left === 0 ? Buffer.alloc(0) : this.#nextBuffer(Math.min(READ_SIZE, this.#left));
    return chunk;
  }

  #verify(): void {
    const { digest, tarSplit } = this.#layer;
    const actual = this.#hash && `${digestAlgorithm(digest)}:${this.#hash.digest('hex')}`;
    if (actual === undefined || actual === digest) return;
    throw new PushboatError('STORE_INVALID', `The layer ${digest}, rebuilt from its files, has the digest ${actual}.`, {
      digest,
      path: tarSplit,
      detail: `rebuilt: ${actual}`,
      hint: 'rebuild-image',
    });
  }
}

function wrongLength({ digest, size, tarSplit }: RebuildableLayer, how: 'longer' | 'shorter'): PushboatError {
  const detail = `it is ${how} than the ${size} bytes that layers.json says`;
  return new PushboatError('STORE_INVALID', `The layer ${digest} does not match its tar-split data: ${detail}.`, {
    digest,
    path: tarSplit,
    detail,
    hint: 'rebuild-image',
  });
}
