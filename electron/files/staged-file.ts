import { renameSync, rmSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { followLinks, requireReplaceable, takeAfter } from './plain-file.ts';
import { removeAbandoned, temporaryName } from './temporary-names.ts';
import { writeAll } from './write-all.ts';

/**
 * A large file that is written next to its place and moved there when it is whole: nobody sees half of it, and what was there before
 * stays until then. Disposing of it without `commit` removes it. Everything fails with the system's error.
 */
export class StagedFile implements AsyncDisposable {
  /** Its place, all links followed. */
  readonly target: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  readonly #onExit: () => void;
  #position = 0;
  #isOpen = true;

  private constructor(target: string, temporary: string, file: FileHandle) {
    this.target = target;
    this.#temporary = temporary;
    this.#file = file;
    this.#onExit = () => rmSync(temporary, { force: true });
    process.once('exit', this.#onExit);
  }

  /**
   * A link at `path` stays, and what it leads to is replaced, or made; a file that is there keeps its owner and permissions. What is no
   * file is not replaced. The folder has to be there.
   */
  static async create(path: string): Promise<StagedFile> {
    const old = await requireReplaceable(path);
    const target = await followLinks(path);
    const folder = dirname(target);
    const prefix = `.${basename(target)}`;
    await removeAbandoned(folder, prefix);
    const temporary = join(folder, temporaryName(prefix));
    const file = await open(temporary, 'wx');
    const staged = new StagedFile(target, temporary, file);
    try {
      // Nobody but those who could read the old one may read what is written meanwhile.
      if (old) await takeAfter(file, old);
      return staged;
    } catch (error) {
      await staged[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Bytes written so far. */
  get position(): number {
    return this.#position;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await writeAll(this.#file, bytes, this.#position);
    this.#position += bytes.byteLength;
  }

  /** Writes over what was written before. */
  async rewrite(bytes: Uint8Array, position: number): Promise<void> {
    await writeAll(this.#file, bytes, position);
  }

  /** Waits until all is on the disk. */
  async sync(): Promise<void> {
    await this.#file.sync();
  }

  /**
   * Moves the file to its place, safe from a loss of power. `mayReplace` is asked right before; what it throws leaves all as it was.
   */
  async commit(mayReplace: () => void = () => undefined): Promise<void> {
    await this.sync();
    await this.#close();
    mayReplace();
    renameSync(this.#temporary, this.target);
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
}
