import type { Digest } from '../../../shared/digest.ts';
import { MediaType } from '../../../shared/media-types.ts';
import type { TreeManifest } from '../tree.ts';
import type { Descriptor, Index } from '../types.ts';
import { replaced, type TypedFormat } from './convert-manifest.ts';

/** A child as it stands in an index, with fields that are carried over unread (os.version, os.features). */
type RawChild = Record<string, unknown> & { digest: Digest };

interface RawIndex {
  manifests: RawChild[];
}

/** BuildKit's manifests about others (provenance, SBOM), and the annotation that names which. */
const REFERENCE_TYPE = 'vnd.docker.reference.type';
const REFERENCE_DIGEST = 'vnd.docker.reference.digest';

/** The manifest that an attestation is about; undefined for all other children. */
export function attestedDigest({ annotations }: Descriptor): string | undefined {
  return annotations?.[REFERENCE_TYPE] === undefined ? undefined : annotations[REFERENCE_DIGEST];
}

export function isAttestation({ annotations }: Descriptor): boolean {
  return annotations?.[REFERENCE_TYPE] !== undefined;
}

/** What a child became, or null when it is left out. */
export type ChildOf = (child: Descriptor) => TreeManifest | null | undefined;

/**
 * An index with other children, in the same format or another one. `childOf` says what became of each: undefined leaves it as it is. Fields
 * that are not understood stay.
 */
export function convertIndex(
  from: TreeManifest,
  parsed: Index,
  childOf: ChildOf,
  format: TypedFormat | undefined,
): TreeManifest {
  const raw = JSON.parse(new TextDecoder().decode(from.bytes)) as RawIndex;
  const mediaType = format === undefined ? parsed.mediaType : indexType(format);
  const isDocker = mediaType === MediaType.dockerManifestList;
  const moved = new Map<Digest, Digest>();
  const manifests: RawChild[] = [];
  const children: Descriptor[] = [];
  for (const [position, child] of parsed.manifests.entries()) {
    const now = childOf(child);
    const entry = raw.manifests[position];
    if (now === null || entry === undefined) continue;
    const { mediaType: type, digest, size } = now?.descriptor ?? child;
    moved.set(child.digest, digest);
    const platform = entry['platform'] ?? now?.platform;
    const fields = { ...entry, mediaType: type, digest, size, ...(platform ? { platform } : {}) };
    manifests.push(isDocker ? listEntry(fields) : fields);
    children.push({ ...child, mediaType: type, digest, size });
  }
  const {
    annotations: _dropped,
    subject: _subject,
    artifactType: _artifact,
    ...plain
  } = raw as unknown as Record<string, unknown>;
  const document = {
    ...(isDocker ? plain : raw),
    mediaType,
    manifests: manifests.map((entry) => following(entry, moved)),
  };
  const annotations = isDocker ? {} : parsed.annotations;
  return replaced(from, document, { ...parsed, mediaType, manifests: children, annotations });
}

export function indexType(format: TypedFormat): string {
  return format === 'oci' ? MediaType.ociIndex : MediaType.dockerManifestList;
}

/** Docker's list has no annotations or embedded content, and a platform for each (manifest-v2-2.md, "Manifest List"). */
function listEntry({ mediaType, digest, size, platform }: RawChild): RawChild {
  return { mediaType, size, digest, platform: platform ?? { architecture: 'unknown', os: 'unknown' } };
}

/** Attestations still name the manifest that they are about, by its new digest. */
function following(entry: RawChild, moved: ReadonlyMap<Digest, Digest>): RawChild {
  const annotations = entry['annotations'] as Record<string, string> | null | undefined;
  const about = annotations?.[REFERENCE_DIGEST];
  const now = about === undefined ? undefined : moved.get(about as Digest);
  return now === undefined || now === about
    ? entry
    : { ...entry, annotations: { ...annotations, [REFERENCE_DIGEST]: now } };
}
