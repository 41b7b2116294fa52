import { type PushboatError, throwIfCancelled } from '../../../shared/errors.ts';
import { archiveInvalid, archiveUnusable, memberEscapes } from './archive-errors.ts';
import { BlockReader, type ByteReader, readBytes } from './block-reader.ts';
import { BLOCK, HeaderFault, isZeroBlock, memberPath, parseHeader, type RawHeader } from './header.ts';
import {
  type ArchiveLimits,
  DEFAULT_ARCHIVE_LIMITS,
  MAX_ALL_NAMES_BYTES,
  MAX_ALL_PIECES,
  MAX_EXTENSION_BYTES,
  MAX_NAME_BYTES,
} from './limits.ts';
import { parsePax } from './pax.ts';
import { oldGnuMap, paxMap, type SparseMap, type SparseRecords, storedBytes } from './sparse.ts';

export interface TarMember {
  /** A plain relative path: no `.`, no `..`, no slash at either end. */
  name: string;
  kind: 'file' | 'directory' | 'symlink' | 'hardlink' | 'other';
  /** Target of a link, as it stands there. */
  link?: string | undefined;
  /** Where the content begins, in bytes. */
  offset: number;
  /** Bytes of content. */
  size: number;
  headerOffset: number;
  /** Of a sparse file: which of its bytes are stored, and where. */
  sparse?: SparseMap;
}

export interface TarIndex {
  /** By name; of several members with one name the last counts, as when the archive is unpacked. */
  members: ReadonlyMap<string, TarMember>;
  /** False when the archive just stops after a member: it may have been cut off there. */
  hasEndMark: boolean;
}

export interface IndexOptions {
  /** Names the archive in messages. */
  path: string;
  signal?: AbortSignal | undefined;
  limits?: ArchiveLimits | undefined;
  /** Called for each member as it comes; the next header is read when it has answered. */
  onMember?: ((member: TarMember) => Promise<void>) | undefined;
}

/**
 * Lists a tar archive (ustar, GNU and pax) in one pass that reads headers and skips content.
 * @throws PushboatError ARCHIVE_INVALID with the offset, PATH_ESCAPES for a name that leads out, CANCELLED; what the reader throws.
 */
export async function indexTar(reader: ByteReader, options: IndexOptions): Promise<TarIndex> {
  return new Indexer(reader, options).run();
}

/** What extension headers say of the next member. */
interface Extensions {
  path?: string;
  linkpath?: string;
  size?: number;
  sparse?: SparseRecords;
}

const LINKS = new Map<string, 'hardlink' | 'symlink'>([
  ['1', 'hardlink'],
  ['2', 'symlink'],
]);
const FILE_TYPES = ['0', '\0', '7', 'S'];
/** Links, devices, folders, FIFOs: no content follows, whatever the size field says. */
const HEADER_ONLY_TYPES = ['1', '2', '3', '4', '5', '6'];

class Indexer {
  readonly #reader: ByteReader;
  readonly #blocks: BlockReader;
  readonly #path: string;
  readonly #signal: AbortSignal | undefined;
  readonly #limits: ArchiveLimits;
  readonly #onMember: IndexOptions['onMember'];
  readonly #members = new Map<string, TarMember>();
  #pending: Extensions = {};
  #last = { name: '', start: 0, size: 0 };
  #position = 0;
  #headers = 0;
  #nameBytes = 0;
  #pieces = 0;

  constructor(reader: ByteReader, { path, signal, limits = DEFAULT_ARCHIVE_LIMITS, onMember }: IndexOptions) {
    this.#reader = reader;
    this.#blocks = new BlockReader(reader);
    this.#path = path;
    this.#signal = signal;
    this.#limits = limits;
    this.#onMember = onMember;
  }

