import { closeSync, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { isCancelled, PushboatError, throwIfCancelled } from '../../../shared/errors.ts';
import { readAt } from '../../files/contained-files.ts';
import type { LocalEnvironment } from '../../files/environment.ts';
import { otherKind } from '../../files/plain-file.ts';
import { gone, isAbsent, unreadable } from '../../files/system-errors.ts';
import { archiveUnusable } from '../../image/tar/archive-errors.ts';
import { type ByteReader, readBytes } from '../../image/tar/block-reader.ts';
import { BLOCK, looksLikeHeader } from '../../image/tar/header.ts';
import { type ArchiveLimits, archiveLimits } from '../../image/tar/limits.ts';
import { indexTar } from '../../image/tar/tar-index.ts';
import { type Compression, compressionOf } from '../../image/tar/unpack.ts';
import { Archive, archiveChanged, identityOf, openFile } from './archive.ts';
import { ReadProgress } from './read-progress.ts';
import { type SpoolOptions, spoolArchive } from './spool.ts';
import { whatInstead } from './what-instead.ts';

/** Archives whose index is kept, and how many of them may be kept unpacked: the disk space of that many. */
const MAX_KNOWN = 64;
const MAX_UNPACKED = 4;

interface Known {
  identity: string;
  archive: Promise<Archive>;
}

export interface OpenOptions {
  signal?: AbortSignal | undefined;
  limits?: ArchiveLimits | undefined;
}

/**
 * The archives that were opened: indexing a large one is worth doing once for all who ask. Whoever composes sources makes one of these for
 * all of them.
 */
export class Archives {
  /** How far the archives are that are being indexed or unpacked now. */
  readonly progress = new ReadProgress();
  readonly #environment: Pick<LocalEnvironment, 'env' | 'temporaryDir'>;
  /** By path, the one used last at the end. */
  readonly #known = new Map<string, Known>();

  /** @param environment sets the bounds of what is unpacked, and where to. */
  constructor(environment: Pick<LocalEnvironment, 'env' | 'temporaryDir'>) {
    this.#environment = environment;
  }

  /**
   * The archive at a path, indexed; a compressed one is unpacked first. What did not change since is not read again.
   * @throws PushboatError ARCHIVE_INVALID, PATH_ESCAPES, TOO_LARGE, SOURCE_UNREADABLE, CANCELLED
   */
  async open(path: string, options: OpenOptions = {}): Promise<Archive> {
    const identity = await this.identity(path);
    throwIfCancelled(options.signal, 'Reading the archive');
    const before = this.#known.get(path);
    if (before?.identity === identity) {
      this.#known.delete(path);
      this.#known.set(path, before);
      try {
        return await before.archive;
      } catch (error) {
        // Whoever asked first has cancelled; that is no answer for this caller.
        if (!isCancelled(error)) throw error;
        return this.open(path, options);
      }
    }
    return this.#remember(path, { identity, archive: this.#read(path, options) });
  }

  /** Tells one state of the file at a path from every other. @throws PushboatError SOURCE_UNREADABLE */
  async identity(path: string): Promise<string> {
    return identityOf(await statFile(path));
  }

  /** Forgets what is known of a path, and the unpacked file with it. */
  forget(path: string): void {
    const entry = this.#known.get(path);
    this.#known.delete(path);
    if (entry) retire(entry);
  }

  /** Forgets all. */
  close(): void {
    for (const path of this.#known.keys()) this.forget(path);
    this.progress.close();
  }

  #read(path: string, options: OpenOptions): Promise<Archive> {
    const { env, temporaryDir } = this.#environment;
    const limits = options.limits ?? archiveLimits(env);
    const reading = { ...options, limits, temporaryDir, current: () => this.open(path) };
    return readArchive(path, reading, this.progress);
  }

  async #remember(path: string, entry: Known): Promise<Archive> {
    this.forget(path);
    this.#known.set(path, entry);
    try {
      const archive = await entry.archive;
      await this.#makeRoom(path);
      return archive;
    } catch (error) {
      if (this.#known.get(path) === entry) this.#known.delete(path);
      throw error;
    }
  }

  /** Forgets the archives that were not used for longest. */
  async #makeRoom(current: string): Promise<void> {
    let unpacked = 0;
    let count = 0;
    for (const [path, entry] of [...this.#known].toReversed()) {
      const archive = await entry.archive.catch(() => undefined);
      if (archive?.isSpooled) unpacked++;
      count++;
      const isTooMuch = count > MAX_KNOWN || (archive?.isSpooled === true && unpacked > MAX_UNPACKED);
      if (isTooMuch && path !== current && this.#known.get(path) === entry) this.forget(path);
    }
  }
}

function retire({ archive }: Known): void {
  archive.then(
    (each) => each.retire(),
    () => undefined,
  );
}

interface ReadingOptions extends SpoolOptions {
  current: Archive['current'];
}

async function readArchive(path: string, options: ReadingOptions, progress: ReadProgress): Promise<Archive> {
  const { fd, stats } = await openFile(path);
  try {
    const kind = otherKind(stats);
    if (kind !== undefined) throw notAnArchive(path, `it is ${kind}, not a file`);
    using reading = progress.begin(path, stats.size);
    const reader = fileReader(fd, stats.size, reading.reached);
    const compression = await detectCompression(path, reader);
    const archive = compression
      ? await readCompressed(path, compression, stats, { ...options, onRead: reading.reached })
      : new Archive(path, stats, {
          ...options,
          index: await indexTar(reader, { path, ...options }),
          spool: undefined,
          spooling: options,
        });
    // It may have been written to meanwhile: then nothing of the index can be relied on.
    if (identityOf(await statFile(path)) === archive.identity) return archive;
    archive.retire();
    throw archiveChanged(path);
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    closeSync(fd);
  }
}

async function readCompressed(
  path: string,
  compression: Compression,
  stats: Stats,
  options: ReadingOptions,
): Promise<Archive> {
  const spool = await spoolArchive(path, compression, options);
  try {
    const again = compressionOf(await readBytes(fileReader(spool.fd, spool.size), 0, BLOCK));
    if (again !== undefined)
      throw archiveUnusable(
        path,
        `it is compressed twice, with ${again} and again with ${compression}: unpack it once`,
      );
    const index = await indexTar(fileReader(spool.fd, spool.size), { path, ...options });
    return new Archive(path, stats, { ...options, index, spool, spooling: options });
  } catch (error) {
    spool.retire();
    throw error;
  }
}

/** @throws PushboatError LAYOUT_INVALID for a file that is neither a tar archive nor compressed. */
async function detectCompression(path: string, reader: ByteReader): Promise<Compression | undefined> {
  const head = await readBytes(reader, 0, BLOCK);
  const compression = compressionOf(head);
  if (compression === undefined && !looksLikeHeader(head)) {
    throw notAnArchive(path, await whatInstead(head, reader));
  }
  return compression;
}

function fileReader(fd: number, size: number, onRead?: (position: number) => void): ByteReader {
  const file = { fd, start: 0, size, mtimeMs: 0, close: () => undefined };
  return {
    size,
    read: (buffer, length, position) => {
      onRead?.(position);
      return readAt(file, buffer, length, position);
    },
  };
}

async function statFile(path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (error) {
    throw isAbsent(error) ? gone(path, 'the file does not exist') : unreadable(path, error);
  }
}

function notAnArchive(path: string, detail: string): PushboatError {
  return new PushboatError('LAYOUT_INVALID', `${path} holds no images: ${detail}.`, {
    path,
    detail,
    hint: 'check-folder',
  });
}
