import type { PathTransport } from '../../../shared/images.ts';
import { ociArchiveListing } from '../archive/archive-files.ts';
import type { Archives } from '../archive/archives.ts';
import { dockerArchiveListing } from '../archive/docker-archive.ts';
import { dirListing } from '../dir/dir.ts';
import { ListedSource } from '../listing/listed-source.ts';
import type { Listing } from '../listing/listing.ts';
import { LayoutFolderSource } from '../oci-layout/layout-folder.ts';
import { ociLayoutListing } from '../oci-layout/layout-listing.ts';
import type { ImageSource } from '../types.ts';
import type { DetectedPath } from './detect-path.ts';

/** The images of the store at an absolute path. */
export function listingOf(transport: PathTransport, location: string, archives: Archives): Listing {
  switch (transport) {
    case 'oci':
      return ociLayoutListing(location);
    case 'oci-archive':
      return ociArchiveListing(location, archives);
    case 'docker-archive':
      return dockerArchiveListing(location, archives);
    case 'dir':
      return dirListing(location);
  }
}

/** The source for a path as it was detected. */
export function sourceAt({ kind, location }: DetectedPath, archives: Archives): ImageSource {
  if (kind === 'layout-folder') return new LayoutFolderSource(location);
  return new ListedSource(listingOf(kind, location, archives));
}
