import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '../../../shared/errors.ts';

/** What Node does not unpack, and a program of the same name does, as in Docker (https://github.com/moby/go-archive). */
export type ProgramCompression = 'bzip2' | 'xz';

/** Characters of a program's complaint that are kept. */
const MAX_COMPLAINT = 2000;

/** The program could not unpack, or is not there. */
export class ProgramFault extends Error {
  readonly isMissing: boolean;

  constructor(message: string, isMissing: boolean) {
    super(message);
    this.isMissing = isMissing;
  }
}

/**
 * The content of chunks that are compressed with xz or bzip2, unpacked by that program as they come. The program ends with the reader.
 * @throws ProgramFault; what `chunks` fails with
 */
export async function* unpackedByProgram(
  program: ProgramCompression,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  // Loaded only here: most commands start no program, and each waits for what it loads.
  const { spawn } = process.getBuiltinModule('node:child_process');
  const env = { ...process.env, LC_ALL: 'C' };
  const child = spawn(program, ['-dc'], { env, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, MAX_COMPLAINT);
  });
  const ended = new Promise<ProgramFault | undefined>((resolve) => {
    child.once('error', (error) => {
      const isMissing = 'code' in error && error.code === 'ENOENT';
      const why = isMissing
        ? `the program ${program}, which unpacks it, is not installed`
        : `the program ${program} cannot be started: ${messageOf(error)}`;
      resolve(new ProgramFault(why, isMissing));
    });
    child.once('close', (status) => {
      resolve(status === 0 ? undefined : new ProgramFault(wordsOf(complaint, program, status), false));
    });
  });
  // A program that ends without reading closes the pipe: its status says why.
  let broken: { error: unknown } | undefined;
  const fed = pipeline(Readable.from(watched(chunks, (error) => (broken = { error }))), child.stdin).catch(
    () => undefined,
  );
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
    const fault = await ended;
    if (broken) throw broken.error;
    if (fault) throw fault;
  } catch (error) {
    // Of a program that could not be started its output has no end.
    throw broken ? broken.error : ((await ended) ?? error);
  } finally {
    process.off('exit', kill);
    kill();
    await fed;
  }
}

/** Whoever unpacks is told why there are no more chunks: to the program that is an early end. */
async function* watched(
  chunks: AsyncIterable<Uint8Array>,
  onBroken: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    try {
      return await iterator.next();
    } catch (error) {
      onBroken(error);
      throw error;
    }
  };
  try {
    for (let chunk = await next(); !chunk.done; chunk = await next()) yield chunk.value;
  } finally {
    await iterator.return?.();
  }
}

function wordsOf(complaint: string, program: string, status: number | null): string {
  const lines = complaint.split('\n').filter((line) => line.trim() !== '');
  const [first] = lines;
  return first?.trim() ?? `the program ${program} ended with status ${status ?? 'unknown'}`;
}
