import { StagedFile } from '../files/staged-file.ts';
import type { TarSink } from './tar-sink.ts';
import { throwIfCancelled, writing } from './write-errors.ts';

/** An archive that is written beside its place. Failures name the place. */
export class ArchiveFile implements AsyncDisposable {
  readonly sink: TarSink;
  readonly #path: string;
  readonly #file: StagedFile;

  private constructor(path: string, file: StagedFile) {
    this.#path = path;
    this.#file = file;
    this.sink = {
      write: (bytes) => writing(path, file.write(bytes)),
      seekable: {
        position: () => file.position,
        rewrite: (bytes, position) => writing(path, file.rewrite(bytes, position)),
      },
    };
  }

  /** @throws PushboatError DESTINATION_UNWRITABLE, CANCELLED */
  static async create(path: string, signal: AbortSignal): Promise<ArchiveFile> {
    throwIfCancelled(signal);
    return new ArchiveFile(path, await writing(path, StagedFile.create(path)));
  }

  async commit(signal: AbortSignal): Promise<void> {
    throwIfCancelled(signal);
    await writing(this.#path, this.#file.commit());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await writing(this.#path, this.#file[Symbol.asyncDispose]());
  }
}
