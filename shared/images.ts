import type { Digest } from './digest.ts';
import type { ErrorData } from './errors.ts';

/** Transports whose store is one file or folder that a person names. */
export const PATH_TRANSPORTS = ['oci', 'oci-archive', 'docker-archive', 'dir'] as const;
export type PathTransport = (typeof PATH_TRANSPORTS)[number];

/** Transports before the name of an image in a store of this computer; `podman` is its service, which a window shows as an engine. */
export const OWN_TRANSPORTS = ['image-store', 'docker-daemon', 'podman', 'containers-storage'] as const;
export type OwnTransport = (typeof OWN_TRANSPORTS)[number];

/** What an image can be written to, registries aside; in the order in which the window offers it. */
export const DESTINATION_TRANSPORTS = [
  'oci-archive',
  'oci',
  'docker-archive',
  'dir',
  'docker-daemon',
  'containers-storage',
] as const;
export type DestinationTransport = (typeof DESTINATION_TRANSPORTS)[number];

/** containers/image's own names of local stores, and `image-store` for the folder of the `allrun image` tool. */
export type Transport = PathTransport | Exclude<OwnTransport, 'podman'>;

/** `os/architecture[/variant]`. */
export interface Platform {
  os: string;
  architecture: string;
  variant?: string | undefined;
}

/** A place that holds images, as the window's left column shows it. */
export interface SourceInfo {
  /** Stable across restarts: transport and location. */
  id: string;
  transport: Transport;
  /** Short name for people: the folder's own name. */
  label: string;
  /** Absolute path, or the address of an engine. */
  location: string;
  state: 'scanning' | 'ready' | 'unreachable';
  /** How much of an archive was read, from 0 to 1, while that takes its time. */
  progress?: number | undefined;
  /** Images found so far, the broken ones included. */
  imageCount: number;
  /** Why it is unreachable. */
  error?: ErrorData | undefined;
  /** Found by itself (default store) rather than added: cannot be removed, disappears when it is not there. */
  automatic: boolean;
}

/** A place on this computer that is looked at without anybody having added it, whether there is anything or not. */
export interface LookedFor
  extends Pick<SourceInfo, 'id' | 'transport' | 'label' | 'location' | 'imageCount' | 'error'> {
  state: SourceInfo['state'] | 'absent';
}

/** One row of the image list. */
export interface ImageSummary {
  /** Stable across rescans: source id and the image's place in it. Opaque. */
  id: string;
  sourceId: string;
  /** What people call it: the reference, the ref.name, the folder's name, or the short digest. */
  name: string;
  /** The image's own references (whole or a bare tag), as the store has them. First is the default target. */
  references: string[];
  /** Store Name (subfolder) for image-store folders. */
  storeName?: string;
  /** What names it on the command line, after its transport. */
  ref?: string;
  /** Digest of the manifest or index that a push sends. */
  digest?: Digest;
  mediaType?: string;
  kind: 'image' | 'index' | 'artifact' | 'broken';
  platforms: Platform[];
  /** Bytes of all distinct blobs and manifests, as the descriptors say. */
  size?: number | undefined;
  /** ISO 8601. */
  created?: string | undefined;
  /** Why it is broken. */
  error?: ErrorData;
}

/** One layer, as the detail pane shows it. */
export interface LayerInfo {
  digest: Digest;
  mediaType: string;
  size: number;
  /** What made it, from the config's history. */
  createdBy?: string | undefined;
}

/** What the config of an image says of how it is run. */
export interface RunConfig {
  labels: Record<string, string>;
  env: string[];
  entrypoint: string[];
  cmd: string[];
  workingDir?: string | undefined;
  user?: string | undefined;
  exposedPorts: string[];
}

/** One single-platform manifest of an image (an image without an index has exactly one). Artifacts have no config of an image: empty. */
export interface ImageManifestInfo extends RunConfig {
  digest: Digest;
  mediaType: string;
  platform?: Platform | undefined;
  layers: LayerInfo[];
  config?: LayerInfo;
  created?: string | undefined;
  artifactType?: string | undefined;
  annotations: Record<string, string>;
}

export interface ImageDetails {
  summary: ImageSummary;
  manifests: ImageManifestInfo[];
  annotations: Record<string, string>;
}
