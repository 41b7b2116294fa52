import { createHash } from 'node:crypto';
import { type Digest, digestAlgorithm, isDigest } from '../../../shared/digest.ts';
import type { PushboatError } from '../../../shared/errors.ts';
import { MediaType } from '../../../shared/media-types.ts';
import { type OpenFile, readAt } from '../../files/contained-files.ts';
import { unreadable } from '../../files/system-errors.ts';
import type { DockerEntry } from '../../image/layout/docker-manifest.ts';
import { DOCKER_MANIFEST } from '../../image/layout/file-names.ts';
import { parseImageConfig } from '../../image/parse.ts';
import { archiveIncomplete, archiveInvalid } from '../../image/tar/archive-errors.ts';
import type { TarMember } from '../../image/tar/tar-index.ts';
import { type Compression, compressionOf, MAGIC_LENGTH, unpackStream } from '../../image/tar/unpack.ts';
import type { Descriptor } from '../../image/types.ts';
import { digestOf } from '../../image/verify.ts';
import { StoredImage, type StoredImageFacts } from '../stored-image.ts';
import type { Archive } from './archive.ts';
import { ArchiveFiles } from './archive-files.ts';
import { blobDigest, blobName } from './docker-manifest.ts';
import { type Spool, spoolLayer } from './spool.ts';

/**
 * An image of a `docker save` archive, with the manifest that the archive lacks: the config as it is, and each layer under its diffID,
 * which is the digest of the plain tar that is stored.
 * @throws PushboatError ARCHIVE_INVALID naming the field, MANIFEST_INVALID for its config; as `Archive.openMember`
 */
export async function openDockerImage(
  archive: Archive,
  entry: DockerEntry,
  { name, references, oddities = [] }: Pick<StoredImageFacts, 'name' | 'references' | 'oddities'>,
): Promise<StoredImage> {
  const configBytes = await archive.readSmall(entry.config);
  const configMember = archive.find(entry.config);
  if (!configBytes || !configMember) throw missing(archive, entry, 'Config', entry.config);
  const { diffIds } = parseImageConfig(configBytes, { path: archive.path });
  if (diffIds.length !== entry.layers.length) {
    const why = `lists ${entry.layers.length} layers, and the config ${entry.config} has ${diffIds.length} diff_ids`;
    throw archiveInvalid(archive.path, `${DOCKER_MANIFEST}: ${entry.field}.Layers ${why}`);
  }
  const blobs = new Map<Digest, StoredBlob>();
  const layers: Descriptor[] = [];
  for (const [at, diffId] of diffIds.entries()) {
    if (!isDigest(diffId))
      throw archiveInvalid(archive.path, `${entry.config}: rootfs.diff_ids[${at}] is not a digest`);
    const member = layerMember(archive, entry, at, diffId);
    const { descriptor, unpack } = await describeLayer(archive, member, diffId);
    layers.push(descriptor);
    blobs.set(descriptor.digest, { member, unpack });
  }
  const config = { mediaType: MediaType.ociConfig, digest: digestOf(configBytes), size: configBytes.byteLength };
  blobs.set(config.digest, { member: configMember });
  return new StoredImage(new DockerArchiveFiles(archive, blobs), {
    root: manifestOf(config, layers),
    name,
    references,
    oddities,
    origin: { transport: 'docker-archive' },
    uncompressed: layers.some(({ mediaType }) => mediaType === MediaType.ociLayer),
  });
}

/** A member that has the layer's digest for its name is the layer, wherever the list puts it; other names tell nothing. */
function layerMember(archive: Archive, entry: DockerEntry, at: number, diffId: Digest): TarMember {
  const own = archive.find(blobName(diffId));
  if (own) return own;
  const name = entry.layers[at] ?? '';
  const member = archive.find(name);
  if (!member) throw missing(archive, entry, `Layers[${at}]`, name);
  return member;
}

/** The root descriptor carries the manifest itself, since no file has it. */
function manifestOf(config: Descriptor, layers: Descriptor[]): Descriptor {
  const mediaType = MediaType.ociManifest;
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers }));
  return { mediaType, digest: digestOf(bytes), size: bytes.byteLength, data: bytes.toString('base64') };
}

/** A member that is a blob, or unpacks to one. */
interface StoredBlob {
  member: TarMember;
  unpack?: ((archive: Archive) => Promise<Spool>) | undefined;
}

