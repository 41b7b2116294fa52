import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { breakLayout } from '../../fixtures/break-layouts.ts';
import type { Scene } from '../scene.ts';
import type { Trouble } from './trouble.ts';

/** A layout that is broken in one way; the registry is fine. */
function broken(breakIt: (layout: string, scene: Scene) => unknown) {
  return async (scene: Scene) => {
    await scene.serve();
    await breakIt(scene.layout, scene);
    return () => scene.restore();
  };
}

export const LOCAL: Trouble[] = [
  {
    what: 'a folder that is not a layout',
    cause: broken(async (layout) => {
      await breakLayout.missingIndex(layout);
      await breakLayout.missingMarker(layout);
    }),
    code: 'LAYOUT_INVALID',
    says: /is not a valid OCI image layout: oci-layout and index\.json are missing/,
    next: /Choose a folder that holds oci-layout/,
  },
  {
    what: 'a layout without index.json',
    cause: broken(breakLayout.missingIndex),
    code: 'LAYOUT_INVALID',
    says: /index\.json is missing/,
    next: /Choose a folder/,
  },
  {
    what: 'a layout of a version that does not exist',
    cause: broken(breakLayout.unknownVersion),
    code: 'LAYOUT_INVALID',
    says: /imageLayoutVersion is "9\.0\.0"/,
    next: /Choose a folder/,
  },
  {
    what: 'a layout that is gone',
    cause: broken((layout) => rm(layout, { recursive: true })),
    code: 'SOURCE_UNREADABLE',
    says: /(?:the folder|it) does not exist/,
    next: /Check that the files exist/,
  },
  {
    what: 'an index.json that was cut off',
    cause: broken(breakLayout.truncatedIndex),
    code: 'LAYOUT_INVALID',
    says: /index\.json is not valid: it is cut off at position \d+/,
    next: /Make the layout again/,
  },
  {
    what: 'a manifest that was cut off',
    cause: broken(breakLayout.truncatedManifest),
    code: 'BLOB_SIZE_MISMATCH',
    says: /wrong size: expected \d+ bytes, found \d+/,
    next: /local files are damaged/,
  },
  {
    what: 'a missing manifest',
    cause: broken(breakLayout.missingManifest),
    code: 'BLOB_MISSING',
    says: /is not in the layout/,
    next: /parts are missing/,
  },
  {
    what: 'a missing config',
    cause: broken(breakLayout.missingConfig),
    code: 'BLOB_MISSING',
    says: /is not in the layout/,
    next: /parts are missing/,
  },
  {
    what: 'a missing layer',
    cause: broken(breakLayout.missingLayer),
    code: 'BLOB_MISSING',
    says: /is not in the layout/,
    next: /parts are missing/,
  },
  {
    what: 'a layer that is too long',
    cause: broken(breakLayout.longerLayer),
    code: 'BLOB_SIZE_MISMATCH',
    says: /wrong size: expected \d+ bytes/,
    next: /local files are damaged/,
  },
  {
    what: 'a layer that is too short',
    cause: broken(breakLayout.shorterLayer),
    code: 'BLOB_SIZE_MISMATCH',
    says: /wrong size: expected \d+ bytes/,
    next: /local files are damaged/,
  },
  {
    what: 'a layer with a wrong bit: the local side is corrupt',
    cause: broken(breakLayout.corruptLayer),
    code: 'BLOB_CORRUPT',
    says: /local blob/,
    next: /local files are damaged/,
  },
  {
    what: 'a manifest with a wrong bit',
    cause: broken(breakLayout.corruptManifest),
    code: 'BLOB_CORRUPT',
    says: /local blob/,
    next: /local files are damaged/,
  },
  {
    what: 'an index.json with a hostile digest',
    cause: broken(breakLayout.hostileRootDigest),
    code: 'DIGEST_INVALID',
    says: /manifests\[0\]\.digest: is not sha256:/,
    next: /Make the layout again/,
  },
  {
    what: 'a layer that is a link out of the layout',
    cause: broken((layout) => breakLayout.linkedLayer(layout, '/etc/passwd')),
    code: 'PATH_ESCAPES',
    says: /a link that leads out of its layout/,
    next: /copy the folder with its links followed/,
  },
  {
    what: 'blobs that are a link out of the layout',
    cause: broken((layout, scene) => breakLayout.linkedBlobs(layout, join(scene.home.path, 'backup/blobs'))),
    code: 'PATH_ESCAPES',
    says: /a link that leads out of its layout/,
    next: /copy the folder with its links followed/,
  },
  {
    what: 'an index.json that is a link out of the layout',
    cause: broken(async (layout) => {
      await rm(join(layout, 'index.json'));
      await symlink('/etc/passwd', join(layout, 'index.json'));
    }),
    code: 'PATH_ESCAPES',
    says: /a link that leads out of its layout/,
    next: /copy the folder with its links followed/,
  },
  {
    what: 'an image of an unknown media type',
    cause: broken(breakLayout.unknownRootType),
    code: 'MEDIA_TYPE_UNSUPPORTED',
    says: /application\/x-unheard-of/,
    next: /\./,
  },
];
