import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { PipeWriter } from './pipe-writer.ts';
import { DO_NOT_WAIT, isCode, isNullDevice, requireFile } from './plain-file.ts';

/** Bytes; far more than any file that is read as a whole has. */
const MOST_BYTES = 32 * 1024 * 1024;

/**
 * The text of a file, or undefined when it is not there; `/dev/null` has none. Fails with the system's error for every other reason,
 * and at once for what is no file: a pipe would be waited for, and a device may never end.
 */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  try {
    const stats = await stat(path);
    if (isNullDevice(stats)) return '';
    requireFile(stats);
    if (stats.size > MOST_BYTES) throw new Error(`it is larger than ${MOST_BYTES / 1024 / 1024} MiB`);
    // What was a file may be a pipe by now.
    await using file = await open(path, constants.O_RDONLY | DO_NOT_WAIT);
    return decodeText(await file.readFile());
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** UTF-8, or the UTF-16 of PowerShell's `>`, without the byte order mark that editors and shells of Windows put in front. */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder(bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8').decode(bytes);
}

/** Milliseconds for the other side of a pipe to take a few bytes. */
const PIPE_WITHIN = 10_000;

/**
 * Writes a short text to whatever is at a path: a file, which keeps its owner and permissions and is made when it is not there, or a
 * pipe or device, such as `/dev/stdout`. Fails with the system's error; a pipe that nobody reads is not waited for.
 */
export async function writeText(path: string, text: string): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (there?.isFIFO()) {
    await using pipe = await PipeWriter.open(path, AbortSignal.timeout(PIPE_WITHIN));
    return await pipe.write(Buffer.from(text));
  }
  const { O_WRONLY, O_CREAT, O_TRUNC } = constants;
  await using file = await open(path, O_WRONLY | O_CREAT | O_TRUNC | DO_NOT_WAIT, 0o666);
  await file.writeFile(text);
}