  async run(): Promise<TarIndex> {
    for (;;) {
      throwIfCancelled(this.#signal, 'Reading the archive');
      const block = await this.#blocks.at(this.#position);
      if (block.byteLength === 0) return this.#end(false);
      if (isZeroBlock(block)) {
        await this.#requireEnd();
        return this.#end(true);
      }
      if (block.byteLength < BLOCK) throw this.#invalid('it is cut off in the middle of a header');
      await this.#header(block);
    }
  }

  async #header(block: Buffer): Promise<void> {
    if (++this.#headers > this.#limits.maxMembers)
      throw this.#invalid(`it has more than ${this.#limits.maxMembers} members`);
    const header = await this.#parsed(() => parseHeader(block));
    const start = this.#position + BLOCK;
    switch (header.type) {
      case 'x':
        await this.#pax(header, start);
        break;
      case 'L':
        this.#pending.path = await this.#longName(header, start);
        break;
      case 'K':
        this.#pending.linkpath = await this.#longName(header, start);
        break;
      // Defaults for the whole archive: comments and times in practice.
      case 'g':
      // The archive's own label.
      case 'V':
        this.#skip(header.name, start, header.size);
        break;
      case 'S':
        await this.#member(header, start, await this.#parsed(() => oldGnuMap(block, this.#blocks, this.#position)));
        break;
      case 'M':
        throw this.#unusable(`the member ${shown(header.name)} continues one of another volume`);
      default:
        await this.#member(header, start);
    }
  }

  /** @param oldSparse of a sparse file in GNU's old form. */
  async #member(header: RawHeader, start: number, oldSparse?: SparseMap): Promise<void> {
    const { linkpath = header.link, size = header.size, sparse: records } = this.#pending;
    const path = records?.name ?? this.#pending.path ?? header.name;
    this.#pending = {};
    const stored = HEADER_ONLY_TYPES.includes(header.type) ? 0 : size;
    const headerOffset = this.#position;
    const isSparse = records !== undefined && FILE_TYPES.includes(header.type);
    const inPax = isSparse ? await this.#parsed(() => paxMap(records, this.#reader, { start, stored })) : undefined;
    const sparse = oldSparse ?? inPax;
    // What continues the list of pieces in the old form is no part of the size.
    const end = (oldSparse?.start ?? start) + stored;
    if (sparse) this.#countPieces(path, sparse, end);
    this.#countNames(path, linkpath);
    const name = memberPath(path);
    if (name === undefined) {
      throw memberEscapes(this.#path, path, 'leads out of the archive’s own folder', headerOffset);
    }
    this.#skip(path, start, end - start);
    const kind = kindOf(header.type, path);
    // The archive's own folder is no member.
    if (name === '') return;
    const isLink = kind === 'symlink' || kind === 'hardlink';
    const link = isLink ? linkpath : undefined;
    const member: TarMember = { name, kind, offset: start, size: stored, headerOffset, link };
    const expanded = sparse && { ...member, offset: sparse.start, size: sparse.size, sparse };
    this.#members.set(name, expanded ?? member);
    await this.#onMember?.(member);
  }

  async #pax(header: RawHeader, start: number): Promise<void> {
    const bytes = await this.#extension(header, start);
    this.#pending = { ...this.#pending, ...(await this.#parsed(() => parsePax(bytes))) };
    this.#skip(header.name, start, header.size);
  }

  async #longName(header: RawHeader, start: number): Promise<string> {
    const bytes = await this.#extension(header, start);
    const end = bytes.indexOf(0);
    this.#skip(header.name, start, header.size);
    return bytes.toString('utf8', 0, end === -1 ? bytes.byteLength : end);
  }

  async #extension({ name, size }: RawHeader, start: number): Promise<Buffer> {
    if (size > MAX_EXTENSION_BYTES)
      throw this.#invalid(`an extension header of ${size} bytes is longer than any that is needed`);
    const bytes = await readBytes(this.#reader, start, size);
    if (bytes.byteLength < size) throw this.#cutOff(name, size);
    return bytes;
  }

  /** Goes to the header after a content, padded to whole blocks. */
  #skip(name: string, start: number, size: number): void {
    if (start + size > this.#reader.size) throw this.#cutOff(name, size);
    this.#last = { name, start, size };
    this.#position = start + Math.ceil(size / BLOCK) * BLOCK;
  }

  #countNames(path: string, link: string): void {
    const longest = Math.max(path.length, link.length);
    if (longest > MAX_NAME_BYTES) throw this.#invalid(`a name is longer than ${MAX_NAME_BYTES} bytes`);
    this.#nameBytes += path.length + link.length;
    if (this.#nameBytes > MAX_ALL_NAMES_BYTES) throw this.#invalid('the names of its members are too long together');
  }

  #countPieces(path: string, sparse: SparseMap, end: number): void {
    // Whoever reads it as it comes takes the stored bytes for the content.
    if (this.#onMember) throw this.#unusable(`the member ${shown(path)} is a sparse file, which cannot be read`);
    this.#pieces += sparse.extents.length;
    if (this.#pieces > MAX_ALL_PIECES) throw this.#invalid(`its sparse files have more than ${MAX_ALL_PIECES} pieces`);
    if (sparse.start + storedBytes(sparse) > end)
      throw this.#invalid(`the sparse file ${shown(path)} has fewer bytes than its list says`);
  }

  /** Two zero blocks end an archive; what follows is padding. A lone one at the very end is let pass, as others do. */
  async #requireEnd(): Promise<void> {
    const second = await this.#blocks.at(this.#position + BLOCK);
    if (isZeroBlock(second)) return;
    this.#position += BLOCK;
    throw this.#invalid('an empty block stands between its members');
  }

  /** The length of what arrives as a stream is known only now: its last content may be cut off. */
  #end(hasEndMark: boolean): TarIndex {
    const { name, start, size } = this.#last;
    if (start + size > this.#reader.size) throw this.#cutOff(name, size);
    return { members: this.#members, hasEndMark };
  }

  async #parsed<T>(parse: () => T | Promise<T>): Promise<T> {
    try {
      return await parse();
    } catch (error) {
      throw error instanceof HeaderFault ? this.#invalid(error.message) : error;
    }
  }

  #cutOff(name: string, size: number): PushboatError {
    const end = this.#reader.size;
    return this.#invalid(`the member ${shown(name)} has ${size} bytes, and the archive ends at byte ${end}`);
  }

  #invalid(why: string): PushboatError {
    return archiveInvalid(this.#path, why, this.#position);
  }

  #unusable(why: string): PushboatError {
    return archiveUnusable(this.#path, why, this.#position);
  }
}

function kindOf(type: string, path: string): TarMember['kind'] {
  const link = LINKS.get(type);
  if (link !== undefined) return link;
  // Archives older than ustar tell a folder by the slash alone.
  if (type === '5' || (FILE_TYPES.includes(type) && path.endsWith('/'))) return 'directory';
  return FILE_TYPES.includes(type) ? 'file' : 'other';
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, 200));
}
