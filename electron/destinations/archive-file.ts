import { type FileHandle, open, stat } from 'node:fs/promises';
import { StagedFile } from '../files/staged-file.ts';
import type { TarSink } from './tar-sink.ts';
import { occupied, throwIfCancelled, writing } from './write-errors.ts';

/** Where an archive is written to. Disposing of it without `commit` leaves nothing. */
export interface ArchiveFile extends AsyncDisposable {
  readonly sink: TarSink;
  /** @throws PushboatError DESTINATION_UNWRITABLE, CANCELLED */
  commit(signal: AbortSignal): Promise<void>;
}

/**
 * A file that is written beside its place; or a pipe or device, such as `/dev/stdout`, which is written to as it is. Failures name `path`.
 * @throws PushboatError DESTINATION_UNWRITABLE; DESTINATION_EXISTS for a folder; CANCELLED
 */
export async function createArchiveFile(path: string, signal: AbortSignal): Promise<ArchiveFile> {
  throwIfCancelled(signal);
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) throw occupied(path, 'it is a folder');
  if (there && !there.isFile()) return throughPipe(path, await writing(path, open(path, 'w')));
  return besidePlace(path, await writing(path, StagedFile.create(path)));
}

function besidePlace(path: string, file: StagedFile): ArchiveFile {
  return {
    sink: {
      write: (bytes) => writing(path, file.write(bytes)),
      seekable: {
        position: () => file.position,
        rewrite: (bytes, position) => writing(path, file.rewrite(bytes, position)),
      },
    },
    commit: async (signal) => {
      throwIfCancelled(signal);
      await writing(path, file.commit());
    },
    [Symbol.asyncDispose]: () => writing(path, file[Symbol.asyncDispose]()),
  };
}

function throughPipe(path: string, handle: FileHandle): ArchiveFile {
  return {
    sink: { write: (bytes) => writing(path, handle.writeFile(bytes)) },
    commit: async (signal) => throwIfCancelled(signal),
    [Symbol.asyncDispose]: () => writing(path, handle.close()),
  };
}
