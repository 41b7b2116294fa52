import { type Digest, shortDigest } from '../../../shared/digest.ts';
import type { ImageManifestInfo, ImageSummary, LayerInfo, Platform } from '../../../shared/images.ts';
import { isIndexMediaType, isManifestMediaType, MediaType } from '../../../shared/media-types.ts';
import type { EngineHistory, EngineImage, EngineInspect } from '../../docker-api/answers.ts';
import { isoTime } from '../../image/created.ts';
import { makeImageId } from '../names/image-ids.ts';

/** What an engine calls an image without a name. */
const NO_NAME = '<none>:<none>';

type Named = Pick<EngineImage, 'Id' | 'RepoTags'>;

/** One image that the engine has, of an index or by itself. */
export interface ImageThere {
  digest: Digest;
  mediaType: string;
  platform: Platform;
}

/** A row of the list. Of an image in containerd's store the id is the digest that a push keeps. */
export function summaryOf(sourceId: string, image: EngineImage, platforms: Platform[]): ImageSummary {
  const mediaType = image.Descriptor?.mediaType ?? '';
  const isIndex = isIndexMediaType(mediaType);
  return {
    id: makeImageId(sourceId, [image.Id]),
    sourceId,
    ...namesOf(image),
    ref: namesOf(image).name,
    ...(isIndex || isManifestMediaType(mediaType) ? { digest: image.Id, mediaType } : {}),
    kind: isIndex ? 'index' : 'image',
    platforms,
    size: image.Size ?? undefined,
    created: image.Created ? isoTime(image.Created * 1000) : undefined,
  };
}

export function namesOf({ Id, RepoTags }: Named): { name: string; references: string[] } {
  const tags = (RepoTags ?? []).filter((tag) => tag !== NO_NAME && !tag.includes('<none>'));
  // Docker lists a name of containerd's that has no tag for each of its own.
  const references = [...new Set(tags)];
  return { name: references[0] ?? shortDigest(Id), references };
}

/** Those of an index that are there, where the engine was asked for them and tells; else the one that it describes. */
export function platformsOf(image: EngineInspect): Platform[] {
  const there = imagesThere(image).map(({ platform }) => platform);
  return there.length > 0 ? there : ownPlatform(image);
}

export function ownPlatform({ Os, Architecture, Variant }: EngineInspect): Platform[] {
  return Os && Architecture ? [{ os: Os, architecture: Architecture, variant: Variant || undefined }] : [];
}

/** The images of an index that are in containerd's store: `docker pull` gets one of them. Empty where the engine does not tell. */
export function imagesThere({ Manifests: manifests }: EngineInspect): ImageThere[] {
  return (manifests ?? []).flatMap(({ Available: isThere, Kind: kind, Descriptor: { digest, mediaType, platform } }) =>
    isThere && kind === 'image' && platform ? [{ digest, mediaType, platform }] : [],
  );
}

/** How many images of an index are not there. */
export function missingImages({ Manifests: manifests }: EngineInspect): number {
  return (manifests ?? []).filter(({ Available: isThere, Kind: kind }) => kind === 'image' && !isThere).length;
}

/** What the API tells without a save. In Docker's own store no manifest has been made yet, so the image's id stands for its digest. */
export function manifestInfo(
  image: EngineInspect,
  history: EngineHistory,
  there: Pick<ImageThere, 'digest' | 'mediaType'> = {
    digest: image.Id,
    mediaType: image.Descriptor?.mediaType ?? MediaType.dockerConfig,
  },
): ImageManifestInfo {
  const { Config: config } = image;
  const [platform] = ownPlatform(image);
  return {
    digest: there.digest,
    mediaType: there.mediaType,
    platform,
    layers: layersOf(image, history),
    labels: config?.Labels ?? {},
    env: config?.Env ?? [],
    entrypoint: config?.Entrypoint ?? [],
    cmd: config?.Cmd ?? [],
    workingDir: config?.WorkingDir || undefined,
    user: config?.User || undefined,
    exposedPorts: Object.keys(config?.ExposedPorts ?? {}),
    created: image.Created || undefined,
    annotations: {},
  };
}

/** The API does not say which entries of the history made a layer: those with content, where their number is that of the layers. */
function layersOf(image: EngineInspect, history: EngineHistory): LayerInfo[] {
  const diffIds = image.RootFS?.Layers ?? [];
  const oldestFirst = history.toReversed();
  const withContent = oldestFirst.filter(({ Size }) => (Size ?? 0) > 0);
  const entries = [oldestFirst, withContent].find(({ length }) => length === diffIds.length) ?? [];
  return diffIds.map((digest, i) => {
    const createdBy = entries[i]?.CreatedBy;
    return { digest, mediaType: MediaType.ociLayer, size: entries[i]?.Size ?? 0, createdBy: createdBy || undefined };
  });
}
