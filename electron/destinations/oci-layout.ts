import { readFileSync, statSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Digest, digestAlgorithm, digestHex } from '../../shared/digest.ts';
import { throwIfCancelled } from '../../shared/errors.ts';
import { isElsewhere } from '../../shared/media-types.ts';
import { forEachAtOnce } from '../files/concurrent.ts';
import { withLock } from '../files/lock.mjs';
import { requireFile } from '../files/plain-file.ts';
import { StagedFolder } from '../files/staged-folder.ts';
import { isAbsent } from '../files/system-errors.ts';
import { LAYOUT_INDEX, LAYOUT_MARKER, REF_NAME } from '../image/layout/file-names.ts';
import { parseOwnFiles } from '../image/layout/oci-layout.ts';
import type { Descriptor } from '../image/types.ts';
import {
  type IndexEntry,
  indexEntries,
  LAYOUT_MARKER_TEXT,
  type LayoutIndex,
  NEW_INDEX,
  withEntries,
} from './layout-index.ts';
import type { PathAndName } from './names.ts';
import { checkBlobs, requireWhole, WRITTEN_AT_ONCE } from './outgoing.ts';
import type { ImageDestination, ImageWriter, OutgoingImage, WriteProgress, WrittenImage } from './types.ts';
import { verifiedBlob } from './verified-blob.ts';
import { occupied, oneImageOnly, unwritable, writing } from './write-errors.ts';

/** `oci:PATH[:NAME]`: an OCI image layout, new or one that has other images, which stay. */
export class OciLayoutDestination implements ImageDestination {
  readonly transport = 'oci';
  readonly layers = 'compressed';
  readonly leaves = ['foreign'] as const;
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
    const isTaken = (readIndex(this.#absolutePath)?.manifests ?? []).some(
      ({ annotations }) => annotations?.[REF_NAME] === this.name,
    );
    return this.name !== undefined && isTaken ? `${this.#absolutePath}:${this.name}` : undefined;
  }

  /** @throws PushboatError DESTINATION_EXISTS, DESTINATION_UNWRITABLE; LAYOUT_INVALID for a folder with an index.json that is not a layout's */
  async begin(signal: AbortSignal): Promise<ImageWriter> {
    throwIfCancelled(signal);
    // Whatever else keeps it from being looked at is told by who writes there.
    const there = await stat(this.#absolutePath).catch(() => undefined);
    if (there && !there.isDirectory()) throw occupied(this.#absolutePath, 'it is not a folder');
    readIndex(this.#absolutePath);
    const folder = await writing(this.#absolutePath, StagedFolder.create(this.#absolutePath));
    return new OciLayoutWriter(folder, this.text, this.name);
  }
}

class OciLayoutWriter implements ImageWriter {
  readonly #folder: StagedFolder;
  readonly #text: string;
  readonly #name: string | undefined;
  /** What waits on the stage. */
  readonly #staged = new Set<Digest>();
  readonly #entries: IndexEntry[] = [];

  constructor(folder: StagedFolder, text: string, name: string | undefined) {
    this.#folder = folder;
    this.#text = text;
    this.#name = name;
  }

  async add(
    { image, tree, references, isCompanion }: OutgoingImage,
    progress: WriteProgress,
    signal: AbortSignal,
  ): Promise<WrittenImage> {
    requireWhole(tree);
    const name = isCompanion ? undefined : this.#name;
    if (name !== undefined && this.#entries.length > 0) throw oneImageOnly(this.#text, 'it has the name of one');
    const blobs = tree.blobs.map(({ descriptor }) => descriptor).filter((blob) => !isElsewhere(blob));
    await checkBlobs(image, blobs, signal);
    await forEachAtOnce(blobs, WRITTEN_AT_ONCE, signal, async (blob, stop) =>
      this.#write(blob, verifiedBlob(image, blob, { progress, signal: stop, recycle: true }), progress),
    );
    for (const { descriptor, bytes } of tree.manifests) {
      throwIfCancelled(signal);
      progress.started(descriptor.digest);
      progress.read(descriptor.digest, bytes.byteLength);
      await this.#write(descriptor, [bytes], progress);
    }
    this.#entries.push(...indexEntries(tree.root, [name ?? [], references].flat()));
    return { digest: tree.root.digest, mediaType: tree.root.mediaType };
  }

  async commit(signal: AbortSignal): Promise<void> {
    throwIfCancelled(signal);
    const { path } = this.#folder;
    await writing(path, this.#moveBlobs());
    await writing(
      path,
      withLock(join(path, LAYOUT_INDEX), async () => this.#putIndex()),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await writing(this.#folder.path, this.#folder[Symbol.asyncDispose]());
  }

  async #write(
    blob: Descriptor,
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    progress: WriteProgress,
  ): Promise<void> {
    const { digest, size } = blob;
    if (this.#staged.has(digest) || (await sizeOf(join(this.#folder.path, blobPath(digest)))) === size) {
      progress.exists(digest);
      return;
    }
    await writing(this.#folder.path, this.#folder.write(stageName(digest), chunks));
    this.#staged.add(digest);
    progress.written(digest);
  }

  /** Blobs that nothing names yet hurt nobody; the index that names them comes last. */
  async #moveBlobs(): Promise<void> {
    for (const algorithm of new Set(['sha256' as const, ...[...this.#staged].map(digestAlgorithm)]))
      await mkdir(join(this.#folder.path, 'blobs', algorithm), { recursive: true });
    for (const digest of this.#staged) await this.#folder.move(stageName(digest), blobPath(digest));
    this.#staged.clear();
  }

  /** Adds the entries to the index as it is at this moment, in one go. */
  #putIndex(): void {
    const { path } = this.#folder;
    const index = withEntries(readIndex(path) ?? NEW_INDEX, this.#entries);
    try {
      if (!readIfThere(join(path, LAYOUT_MARKER))) this.#folder.replaceNow(LAYOUT_MARKER, LAYOUT_MARKER_TEXT);
      this.#folder.replaceNow(LAYOUT_INDEX, JSON.stringify(index));
    } catch (error) {
      throw unwritable(path, error);
    }
  }
}

function stageName(digest: Digest): string {
  return digest.replace(':', '-');
}

/** Within the layout. */
function blobPath(digest: Digest): string {
  return join('blobs', digestAlgorithm(digest), digestHex(digest));
}

async function sizeOf(path: string): Promise<number | undefined> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isFile() ? stats.size : undefined;
}

/** index.json as it is; undefined where there is none. @throws PushboatError LAYOUT_INVALID, DESTINATION_UNWRITABLE */
function readIndex(path: string): LayoutIndex | undefined {
  const index = readIfThere(join(path, LAYOUT_INDEX));
  if (!index) return undefined;
  // Tools write the marker last, or not at all; what says another version is not touched.
  parseOwnFiles(path, readIfThere(join(path, LAYOUT_MARKER)) ?? Buffer.from(LAYOUT_MARKER_TEXT), index);
  return JSON.parse(index.toString('utf8')) as LayoutIndex;
}

function readIfThere(path: string): Buffer | undefined {
  try {
    // A pipe would be waited for.
    requireFile(statSync(path));
    return readFileSync(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw unwritable(path, error);
  }
}
