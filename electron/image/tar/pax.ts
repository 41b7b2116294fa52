import { HeaderFault } from './header.ts';
import { type SparseRecords, sparseNumber } from './sparse.ts';

/** What of an extended header (POSIX.1-2017, pax, "pax Extended Header") the reader follows. */
export interface PaxRecords {
  path?: string;
  linkpath?: string;
  size?: number;
  /** The content is a sparse file in one of GNU's pax forms. */
  sparse?: SparseRecords;
}

const SPACE = 0x20;
const NEWLINE = 0x0a;
const GNU_SPARSE = 'GNU.sparse.';

/** Parses records `<length> <key>=<value>\n`; length counts the whole record in bytes. @throws HeaderFault */
export function parsePax(bytes: Buffer): PaxRecords {
  const records: PaxRecords = {};
  for (let start = 0; start < bytes.byteLength; ) {
    const space = bytes.indexOf(SPACE, start);
    const digits = space === -1 || space - start > 8 ? '' : bytes.toString('latin1', start, space);
    const end = /^[1-9]\d*$/.test(digits) ? start + Number(digits) : 0;
    if (end <= space + 1 || end > bytes.byteLength || bytes[end - 1] !== NEWLINE) throw malformed();
    const equals = bytes.indexOf('=', space + 1);
    if (equals === -1 || equals >= end) throw malformed();
    apply(records, bytes.toString('utf8', space + 1, equals), bytes.toString('utf8', equals + 1, end - 1));
    start = end;
  }
  return records;
}

function apply(records: PaxRecords, key: string, value: string): void {
  if (key.startsWith(GNU_SPARSE)) {
    applySparse((records.sparse ??= { numbers: [] }), key.slice(GNU_SPARSE.length), value);
    return;
  }
  // An empty value takes back what an earlier header said, and there is nothing to take back here.
  if (value === '') return;
  switch (key) {
    case 'path':
      records.path = value;
      break;
    case 'linkpath':
      records.linkpath = value;
      break;
    case 'size':
      records.size = sizeValue(value);
      break;
  }
}

function applySparse(sparse: SparseRecords, key: string, value: string): void {
  switch (key) {
    case 'name':
      sparse.name = value;
      break;
    case 'size':
    case 'realsize':
      sparse.size = sparseNumber(value);
      break;
    case 'major':
      sparse.isMapStored = value !== '0';
      break;
    case 'offset':
    case 'numbytes':
      sparse.numbers.push(sparseNumber(value));
      break;
    case 'map':
      sparse.numbers = value === '' ? [] : value.split(',').map(sparseNumber);
      break;
  }
}

function sizeValue(value: string): number {
  const size = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(size)) return size;
  throw new HeaderFault('an extended header has no valid size');
}

function malformed(): HeaderFault {
  return new HeaderFault('an extended header is malformed');
}
