import { type Stats, statSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { throwIfCancelled } from '../../shared/errors.ts';
import { withLock } from '../files/lock.mjs';
import { PipeWriter } from '../files/pipe-writer.ts';
import { otherKind } from '../files/plain-file.ts';
import { StagedFile } from '../files/staged-file.ts';
import type { TarSink } from './tar-sink.ts';
import { occupied, writing } from './write-errors.ts';

/** Where an archive is written to. Disposing of it without `commit` leaves nothing. */
export interface ArchiveFile extends AsyncDisposable {
  readonly sink: TarSink;
  /** @throws PushboatError DESTINATION_UNWRITABLE, CANCELLED; DESTINATION_EXISTS where another one has come meanwhile */
  commit(signal: AbortSignal): Promise<void>;
}

/** What becomes of an archive that is there: `replace`, or `keep`, which makes it an error. */
export type OldArchive = 'replace' | 'keep';

/**
 * A file that is written next to its place; or a pipe or device, such as `/dev/stdout`, which is written to as it is. Failures name `path`.
 * @throws PushboatError DESTINATION_UNWRITABLE; DESTINATION_EXISTS for a folder, a socket, and an archive that is to be kept; CANCELLED
 */
export async function createArchiveFile(path: string, old: OldArchive, signal: AbortSignal): Promise<ArchiveFile> {
  throwIfCancelled(signal);
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory() || there?.isSocket()) throw occupied(path, `it is ${otherKind(there)}`);
  if (there?.isFIFO()) return throughPipe(path, await writing(path, PipeWriter.open(path, signal)));
  if (there && !there.isFile()) return throughDevice(path, signal);
  if (old === 'keep') requireFree(path, there);
  return besidePlace(path, old, await writing(path, StagedFile.create(path)));
}

/** An empty file is what mktemp leaves. */
function requireFree(path: string, there: Stats | undefined): void {
  if (there && there.size > 0) throw occupied(path, 'it exists, and docker archives are not added to');
}

function besidePlace(path: string, old: OldArchive, file: StagedFile): ArchiveFile {
  const mayReplace = () => requireFree(path, statSync(file.target, { throwIfNoEntry: false }));
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
      if (old === 'replace') return writing(path, file.commit());
      await writing(path, file.sync());
      // Of two that write the same new archive only one may find the place free.
      await writing(
        path,
        withLock(file.target, async () => file.commit(mayReplace)),
      );
    },
    [Symbol.asyncDispose]: () => writing(path, file[Symbol.asyncDispose]()),
  };
}

function throughPipe(path: string, pipe: PipeWriter): ArchiveFile {
  return {
    sink: { write: (bytes) => writing(path, pipe.write(bytes)) },
    commit: async (signal) => throwIfCancelled(signal),
    [Symbol.asyncDispose]: () => writing(path, pipe[Symbol.asyncDispose]()),
  };
}

async function throughDevice(path: string, signal: AbortSignal): Promise<ArchiveFile> {
  throwIfCancelled(signal);
  const handle = await writing(path, open(path, 'w'));
  return {
    sink: { write: (bytes) => writing(path, handle.writeFile(bytes)) },
    commit: async (ending) => throwIfCancelled(ending),
    [Symbol.asyncDispose]: () => writing(path, handle.close()),
  };
}
