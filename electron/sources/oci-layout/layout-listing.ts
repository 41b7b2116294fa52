import type { Transport } from '../../../shared/images.ts';
import { LAYOUT_INDEX } from '../../image/layout/file-names.ts';
import { ListedSource } from '../listing/listed-source.ts';
import { hasReference, type ListedImage, type Listing } from '../listing/listing.ts';
import { layoutEntries, openEntry } from './layout-entries.ts';
import type { LayoutFiles } from './layout-files.ts';
import { LayoutFolderFiles } from './layout-folder-files.ts';

/** One OCI image layout folder: each image that its `index.json` lists. */
export class OciLayoutSource extends ListedSource {
  constructor(location: string) {
    super(ociLayoutListing(location));
  }
}

/** The images of an OCI image layout folder. */
export function ociLayoutListing(location: string): Listing {
  return layoutListing('oci', location, async () => new LayoutFolderFiles(location));
}

/** The images of a layout, whatever its files are kept in. */
export function layoutListing(
  transport: Transport,
  location: string,
  openFiles: (signal?: AbortSignal) => Promise<LayoutFiles>,
): Listing {
  return {
    transport,
    location,
    indexName: LAYOUT_INDEX,
    read: async (signal) => listedInLayout(await openFiles(signal)),
    hasName: hasReference,
  };
}

/** Each image of a layout once. @throws PushboatError as `LayoutFiles.readIndex` */
export async function listedInLayout(files: LayoutFiles): Promise<ListedImage[]> {
  const { index, oddities } = await files.readIndex();
  return layoutEntries(index, files.path).map((entry) => ({
    key: entry.key,
    name: entry.name,
    references: entry.references,
    positions: entry.positions,
    ids: entry.ids,
    isBesideOthers: entry.isBesideOthers,
    open: async () => openEntry(files, entry, index.manifests, oddities),
  }));
}
