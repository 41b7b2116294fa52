import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type ArchiveFile, createArchiveFile } from './archive-file.ts';
import { LayoutTar } from './layout-tar.ts';
import type { PathAndName } from './names.ts';
import type { ImageDestination, ImageWriter, OutgoingImage, WriteProgress, WrittenImage } from './types.ts';
import { oneImageOnly } from './write-errors.ts';

/** `oci-archive:PATH[:NAME]`: an OCI image layout in one tar archive. One that is there is replaced, as containers/image does. */
export class OciArchiveDestination implements ImageDestination {
  readonly transport = 'oci-archive';
  readonly layers = 'compressed';
  readonly leaves = ['foreign'] as const;
  readonly isArchive = true;
  readonly takesAnyName = true;
  readonly manifests = 'oci';
  readonly listsCompanions = true;
  readonly text: string;
  readonly path: string;
  readonly name: string | undefined;
  readonly #absolutePath: string;

  constructor(text: string, { path, name }: PathAndName) {
    this.text = text;
    this.path = path;
    this.name = name;
    this.#absolutePath = resolve(path);
  }

  async replaces(): Promise<string | undefined> {
    const there = await stat(this.#absolutePath).catch(() => undefined);
    return there?.isFile() ? this.#absolutePath : undefined;
  }

  /** @throws PushboatError DESTINATION_UNWRITABLE, DESTINATION_EXISTS for a folder */
  async begin(signal: AbortSignal): Promise<ImageWriter> {
    return new OciArchiveWriter(await createArchiveFile(this.#absolutePath, 'replace', signal), this.text, this.name);
  }
}

class OciArchiveWriter implements ImageWriter {
  readonly #file: ArchiveFile;
  readonly #tar: LayoutTar;
  readonly #text: string;
  readonly #name: string | undefined;
  #isNameTaken = false;

  constructor(file: ArchiveFile, text: string, name: string | undefined) {
    this.#file = file;
    this.#tar = new LayoutTar(file.sink);
    this.#text = text;
    this.#name = name;
  }

  async add(outgoing: OutgoingImage, progress: WriteProgress, signal: AbortSignal): Promise<WrittenImage> {
    const name = outgoing.isCompanion ? undefined : this.#name;
    if (this.#isNameTaken && !outgoing.isCompanion) throw oneImageOnly(this.#text, 'it has the name of one');
    const names = [name ?? [], outgoing.references].flat();
    const written = await this.#tar.add(outgoing, names, progress, signal);
    this.#isNameTaken = this.#name !== undefined;
    return written;
  }

  async commit(signal: AbortSignal): Promise<void> {
    await this.#tar.finish();
    await this.#file.commit(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file[Symbol.asyncDispose]();
  }
}
