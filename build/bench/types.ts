export interface BenchImage {
  /** Folder of the OCI layout; empty for an image of a store. */
  layout: string;
  /** Where the image is for `skopeo copy`, when it is in a store. */
  store?: string;
  isIndex: boolean;
  /** Bytes of each blob (layers and configs, no manifests) by digest. */
  blobs: ReadonlyMap<string, number>;
  /** Absent where each pusher makes other ones: then all blobs that are not in `blobs` are layers. */
  layers?: ReadonlySet<string>;
  /** The build before this one, where only a layer was different. */
  earlier?: BenchImage;
  [Symbol.asyncDispose]?: () => Promise<void>;
}

/** What is pushed, and where to. */
export interface PushInput {
  layout: string;
  tag: string;
  /** Where the image is for `skopeo copy`, when it is in a store and in no layout. */
  store?: string | undefined;
  isIndex: boolean;
  /** `host:port/repository:tag` */
  target: string;
  tls: boolean;
  /** Certificates are verified; else by nobody, for the registry's authority was made a moment ago. */
  verified: boolean;
}

export interface CommandLine {
  command: string;
  args: string[];
}

export interface Pusher {
  name: string;
  version: string;
  /** Environment that lets it trust the authority in this PEM file; absent where certificates are verified by nobody. */
  trusting?(caFile: string): Record<string, string>;
  /** Whether the command's own CPU time is all that it costs. */
  cpu: boolean;
  /** @throws Error when it cannot push from there. */
  push(input: PushInput): CommandLine;
  /** Untimed work before a push; what it brings along is released at the end. */
  prepare?(input: PushInput): Promise<AsyncDisposable>;
  /** Untimed work at the end of the run. */
  release?(): Promise<void>;
}

export interface Missing {
  name: string;
  how: string;
}
