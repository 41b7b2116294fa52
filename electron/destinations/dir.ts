import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Digest, digestHex } from '../../shared/digest.ts';
import { throwIfCancelled } from '../../shared/errors.ts';
import { forEachAtOnce } from '../files/concurrent.ts';
import { withLock } from '../files/lock.mjs';
import { StagedFolder } from '../files/staged-folder.ts';
import { isAbsent, systemCode } from '../files/system-errors.ts';
import { isTemporaryName } from '../files/temporary-names.ts';
import { readTextIfThere } from '../files/text-file.ts';
import { DIR_MANIFEST, DIR_VERSION, DIR_VERSION_TEXT } from '../image/layout/file-names.ts';
import { checkBlobs, requireWhole, WRITTEN_AT_ONCE } from './outgoing.ts';
import type { ImageDestination, ImageWriter, OutgoingImage, WriteProgress, WrittenImage } from './types.ts';
import { verifiedBlob } from './verified-blob.ts';
import { occupied, oneImageOnly, unwritable, writing } from './write-errors.ts';

/** `dir:PATH`: the files of one image in a folder, as containers/image writes them. */
export class DirDestination implements ImageDestination {
  readonly transport = 'dir';
  readonly layers = 'kept';
  readonly isNameless = true;
  readonly text: string;
  readonly path: string;
  readonly #absolutePath: string;

  constructor(text: string, path: string) {
    this.text = text;
    this.path = path;
    this.#absolutePath = resolve(path);
  }

  async replaces(): Promise<string | undefined> {
    const names = await readdir(this.#absolutePath).catch((): string[] => []);
    return names.includes(DIR_MANIFEST) ? this.#absolutePath : undefined;
  }

  /** @throws PushboatError DESTINATION_UNWRITABLE; DESTINATION_EXISTS for a folder that holds anything but such an image */
  async begin(signal: AbortSignal): Promise<ImageWriter> {
    throwIfCancelled(signal);
    await requireOwn(this.#absolutePath);
    return new DirWriter(await writing(this.#absolutePath, StagedFolder.create(this.#absolutePath)), this.text);
  }
}

class DirWriter implements ImageWriter {
  readonly #folder: StagedFolder;
  readonly #text: string;
  readonly #names: string[] = [];
  #hasImage = false;

  constructor(folder: StagedFolder, text: string) {
    this.#folder = folder;
    this.#text = text;
  }

  async add({ image, tree }: OutgoingImage, progress: WriteProgress, signal: AbortSignal): Promise<WrittenImage> {
    if (this.#hasImage) throw oneImageOnly(this.#text, 'such a folder holds no more');
    this.#hasImage = true;
    requireWhole(tree);
    const blobs = tree.blobs.map(({ descriptor }) => descriptor);
    await checkBlobs(image, blobs, signal);
    await forEachAtOnce(blobs, WRITTEN_AT_ONCE, signal, async (blob, stop) => {
      const content = verifiedBlob(image, blob, { progress, signal: stop, recycle: true });
      await this.#write(digestHex(blob.digest), content, blob.digest, progress);
    });
    for (const { descriptor, bytes } of tree.manifests) {
      const { digest } = descriptor;
      progress.started(digest);
      progress.read(digest, bytes.byteLength);
      await this.#write(
        digest === tree.root.digest ? DIR_MANIFEST : `${digestHex(digest)}.manifest.json`,
        [bytes],
        digest,
        progress,
      );
    }
    await writing(this.#folder.path, this.#folder.write(DIR_VERSION, [Buffer.from(DIR_VERSION_TEXT)]));
    return { digest: tree.root.digest, mediaType: tree.root.mediaType };
  }

  async commit(signal: AbortSignal): Promise<void> {
    throwIfCancelled(signal);
    if (!this.#hasImage) return;
    const { path } = this.#folder;
    // Two that replace one folder at once would leave parts of both.
    await writing(
      path,
      withLock(join(path, DIR_VERSION), async () => this.#replace()),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await writing(this.#folder.path, this.#folder[Symbol.asyncDispose]());
  }

  async #write(
    name: string,
    content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    digest: Digest,
    progress: WriteProgress,
  ): Promise<void> {
    await writing(this.#folder.path, this.#folder.write(name, content));
    this.#names.push(name);
    progress.written(digest);
  }

  /** Without `manifest.json` the folder holds no image: it goes first and comes last, so that there is never half of one. */
  async #replace(): Promise<void> {
    const { path } = this.#folder;
    await requireOwn(path);
    await rm(join(path, DIR_MANIFEST), { force: true });
    await this.#folder.move(DIR_VERSION, DIR_VERSION);
    const kept = new Set([DIR_VERSION, ...this.#names]);
    for (const name of await readdir(path)) {
      if (!kept.has(name) && !isOfWriter(name)) await rm(join(path, name), { recursive: true });
    }
    const blobs = this.#names.filter((name) => name !== DIR_MANIFEST);
    for (const name of blobs) await this.#folder.move(name, name);
    await this.#folder.move(DIR_MANIFEST, DIR_MANIFEST);
  }
}

/** What writers have there for a while: their stages, and their lock. */
function isOfWriter(name: string): boolean {
  return isTemporaryName(name) || name.startsWith(`${DIR_VERSION}.lock`);
}

/** containers/image overwrites a folder only when it is empty or has its version file. */
async function requireOwn(path: string): Promise<void> {
  try {
    const names = (await readdir(path)).filter((name) => !isOfWriter(name));
    if (names.length === 0) return;
    const version = await readTextIfThere(join(path, DIR_VERSION)).catch(() => undefined);
    if (version !== DIR_VERSION_TEXT) throw occupied(path, 'it holds other files than those of a dir: image');
  } catch (error) {
    if (systemCode(error) === 'ENOTDIR') throw occupied(path, 'it is not a folder');
    if (!isAbsent(error)) throw unwritable(path, error);
  }
}
