import { join } from 'node:path';
import type { Digest } from '../../../shared/digest.ts';
import type { OpenFile } from '../../files/contained-files.ts';
import { LAYOUT_INDEX, LAYOUT_MARKER } from '../../image/layout/file-names.ts';
import { parseOwnFiles } from '../../image/layout/oci-layout.ts';
import { MAX_LAYOUT_INDEX_BYTES } from '../../image/parse.ts';
import type { TarMember } from '../../image/tar/tar-index.ts';
import { missingBlob } from '../../image/verify.ts';
import type { Listing } from '../listing/listing.ts';
import { type LayoutFiles, odditiesOf, type ReadIndex } from '../oci-layout/layout-files.ts';
import { layoutListing } from '../oci-layout/layout-listing.ts';
import type { BlobFiles } from '../stored-image.ts';
import { type Archive, archiveChanged } from './archive.ts';
import type { Archives } from './archives.ts';
import { blobName } from './docker-manifest.ts';

/** The blobs of an archive, each read in place. Holds no open file, and unpacks a compressed archive again when it has to. */
export abstract class ArchiveFiles implements BlobFiles {
  /** The archive's. */
  readonly path: string;
  readonly #identity: string;
  readonly #current: Archive['current'];

  constructor({ path, identity, current }: Archive) {
    this.path = path;
    this.#identity = identity;
    this.#current = current;
  }

  /** The name of the blob's member, or the one that it would have. */
  protected abstract memberName(digest: Digest): string;

  protected abstract findBlob(archive: Archive, digest: Digest): TarMember | undefined;

  blobPath(digest: Digest): string {
    return join(this.path, this.memberName(digest));
  }

  async openBlob(digest: Digest): Promise<OpenFile> {
    const archive = await this.archive();
    const member = this.findBlob(archive, digest);
    if (!member) throw missingBlob(digest, archive.described, this.blobPath(digest));
    return archive.openMember(member);
  }

  /** The archive, provided that it is still the one that was listed. */
  protected async archive(): Promise<Archive> {
    const archive = await this.#current();
    if (archive.identity !== this.#identity) throw archiveChanged(this.path);
    return archive;
  }
}

/** True when the archive may be an OCI image layout; of its two files some tools write the index only. */
export function hasLayout(archive: Archive): boolean {
  return archive.index.members.has(LAYOUT_INDEX);
}

/** An OCI image layout in an archive. */
export class LayoutArchiveFiles extends ArchiveFiles implements LayoutFiles {
  readonly transport = 'oci-archive';

  async readIndex(): Promise<ReadIndex> {
    const archive = await this.archive();
    const marker = await archive.readSmall(LAYOUT_MARKER);
    const index = parseOwnFiles(this.path, marker, await archive.readSmall(LAYOUT_INDEX, MAX_LAYOUT_INDEX_BYTES));
    const signature = { size: archive.size, mtimeMs: archive.mtimeMs };
    return { index, signature, oddities: odditiesOf(marker) };
  }

  protected memberName(digest: Digest): string {
    return blobName(digest);
  }

  protected findBlob(archive: Archive, digest: Digest): TarMember | undefined {
    return archive.find(this.memberName(digest));
  }
}

/** The images of an OCI image layout in one tar archive, which may be compressed. */
export function ociArchiveListing(location: string, archives: Archives): Listing {
  const openFiles = async (signal?: AbortSignal) => new LayoutArchiveFiles(await archives.open(location, { signal }));
  return {
    ...layoutListing('oci-archive', location, openFiles),
    identity: () => archives.identity(location),
    close: () => archives.forget(location),
  };
}
