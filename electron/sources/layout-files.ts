import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Digest, digestAlgorithm, digestHex } from '../../shared/digest.ts';
import { PushboatError } from '../../shared/errors.ts';
import { MediaType } from '../../shared/media-types.ts';
import { MAX_JSON_BYTES, parseJson } from '../image/json.ts';
import { parseManifest } from '../image/parse.ts';
import type { Descriptor, Index, Manifest } from '../image/types.ts';
import {
  closeFile,
  containedFolder,
  type OpenFile,
  openContained,
  readSmallFile,
  realPathOf,
  type SmallFile,
} from './contained-files.ts';
import { isAbsent, unreadable } from './fs-errors.ts';

/** File names of image-spec image-layout.md. */
export const LAYOUT_MARKER = 'oci-layout';
export const LAYOUT_INDEX = 'index.json';

const markerSchema = z.object({ imageLayoutVersion: z.string() });

/** Tells whether `index.json` is still the same file content, as far as the file system says. */
export interface Signature {
  size: number;
  mtimeMs: number;
}

/**
 * The files of one OCI image layout, checked as they are read. Every path is built from checked parts, and no link may lead
 * out of the folder. The folder itself may be reached through a link.
 */
export class LayoutFiles {
  /** As the person knows it. */
  readonly path: string;
  readonly #realRoot: Promise<string>;
  readonly #blobFolders = new Map<string, Promise<string>>();

  constructor(path: string, realRoot?: string) {
    this.path = path;
    this.#realRoot = realRoot === undefined ? realPathOf(path) : Promise.resolve(realRoot);
    this.#realRoot.catch(() => undefined);
  }

  /**
   * Checks `oci-layout` and reads `index.json`.
   * @throws PushboatError LAYOUT_INVALID saying which file and what, DIGEST_INVALID, PATH_ESCAPES, SOURCE_UNREADABLE
   */
  async readIndex(): Promise<{ index: Index; signature: Signature }> {
    const marker = await this.#readOwnFile(LAYOUT_MARKER);
    const file = await this.#readOwnFile(LAYOUT_INDEX);
    if (!marker || !file) throw await this.#notALayout(marker !== undefined, file !== undefined);
    checkMarker(marker.bytes, join(this.path, LAYOUT_MARKER));
    return {
      index: parseIndex(file.bytes, join(this.path, LAYOUT_INDEX)),
      signature: { size: file.size, mtimeMs: file.mtimeMs },
    };
  }

  /**
   * Opens a blob whose size is what the descriptor says.
   * @throws PushboatError BLOB_MISSING, BLOB_SIZE_MISMATCH, PATH_ESCAPES, SOURCE_UNREADABLE
   */
  async openBlob(descriptor: Descriptor): Promise<OpenFile> {
    const { digest, size } = descriptor;
    let file: OpenFile;
    try {
      const folder = await this.#blobFolder(digestAlgorithm(digest));
      file = await openContained(join(folder, digestHex(digest)), await this.#realRoot);
    } catch (error) {
      throw isAbsent(error) ? await this.#missingBlob(digest) : unreadable(this.blobPath(digest), error);
    }
    if (file.size === size) return file;
    closeFile(file);
    throw wrongSize(digest, this.blobPath(digest), size, file.size);
  }

  /** Where the blob is, or would be; for messages. */
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
    return new PushboatError('BLOB_MISSING', `The blob ${digest} is not in the layout ${this.path}.`, {
      digest,
      path: this.blobPath(digest),
      hint: 'rebuild-image',
    });
  }

  /** One of the layout's own two files; undefined when it is not there. */
  async #readOwnFile(name: string): Promise<SmallFile | undefined> {
    try {
      const root = await this.#realRoot;
      return await readSmallFile(join(root, name), root, MAX_JSON_BYTES);
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw unreadable(join(this.path, name), error);
    }
  }

  async #notALayout(hasMarker: boolean, hasIndex: boolean): Promise<PushboatError> {
    const kind = await kindOf(this.path);
    if (kind === 'absent') return gone(this.path);
    if (kind === 'other') return layoutInvalid(this.path, 'it is a file, not a folder');
    const missing = [hasMarker ? [] : [LAYOUT_MARKER], hasIndex ? [] : [LAYOUT_INDEX]].flat();
    return layoutInvalid(this.path, `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing`);
  }
}

async function kindOf(path: string): Promise<'absent' | 'folder' | 'other'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'other';
  } catch (error) {
    if (isAbsent(error)) return 'absent';
    throw unreadable(path, error);
  }
}

function checkMarker(bytes: Uint8Array, path: string): void {
  const value = parseJson(bytes, { what: 'file', code: 'LAYOUT_INVALID', hint: 'check-layout', path });
  const marker = markerSchema.safeParse(value);
  if (!marker.success) throw layoutInvalid(path, 'it has no imageLayoutVersion');
  const version = marker.data.imageLayoutVersion;
  if (version !== '1.0.0') {
    throw layoutInvalid(
      path,
      `imageLayoutVersion is ${JSON.stringify(version.slice(0, 100))}, and only "1.0.0" is known`,
    );
  }
}

/** `index.json` as an index; what makes a manifest invalid makes the whole layout invalid here. */
function parseIndex(bytes: Uint8Array, path: string): Index {
  let index: Manifest | Index;
  try {
    index = parseManifest(bytes, MediaType.ociIndex, { path });
  } catch (error) {
    if (!(error instanceof PushboatError) || !['MANIFEST_INVALID', 'MEDIA_TYPE_UNSUPPORTED'].includes(error.code))
      throw error;
    const { detail, ...facts } = error.facts;
    const why = detail ?? error.message;
    throw new PushboatError('LAYOUT_INVALID', `${path} is not valid: ${why}.`, {
      ...facts,
      detail: why,
      hint: 'check-layout',
      cause: error,
    });
  }
  if (index.kind === 'index') return index;
  throw layoutInvalid(path, 'it is a manifest, not an index');
}

function layoutInvalid(path: string, why: string): PushboatError {
  return new PushboatError('LAYOUT_INVALID', `${path} is not a valid OCI image layout: ${why}.`, {
    path,
    detail: why,
    hint: 'check-folder',
  });
}

/** The whole layout or store is not there (any more). */
export function gone(path: string): PushboatError {
  const detail = 'the folder does not exist';
  return new PushboatError('SOURCE_UNREADABLE', `Cannot read ${path}: ${detail}.`, {
    path,
    detail,
    hint: 'check-permissions',
  });
}

/** A blob that is longer or shorter than its descriptor says. */
export function wrongSize(digest: Digest, path: string, expected: number, actual: number): PushboatError {
  const detail = `expected ${expected} bytes, found ${actual}`;
  return new PushboatError('BLOB_SIZE_MISMATCH', `The local blob ${digest} has the wrong size: ${detail}.`, {
    digest,
    path,
    detail,
    hint: 'rebuild-image',
  });
}
