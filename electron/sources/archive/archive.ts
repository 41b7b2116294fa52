import { closeSync, constants, fstatSync, type Stats } from 'node:fs';
import { posix } from 'node:path';
import { PushboatError } from '../../../shared/errors.ts';
import { type OpenFile, readAt, readExactly } from '../../files/contained-files.ts';
import { openAsync } from '../../files/inline-io.ts';
import { READ_SIZE } from '../../files/read-buffers.ts';
import { unreadable } from '../../files/system-errors.ts';
import { MAX_JSON_BYTES } from '../../image/json.ts';
import { archiveInvalid } from '../../image/tar/archive-errors.ts';
import { memberPath } from '../../image/tar/header.ts';
import { resolveMember } from '../../image/tar/resolve-member.ts';
import type { TarIndex, TarMember } from '../../image/tar/tar-index.ts';
import type { Descriptor } from '../../image/types.ts';
import { type Spool, type SpoolOptions, spoolSparse } from './spool.ts';

/** Opening a FIFO must not wait for its writer. Windows has no such flag. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Tells one state of a file from every other, as far as the file system says. */
export function identityOf({ dev, ino, size, mtimeMs }: Stats): string {
  return [dev, ino, size, mtimeMs].join(':');
}

type ArchiveParts = Pick<Archive, 'index' | 'spool' | 'current' | 'spooling'>;

type MemberContent = Pick<TarMember, 'offset' | 'size' | 'sparse'>;

/** A tar archive as it was when it was indexed. Its members are read in place; nothing of it is held open unless it was unpacked. */
export class Archive {
  readonly path: string;
  readonly identity: string;
  readonly mtimeMs: number;
  readonly size: number;
  readonly index: TarIndex;
  /** For compressed archives. */
  readonly spool: Spool | undefined;
  /** The archive at the same path as it is now: this one, when nothing has changed. For those that keep no index in memory. */
  readonly current: () => Promise<Archive>;
  /** What was found out about layers by reading them whole, by where they begin and what they should be. */
  readonly hashed = new Map<string, Promise<Descriptor>>();
  /** Where, and within which bounds, members are written that cannot be read in place. */
  readonly spooling: Pick<SpoolOptions, 'limits' | 'temporaryDir'>;
  readonly #spools = new Map<string, Promise<Spool>>();

  constructor(path: string, stats: Stats, { index, spool, current, spooling }: ArchiveParts) {
    this.path = path;
    this.identity = identityOf(stats);
    this.mtimeMs = stats.mtimeMs;
    this.size = stats.size;
    this.index = index;
    this.spool = spool;
    this.current = current;
    this.spooling = spooling;
  }

  /** The file that a name in the archive means, links followed. @throws PushboatError PATH_ESCAPES, ARCHIVE_INVALID */
  find(name: string): TarMember | undefined {
    return resolveMember(this.index, memberPath(posix.normalize(name)) ?? name, this.path);
  }

  /** @throws PushboatError SOURCE_UNREADABLE, also when the archive is not the one that was indexed any more. */
  async openMember(member: MemberContent): Promise<OpenFile> {
    const { sparse } = member;
    if (!sparse) return this.#openStored(member);
    const piece = ({ offset, length }: { offset: number; length: number }) =>
      this.chunks({ offset: sparse.start + offset, size: length });
    const spool = await this.spoolOnce(`whole ${member.offset}`, () =>
      spoolSparse(this.path, sparse, piece, this.spooling),
    );
    return spool.open(this.mtimeMs);
  }

  /** The content of a member, from front to back. @throws as `openMember`; ARCHIVE_INVALID when the file became shorter. */
  async *chunks(member: MemberContent): AsyncGenerator<Uint8Array> {
    const { offset, size } = member;
    const file = await this.openMember(member);
    try {
      for (let position = 0; position < size; ) {
        // Whoever unpacks them has several at once.
        const buffer = Buffer.allocUnsafe(Math.min(READ_SIZE, size - position));
        const count = await readAt(file, buffer, buffer.byteLength, position);
        if (count === 0) throw archiveInvalid(this.path, 'it became shorter while it was read', offset + position);
        position += count;
        yield buffer.subarray(0, count);
      }
    } catch (error) {
      throw unreadable(this.path, error);
    } finally {
      file.close();
    }
  }

  /** What `make` writes, for as long as the archive is kept: `key` tells it from others. */
  async spoolOnce(key: string, make: () => Promise<Spool>): Promise<Spool> {
    const known = this.#spools.get(key);
    if (known) return known;
    const made = make();
    this.#spools.set(key, made);
    made.catch(() => this.#spools.delete(key));
    return made;
  }

  /** True where it takes room of its own on the disk. */
  get isSpooled(): boolean {
    return this.spool !== undefined || this.#spools.size > 0;
  }

  /** Gives that room back when the last reader has left. */
  retire(): void {
    this.spool?.retire();
    for (const made of this.#spools.values()) {
      made.then(
        (spool) => spool.retire(),
        () => undefined,
      );
    }
  }

  async #openStored({ offset, size }: MemberContent): Promise<OpenFile> {
    const { mtimeMs, spool } = this;
    if (spool) return { fd: spool.fd, start: offset, size, mtimeMs, close: spool.hold() };
    const { fd, stats } = await openFile(this.path);
    const close = () => closeSync(fd);
    if (identityOf(stats) === this.identity) return { fd, start: offset, size, mtimeMs, close };
    close();
    throw archiveChanged(this.path);
  }

  /** The content of a small file; undefined when it is not there. @throws PushboatError TOO_LARGE beyond `limit` bytes; as `openMember` */
  async readSmall(name: string, limit = MAX_JSON_BYTES): Promise<Uint8Array | undefined> {
    const member = this.find(name);
    if (!member) return undefined;
    if (member.size > limit) {
      const message = `${name} in ${this.path} is ${member.size} bytes long; more than ${limit} are not read.`;
      throw new PushboatError('TOO_LARGE', message, { path: this.path, position: member.offset });
    }
    const file = await this.openMember(member);
    try {
      return await readExactly(file);
    } catch (error) {
      throw unreadable(this.path, error);
    } finally {
      file.close();
    }
  }

  /** What the archive is called when something is missing in it. */
  get described(): string {
    return this.index.hasEndMark
      ? `the archive ${this.path}`
      : `the archive ${this.path}, which has no end mark and may be cut off`;
  }
}

/** Opens a file to be read; a link is followed, since a person named it. @throws PushboatError SOURCE_UNREADABLE */
export async function openFile(path: string): Promise<{ fd: number; stats: Stats }> {
  try {
    const fd = await openAsync(path, OPEN_FLAGS);
    return { fd, stats: fstatSync(fd) };
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Another file is at the path now, or this one was written to. */
export function archiveChanged(path: string): PushboatError {
  const detail = 'it has changed while it was read';
  return new PushboatError('SOURCE_UNREADABLE', `Cannot read ${path}: ${detail}.`, { path, detail, hint: 'retry' });
}
