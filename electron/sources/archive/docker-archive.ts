import { basename } from 'node:path';
import type { Digest } from '../../../shared/digest.ts';
import { PushboatError } from '../../../shared/errors.ts';
import type { DockerEntry } from '../../image/layout/docker-manifest.ts';
import { DOCKER_MANIFEST } from '../../image/layout/file-names.ts';
import { readImageTree } from '../../image/tree.ts';
import type { LocalImage } from '../../image/types.ts';
import { digestOf } from '../../image/verify.ts';
import { hasReference, type ListedImage, type Listing } from '../listing/listing.ts';
import { withTag } from '../names/repository-tags.ts';
import { countCompanions } from '../oci-layout/companions.ts';
import { type LayoutEntry, layoutEntries, openEntry } from '../oci-layout/layout-entries.ts';
import type { ReadIndex } from '../oci-layout/layout-files.ts';
import type { StoredImage, StoredImageFacts } from '../stored-image.ts';
import type { Archive } from './archive.ts';
import { hasLayout, LayoutArchiveFiles } from './archive-files.ts';
import type { Archives } from './archives.ts';
import { openDockerImage } from './docker-image.ts';
import { readDockerManifest } from './docker-manifest.ts';
import { openLayoutImage } from './saved-layout.ts';

/** The images of an archive of `docker save` or `podman save`. Since Docker 25 it is an OCI image layout, too, which says more. */
export function dockerArchiveListing(location: string, archives: Archives): Listing {
  return {
    transport: 'docker-archive',
    location,
    indexName: DOCKER_MANIFEST,
    read: async (signal) => listed(await archives.open(location, { signal })),
    hasName: hasTagged,
    identity: () => archives.identity(location),
    close: () => archives.forget(location),
  };
}

/** Docker's names always have a tag: without one `latest` is meant. */
function hasTagged(image: ListedImage, name: string): boolean {
  return hasReference(image, name) || hasReference(image, withTag(name));
}

/** The first image of such an archive; undefined when it has none. @throws PushboatError as `Listing.read` and `ListedImage.open` */
export async function openSavedImage(
  location: string,
  archives: Archives,
  signal?: AbortSignal,
): Promise<StoredImage | undefined> {
  const [first] = await listed(await archives.open(location, { signal }));
  return first?.open();
}

/** An image whose blobs are in the archive. */
interface ArchivedImage extends ListedImage {
  open(): Promise<StoredImage>;
}

/** What each archive holds: who pushes its images one by one has them listed once. */
const lists = new WeakMap<Archive, Promise<ArchivedImage[]>>();

function listed(archive: Archive): Promise<ArchivedImage[]> {
  const known = lists.get(archive);
  if (known) return known;
  const list = listImages(archive);
  lists.set(archive, list);
  // The next one may find what could not be read for a moment.
  list.catch(() => lists.delete(archive));
  return list;
}

/** The images of the layout part under the names of both lists, and those that `manifest.json` alone has. */
async function listImages(archive: Archive): Promise<ArchivedImage[]> {
  if (!hasLayout(archive)) return listedInManifest(archive, await dockerImages(archive));
  const files = new LayoutArchiveFiles(archive);
  const others = await alsoNamed(archive);
  const read = await readIndex(files, others.length > 0);
  if (!read) return listedInManifest(archive, others);
  const images: ArchivedImage[] = [];
  const taken = new Set<DockerImage>();
  const entries = layoutEntries(read.index, archive.path);
  for (const entry of entries) {
    const listedImage = await openEntry(files, entry);
    const configs = await configsOf(listedImage);
    const sameConfig = others.filter(({ config }) => config !== undefined && configs.includes(config));
    for (const other of sameConfig) taken.add(other);
    const same = sameConfig.flatMap((other) => withoutNamesOf(entries, entry, other));
    const isNamed = ({ tags }: DockerImage) => tags.some((tag) => hasReference(entry, tag));
    const served = sameConfig[0] ?? (configs.length === 0 ? others.find(isNamed) : undefined);
    const companions = (image: LocalImage, along: ReadonlySet<Digest>) =>
      countCompanions(image, read.index.manifests, along);
    const origin = { transport: 'docker-archive' } as const;
    const open = (facts: StoredImageFacts) =>
      openLayoutImage(archive, files, { ...facts, companions, origin, oddities: read.oddities }, served);
    images.push(listedEntry({ ...entry, descriptor: listedImage.root }, configs, same, open));
  }
  // The layout says more: what has none but its names is the same image, told wrongly.
  const isNew = ({ tags }: DockerImage) =>
    tags.length === 0 || tags.some((tag) => !images.some((image) => hasReference(image, tag)));
  const rest = others.filter((other) => !taken.has(other) && other.config !== undefined && isNew(other));
  return withOnePlaceEach([...images, ...listedInManifest(archive, rest)]);
}

/**
 * What `manifest.json` says of the image of one entry. Indexes may share the image of a platform; Docker then lists that once, by the names of
 * the last index. Nothing is left where all names are those of other entries.
 */
function withoutNamesOf(entries: readonly LayoutEntry[], entry: LayoutEntry, same: DockerImage): DockerImage[] {
  const isOthers = (tag: string) => !hasReference(entry, tag) && entries.some((each) => hasReference(each, tag));
  const tags = same.tags.filter((tag) => !isOthers(tag));
  return tags.length > 0 || same.tags.length === 0 ? [{ ...same, tags }] : [];
}

