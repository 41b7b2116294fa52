import { type BlockReader, type ByteReader, readBytes } from './block-reader.ts';
import { BLOCK, HeaderFault, numberField } from './header.ts';

/** A piece of a sparse file that is stored; all else of the file is zeros. Bytes. */
export interface Extent {
  /** In the file. */
  at: number;
  length: number;
}

/** How a sparse file is stored (https://www.gnu.org/software/tar/manual/html_node/Sparse-Formats.html). */
export interface SparseMap {
  /** Bytes of the file with its holes. */
  size: number;
  /** Ascending; stored one right after the other. */
  extents: readonly Extent[];
  /** Where the first one is stored. */
  start: number;
}

/** What the extended headers of GNU's pax forms 0.0, 0.1 and 1.0 say of a sparse file. */
export interface SparseRecords {
  name?: string;
  size?: number;
  /** Form 1.0: the pieces stand before the content. */
  isMapStored?: boolean;
  /** Offset and length of each piece in turn. */
  numbers: number[];
}

/** Pieces that are listed in a header block and in each block that continues it (GNU's old form). */
const IN_HEADER = { start: 386, count: 4, more: 482, size: 483 };
const IN_BLOCK = { start: 0, count: 21, more: 504 };
const NUMBER = 12;
/** Bytes of the pieces that form 1.0 lists before the content. */
const MAX_MAP_BYTES = 4 * 1024 * 1024;

/** Of a header of type `S`. @throws HeaderFault; what the reader throws */
export async function oldGnuMap(header: Buffer, blocks: BlockReader, headerOffset: number): Promise<SparseMap> {
  const size = numberField(header, IN_HEADER.size, NUMBER);
  if (size === undefined) throw new HeaderFault('a sparse file has no valid size');
  const numbers = numbersOf(header, IN_HEADER);
  let hasMore = header[IN_HEADER.more] !== 0;
  let start = headerOffset + BLOCK;
  while (hasMore) {
    const block = await blocks.at(start);
    if (block.byteLength < BLOCK || numbers.length * 8 > MAX_MAP_BYTES) throw malformed();
    numbers.push(...numbersOf(block, IN_BLOCK));
    hasMore = block[IN_BLOCK.more] !== 0;
    start += BLOCK;
  }
  return { size, extents: extentsOf(numbers, size), start };
}

/** Of a member with such records, whose content begins at `start`. @throws HeaderFault; what the reader throws */
export async function paxMap(
  { size, numbers, isMapStored }: SparseRecords,
  reader: ByteReader,
  { start, stored }: { start: number; stored: number },
): Promise<SparseMap> {
  if (size === undefined) throw new HeaderFault('a sparse file has no valid size');
  if (!isMapStored) return { size, extents: extentsOf(numbers, size), start };
  const bytes = await readBytes(reader, start, Math.min(stored, MAX_MAP_BYTES));
  const lines = new MapLines(bytes);
  const count = lines.next();
  const listed: number[] = [];
  // Each line has a digit and its end.
  if (count * 4 > bytes.byteLength) throw malformed();
  for (let i = 0; i < count * 2; i++) listed.push(lines.next());
  return { size, extents: extentsOf(listed, size), start: start + Math.ceil(lines.position / BLOCK) * BLOCK };
}

/** Bytes that are stored. */
export function storedBytes({ extents }: SparseMap): number {
  return extents.reduce((total, { length }) => total + length, 0);
}

/** Decimal numbers, one a line. */
class MapLines {
  position = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  next(): number {
    const end = this.#bytes.indexOf('\n', this.position);
    const text = end === -1 ? '' : this.#bytes.toString('latin1', this.position, end);
    this.position = end + 1;
    return sparseNumber(text);
  }
}

/** @throws HeaderFault */
export function sparseNumber(text: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw malformed();
}

function numbersOf(block: Buffer, { start, count }: { start: number; count: number }): number[] {
  const numbers: number[] = [];
  for (let i = 0; i < count; i++) {
    const place = start + i * 2 * NUMBER;
    // The list may end early.
    if (block[place] === 0) break;
    for (const at of [place, place + NUMBER]) {
      const value = numberField(block, at, NUMBER);
      if (value === undefined) throw malformed();
      numbers.push(value);
    }
  }
  return numbers;
}

function extentsOf(numbers: readonly number[], size: number): Extent[] {
  const extents: Extent[] = [];
  if (numbers.length % 2 === 1) throw malformed();
  for (let i = 0, end = 0; i < numbers.length; i += 2) {
    const [at = 0, length = 0] = numbers.slice(i, i + 2);
    if (at < end || at + length > size) throw malformed();
    end = at + length;
    if (length > 0) extents.push({ at, length });
  }
  return extents;
}

function malformed(): HeaderFault {
  return new HeaderFault('the list of a sparse file’s pieces is malformed');
}
