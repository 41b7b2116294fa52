import { type Digest, digestHex, isDigest } from '../../shared/digest.ts';
import { PushboatError, throwIfCancelled } from '../../shared/errors.ts';
import { MediaType } from '../../shared/media-types.ts';
import { countFault } from '../image/layer-faults.ts';
import { DOCKER_MANIFEST } from '../image/layout/file-names.ts';
import { parseImageConfig } from '../image/parse.ts';
import { tarEnd } from '../image/tar/write-header.ts';
import { digestOf } from '../image/verify.ts';
import { checkBlobs, type SoleManifest, soleManifest } from './outgoing.ts';
import { type Unpacking, writePlainLayer } from './plain-layer.ts';
import { type TarSink, writeMember } from './tar-sink.ts';
import type { OutgoingImage, WriteProgress, WrittenImage } from './types.ts';
import { verifiedBlob } from './verified-blob.ts';

/** One image of `manifest.json` (moby image/spec, "docker save"). */
interface SavedEntry {
  Config: string;
  RepoTags: string[];
  Layers: string[];
}

/** Image manifests of Docker, in the order of fields in which containers/image writes them. */
interface SavedManifest {
  schemaVersion: 2;
  mediaType: string;
  config: { mediaType: string; size: number; digest: Digest };
  layers: { mediaType: string; size: number; digest: Digest }[];
}

/**
 * Images as `docker save` writes them: configs and plain layers, each once, and `manifest.json` at the end, when all is known. The
 * file `repositories` of Dockers before 1.10 is left out: without the folders of that time nothing can read it.
 */
export class DockerTar {
  readonly #sink: TarSink;
  readonly #destination: string;
  readonly #unpacking: Unpacking;
  /** Sizes of the layers that are in the archive, by diffID. */
  readonly #layers = new Map<Digest, number>();
  /** By the config, which is the image's identity. */
  readonly #entries = new Map<Digest, SavedEntry>();

  constructor(sink: TarSink, destination: string, unpacking: Unpacking) {
    this.#sink = sink;
    this.#destination = destination;
    this.#unpacking = unpacking;
  }

  /** @throws PushboatError MEDIA_TYPE_UNSUPPORTED, MANIFEST_INVALID, BLOB_CORRUPT; of the source or the sink; CANCELLED */
  async add(
    outgoing: OutgoingImage,
    tags: readonly string[],
    progress: WriteProgress,
    signal: AbortSignal,
  ): Promise<WrittenImage> {
    const manifest = soleManifest(outgoing.tree, this.#destination);
    const { config, layers } = manifest.parsed;
    await checkBlobs(outgoing.image, [config, ...layers], signal);
    const configBytes = await outgoing.image.read(config);
    const diffIds = diffIdsOf(configBytes, manifest);
    for (const [at, diffId] of diffIds.entries()) {
      throwIfCancelled(signal);
      const layer = layers[at];
      if (!layer) continue;
      if (this.#layers.has(diffId)) {
        progress.exists(layer.digest);
        continue;
      }
      const content = verifiedBlob(outgoing.image, layer, { progress, signal });
      const source = { descriptor: layer, content, diffId };
      const size = await writePlainLayer(this.#sink, layerName(diffId), source, this.#unpacking);
      this.#layers.set(diffId, size);
      progress.written(layer.digest);
    }
    await this.#writeConfig(config.digest, configBytes, diffIds, tags, progress);
    tellWritten(manifest, progress);
    return this.#written(config.digest, configBytes, diffIds);
  }

  /** Writes the list of images and the end mark. */
  async finish(): Promise<void> {
    const list = Buffer.from(JSON.stringify([...this.#entries.values()]));
    await writeMember(this.#sink, DOCKER_MANIFEST, list.byteLength, [list]);
    await this.#sink.write(tarEnd());
  }

  async #writeConfig(
    digest: Digest,
    bytes: Uint8Array,
    diffIds: readonly Digest[],
    tags: readonly string[],
    progress: WriteProgress,
  ): Promise<void> {
    const known = this.#entries.get(digest);
    // A tag names one image: the one that came last.
    for (const entry of this.#entries.values()) entry.RepoTags = entry.RepoTags.filter((tag) => !tags.includes(tag));
    if (known) {
      known.RepoTags.push(...tags);
      progress.exists(digest);
      return;
    }
    const Config = `${digestHex(digest)}.json`;
    progress.started(digest);
    await writeMember(this.#sink, Config, bytes.byteLength, [bytes]);
    progress.read(digest, bytes.byteLength);
    progress.written(digest);
    this.#entries.set(digest, { Config, RepoTags: [...tags], Layers: diffIds.map(layerName) });
  }

  /**
   * The archive holds no manifest. This is the one that containers/image makes of it, so that the digest is the one that
   * `skopeo inspect` shows; it calls the layers compressed, though they are not.
   */
  #written(config: Digest, configBytes: Uint8Array, diffIds: readonly Digest[]): WrittenImage {
    const manifest: SavedManifest = {
      schemaVersion: 2,
      mediaType: MediaType.dockerManifest,
      config: { mediaType: MediaType.dockerConfig, size: configBytes.byteLength, digest: config },
      layers: diffIds.map((digest) => ({
        mediaType: MediaType.dockerLayerGzip,
        size: this.#layers.get(digest) ?? 0,
        digest,
      })),
    };
    return { digest: digestOf(Buffer.from(JSON.stringify(manifest))), mediaType: MediaType.dockerManifest };
  }
}

function layerName(diffId: Digest): string {
  return `${digestHex(diffId)}.tar`;
}

/** Manifests are not in such an archive, but what they say is. */
function tellWritten({ descriptor, bytes }: SoleManifest, progress: WriteProgress): void {
  progress.started(descriptor.digest);
  progress.read(descriptor.digest, bytes.byteLength);
  progress.written(descriptor.digest);
}

/** @throws PushboatError MANIFEST_INVALID when config and manifest do not belong together, or a diffID is none */
function diffIdsOf(config: Uint8Array, { descriptor, parsed }: SoleManifest): Digest[] {
  const { digest } = descriptor;
  const { diffIds } = parseImageConfig(config, { digest: parsed.config.digest });
  const wrong = diffIds.findIndex((diffId) => !isDigest(diffId));
  const fault =
    countFault(parsed.layers, diffIds) ??
    (wrong === -1 ? undefined : `rootfs.diff_ids[${wrong}] of its config is not a digest`);
  if (fault === undefined) return diffIds.filter(isDigest);
  throw new PushboatError('MANIFEST_INVALID', `The manifest ${digest} cannot be used: ${fault}.`, {
    digest,
    detail: fault,
    hint: 'rebuild-image',
  });
}
