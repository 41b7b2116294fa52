import { BLOCK } from './header.ts';

/** Bytes of the name field, and of the prefix that a long name may have (POSIX.1-2017, pax, "ustar Interchange Format"). */
const NAME_SIZE = 100;
const PREFIX_SIZE = 155;
/** What the eleven octal digits of the size field cannot hold: 8 GiB. */
const OCTAL_LIMIT = 8 ** 11;

/**
 * The header of a plain file: read-only, owner root, time 0, so that the same content gives the same archive. A name that does not
 * fit goes into a pax header before it; a size from 8 GiB on into the size field as a binary number (GNU "base-256"), so that the length of
 * the header depends on the name alone.
 */
export function tarHeader(name: string, size: number): Buffer {
  const split = splitName(name);
  const plain = header(split?.name ?? shortened(name), split?.prefix ?? '', size, '0');
  return split ? plain : Buffer.concat([paxPath(name), plain]);
}

/** What follows a content of this size, up to the next block. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

/** Two empty blocks end an archive. */
export function tarEnd(): Buffer {
  return Buffer.alloc(2 * BLOCK);
}

function splitName(name: string): { prefix: string; name: string } | undefined {
  if (!isAscii(name)) return undefined;
  if (name.length <= NAME_SIZE) return { prefix: '', name };
  const slash = name.lastIndexOf('/', PREFIX_SIZE);
  const rest = name.slice(slash + 1);
  return slash > 0 && rest !== '' && rest.length <= NAME_SIZE
    ? { prefix: name.slice(0, slash), name: rest }
    : undefined;
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/** For readers that do not know pax. */
function shortened(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, '_').slice(-NAME_SIZE);
}

function paxPath(name: string): Buffer {
  const rest = Buffer.byteLength(` path=${name}\n`);
  let length = rest;
  // The record's length counts its own digits.
  while (length !== rest + String(length).length) length = rest + String(length).length;
  const record = Buffer.from(`${length} path=${name}\n`);
  return Buffer.concat([
    header('PaxHeaders.0/path', '', record.byteLength, 'x'),
    record,
    tarPadding(record.byteLength),
  ]);
}

function header(name: string, prefix: string, size: number, type: string): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, NAME_SIZE, 'latin1');
  block.write('0000444\0', 100, 'latin1');
  block.write('0000000\0', 108, 'latin1');
  block.write('0000000\0', 116, 'latin1');
  if (size < OCTAL_LIMIT) {
    block.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  } else {
    block.writeBigUInt64BE(BigInt(size), 128);
    block[124] = 0x80;
  }
  block.write('00000000000\0', 136, 'latin1');
  block.write('        ', 148, 'latin1');
  block.write(type, 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.write(prefix, 345, PREFIX_SIZE, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
