import { MIB } from '../../shared/units.ts';

/** What is known of a registry's uploads beyond the specification. */
export interface UploadQuirks {
  /** False: it takes no PATCH, only whole blobs. */
  chunks: boolean;
  /** The least size of a chunk in bytes, the last one aside. */
  leastChunk?: number;
  /** The largest chunk that it takes, in bytes; a whole blob may be larger. */
  mostChunk?: number;
  /** Its `Range` lags behind what it has: only what was accepted counts, and an upload that broke off starts over. */
  staleRange?: boolean;
}

/** By host name (API host, without port). Each entry says where it is known from. A person's settings come before it. */
const KNOWN: readonly { host: RegExp; quirks: UploadQuirks }[] = [
  // Takes monolithic uploads only: https://cloud.google.com/artifact-registry/docs/docker/troubleshoot
  { host: /(?:^|\.)(?:gcr\.io|pkg\.dev)$/, quirks: { chunks: false } },
  // Parts of at least 5 MiB, and 201 for PATCH: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UploadLayerPart.html
  // Its Range stays at the end of the first part: https://github.com/aws/containers-roadmap/issues/2831
  {
    host: /\.dkr\.ecr(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$/,
    quirks: { chunks: true, leastChunk: 5 * MIB, staleRange: true },
  },
  // 416 for a PATCH of more than 4 MiB: https://github.com/oras-project/rust-oci-client/pull/37
  { host: /(?:^|\.)ghcr\.io$/, quirks: { chunks: true, mostChunk: 4 * MIB } },
];

const NONE: UploadQuirks = { chunks: true };

/** The quirks of a registry by its API host (`host[:port]`). */
export function uploadQuirks(apiHost: string): UploadQuirks {
  const name = apiHost.replace(/:\d+$/, '');
  return KNOWN.find(({ host }) => host.test(name))?.quirks ?? NONE;
}
