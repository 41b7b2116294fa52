import type { Transport } from '../../../shared/images.ts';
import { LAYOUT_INDEX } from '../../image/layout/file-names.ts';
import { ListedSource } from '../listing/listed-source.ts';
import { hasReference, type ListedImage, type Listing } from '../listing/listing.ts';
import { openEntry, trulyListed } from './layout-entries.ts';
import type { LayoutFiles, Signature } from './layout-files.ts';
import { LayoutFolderFiles } from './layout-folder-files.ts';
import { markedEntries } from './own-entries.ts';

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
  const sizes = sizesOfIndex();
  return {
    transport,
    location,
    indexName: LAYOUT_INDEX,
    read: async (signal) => listedInLayout(await openFiles(signal), sizes),
    hasName: hasReference,
  };
}

/** Looks for the sizes of what a layout lists once for all its images, as long as its index is the same file. */
function sizesOfIndex(): typeof trulyListed {
  let known: { signature: Signature; listed: ReturnType<typeof trulyListed> } | undefined;
  return (files, read) => {
    const { size, mtimeMs } = read.signature;
    if (known?.signature.size !== size || known.signature.mtimeMs !== mtimeMs)
      known = { signature: read.signature, listed: trulyListed(files, read) };
    return known.listed;
  };
}

/** Each image of a layout once. @throws PushboatError as `LayoutFiles.readIndex` */
async function listedInLayout(files: LayoutFiles, sizes: typeof trulyListed): Promise<ListedImage[]> {
  const read = await files.readIndex();
  const { oddities } = read;
  const listed = sizes(files, read);
  return (await markedEntries(files, read)).map((entry) => ({
    key: entry.key,
    name: entry.name,
    references: entry.references,
    positions: entry.positions,
    ids: entry.ids,
    besideOthers: entry.besideOthers,
    open: async () => openEntry(files, entry, listed, oddities),
  }));
}
