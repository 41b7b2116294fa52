import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buffersFor, type NextBuffer, READ_SIZE } from '../../files/read-buffers.ts';
import { writeAll } from '../../files/write-all.ts';
import type { SavePasses } from './save-passes.ts';
import type { Hole } from './skeleton.ts';

/** Milliseconds that a copy is kept after it was read in part: a retry wants the rest of it. */
const KEEP = 120_000;

interface Copy {
  path: string;
  file: Promise<FileHandle>;
  users: number;
  timer?: NodeJS.Timeout;
}

/**
 * Copies on disk of single layers, for readers that begin anywhere and come again: uploads of layers as they are. A copy goes with the
 * reader that has read it to the end, so that those are there which are under way.
 */
export class LayerCopies {
  readonly #folder: string;
  readonly #passes: SavePasses;
  readonly #copies = new Map<string, Copy>();
  readonly #closing = new AbortController();
  #count = 0;

  constructor(folder: string, passes: SavePasses) {
    this.#folder = folder;
    this.#passes = passes;
  }

  /** Bytes of a layer. @throws PushboatError as `SavePasses.read`; the system's error when there is no room. */
  async *read(
    hole: Hole,
    { offset, length, recycle }: { offset: number; length: number; recycle: boolean | NextBuffer },
  ) {
    const copy = this.#hold(hole);
    const nextBuffer = buffersFor(recycle);
    const end = offset + length;
    let position = offset;
    try {
      const file = await copy.file;
      while (position < end) {
        const buffer = nextBuffer(Math.min(READ_SIZE, end - position));
        const { bytesRead } = await file.read(buffer, 0, buffer.byteLength, position);
        if (bytesRead === 0) throw new Error(`the copy of a layer ends at ${position}`);
        position += bytesRead;
        yield bytesRead === buffer.byteLength ? buffer : buffer.subarray(0, bytesRead);
      }
    } finally {
      this.#release(hole, copy, position === hole.size);
    }
  }

  /** Closes the copies; whoever removes the folder removes them. */
  close(): void {
    this.#closing.abort(new Error('closed'));
    for (const [key, copy] of this.#copies) this.#remove(key, copy);
  }

  #hold(hole: Hole): Copy {
    const known = this.#copies.get(hole.key);
    const copy = known ?? this.#make(hole);
    copy.users++;
    clearTimeout(copy.timer);
    return copy;
  }

  #make(hole: Hole): Copy {
    const path = join(this.#folder, `layer-${++this.#count}`);
    const copy: Copy = { path, file: this.#write(hole, path), users: 0 };
    copy.file.catch(() => {
      if (this.#copies.get(hole.key) === copy) this.#copies.delete(hole.key);
    });
    this.#copies.set(hole.key, copy);
    return copy;
  }

  async #write(hole: Hole, path: string): Promise<FileHandle> {
    const file = await open(path, 'wx+', 0o600);
    try {
      let position = 0;
      for await (const chunk of this.#passes.read(hole, buffersFor(true), this.#closing.signal)) {
        await writeAll(file, chunk, position);
        position += chunk.byteLength;
      }
      return file;
    } catch (error) {
      await file.close();
      await rm(path, { force: true });
      throw error;
    }
  }

  #release(hole: Hole, copy: Copy, wasRead: boolean): void {
    copy.users--;
    if (copy.users > 0 || this.#copies.get(hole.key) !== copy) return;
    if (wasRead) this.#remove(hole.key, copy);
    else copy.timer = setTimeout(() => this.#remove(hole.key, copy), KEEP).unref();
  }

  #remove(key: string, copy: Copy): void {
    clearTimeout(copy.timer);
    this.#copies.delete(key);
    const close = async (): Promise<void> => {
      const file = await copy.file;
      await file.close();
      await rm(copy.path, { force: true });
    };
    // Nothing depends on it any more, and the folder is removed with all that is in it.
    close().catch(() => undefined);
  }
}
