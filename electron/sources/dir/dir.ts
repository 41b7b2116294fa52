import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Digest, digestHex } from '../../../shared/digest.ts';
import { PushboatError } from '../../../shared/errors.ts';
import { type OpenFile, openContained, readSmallFile, realPathOf } from '../../files/contained-files.ts';
import { isAbsent, systemCode, unreadable } from '../../files/system-errors.ts';
import { MAX_JSON_BYTES } from '../../image/json.ts';
import { DIR_MANIFEST } from '../../image/layout/file-names.ts';
import { parseDocument, parseManifest } from '../../image/parse.ts';
import { looksLikeSchema1, parseSchema1 } from '../../image/schema1.ts';
import type { ImageSignature } from '../../image/types.ts';
import { digestOf, missingBlob } from '../../image/verify.ts';
import { readSignatures } from '../../signatures/signature-folder.ts';
import { parseStored } from '../../signatures/stored-signature.ts';
import { hasReference, type Listing } from '../listing/listing.ts';
import { type BlobFiles, StoredImage } from '../stored-image.ts';

/** Signatures of sigstore and of simple signing lie next to it. */
const SIGNATURE = /^signature-\d+$/;

/** The one image of a folder that containers/image writes as `dir:`. */
export function dirListing(location: string): Listing {
  const name = basename(location) || location;
  return {
    transport: 'dir',
    location,
    indexName: DIR_MANIFEST,
    read: async () => {
      const bytes = await readManifest(location);
      const root = { mediaType: rootMediaType(bytes, location), digest: digestOf(bytes), size: bytes.byteLength };
      const companions = async () => (await readdir(location)).filter((file) => SIGNATURE.test(file)).length;
      const open = async () =>
        new StoredImage(new DirFiles(location, root.digest), {
          root,
          name,
          references: [],
          companions,
          origin: { transport: 'dir', path: location },
          signatures: (_image, digest) => signaturesOf(location, digest, root.digest),
        });
      return [{ key: DIR_MANIFEST, name, references: [], positions: [0], ids: [root.digest], open }];
    },
    hasName: hasReference,
  };
}

/** Those of an index's images have the hexadecimal digest in front. */
async function signaturesOf(location: string, digest: Digest, root: Digest): Promise<ImageSignature[]> {
  const prefix = digest === root ? '' : `${digestHex(digest)}.`;
  return (await readSignatures(location, prefix)).map(parseStored);
}

async function readManifest(location: string): Promise<Uint8Array> {
  const path = join(location, DIR_MANIFEST);
  try {
    const root = await realPathOf(location);
    return (await readSmallFile(join(root, DIR_MANIFEST), root, MAX_JSON_BYTES)).bytes;
  } catch (error) {
    throw isAbsent(error) ? withoutManifest(location, error) : unreadable(path, error);
  }
}

function withoutManifest(location: string, error: unknown): PushboatError {
  const detail = systemCode(error) === 'ENOTDIR' ? 'it is not a folder' : `there is no ${DIR_MANIFEST}`;
  return new PushboatError('LAYOUT_INVALID', `${location} is not a dir: folder: ${detail}.`, {
    path: location,
    detail,
    hint: 'check-permissions',
  });
}

/** @throws PushboatError as `parseManifest`, with the file. */
function rootMediaType(bytes: Uint8Array, location: string): string {
  const path = join(location, DIR_MANIFEST);
  const document = parseDocument(bytes, 'manifest', { path });
  return looksLikeSchema1(document)
    ? parseSchema1(bytes, { path }).mediaType
    : parseManifest(bytes, undefined, { path }).mediaType;
}

/** Blobs are named by the hexadecimal part of their digest; manifests of an index end in `.manifest.json`. */
class DirFiles implements BlobFiles {
  readonly #path: string;
  readonly #rootDigest: Digest;

  constructor(path: string, rootDigest: Digest) {
    this.#path = path;
    this.#rootDigest = rootDigest;
  }

  blobPath(digest: Digest): string {
    return join(this.#path, digest === this.#rootDigest ? DIR_MANIFEST : digestHex(digest));
  }

  /** For manifests of schema 1, which name blobs by their digest alone. */
  async sizeOf(digest: Digest): Promise<number> {
    const file = await this.openBlob(digest);
    file.close();
    return file.size;
  }

  async openBlob(digest: Digest): Promise<OpenFile> {
    const path = this.blobPath(digest);
    const file = (await this.#open(path)) ?? (await this.#open(`${path}.manifest.json`));
    if (file) return file;
    throw missingBlob(digest, `the folder ${this.#path}`, path);
  }

  async #open(path: string): Promise<OpenFile | undefined> {
    try {
      const root = await realPathOf(this.#path);
      return await openContained(join(root, basename(path)), root);
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error instanceof PushboatError ? error : unreadable(path, error);
    }
  }
}
