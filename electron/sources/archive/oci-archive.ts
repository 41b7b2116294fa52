import { ListedSource } from '../listed-source.ts';
import type { Listing } from '../listing.ts';
import { layoutListing } from '../oci-layout.ts';
import { LayoutArchiveFiles } from './archive-files.ts';
import { archiveState, openArchive } from './open-archive.ts';

/** An OCI image layout in one tar archive, which may be compressed with gzip or zstd. */
export class OciArchiveSource extends ListedSource {
  constructor(location: string) {
    super(ociArchiveListing(location));
  }
}

/** The images of an OCI archive. */
export function ociArchiveListing(location: string): Listing {
  const openFiles = async (signal?: AbortSignal) => new LayoutArchiveFiles(await openArchive(location, { signal }));
  return { ...layoutListing('oci-archive', location, openFiles), ...archiveState(location) };
}
