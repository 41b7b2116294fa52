import type { DetectedPath } from './layout-detect.ts';
import { LayoutFolderSource } from './layout-folder.ts';
import { OciLayoutSource } from './oci-layout.ts';
import type { ImageSource } from './types.ts';

/** The source for a path as it was detected. */
export function sourceAt({ kind, location }: DetectedPath): ImageSource {
  switch (kind) {
    case 'layout':
      return new OciLayoutSource(location);
    case 'layout-folder':
      return new LayoutFolderSource(location);
  }
}
