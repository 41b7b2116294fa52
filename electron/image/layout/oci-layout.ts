import { join } from 'node:path';
import { z } from 'zod';
import { PushboatError } from '../../../shared/errors.ts';
import { lazySchema } from '../../../shared/lazy-schema.ts';
import { parseJson } from '../json.ts';
import { parseLayoutIndex } from '../parse.ts';
import type { Index, Manifest } from '../types.ts';
import { LAYOUT_INDEX, LAYOUT_MARKER } from './file-names.ts';

const markerSchema = lazySchema(() => z.object({ imageLayoutVersion: z.string() }));

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

function checkMarker(bytes: Uint8Array, path: string): void {
  const value = parseJson(bytes, { what: 'file', code: 'LAYOUT_INVALID', hint: 'check-layout', path });
  const marker = markerSchema.safeParse(value);
  if (!marker.success) throw layoutInvalid(path, 'it has no imageLayoutVersion');
  const version = marker.data.imageLayoutVersion;
  // What changes within 1 must not break who reads it (image-spec image-layout.md, semver.org); other readers do not look at it at all.
  if (!/^1(?:\.\d+){0,2}$/.test(version)) {
    throw layoutInvalid(
      path,
      `imageLayoutVersion is ${JSON.stringify(version.slice(0, 100))}, and only 1.0.0 and later of 1 are known`,
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
