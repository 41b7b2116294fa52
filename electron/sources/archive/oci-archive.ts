import type { Listing } from '../listing/listing.ts';
import { layoutListing } from '../oci-layout/layout-listing.ts';
import { LayoutArchiveFiles } from './archive-files.ts';
import { archiveState, openArchive } from './open-archive.ts';

/** The images of an OCI image layout in one tar archive, which may be compressed with gzip or zstd. */
export function ociArchiveListing(location: string): Listing {
  const openFiles = async (signal?: AbortSignal) => new LayoutArchiveFiles(await openArchive(location, { signal }));
  return { ...layoutListing('oci-archive', location, openFiles), ...archiveState(location) };
}