async function describeLayer(
  archive: Archive,
  member: TarMember,
  diffId: Digest,
): Promise<{ descriptor: Descriptor; unpack?: StoredBlob['unpack'] }> {
  const compression = await layerCompression(archive, member);
  const digest = blobDigest(member.name);
  if (compression === undefined) {
    const isOther = digest !== undefined && digest !== diffId && digestAlgorithm(digest) === digestAlgorithm(diffId);
    if (isOther) throw otherLayer(archive, member, diffId);
    return { descriptor: { mediaType: MediaType.ociLayer, digest: diffId, size: member.size } };
  }
  if (compression === 'xz' || compression === 'bzip2') {
    const unpack = (current: Archive) => unpackLayer(current, member, compression, diffId);
    const { size } = await unpack(archive);
    return { descriptor: { mediaType: MediaType.ociLayer, digest: diffId, size }, unpack };
  }
  const mediaType = compression === 'gzip' ? MediaType.ociLayerGzip : MediaType.ociLayerZstd;
  if (digest !== undefined && digest !== diffId) return { descriptor: { mediaType, digest, size: member.size } };
  const key = `${member.offset} ${diffId}`;
  const known = archive.hashed.get(key);
  if (known) return { descriptor: await known };
  const hashed = hashLayer(archive, member, { mediaType, diffId });
  archive.hashed.set(key, hashed);
  hashed.catch(() => archive.hashed.delete(key));
  return { descriptor: await hashed };
}

function otherLayer({ path }: Archive, { name }: TarMember, diffId: Digest): PushboatError {
  return archiveInvalid(path, `the layer ${name} is not ${diffId}, as its config says`);
}

/** Manifests have no media type for such a layer: it is the plain tar in it, as `docker load` takes it. */
function unpackLayer(archive: Archive, member: TarMember, compression: Compression, diffId: Digest): Promise<Spool> {
  return archive.spoolOnce(`plain ${member.offset} ${diffId}`, async () => {
    const what = layerText(archive, member);
    const { spool, digest } = await spoolLayer(what, compression, archive.chunks(member), archive.spooling);
    if (digest === diffId || digestAlgorithm(digest) !== digestAlgorithm(diffId)) return spool;
    spool.retire();
    throw otherLayer(archive, member, diffId);
  });
}

async function layerCompression(archive: Archive, member: TarMember): Promise<Compression | undefined> {
  const head = Buffer.alloc(MAGIC_LENGTH);
  const file = await archive.openMember(member);
  try {
    const count = await readAt(file, head, Math.min(MAGIC_LENGTH, member.size), 0);
    return compressionOf(head.subarray(0, count));
  } catch (error) {
    throw unreadable(archive.path, error);
  } finally {
    file.close();
  }
}

/**
 * A compressed layer is pushed as it is; its digest stands nowhere, unless it is its name. That it is whole only its diffID tells, so gzip is
 * unpacked meanwhile.
 */
async function hashLayer(
  archive: Archive,
  member: TarMember,
  { mediaType, diffId }: { mediaType: string; diffId: Digest },
): Promise<Descriptor> {
  const hash = createHash('sha256');
  async function* hashed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of archive.chunks(member)) {
      hash.update(chunk);
      yield chunk;
    }
  }
  const plain = createHash(digestAlgorithm(diffId));
  if (mediaType === MediaType.ociLayerGzip) {
    const unpacked = unpackStream(layerText(archive, member), 'gzip', hashed(), archive.spooling);
    for await (const chunk of unpacked) plain.update(chunk);
    if (`${digestAlgorithm(diffId)}:${plain.digest('hex')}` !== diffId) throw otherLayer(archive, member, diffId);
  } else {
    for await (const chunk of archive.chunks(member)) hash.update(chunk);
  }
  return { mediaType, digest: `sha256:${hash.digest('hex')}` as Digest, size: member.size };
}

function layerText({ path }: Archive, { name }: TarMember): string {
  return `The layer ${name} of ${path}`;
}

class DockerArchiveFiles extends ArchiveFiles {
  readonly #blobs: ReadonlyMap<Digest, StoredBlob>;

  constructor(archive: Archive, blobs: ReadonlyMap<Digest, StoredBlob>) {
    super(archive);
    this.#blobs = blobs;
  }

  override async openBlob(digest: Digest): Promise<OpenFile> {
    const unpack = this.#blobs.get(digest)?.unpack;
    if (!unpack) return super.openBlob(digest);
    const archive = await this.archive();
    return (await unpack(archive)).open(archive.mtimeMs);
  }

  protected memberName(digest: Digest): string {
    return this.#blobs.get(digest)?.member.name ?? digest;
  }

  protected findBlob(_archive: Archive, digest: Digest): TarMember | undefined {
    return this.#blobs.get(digest)?.member;
  }
}

function missing({ path, index }: Archive, { field }: DockerEntry, part: string, name: string): PushboatError {
  const why = `${DOCKER_MANIFEST}: ${field}.${part} names ${JSON.stringify(name.slice(0, 200))}, which is not in it`;
  return archiveIncomplete(path, index.hasEndMark ? why : `${why}: it may be cut off`);
}
