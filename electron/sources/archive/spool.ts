import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Digest } from '../../../shared/digest.ts';
import { PushboatError } from '../../../shared/errors.ts';
import type { OpenFile } from '../../files/contained-files.ts';
import { systemReason } from '../../files/system-errors.ts';
import { isFull, openTemporaryFile, type TemporaryFile } from '../../files/temporary-file.ts';
import { writeAll } from '../../files/write-all.ts';
import type { ArchiveLimits } from '../../image/tar/limits.ts';
import { type SparseMap, storedBytes } from '../../image/tar/sparse.ts';
import { type Compression, checkBounds, unpack, unpackStream } from '../../image/tar/unpack.ts';

export interface SpoolOptions {
  signal?: AbortSignal | undefined;
  limits: ArchiveLimits;
  /** Folder that it is unpacked in. */
  temporaryDir: string;
  /** Hears how many bytes of the compressed file were read. */
  onRead?: ((position: number) => void) | undefined;
}

/** Where a compressed archive was unpacked to: a file that nobody else sees and that ends with the process at the latest. */
export class Spool {
  readonly fd: number;
  /** Bytes. */
  readonly size: number;
  readonly #remove: () => Promise<void>;
  #readers = 0;
  #state: 'open' | 'retired' | 'closed' = 'open';

  constructor({ handle, remove }: TemporaryFile, size: number) {
    this.fd = handle.fd;
    this.size = size;
    this.#remove = remove;
  }

  /** To be read like any other file. @param mtimeMs that of what it was made from. */
  open(mtimeMs: number): OpenFile {
    return { fd: this.fd, start: 0, size: this.size, mtimeMs, close: this.hold() };
  }

  /** Keeps the file open until the returned function is called. */
  hold(): () => void {
    this.#readers++;
    return () => {
      this.#readers--;
      this.#closeWhenUnused();
    };
  }

  /** Takes no new readers; the file goes when the last one has left. */
  retire(): void {
    if (this.#state === 'open') this.#state = 'retired';
    this.#closeWhenUnused();
  }

  #closeWhenUnused(): void {
    if (this.#state !== 'retired' || this.#readers > 0) return;
    this.#state = 'closed';
    // Nothing depends on it any more, and the system takes it back at the end at the latest.
    this.#remove().catch(() => undefined);
  }
}

/**
 * Unpacks an archive into the folder for temporary files.
 * @throws PushboatError as `unpack`; SOURCE_UNREADABLE when there is no room.
 */
export function spoolArchive(path: string, compression: Compression, options: SpoolOptions): Promise<Spool> {
  return spooled(path, options, async (handle) => {
    let size = 0;
    const write = async (chunk: Buffer) => {
      await handle.writeFile(chunk);
      size += chunk.byteLength;
    };
    await unpack(path, compression, write, options);
    return size;
  });
}

/**
 * Unpacks a layer of an archive; `what` names it in messages.
 * @throws PushboatError as `unpackStream`; SOURCE_UNREADABLE when there is no room.
 */
export async function spoolLayer(
  what: string,
  compression: Compression,
  chunks: AsyncIterable<Uint8Array>,
  options: SpoolOptions,
): Promise<{ spool: Spool; digest: Digest }> {
  const hash = createHash('sha256');
  const spool = await spooled(what, options, async (handle) => {
    let size = 0;
    for await (const chunk of unpackStream(what, compression, chunks, options)) {
      hash.update(chunk);
      await handle.writeFile(chunk);
      size += chunk.byteLength;
    }
    return size;
  });
  return { spool, digest: `sha256:${hash.digest('hex')}` as Digest };
}

/**
 * Writes a sparse file with its holes; `piece` gives the bytes of one that is stored.
 * @throws PushboatError TOO_LARGE beyond the limits; SOURCE_UNREADABLE when there is no room.
 */
export async function spoolSparse(
  what: string,
  sparse: SparseMap,
  piece: (stored: { offset: number; length: number }) => AsyncIterable<Uint8Array>,
  options: SpoolOptions,
): Promise<Spool> {
  const { size, extents } = sparse;
  checkBounds(what, size, storedBytes(sparse), options.limits);
  return spooled(what, options, async (handle) => {
    await handle.truncate(size);
    let offset = 0;
    for (const { at, length } of extents) {
      let position = at;
      for await (const chunk of piece({ offset, length })) {
        await writeAll(handle, chunk, position);
        position += chunk.byteLength;
      }
      offset += length;
    }
    return size;
  });
}

/** A file that `fill` writes, and tells the size of. */
async function spooled(
  what: string,
  { temporaryDir }: SpoolOptions,
  fill: (handle: FileHandle) => Promise<number>,
): Promise<Spool> {
  const file = await openTemporaryFile(temporaryDir, 'pushboat-archive-');
  try {
    return new Spool(file, await fill(file.handle));
  } catch (error) {
    await file.remove();
    throw isFull(error) ? noRoom(what, temporaryDir, error) : error;
  }
}

function noRoom(path: string, folder: string, error: unknown): PushboatError {
  const detail = systemReason(error);
  const message = `There is no room in ${folder} to unpack ${path}: ${detail}.`;
  return new PushboatError('SOURCE_UNREADABLE', message, {
    path,
    detail,
    hint: 'choose-temporary-folder',
    cause: error,
  });
}
