import { createReadStream } from 'node:fs';
import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { PushboatError } from '../../../shared/errors.ts';
import { archiveInvalid } from './archive-errors.ts';
import { type ArchiveLimits, DEFAULT_ARCHIVE_LIMITS, MAX_BYTES_VARIABLE, MAX_RATIO_VARIABLE } from './limits.ts';

export type Compression = 'gzip' | 'zstd' | 'bzip2' | 'xz';

/** How many first bytes `compressionOf` wants. */
export const MAGIC_LENGTH = 6;

const MAGIC: readonly (readonly [Compression, string])[] = [
  ['gzip', '1f8b'],
  ['zstd', '28b52ffd'],
  ['bzip2', '425a68'],
  ['xz', 'fd377a585a00'],
];

/** What the first bytes of a file say it is compressed with. */
export function compressionOf(head: Buffer): Compression | undefined {
  return MAGIC.find(([, magic]) => head.toString('hex', 0, magic.length / 2) === magic)?.[0];
}

/** Bytes below which the ratio says nothing: small archives are mostly padding. */
const RATIO_FREE = 64 * 1024 * 1024;
const CHUNK = 256 * 1024;

/**
 * Unpacks a compressed archive in one pass; `write` gets the chunks in order, one at a time.
 * @throws PushboatError ARCHIVE_INVALID for damaged data and for a compression that is not known, TOO_LARGE beyond the limits, CANCELLED; the
 * system's error when reading or writing fails.
 */
export async function unpack(
  path: string,
  compression: Compression,
  write: (chunk: Buffer) => Promise<unknown>,
  options: {
    signal?: AbortSignal | undefined;
    limits?: ArchiveLimits | undefined;
    onRead?: ((position: number) => void) | undefined;
  } = {},
): Promise<void> {
  const decompressor = decompressorFor(path, compression);
  const { limits = DEFAULT_ARCHIVE_LIMITS, signal } = options;
  const input = createReadStream(path, { highWaterMark: CHUNK });
  let unpacked = 0;
  const output = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) {
      unpacked += chunk.byteLength;
      checkBounds(path, unpacked, input.bytesRead, limits);
      options.onRead?.(input.bytesRead);
      await write(chunk);
    }
  };
  try {
    await pipeline(input, decompressor, output, signal ? { signal } : {});
  } catch (error) {
    if (signal?.aborted) throw new PushboatError('CANCELLED', 'Unpacking was cancelled.', { cause: signal.reason });
    throw isDamage(error) ? archiveInvalid(path, `its ${compression} data is damaged`, unpacked, error) : error;
  }
}

/**
 * Unpacks a stream as it comes; `what` names it in messages. Ends well only when all of the input was read.
 * @throws PushboatError ARCHIVE_INVALID, TOO_LARGE as `unpack`; what `chunks` fails with
 */
export async function* unpackStream(
  what: string,
  compression: Compression,
  chunks: AsyncIterable<Uint8Array>,
  limits: ArchiveLimits = DEFAULT_ARCHIVE_LIMITS,
): AsyncGenerator<Buffer> {
  const decompressor = decompressorFor(what, compression);
  const input = { packed: 0, isWhole: false };
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      input.packed += chunk.byteLength;
      yield chunk;
    }
    input.isWhole = true;
  }
  // Its failure is that of the decompressor, which whoever reads it is told of.
  const fed = pipeline(Readable.from(counted(), { objectMode: false }), decompressor).catch(() => undefined);
  let unpacked = 0;
  try {
    for await (const chunk of decompressor as AsyncIterable<Buffer>) {
      unpacked += chunk.byteLength;
      checkBounds(what, unpacked, input.packed, limits);
      yield chunk;
    }
    if (!input.isWhole) throw archiveInvalid(what, `something follows its ${compression} data`, unpacked);
  } catch (error) {
    throw isDamage(error) ? archiveInvalid(what, `its ${compression} data is damaged`, unpacked, error) : error;
  } finally {
    decompressor.destroy();
    await fed;
  }
}

function decompressorFor(path: string, compression: Compression): Transform {
  switch (compression) {
    case 'gzip':
      return createGunzip({ chunkSize: CHUNK });
    case 'zstd':
      return createZstdDecompress({ chunkSize: CHUNK });
    case 'bzip2':
    case 'xz':
      throw archiveInvalid(path, `it is compressed with ${compression}, and only gzip and zstd can be read`);
  }
}

function checkBounds(path: string, unpacked: number, packed: number, limits: ArchiveLimits): void {
  if (unpacked > limits.maxUnpackedBytes) {
    throw tooLarge(path, `more than ${limits.maxUnpackedBytes} bytes`, MAX_BYTES_VARIABLE);
  }
  if (unpacked > RATIO_FREE && unpacked > packed * limits.maxRatio) {
    throw tooLarge(path, `more than ${limits.maxRatio} times its size`, MAX_RATIO_VARIABLE);
  }
}

function tooLarge(path: string, detail: string, variable: string): PushboatError {
  const message = `${path} unpacks to ${detail}, and Pushboat stopped there; ${variable} sets the limit.`;
  return new PushboatError('TOO_LARGE', message, { path, detail, hint: 'rebuild-image' });
}

/** zlib's own codes, as opposed to the system's. */
function isDamage(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('Z_') || code.startsWith('ZSTD_');
}
