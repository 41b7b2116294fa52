import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { type Digest, digestAlgorithm } from '../../shared/digest.ts';
import { READ_SIZE } from '../files/read-buffers.ts';
import { openTemporaryFile, type TemporaryFile } from '../files/temporary-file.ts';
import type { ArchiveLimits } from '../image/tar/limits.ts';
import { compressionOf, MAGIC_LENGTH, unpackStream } from '../image/tar/unpack.ts';
import { tarHeader } from '../image/tar/write-header.ts';
import type { Descriptor } from '../image/types.ts';
import { corruptBlob } from '../image/verify.ts';
import { type TarSink, writeMember, writePadding } from './tar-sink.ts';
import { writing } from './write-errors.ts';

/** How layers are unpacked: their bounds, and where those wait whose size has to be known first. */
export interface Unpacking {
  limits: ArchiveLimits;
  temporaryDir: string;
}

export interface PlainLayerSource {
  descriptor: Descriptor;
  /** The layer as the store has it, compressed or not. */
  content: AsyncIterable<Uint8Array>;
  /** What the layer is without compression, as the config says (image-spec config.md, `diff_ids`). */
  diffId: Digest;
}

/**
 * Writes a layer as a member without compression, and returns its size. A member's size stands before it, and that of a compressed layer is
 * known only at its end: where one can go back it is filled in then, elsewhere the unpacked layer waits in a temporary file.
 * @throws PushboatError BLOB_CORRUPT when it is not what the diffID says, ARCHIVE_INVALID, TOO_LARGE; what content and sink throw
 */
export async function writePlainLayer(
  sink: TarSink,
  name: string,
  layer: PlainLayerSource,
  { limits, temporaryDir }: Unpacking,
): Promise<number> {
  const { descriptor, diffId } = layer;
  const { head, chunks, close } = await withHead(layer.content);
  try {
    const compression = compressionOf(head);
    if (compression === undefined) {
      await writeMember(sink, name, descriptor.size, checked(chunks, diffId));
      return descriptor.size;
    }
    const unpacked = checked(unpackStream(`The layer ${descriptor.digest}`, compression, chunks, { limits }), diffId);
    return await (sink.seekable
      ? writeThenSize(sink, sink.seekable, name, unpacked)
      : spoolThenWrite(sink, name, unpacked, temporaryDir));
  } finally {
    await close();
  }
}

async function writeThenSize(
  sink: TarSink,
  { position, rewrite }: NonNullable<TarSink['seekable']>,
  name: string,
  content: AsyncIterable<Uint8Array>,
): Promise<number> {
  const start = position();
  const placeholder = tarHeader(name, 0);
  await sink.write(placeholder);
  for await (const chunk of content) await sink.write(chunk);
  const size = position() - start - placeholder.byteLength;
  await writePadding(sink, size);
  await rewrite(tarHeader(name, size), start);
  return size;
}

async function spoolThenWrite(
  sink: TarSink,
  name: string,
  content: AsyncIterable<Uint8Array>,
  folder: string,
): Promise<number> {
  const file: TemporaryFile = await writing(folder, openTemporaryFile(folder, 'pushboat-layer-'));
  try {
    let size = 0;
    for await (const chunk of content) {
      await writing(folder, file.handle.writeFile(chunk));
      size += chunk.byteLength;
    }
    await writeMember(sink, name, size, readBack(file.handle, size, folder));
    return size;
  } finally {
    await file.remove();
  }
}

async function* readBack(handle: FileHandle, size: number, folder: string): AsyncGenerator<Uint8Array> {
  for (let position = 0; position < size; ) {
    const buffer = Buffer.allocUnsafe(Math.min(READ_SIZE, size - position));
    const { bytesRead } = await writing(folder, handle.read(buffer, 0, buffer.byteLength, position));
    if (bytesRead === 0) throw new Error('a temporary file became shorter');
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

interface Headed {
  head: Buffer;
  /** All chunks, from the first on. */
  chunks: AsyncIterable<Uint8Array>;
  /** Closes the content, read to its end or not. */
  close: () => Promise<void>;
}

async function withHead(content: AsyncIterable<Uint8Array>): Promise<Headed> {
  const iterator = content[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let length = 0;
  while (length < MAGIC_LENGTH) {
    const { value, done } = await iterator.next();
    if (done) break;
    first.push(value);
    length += value.byteLength;
  }
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield* first;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  }
  const close = async () => {
    await iterator.return?.();
  };
  return { head: Buffer.concat(first).subarray(0, MAGIC_LENGTH), chunks: chunks(), close };
}

/** The chunks, hashed as they are handed on. @throws PushboatError BLOB_CORRUPT at the end */
async function* checked(chunks: AsyncIterable<Uint8Array>, expected: Digest): AsyncGenerator<Uint8Array> {
  const algorithm = digestAlgorithm(expected);
  const hash = createHash(algorithm);
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
  const actual = `${algorithm}:${hash.digest('hex')}` as Digest;
  if (actual !== expected) throw corruptBlob(expected, actual);
}
