/** Size of a header and of the units that content is padded to (POSIX.1-2017, pax, "ustar Interchange Format"). */
export const BLOCK = 512;

const CHECKSUM = { start: 148, end: 156 };
const SPACE = 0x20;

/** One header block, as it stands there. */
export interface RawHeader {
  /** `prefix` included. */
  name: string;
  /** Bytes of content that follow, before extensions are applied. */
  size: number;
  /** The type flag as a character; `\0` for the oldest archives. */
  type: string;
  link: string;
}

/** What is wrong with a block that is no header; the reader adds the file and the offset. */
export class HeaderFault extends Error {}

export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** True when the block's checksum is that of a tar header. */
export function looksLikeHeader(block: Uint8Array): boolean {
  return block.byteLength === BLOCK && !isZeroBlock(block) && hasValidChecksum(Buffer.from(block));
}

/** @throws HeaderFault */
export function parseHeader(block: Buffer): RawHeader {
  if (!hasValidChecksum(block)) throw new HeaderFault('a header has a wrong checksum');
  const size = numberField(block, 124, 12);
  if (size === undefined) throw new HeaderFault('a header has no valid size');
  // Only POSIX archives have a prefix; GNU's use its place for something else.
  const isPosix = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isPosix ? textField(block, 345, 155) : '';
  const name = textField(block, 0, 100);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    size,
    type: String.fromCharCode(block[156] ?? 0),
    link: textField(block, 157, 100),
  };
}

/** Old tars summed signed bytes; both sums are right. */
function hasValidChecksum(block: Buffer): boolean {
  const stored = octal(block, CHECKSUM.start, CHECKSUM.end - CHECKSUM.start);
  if (stored === undefined) return false;
  let unsigned = 0;
  let signed = 0;
  for (let i = 0; i < BLOCK; i++) {
    const byte = i >= CHECKSUM.start && i < CHECKSUM.end ? SPACE : (block[i] ?? 0);
    unsigned += byte;
    signed += byte < 128 ? byte : byte - 256;
  }
  return stored === unsigned || stored === signed;
}

function textField(block: Buffer, start: number, length: number): string {
  const end = block.indexOf(0, start);
  return block.toString('utf8', start, end === -1 || end > start + length ? start + length : end);
}

/** Octal digits, or with the first bit set a big-endian number of the remaining bits ("base-256", GNU and star). */
export function numberField(block: Buffer, start: number, length: number): number | undefined {
  const first = block[start] ?? 0;
  if ((first & 0x80) === 0) return octal(block, start, length);
  // The next bit is the sign.
  if ((first & 0x40) !== 0) return undefined;
  let value = first & 0x3f;
  for (let i = 1; i < length; i++) {
    value = value * 256 + (block[start + i] ?? 0);
    if (value > Number.MAX_SAFE_INTEGER) return undefined;
  }
  return value;
}

function octal(block: Buffer, start: number, length: number): number | undefined {
  const text = block
    .toString('latin1', start, start + length)
    .replace(/[\0 ]+$/, '')
    .trimStart();
  if (text === '') return 0;
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

/**
 * A member's name as a plain relative path: `./a//b/` is `a/b`, and `/a` is `a`, as tar programs take it. Undefined for one that leads out of
 * the folder.
 */
export function memberPath(name: string): string | undefined {
  if (name.includes('\0')) return undefined;
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? undefined : parts.join('/');
}
