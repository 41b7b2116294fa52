import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { PipeWriter } from './pipe-writer.ts';
import { DO_NOT_WAIT } from './plain-file.ts';

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
