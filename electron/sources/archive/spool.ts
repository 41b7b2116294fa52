import { PushboatError } from '../../../shared/errors.ts';
import { systemCode, systemReason } from '../../files/system-errors.ts';
import { openTemporaryFile, type TemporaryFile } from '../../files/temporary-file.ts';
import type { ArchiveLimits } from '../../image/tar/limits.ts';
import { type Compression, unpack } from '../../image/tar/unpack.ts';

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
export async function spoolArchive(path: string, compression: Compression, options: SpoolOptions): Promise<Spool> {
  const file = await openTemporaryFile(options.temporaryDir, 'pushboat-archive-');
  let size = 0;
  const write = async (chunk: Buffer) => {
    await file.handle.writeFile(chunk);
    size += chunk.byteLength;
  };
  try {
    await unpack(path, compression, write, options);
    return new Spool(file, size);
  } catch (error) {
    await file.remove();
    throw systemCode(error) === 'ENOSPC' || systemCode(error) === 'EDQUOT'
      ? noRoom(path, options.temporaryDir, error)
      : error;
  }
}

function noRoom(path: string, folder: string, error: unknown): PushboatError {
  const detail = systemReason(error);
  const message = `There is no room in ${folder} to unpack ${path}: ${detail}.`;
  return new PushboatError('SOURCE_UNREADABLE', message, { path, detail, hint: 'retry', cause: error });
}