/** Places are those of `manifest.json`, where each image has its own there; else those of this list. */
function withOnePlaceEach(images: ArchivedImage[]): ArchivedImage[] {
  const places = images.flatMap(({ positions }) => positions);
  if (new Set(places).size === places.length) return images;
  return images.map((image, at) => ({ ...image, positions: [at] }));
}

/** The layout's own list; undefined where it cannot be read and the other list serves. @throws as `LayoutFiles.readIndex` */
async function readIndex(files: LayoutArchiveFiles, isServed: boolean): Promise<ReadIndex | undefined> {
  try {
    return await files.readIndex();
  } catch (error) {
    if (isServed && error instanceof PushboatError) return undefined;
    throw error;
  }
}

/** A layout is enough: the other list may be missing or wrong. */
async function alsoNamed(archive: Archive): Promise<DockerImage[]> {
  if (!archive.index.members.has(DOCKER_MANIFEST)) return [];
  try {
    return await dockerImages(archive);
  } catch (error) {
    if (error instanceof PushboatError && error.code === 'ARCHIVE_INVALID') return [];
    throw error;
  }
}

function listedEntry(
  { key, descriptor, ...entry }: LayoutEntry,
  configs: Digest[],
  same: readonly DockerImage[],
  open: (facts: StoredImageFacts) => Promise<StoredImage>,
): ArchivedImage {
  const references = [...entry.references];
  for (const tag of same.flatMap(({ tags }) => tags)) if (!hasReference({ references }, tag)) references.push(tag);
  // Whole names first: a tag alone names no repository.
  const whole = references.toSorted((a, b) => Number(!/[/:@]/.test(a)) - Number(!/[/:@]/.test(b)));
  const [first] = whole;
  const name =
    entry.references.length === 0 || /[/:@]/.test(entry.references[0] ?? '') ? entry.name : (first ?? entry.name);
  const positions = same.length > 0 ? same.flatMap((other) => other.positions) : entry.positions;
  const facts = { root: descriptor, name, references: whole };
  return {
    key,
    name,
    references: whole,
    positions,
    ids: [descriptor.digest, ...configs],
    open: () => open(facts),
  };
}

/** The digests of the configs of an image and of those that its index lists, as far as they are there. */
async function configsOf(image: LocalImage): Promise<Digest[]> {
  try {
    const { manifests } = await readImageTree(image);
    return manifests.flatMap(({ parsed }) => (parsed.kind === 'manifest' ? [parsed.config.digest] : []));
  } catch (error) {
    // Whoever opens the image is told what is wrong with it.
    if (error instanceof PushboatError) return [];
    throw error;
  }
}

/** Entries of `manifest.json` for one image: of the same config and the same layers. */
interface DockerImage {
  entry: DockerEntry;
  tags: string[];
  positions: number[];
  config: Digest | undefined;
}

async function dockerImages(archive: Archive): Promise<DockerImage[]> {
  const images = new Map<string, DockerImage>();
  for (const [position, entry] of (await readDockerManifest(archive)).entries()) {
    const place = JSON.stringify([entry.config, entry.layers]);
    const known = images.get(place);
    if (known) {
      known.tags.push(...entry.tags.filter((tag) => !known.tags.includes(tag)));
      known.positions.push(position);
    } else {
      const tags = [...new Set(entry.tags)];
      images.set(place, { entry, tags, positions: [position], config: await configDigest(archive, entry) });
    }
  }
  return [...images.values()];
}

/** Docker names the file after its digest; others need not. */
async function configDigest(archive: Archive, { config }: DockerEntry): Promise<Digest | undefined> {
  const hex = /^(?:blobs\/sha256\/)?([0-9a-f]{64})(?:\.json)?$/.exec(config)?.[1];
  if (hex !== undefined) return `sha256:${hex}` as Digest;
  const bytes = await archive.readSmall(config);
  return bytes && digestOf(bytes);
}

function listedInManifest(archive: Archive, images: readonly DockerImage[]): ArchivedImage[] {
  return images.map(({ entry, tags, positions, config }) => {
    const isAlone = (named: (other: DockerImage) => boolean) => images.filter(named).length === 1;
    const tag = tags.find((each) => isAlone((other) => other.tags.includes(each)));
    const isOnlyConfig = isAlone((other) => other.entry.config === entry.config);
    const key = tag ?? (isOnlyConfig ? entry.config : `${entry.config}@${positions[0] ?? 0}`);
    const merged = { ...entry, tags };
    const name = nameOf(archive, merged, images.length === 1);
    const open = () => openDockerImage(archive, merged, { name, references: tags });
    return { key, name, references: tags, positions, ids: config === undefined ? [] : [config], open };
  });
}

/** Its tag, the archive's name when it is alone there, or the first digits of its config. */
function nameOf(archive: Archive, { tags, config }: DockerEntry, isAlone: boolean): string {
  const [tag] = tags;
  if (tag !== undefined) return tag;
  const file = basename(archive.path);
  return isAlone ? file : `${file}@${basename(config).slice(0, 12)}`;
}
