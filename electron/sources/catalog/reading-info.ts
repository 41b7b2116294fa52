import { basename } from 'node:path';
import type { SourceInfo } from '../../../shared/images.ts';
import { readShare } from '../archive/read-progress.ts';
import { pathSourceId } from '../names/image-ids.ts';

/** The row of an archive that is being read before it is a source: reading it through tells what it is. */
export function readingInfo(path: string): SourceInfo | undefined {
  const progress = readShare(path);
  if (progress === undefined) return undefined;
  return {
    id: pathSourceId(path),
    transport: 'oci-archive',
    label: basename(path),
    location: path,
    state: 'scanning',
    progress,
    imageCount: 0,
    automatic: true,
  };
}
