import { type Digest, isDigest } from '../../../shared/digest.ts';
import { isIndexMediaType } from '../../../shared/media-types.ts';
import { parseManifest } from '../../image/parse.ts';
import type { Companion, Descriptor, ImageSignature, LocalImage } from '../../image/types.ts';
import { signatureLayers, signatureTag } from '../../signatures/attachment.ts';
import { type BlobFiles, StoredImage } from '../stored-image.ts';
import { refName } from './names.ts';

/** Listed manifests that are read to see what they are about. */
const MOST_READ = 1000;
const MOST_BYTES = 1024 * 1024;

/** The tag of cosign's signatures, attestations and SBOMs; without the last part that of the referrers tag schema (distribution-spec). */
const ABOUT = /(?:^|:)((sha256|sha512)-([0-9a-f]{64,128})(\.(?:sig|att|sbom))?)$/;

/** A listed manifest, and the digest that it is about. */
interface About {
  descriptor: Descriptor;
  subject: string;
  tag?: string;
}

/**
 * What a layout lists about these manifests, and about that in turn, nearest first: by the tags of cosign, by the referrers tag, or by
 * `subject`. A manifest that cannot be read is about nothing that is known.
 */
export async function companionsAmong(
  image: LocalImage,
  files: BlobFiles,
  listed: readonly Descriptor[],
  manifests: ReadonlySet<Digest>,
): Promise<Companion[]> {
  const abouts = (await Promise.all(listed.slice(0, MOST_READ).map((each) => aboutOf(image, each)))).flat();
  const known = new Set<string>(manifests);
  const found: About[] = [];
  for (let hasNew = true; hasNew; ) {
    const next = abouts.filter(({ subject, descriptor }) => known.has(subject) && !known.has(descriptor.digest));
    for (const about of next) {
      if (known.has(about.descriptor.digest)) continue;
      known.add(about.descriptor.digest);
      found.push(about);
    }
    hasNew = next.length > 0;
  }
  return found.map(({ descriptor, tag }) => {
    const name = tag ?? descriptor.digest;
    return { image: new StoredImage(files, { root: descriptor, name, references: [] }), tag };
  });
}

async function aboutOf(image: LocalImage, descriptor: Descriptor): Promise<About[]> {
  const [, tag, algorithm, hex, suffix] = ABOUT.exec(refName(descriptor) ?? '') ?? [];
  if (tag !== undefined && suffix !== undefined) return [{ descriptor, subject: `${algorithm}:${hex}`, tag }];
  if (descriptor.size > MOST_BYTES) return [];
  try {
    const parsed = parseManifest(await image.read(descriptor), descriptor.mediaType);
    // The list of the referrers tag is the registry's own business: what it lists goes along, not the list.
    if (tag !== undefined && parsed.kind === 'index')
      return parsed.manifests.map((child) => ({ descriptor: child, subject: `${algorithm}:${hex}` }));
    return parsed.subject ? [{ descriptor, subject: parsed.subject.digest }] : [];
  } catch {
    return [];
  }
}

/** The sigstore signatures that a layout lists under the tag of cosign. @throws PushboatError as `LocalImage.read` */
export async function listedSignatures(
  image: LocalImage,
  listed: readonly Descriptor[],
  digest: Digest,
): Promise<ImageSignature[]> {
  const tag = signatureTag(digest);
  const entry = listed.find(
    (each) => !isIndexMediaType(each.mediaType) && ABOUT.exec(refName(each) ?? '')?.[1] === tag,
  );
  if (!entry || !isDigest(entry.digest)) return [];
  const layers = signatureLayers(await image.read(entry));
  return Promise.all(
    layers.map(async ({ layer, signature }) => ({
      kind: 'sigstore' as const,
      payload: await image.read(layer),
      signature,
    })),
  );
}
