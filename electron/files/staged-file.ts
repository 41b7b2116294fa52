import { rmSync } from 'node:fs';
import { type FileHandle, open, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { removeAbandoned, temporaryName } from './temporary-names.ts';

/**
 * A large file that is written beside its place and moved there when it is whole: nobody sees half of it, and what was there before
 * stays until then. Disposing of it without `commit` removes it. Everything fails with the system's error.
 */
export class StagedFile implements AsyncDisposable {
  readonly #target: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  readonly #onExit: () => void;
  #position = 0;
  #isOpen = true;

  private constructor(target: string, temporary: string, file: FileHandle) {
    this.#target = target;
    this.#temporary = temporary;
    this.#file = file;
    this.#onExit = () => rmSync(temporary, { force: true });
    process.once('exit', this.#onExit);
  }

  /** A link at `path` stays, and what it leads to is replaced. The folder has to be there. */
  static async create(path: string): Promise<StagedFile> {
    const target = await realpath(path).catch(() => path);
    const folder = dirname(target);
    const prefix = `.${basename(target)}`;
    await removeAbandoned(folder, prefix);
    const temporary = join(folder, temporaryName(prefix));
    return new StagedFile(target, temporary, await open(temporary, 'wx'));
  }

  /** Bytes written so far. */
  get position(): number {
    return this.#position;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#writeAll(bytes, this.#position);
    this.#position += bytes.byteLength;
  }

  /** Writes over what was written before. */
  async rewrite(bytes: Uint8Array, position: number): Promise<void> {
    await this.#writeAll(bytes, position);
  }

  /** Moves the file to its place, safe from a loss of power. */
  async commit(): Promise<void> {
    await this.#file.sync();
    await this.#close();
    await rename(this.#temporary, this.#target);
    process.off('exit', this.#onExit);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    await rm(this.#temporary, { force: true });
    process.off('exit', this.#onExit);
  }

  async #close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#file.close();
  }

  async #writeAll(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.byteLength; ) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.byteLength - done, position + done);
      done += bytesWritten;
    }
  }
}
