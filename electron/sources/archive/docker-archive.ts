import { basename } from 'node:path';
import { PushboatError } from '../../../shared/errors.ts';
import { MediaType } from '../../../shared/media-types.ts';
import { canonicalReference, referenceOfName, withDefaultTag } from '../../../shared/reference.ts';
import { parseManifest } from '../../image/parse.ts';
import type { LocalImage } from '../../image/types.ts';
import { type LayoutEntry, layoutEntries } from '../layout-entries.ts';
import { hasReference, type ListedImage, type Listing } from '../listing.ts';
import { StoredImage } from '../stored-image.ts';
import type { Archive } from './archive.ts';
import { hasLayout, LayoutArchiveFiles } from './archive-files.ts';
import { openDockerImage } from './docker-image.ts';
import { DOCKER_MANIFEST, type DockerEntry, readDockerManifest } from './docker-manifest.ts';
import { archiveState, openArchive } from './open-archive.ts';

/** The images of an archive of `docker save` or `podman save`. Since Docker 25 it is an OCI image layout, too, which says more. */
export function dockerArchiveListing(location: string): Listing {
  return {
    transport: 'docker-archive',
    location,
    indexName: DOCKER_MANIFEST,
    read: async (signal) => {
      const archive = await openArchive(location, { signal });
      return hasLayout(archive) ? listedInLayout(archive) : listedInManifest(archive);
    },
    hasName: hasSameReference,
    ...archiveState(location),
  };
}

/** The first image of such an archive; undefined when it has none. @throws PushboatError as `Listing.read` and `ListedImage.open` */
export async function openSavedImage(location: string, signal?: AbortSignal): Promise<StoredImage | undefined> {
  const archive = await openArchive(location, { signal });
  const [first] = hasLayout(archive) ? await listedInLayout(archive) : await listedInManifest(archive);
  return first?.open();
}

/** An image whose blobs are in the archive. */
interface SavedImage extends ListedImage {
  open(): Promise<StoredImage>;
}

async function listedInLayout(archive: Archive): Promise<SavedImage[]> {
  const files = new LayoutArchiveFiles(archive);
  const { index } = await files.readIndex();
  return layoutEntries(index, archive.path).map((entry) => {
    const { key, name, references } = entry;
    return { key, name, references, open: () => openLayoutImage(files, entry) };
  });
}

async function openLayoutImage(files: LayoutArchiveFiles, entry: LayoutEntry): Promise<StoredImage> {
  const facts = { root: entry.descriptor, name: entry.name, references: entry.references };
  const image = new StoredImage(files, facts);
  return (await hasPlainLayers(image)) ? new StoredImage(files, { ...facts, uncompressed: true }) : image;
}

/** Docker writes plain tars where it keeps unpacked layers; with its containerd store the layers are those of the registry. */
async function hasPlainLayers(image: LocalImage): Promise<boolean> {
  try {
    const root = parseManifest(await image.read(image.root), image.root.mediaType);
    return root.kind === 'manifest' && root.layers.some(({ mediaType }) => mediaType === MediaType.ociLayer);
  } catch (error) {
    // Whoever reads the image next says what is wrong with it.
    if (error instanceof PushboatError) return false;
    throw error;
  }
}

async function listedInManifest(archive: Archive): Promise<SavedImage[]> {
  const entries = await readDockerManifest(archive);
  const keys = new Set<string>();
  return entries.flatMap((entry) => {
    const key = entry.tags[0] ?? entry.config;
    if (keys.has(key)) return [];
    keys.add(key);
    const name = nameOf(archive, entry, entries.length === 1);
    return [{ key, name, references: entry.tags, open: () => openDockerImage(archive, entry, name) }];
  });
}

/** Its tag, the archive's name when it is alone there, or the first digits of its config. */
function nameOf(archive: Archive, { tags, config }: DockerEntry, isAlone: boolean): string {
  const [tag] = tags;
  if (tag !== undefined) return tag;
  const file = basename(archive.path);
  return isAlone ? file : `${file}@${basename(config).slice(0, 12)}`;
}

/** `alpine` and `docker.io/library/alpine:latest` are one name. */
function hasSameReference(image: ListedImage, name: string): boolean {
  if (hasReference(image, name)) return true;
  const wanted = canonical(name);
  return wanted !== undefined && image.references.some((reference) => canonical(reference) === wanted);
}

function canonical(name: string): string | undefined {
  const reference = referenceOfName(name.includes(':') ? name : `${name}:latest`);
  return reference && canonicalReference(withDefaultTag(reference));
}
