import { join } from 'node:path';
import { z } from 'zod';
import type { Digest } from '../../shared/digest.ts';
import { PushboatError } from '../../shared/errors.ts';
import type { StoreOddity } from '../../shared/job-notes.ts';
import { parseJson } from '../image/json.ts';
import { parseLayoutIndex } from '../image/parse.ts';
import type { Index, Manifest } from '../image/types.ts';
import type { BlobFiles } from './blob-files.ts';

/** File names of image-spec image-layout.md. */
export const LAYOUT_MARKER = 'oci-layout';
export const LAYOUT_INDEX = 'index.json';

const markerSchema = z.object({ imageLayoutVersion: z.string() });

/** Tells whether a file is still the same content, as far as the file system says. */
export interface Signature {
  size: number;
  mtimeMs: number;
}

export interface ReadIndex {
  index: Index;
  signature: Signature;
  /** How the layout is not as it should be. */
  oddities: readonly StoreOddity[];
}

/** The files of one OCI image layout: of a folder, or of an archive. */
export interface LayoutFiles extends BlobFiles {
  /** The folder or archive, as the person knows it. */
  readonly path: string;
  /**
   * Checks `oci-layout` and reads `index.json`.
   * @throws PushboatError LAYOUT_INVALID saying which file and what, DIGEST_INVALID, PATH_ESCAPES, SOURCE_UNREADABLE
   */
  readIndex(): Promise<ReadIndex>;
}

/**
 * The two files of a layout; undefined for one that is not there. `path` is the layout's. Some tools write no `oci-layout`: then an index that
 * lists images tells what it is. @throws as `readIndex`
 */
export function parseOwnFiles(path: string, marker: Uint8Array | undefined, index: Uint8Array | undefined): Index {
  if (!index)
    throw layoutInvalid(
      path,
      marker ? `${LAYOUT_INDEX} is missing` : `${LAYOUT_MARKER} and ${LAYOUT_INDEX} are missing`,
    );
  if (marker) {
    checkMarker(marker, join(path, LAYOUT_MARKER));
    return parseIndex(index, join(path, LAYOUT_INDEX));
  }
  try {
    const parsed = parseIndex(index, join(path, LAYOUT_INDEX));
    if (parsed.manifests.length > 0) return parsed;
  } catch (error) {
    // Other programs have files of this name.
    if (!(error instanceof PushboatError)) throw error;
  }
  throw layoutInvalid(path, `${LAYOUT_MARKER} is missing`);
}

/** A layout that can be read all the same. */
export function odditiesOf(marker: Uint8Array | undefined): StoreOddity[] {
  return marker ? [] : ['unmarked'];
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
    index = parseLayoutIndex(bytes, { path });
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

export function layoutInvalid(path: string, why: string): PushboatError {
  return new PushboatError('LAYOUT_INVALID', `${path} is not a valid OCI image layout: ${why}.`, {
    path,
    detail: why,
    hint: 'check-folder',
  });
}

/** The whole layout or store is not there (any more). */
export function gone(path: string, detail = 'the folder does not exist'): PushboatError {
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

/** A blob that the store should have. */
export function missingBlob(digest: Digest, store: string, path: string): PushboatError {
  return new PushboatError('BLOB_MISSING', `The blob ${digest} is not in ${store}.`, {
    digest,
    path,
    hint: 'copy-whole-image',
  });
}
