import { resolve } from 'node:path';
import { type ArchiveFile, createArchiveFile } from './archive-file.ts';
import { DockerTar } from './docker-tar.ts';
import { type PathAndName, taggedNames } from './names.ts';
import type { Unpacking } from './plain-layer.ts';
import type { ImageDestination, ImageWriter, OutgoingImage, WriteProgress, WrittenImage } from './types.ts';
import { oneImageOnly } from './write-errors.ts';

/** `docker-archive:PATH[:REF]`: what `docker save` writes. One that is there is not changed, as containers/image does not either. */
export class DockerArchiveDestination implements ImageDestination {
  readonly transport = 'docker-archive';
  readonly layers = 'plain';
  readonly leaves = ['index'] as const;
  readonly isArchive = true;
  readonly text: string;
  readonly path: string;
  readonly name: string | undefined;
  readonly #absolutePath: string;
  readonly #tag: string | undefined;
  readonly #unpacking: Unpacking;

  /** `tag` is the whole name with a tag that `name` stands for. */
  constructor(text: string, { path, name, tag }: PathAndName & { tag: string | undefined }, unpacking: Unpacking) {
    this.text = text;
    this.path = path;
    this.name = name;
    this.#absolutePath = resolve(path);
    this.#tag = tag;
    this.#unpacking = unpacking;
  }

  /** @throws PushboatError DESTINATION_UNWRITABLE, DESTINATION_EXISTS */
  async begin(signal: AbortSignal): Promise<ImageWriter> {
    const file = await createArchiveFile(this.#absolutePath, 'keep', signal);
    return new DockerArchiveWriter(file, new DockerTar(file.sink, this.text, this.#unpacking), this.text, this.#tag);
  }
}

class DockerArchiveWriter implements ImageWriter {
  readonly #file: ArchiveFile;
  readonly #tar: DockerTar;
  readonly #text: string;
  readonly #tag: string | undefined;
  #isTagTaken = false;

  constructor(file: ArchiveFile, tar: DockerTar, text: string, tag: string | undefined) {
    this.#file = file;
    this.#tar = tar;
    this.#text = text;
    this.#tag = tag;
  }

  async add(outgoing: OutgoingImage, progress: WriteProgress, signal: AbortSignal): Promise<WrittenImage> {
    if (this.#isTagTaken) throw oneImageOnly(this.#text, 'it has the name of one');
    const tags = new Set([this.#tag ?? [], taggedNames(outgoing.references)].flat());
    const written = await this.#tar.add(outgoing, [...tags], progress, signal);
    this.#isTagTaken = this.#tag !== undefined;
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
