import { closeSync, createWriteStream, fstatSync, openSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PushboatError } from '../../../shared/errors.ts';
import type { ArchiveLimits } from '../../image/tar/limits.ts';
import { type Compression, unpack } from '../../image/tar/unpack.ts';
import { systemCode, systemReason } from '../fs-errors.ts';

export interface SpoolOptions {
  signal?: AbortSignal | undefined;
  limits?: ArchiveLimits | undefined;
}

/** Where a compressed archive was unpacked to: a file that nobody else sees and that ends with the process at the latest. */
export class Spool {
  readonly fd: number;
  /** Bytes. */
  readonly size: number;
  readonly #remove: () => void;
  #readers = 0;
  #state: 'open' | 'retired' | 'closed' = 'open';

  constructor(fd: number, remove: () => void) {
    this.fd = fd;
    this.size = fstatSync(fd).size;
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
    this.#remove();
  }
}

/**
 * Unpacks an archive into the folder for temporary files.
 * @throws PushboatError as `unpack`; SOURCE_UNREADABLE when there is no room.
 */
export async function spoolArchive(path: string, compression: Compression, options: SpoolOptions): Promise<Spool> {
  const { fd, remove } = await openTemporaryFile();
  try {
    await unpack(path, compression, createWriteStream('', { fd, autoClose: false }), options);
    return new Spool(fd, remove);
  } catch (error) {
    remove();
    throw systemCode(error) === 'ENOSPC' || systemCode(error) === 'EDQUOT' ? noRoom(path, error) : error;
  }
}

async function openTemporaryFile(): Promise<{ fd: number; remove: () => void }> {
  const folder = await mkdtemp(join(tmpdir(), 'pushboat-archive-'));
  const fd = openSync(join(folder, 'unpacked.tar'), 'wx+', 0o600);
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  if (process.platform !== 'win32') {
    // Without a name it is gone whenever the process ends, however that happens.
    removeFolder();
    return { fd, remove: () => closeSync(fd) };
  }
  const remove = () => {
    process.off('exit', remove);
    closeSync(fd);
    removeFolder();
  };
  process.once('exit', remove);
  return { fd, remove };
}

function noRoom(path: string, error: unknown): PushboatError {
  const detail = systemReason(error);
  const message = `There is no room in ${tmpdir()} to unpack ${path}: ${detail}.`;
  return new PushboatError('SOURCE_UNREADABLE', message, { path, detail, hint: 'retry', cause: error });
}
