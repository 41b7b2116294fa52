import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { PushboatError } from '../../../shared/errors.ts';
import { openContained } from '../../files/contained-files.ts';
import { systemCode, unreadable } from '../../files/system-errors.ts';

/** A piece of a layer's tar: bytes as they are (headers, padding), or the content of a file of the layer's tree. */
export type TarSplitEntry =
  | { kind: 'raw'; bytes: Uint8Array }
  /** `name` holds one byte per character, for names need not be UTF-8. `crc` is in base64. */
  | { kind: 'file'; name: string; size: number; crc: string };

/** Bytes of one line. tar-split writes what follows the end of a tar in pieces of at most 1 MiB. */
const MAX_LINE = 8 * 1024 * 1024;
/** Far beyond any real layer; keeps a hostile file from running for ever. */
const MAX_ENTRIES = 8_000_000;
/** Bytes of a name; more than any system takes as a path. */
const MAX_NAME = 8192;

const NEWLINE = 0x0a;

/**
 * Reads `<id>.tar-split.gz`: a JSON object a line, in the order of the tar (vbatts/tar-split, `tar/storage`). Yields them in batches.
 * @throws PushboatError STORE_INVALID with the line's number; SOURCE_UNREADABLE
 */
export async function* readTarSplit(path: string, realRoot: string): AsyncGenerator<TarSplitEntry[]> {
  const file = await openContained(path, realRoot).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  // The stream owns the file from here on, and closes it.
  const compressed = createReadStream('', { fd: file.fd, start: 0 });
  const lines = pipeline(compressed, createGunzip({ chunkSize: 256 * 1024 }), () => undefined);
  try {
    yield* parseTarSplit(lines, path);
  } catch (error) {
    throw error instanceof PushboatError ? error : notReadable(path, error);
  } finally {
    compressed.destroy();
    lines.destroy();
  }
}

/** Bytes of the tar that such a file describes. @throws as `readTarSplit` */
export async function tarSize(path: string, realRoot: string): Promise<number> {
  let size = 0;
  for await (const batch of readTarSplit(path, realRoot))
    for (const entry of batch) size += entry.kind === 'raw' ? entry.bytes.byteLength : entry.size;
  return size;
}

/** The entries of tar-split's lines. @throws PushboatError STORE_INVALID */
export async function* parseTarSplit(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  path: string,
): AsyncGenerator<TarSplitEntry[]> {
  let rest: Buffer = Buffer.alloc(0);
  let count = 0;
  for await (const chunk of chunks) {
    const data = rest.byteLength === 0 ? asBuffer(chunk) : Buffer.concat([rest, chunk]);
    const batch: TarSplitEntry[] = [];
    let at = 0;
    for (let end = data.indexOf(NEWLINE); end !== -1; end = data.indexOf(NEWLINE, at)) {
      if (++count > MAX_ENTRIES) throw invalid(path, `it has more than ${MAX_ENTRIES} lines`);
      const entry = parseLine(data.toString('utf8', at, end), path, count);
      if (entry) batch.push(entry);
      at = end + 1;
    }
    rest = data.subarray(at);
    if (rest.byteLength > MAX_LINE) throw invalid(path, `line ${count + 1} is longer than ${MAX_LINE} bytes`);
    if (batch.length > 0) yield batch;
  }
  if (rest.byteLength > 0) {
    const last = parseLine(rest.toString('utf8'), path, count + 1);
    if (last) yield [last];
  }
}

/** Undefined for what adds nothing to the tar: folders, links, empty files. */
function parseLine(text: string, path: string, line: number): TarSplitEntry | undefined {
  if (text.trim() === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid(path, `line ${line} is not valid JSON`, cause);
  }
  if (typeof value !== 'object' || value === null) throw invalid(path, `line ${line} is not an object`);
  const { type, payload, name, name_raw: rawName, size = 0 } = value as Record<string, unknown>;
  const bytes = typeof payload === 'string' ? payload : '';
  if (type === 2) return bytes === '' ? undefined : { kind: 'raw', bytes: Buffer.from(bytes, 'base64') };
  if (type !== 1)
    throw invalid(path, `line ${line} has the type ${JSON.stringify(type)?.slice(0, 40)}, neither 1 nor 2`);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw invalid(path, `line ${line}: size is not a number of bytes`);
  if (size === 0) return undefined;
  const fileName = nameOf(name, rawName);
  if (fileName === undefined || fileName === '' || fileName.length > MAX_NAME || fileName.includes('\0'))
    throw invalid(path, `line ${line}: name is not the name of a file`);
  return { kind: 'file', name: fileName, size, crc: bytes };
}

function nameOf(name: unknown, rawName: unknown): string | undefined {
  if (typeof rawName === 'string' && rawName !== '') return Buffer.from(rawName, 'base64').toString('latin1');
  return typeof name === 'string' ? Buffer.from(name, 'utf8').toString('latin1') : undefined;
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

/** A failure of zlib is the content's fault, every other one the system's. */
function notReadable(path: string, error: unknown): PushboatError {
  const code = systemCode(error) ?? '';
  if (!code.startsWith('Z_') && code !== 'ERR_STREAM_PREMATURE_CLOSE') return unreadable(path, error);
  return invalid(path, code === 'Z_BUF_ERROR' ? 'it is cut off' : 'it is not compressed with gzip, or damaged', error);
}

function invalid(path: string, detail: string, cause?: unknown): PushboatError {
  return new PushboatError('STORE_INVALID', `${path} is not valid: ${detail}.`, {
    path,
    detail,
    hint: 'rebuild-image',
    cause,
  });
}
