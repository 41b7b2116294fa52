/** Media types of the OCI image-spec and Docker's image formats, and what each is. */
export const MediaType = {
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociEmpty: 'application/vnd.oci.empty.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar',
  ociLayerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociLayerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  ociForeignLayer: 'application/vnd.oci.image.layer.nondistributable.v1.tar',
  ociForeignLayerGzip: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  dockerManifestList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerManifestV1: 'application/vnd.docker.distribution.manifest.v1+json',
  dockerManifestV1Signed: 'application/vnd.docker.distribution.manifest.v1+prettyjws',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  dockerForeignLayer: 'application/vnd.docker.image.rootfs.foreign.diff.tar',
  dockerForeignLayerGzip: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
} as const;

/** What `Accept` lists when a manifest is asked for: everything that Pushboat can compare. */
export const MANIFEST_ACCEPT = [
  MediaType.ociManifest,
  MediaType.ociIndex,
  MediaType.dockerManifest,
  MediaType.dockerManifestList,
].join(', ');

export function isIndexMediaType(mediaType: string): boolean {
  return mediaType === MediaType.ociIndex || mediaType === MediaType.dockerManifestList;
}

export function isManifestMediaType(mediaType: string): boolean {
  return mediaType === MediaType.ociManifest || mediaType === MediaType.dockerManifest;
}

/** The format of a manifest or index for people: the same words in all languages. */
export function formatName(mediaType: string): string {
  if (isSchema1MediaType(mediaType)) return 'Docker v2 schema 1';
  if (mediaType === MediaType.dockerManifestList) return 'Docker manifest list';
  if (mediaType === MediaType.dockerManifest) return 'Docker v2 schema 2';
  return isIndexMediaType(mediaType) ? 'OCI index' : 'OCI';
}

/** Docker v2 schema 1, which has neither config nor sizes; signed or not. */
export function isSchema1MediaType(mediaType: string): boolean {
  return mediaType === MediaType.dockerManifestV1 || mediaType === MediaType.dockerManifestV1Signed;
}

/** Layers that the licence of their content keeps from being distributed (image-spec layer.md, "Non-Distributable Layers"). */
export function isForeignLayerMediaType(mediaType: string): boolean {
  return mediaType.includes('.nondistributable.') || mediaType.startsWith(MediaType.dockerForeignLayer);
}

/** Layers that are fetched from where the manifest says, and that stores and registries need not hold (image-spec layer.md). */
export function isElsewhere({
  mediaType,
  urls = [],
}: {
  mediaType: string;
  urls?: readonly string[] | undefined;
}): boolean {
  return isForeignLayerMediaType(mediaType) && urls.length > 0;
}
