import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, open, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { removeAbandoned, temporaryName } from './temporary-names.ts';

/**
 * Files on their way into a folder: they are written to a hidden folder within it, so on the same disk, and moved when all are whole.
 * Disposing of it removes what was not moved, and the folders that had to be made if nothing was. Everything fails with the system's
 * error.
 */
export class StagedFolder implements AsyncDisposable {
  readonly path: string;
  readonly #stage: string;
  /** Folders that were made for it, the outermost first. */
  readonly #made: string | undefined;
  readonly #onExit: () => void;
  #isKept = false;

  private constructor(path: string, stage: string, made: string | undefined) {
    this.path = path;
    this.#stage = stage;
    this.#made = made;
    this.#onExit = () => rmSync(stage, { recursive: true, force: true });
    process.once('exit', this.#onExit);
  }

  static async create(folder: string): Promise<StagedFolder> {
    const path = resolve(folder);
    const made = await makeFolders(path);
    const stage = join(path, temporaryName(''));
    try {
      await removeAbandoned(path, '');
      await mkdir(stage);
    } catch (error) {
      if (made !== undefined) await removeEmpty(path, made);
      throw error;
    }
    return new StagedFolder(path, stage, made);
  }

  /** Writes a new file to the stage under a plain name; a failure, of the chunks too, leaves none. */
  async write(name: string, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
    const path = join(this.#stage, name);
    try {
      await using file = await open(path, 'wx');
      for await (const chunk of chunks) await file.writeFile(chunk);
      await file.sync();
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  }

  /** Moves a file of the stage to a path within the folder, whose own folder has to be there. */
  async move(name: string, to: string): Promise<void> {
    this.#isKept = true;
    await rename(join(this.#stage, name), join(this.path, to));
  }

  /** Replaces a small file of the folder at once: nothing else of this process runs meanwhile, and readers never see half of it. */
  replaceNow(name: string, text: string): void {
    const temporary = join(this.#stage, name);
    const fd = openSync(temporary, 'w');
    try {
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    this.#isKept = true;
    renameSync(temporary, join(this.path, name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#stage, { recursive: true, force: true });
    process.off('exit', this.#onExit);
    if (!this.#isKept && this.#made !== undefined) await removeEmpty(this.path, this.#made);
  }
}

/** The outermost folder that had to be made. On a read-only disk Node only says that the path is not there, so the reason is asked for. */
async function makeFolders(path: string): Promise<string | undefined> {
  try {
    return await mkdir(path, { recursive: true });
  } catch (error) {
    let missing = path;
    while (dirname(missing) !== missing && !existsSync(dirname(missing))) missing = dirname(missing);
    await mkdir(missing);
    throw error;
  }
}

/** Removes a folder and its parents up to `last`, as long as they are empty: others may use them by now. */
async function removeEmpty(path: string, last: string): Promise<void> {
  for (let folder = path; ; folder = dirname(folder)) {
    const isGone = await rmdir(folder).then(
      () => true,
      () => false,
    );
    if (!isGone || folder === resolve(last)) return;
  }
}
