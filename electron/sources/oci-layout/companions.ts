import type { Digest } from '../../../shared/digest.ts';
import { parseManifest } from '../../image/parse.ts';
import { readImageTree } from '../../image/tree.ts';
import type { Descriptor, LocalImage } from '../../image/types.ts';
import { refName } from './names.ts';

/** The tags under which cosign and the referrers tag schema keep what is about a digest. */
const ABOUT_DIGEST = /(?:^|:)(sha256|sha512)-([0-9a-f]{64,128})(?:\.(?:sig|att|sbom))?$/;

/** Listed manifests that are read to see what they are about: a layout with more of them is not one image with its signatures. */
const MOST_READ = 32;
const MOST_BYTES = 64 * 1024;

/**
 * How many of the other listed manifests are signatures or artifacts about an image, or about one that its index names: by their tag, or by
 * their `subject`. Those that go `along` with it do not count.
 */
export async function countCompanions(
  image: LocalImage,
  listed: readonly Descriptor[],
  along: ReadonlySet<Digest>,
): Promise<number> {
  const own = await ownDigests(image);
  const others = [...new Map(listed.map((each) => [each.digest, each])).values()].filter(
    ({ digest }) => !own.has(digest) && !along.has(digest),
  );
  const named = others.filter((each) => tagIsAbout(refName(each), own));
  const unnamed = others.filter((each) => !named.includes(each) && each.size <= MOST_BYTES);
  const about = await Promise.all(unnamed.slice(0, MOST_READ).map((each) => hasSubject(image, each, own)));
  return named.length + about.filter(Boolean).length;
}

async function ownDigests(image: LocalImage): Promise<ReadonlySet<string>> {
  const { manifests } = await readImageTree(image);
  return new Set(manifests.map(({ descriptor }) => descriptor.digest));
}

function tagIsAbout(name: string | undefined, digests: ReadonlySet<string>): boolean {
  const [, algorithm, hex] = ABOUT_DIGEST.exec(name ?? '') ?? [];
  return algorithm !== undefined && digests.has(`${algorithm}:${hex}`);
}

/** A manifest that cannot be read is about nothing that is known. */
async function hasSubject(image: LocalImage, other: Descriptor, digests: ReadonlySet<string>): Promise<boolean> {
  try {
    return digests.has(parseManifest(await image.read(other), other.mediaType).subject?.digest ?? '');
  } catch {
    return false;
  }
}
