import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as zlib from 'node:zlib';
import { PushboatError, throwIfCancelled } from '../../../shared/errors.ts';
import { archiveInvalid, archiveUnusable, programMissing } from './archive-errors.ts';
import {
  type ArchiveLimits,
  DEFAULT_ARCHIVE_LIMITS,
  MAX_BYTES_VARIABLE,
  MAX_RATIO_VARIABLE,
  RATIO_FREE,
} from './limits.ts';
import { ProgramFault, unpackedByProgram } from './unpack-program.ts';
import { beginsWithZstd, ZstdFault, zstdFrames } from './zstd-frames.ts';

export type Compression = 'gzip' | 'zstd' | 'bzip2' | 'xz';

/** How many first bytes `compressionOf` wants. */
export const MAGIC_LENGTH = 6;

const MAGIC: readonly (readonly [Compression, string])[] = [
  ['gzip', '1f8b'],
  ['bzip2', '425a68'],
  ['xz', 'fd377a585a00'],
];

/** What the first bytes of a file say it is compressed with. */
export function compressionOf(head: Buffer): Compression | undefined {
  if (beginsWithZstd(head)) return 'zstd';
  return MAGIC.find(([, magic]) => head.toString('hex', 0, magic.length / 2) === magic)?.[0];
}

const CHUNK = 256 * 1024;

export interface UnpackOptions {
  limits?: ArchiveLimits | undefined;
  /** Hears how many compressed bytes were read. */
  onRead?: ((position: number) => void) | undefined;
  /** What follows gzip data is ignored, as gzip does. */
  mayTrail?: boolean;
}

/**
 * Unpacks a compressed archive in one pass; `write` gets the chunks in order, one at a time.
 * @throws PushboatError as `unpackStream`, and CANCELLED; the system's error when reading or writing fails.
 */
export async function unpack(
  path: string,
  compression: Compression,
  write: (chunk: Buffer) => Promise<unknown>,
  { signal, ...options }: UnpackOptions & { signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const input = createReadStream(path, { highWaterMark: CHUNK });
  try {
    for await (const chunk of unpackStream(path, compression, input, { ...options, mayTrail: true })) {
      signal?.throwIfAborted();
      await write(chunk);
    }
  } catch (error) {
    throwIfCancelled(signal, 'Unpacking');
    throw error;
  } finally {
    input.destroy();
  }
}

/**
 * Unpacks a stream as it comes; `what` names it in messages. Ends well only when all of the input was read.
 * @throws PushboatError ARCHIVE_INVALID for damaged data and for a program that is missing, TOO_LARGE beyond the limits; what `chunks`
 * fails with
 */
export async function* unpackStream(
  what: string,
  compression: Compression,
  chunks: AsyncIterable<Uint8Array>,
  { limits = DEFAULT_ARCHIVE_LIMITS, onRead, mayTrail = false }: UnpackOptions = {},
): AsyncGenerator<Buffer> {
  let packed = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      packed += chunk.byteLength;
      yield chunk;
    }
  }
  let unpacked = 0;
  try {
    for await (const chunk of decompressed(compression, counted())) {
      unpacked += chunk.byteLength;
      checkBounds(what, unpacked, packed, limits);
      onRead?.(packed);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof TrailingData && mayTrail) return;
    throw unpackFault(what, compression, unpacked, error);
  }
}

/** What a failure of `decompressed` means, after so many bytes of the content; other errors as they are. */
function unpackFault(what: string, compression: Compression, unpacked: number, error: unknown): unknown {
  if (error instanceof ProgramFault && error.isMissing) return programMissing(what, compression, error);
  if (error instanceof TrailingData) return archiveInvalid(what, error.message, unpacked, error);
  if (error instanceof ZstdFault && !error.isDamage) return archiveUnusable(what, error.message, undefined, error);
  if (!isDamagedStream(error)) return error;
  const detail = detailOf(error);
  return archiveInvalid(what, `its ${compression} data is damaged${detail && `: ${detail}`}`, unpacked, error);
}

function detailOf(error: unknown): string {
  if (error instanceof ZstdFault || error instanceof ProgramFault) return error.message;
  return zlibCode(error) === 'Z_BUF_ERROR' ? 'it is cut off' : '';
}

/** A namespace's member, because a name that is missing would keep the whole program from loading: Node has zstd from 22.15. */
function zstdDecompressor(): zlib.ZstdDecompress {
  if (process.versions.zstd === undefined) {
    throw new ZstdFault(`Node.js ${process.versions.node} does not read zstd; 22.15 and newer do`, false);
  }
  return zlib.createZstdDecompress({ chunkSize: CHUNK });
}

/** There is more data after the end of what is compressed. */
class TrailingData extends Error {}

/**
 * The content of compressed chunks: all members of gzip, all frames of zstd, what the programs of the others make of them. Ends well only
 * when all of the chunks were read.
 * @throws what `isDamage` knows, TrailingData, ZstdFault, ProgramFault; what `chunks` fails with
 */
export async function* decompressed(
  compression: Compression,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  if (compression === 'bzip2' || compression === 'xz') {
    yield* unpackedByProgram(compression, chunks);
    return;
  }
  const isGzip = compression === 'gzip';
  const decompressor = isGzip ? zlib.createGunzip({ chunkSize: CHUNK }) : zstdDecompressor();
  const input = { isWhole: false, isEmpty: true };
  async function* watched(): AsyncGenerator<Uint8Array> {
    for await (const chunk of isGzip ? chunks : zstdFrames(chunks)) {
      input.isEmpty = false;
      yield chunk;
    }
    input.isWhole = true;
  }
  // Its failure is that of the decompressor, which whoever reads it is told of. As objects, so that chunks stay as they are.
  const fed = pipeline(Readable.from(watched()), decompressor).catch(() => undefined);
  try {
    yield* decompressor as AsyncIterable<Buffer>;
    if (!input.isWhole) throw new TrailingData(`something follows its ${compression} data`);
  } catch (error) {
    // Frames that are passed over hold nothing, and without any other the decompressor would miss one.
    if (isGzip || !input.isWhole || !input.isEmpty) throw error;
  } finally {
    decompressor.destroy();
    await fed;
  }
}

/** @throws PushboatError TOO_LARGE */
export function checkBounds(path: string, unpacked: number, packed: number, limits: ArchiveLimits): void {
  if (unpacked > limits.maxUnpackedBytes) {
    throw tooLarge(path, `more than ${limits.maxUnpackedBytes} bytes`, MAX_BYTES_VARIABLE);
  }
  if (unpacked > RATIO_FREE && unpacked > packed * limits.maxRatio) {
    throw tooLarge(path, `more than ${limits.maxRatio} times its size`, MAX_RATIO_VARIABLE);
  }
}

function tooLarge(path: string, detail: string, variable: string): PushboatError {
  const message = `${path} unpacks to ${detail}, and Pushboat stopped there; ${variable} sets the limit.`;
  return new PushboatError('TOO_LARGE', message, { path, detail });
}

/** True for what zlib and zstd say of data, as opposed to the system's errors. */
export function isDamagedStream(error: unknown): boolean {
  if (error instanceof ZstdFault) return error.isDamage;
  if (error instanceof ProgramFault) return !error.isMissing;
  const code = zlibCode(error);
  return code.startsWith('Z_') || code.startsWith('ZSTD_');
}

function zlibCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
