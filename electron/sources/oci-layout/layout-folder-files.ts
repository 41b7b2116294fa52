import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Digest, digestAlgorithm, digestHex } from '../../../shared/digest.ts';
import type { PushboatError } from '../../../shared/errors.ts';
import {
  containedFolder,
  type OpenFile,
  openContained,
  readSmallFile,
  realPathOf,
  type SmallFile,
} from '../../files/contained-files.ts';
import { otherKind } from '../../files/plain-file.ts';
import { gone, isAbsent, unreadable } from '../../files/system-errors.ts';
import { LAYOUT_INDEX, LAYOUT_MARKER } from '../../image/layout/file-names.ts';
import { layoutInvalid, parseOwnFiles } from '../../image/layout/oci-layout.ts';
import { MAX_LAYOUT_INDEX_BYTES } from '../../image/parse.ts';
import { missingBlob } from '../../image/verify.ts';
import { type LayoutFiles, odditiesOf, type ReadIndex } from './layout-files.ts';

/** A file that was written to less long ago may not be whole yet: tools that do not replace it in one step write it in place. */
const FRESH = 1_000;
/** Times that such a file is read again, and after how long. Milliseconds. */
const REREADS = 3;
const REREAD_AFTER = 100;

/**
 * The files of one OCI image layout folder, checked as they are read. Every path is built from checked parts, and no link may lead
 * out of the folder. The folder itself may be reached through a link.
 */
export class LayoutFolderFiles implements LayoutFiles {
  /** As the person knows it. */
  readonly path: string;
  readonly transport = 'oci';
  readonly #realRoot: Promise<string>;
  readonly #blobFolders = new Map<string, Promise<string>>();

  constructor(path: string, realRoot?: string) {
    this.path = path;
    this.#realRoot = realRoot === undefined ? realPathOf(path) : Promise.resolve(realRoot);
    this.#realRoot.catch(() => undefined);
  }

  async readIndex(): Promise<ReadIndex> {
    for (let attempt = 1; ; attempt++) {
      const marker = await this.#readOwnFile(LAYOUT_MARKER);
      const file = await this.#readOwnFile(LAYOUT_INDEX);
      if (!marker || !file) await this.#requireFolder();
      try {
        const index = parseOwnFiles(this.path, marker?.bytes, file?.bytes);
        const signature = { size: file?.size ?? 0, mtimeMs: file?.mtimeMs ?? 0 };
        return { index, signature, oddities: odditiesOf(marker?.bytes) };
      } catch (error) {
        if (attempt > REREADS || !isBeingWritten(file)) throw error;
        await sleep(REREAD_AFTER);
      }
    }
  }

  async openBlob(digest: Digest): Promise<OpenFile> {
    try {
      const folder = await this.#blobFolder(digestAlgorithm(digest));
      return await openContained(join(folder, digestHex(digest)), await this.#realRoot);
    } catch (error) {
      throw isAbsent(error) ? await this.#missingBlob(digest) : unreadable(this.blobPath(digest), error);
    }
  }

  blobPath(digest: Digest): string {
    return join(this.path, 'blobs', digestAlgorithm(digest), digestHex(digest));
  }

  async #blobFolder(algorithm: string): Promise<string> {
    const known = this.#blobFolders.get(algorithm);
    if (known) return known;
    const folder = this.#realRoot.then((root) => containedFolder(join(root, 'blobs', algorithm), root));
    this.#blobFolders.set(algorithm, folder);
    // A failure is not kept: the folder may come back.
    folder.catch(() => this.#blobFolders.delete(algorithm));
    return folder;
  }

  async #missingBlob(digest: Digest): Promise<PushboatError> {
    if ((await kindOf(this.path)) === 'absent') return gone(this.path);
    return missingBlob(digest, `the layout ${this.path}`, this.blobPath(digest));
  }

  /** One of the layout's own two files; undefined when it is not there. */
  async #readOwnFile(name: string): Promise<SmallFile | undefined> {
    try {
      const root = await this.#realRoot;
      return await readSmallFile(join(root, name), root, MAX_LAYOUT_INDEX_BYTES);
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw unreadable(join(this.path, name), error);
    }
  }

  /** Files may be missing because there is no folder at all. */
  async #requireFolder(): Promise<void> {
    const kind = await kindOf(this.path);
    if (kind === 'absent') throw gone(this.path);
    if (kind !== 'a folder') throw layoutInvalid(this.path, `it is ${kind}, not a folder`);
  }
}

function isBeingWritten(file: SmallFile | undefined): boolean {
  return file !== undefined && Math.abs(Date.now() - file.mtimeMs) < FRESH;
}

/** `absent`, or in words what is there. */
async function kindOf(path: string): Promise<string> {
  try {
    return otherKind(await stat(path)) ?? 'a file';
  } catch (error) {
    if (isAbsent(error)) return 'absent';
    throw unreadable(path, error);
  }
}
