import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type ErrorData, PushboatError } from '../../../shared/errors.ts';
import { unreadable } from '../../files/system-errors.ts';
import { isFull, makeTemporaryFolder, temporaryFault } from '../../files/temporary-file.ts';
import { usageError } from '../errors.ts';
import { stopOnSignal } from '../interrupts.ts';
import type { CommandIo } from '../io.ts';

/** An archive on standard input, or in a pipe as the shell's <(…) gives it, perhaps with the image in it that is meant. */
const STREAM = /^(?:(docker-archive|oci-archive):)?(-|\/dev\/stdin|\/dev\/fd\/\d+|\/proc\/self\/fd\/\d+)((?::|@).+)?$/s;

interface Stream {
  /** What comes before and behind it in an IMAGE. */
  transport: string;
  rest: string;
  /** Undefined for standard input. */
  pipe: string | undefined;
}

function streamOf(image: string): Stream | undefined {
  const [whole, transport, stream = '-', rest = ''] = STREAM.exec(image) ?? [];
  if (whole === undefined) return undefined;
  const isStandard = ['-', '/dev/stdin', '/dev/fd/0', '/proc/self/fd/0'].includes(stream);
  return { transport: transport === undefined ? '' : `${transport}:`, rest, pipe: isStandard ? undefined : stream };
}

export function isStandardInput(image: string): boolean {
  const stream = streamOf(image);
  return stream !== undefined && stream.pipe === undefined;
}

/** IMAGEs with files instead of streams; disposing of it removes them. */
export interface ReadImages extends AsyncDisposable {
  images: string[];
  /** A failure in the words for what was typed: its file is gone when somebody reads them. */
  told(error: PushboatError): PushboatError;
}

/**
 * Writes archives that come as streams to temporary files, for images in them are found by reading them more than once.
 * @throws PushboatError USAGE when standard input is named twice, or a person sits there; SOURCE_UNREADABLE; CANCELLED
 */
export async function readStreams(images: readonly string[], io: CommandIo): Promise<ReadImages> {
  const named = images.filter(isStandardInput);
  if (!images.some((image) => streamOf(image)))
    return { images: [...images], told: (error) => error, [Symbol.asyncDispose]: () => Promise.resolve() };
  if (named.length > 1) throw usageError('Standard input can be read once: name it once.');
  if (named.length > 0 && io.stdin.isTTY)
    throw usageError('An archive is expected on standard input: docker save IMAGE | pushboat push - TARGET');
  const { temporaryDir } = io.environment;
  const folder = await makeTemporaryFolder(temporaryDir, 'pushboat-stdin');
  const release = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const read: string[] = [];
    const files = new Map<string, string | undefined>();
    for (const [index, image] of images.entries()) {
      const stream = streamOf(image);
      const path = join(folder, stream?.pipe === undefined ? 'standard-input' : `pipe-${index}`);
      if (stream) {
        await spool(path, stream.pipe, io);
        files.set(path, stream.pipe);
      }
      read.push(stream ? `${stream.transport}${path}${stream.rest}` : image);
    }
    return { images: read, told: (error) => inWordsFor(error, files), [Symbol.asyncDispose]: release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** @param files by the path of each what was read to it: a pipe, or undefined for standard input. */
function inWordsFor(error: PushboatError, files: ReadonlyMap<string, string | undefined>): PushboatError {
  const inJson = (text: string) => JSON.stringify(text).slice(1, -1);
  let told = JSON.stringify(error.toData());
  for (const [path, pipe] of files) {
    told = told
      .replaceAll(`-archive:${inJson(path)}`, `-archive:${pipe ?? '-'}`)
      .replaceAll(inJson(path), pipe ?? 'standard input');
  }
  return PushboatError.fromData(JSON.parse(told) as ErrorData);
}

async function spool(path: string, pipe: string | undefined, io: CommandIo): Promise<void> {
  const stopped = new AbortController();
  using _interrupts = stopOnSignal(io, () => stopped.abort());
  const from = pipe ?? 'standard input';
  try {
    const stream = pipe === undefined ? io.stdin : createReadStream(pipe);
    await pipeline(stream, createWriteStream(path, { mode: 0o600 }), { signal: stopped.signal });
  } catch (cause) {
    if (stopped.signal.aborted) throw new PushboatError('CANCELLED', `Reading ${from} was stopped.`, { cause });
    throw isFull(cause) ? temporaryFault(io.environment.temporaryDir, cause) : unreadable(from, cause);
  }
  if ((await stat(path)).size > 0) return;
  throw new PushboatError('IMAGE_NOT_FOUND', `Nothing came on ${from}, where an archive was expected.`, {
    hint: 'check-folder',
  });
}
