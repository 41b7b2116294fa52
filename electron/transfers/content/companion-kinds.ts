import type { CompanionCounts, CompanionKind } from '../../../shared/signing.ts';
import { readImageTree } from '../../image/tree.ts';
import type { Companion, LocalImage } from '../../image/types.ts';

/** What artifact types and media types of layers say of what an artifact is, the most certain first. */
const BY_TYPE: readonly (readonly [RegExp, CompanionKind])[] = [
  [/spdx|cyclonedx|sbom|syft/i, 'sbom'],
  [/in-toto|dsse|attestation|provenance/i, 'attestation'],
  [/signature|simplesigning|cosign|notary|notation|sigstore/i, 'signature'],
];

/** The endings of cosign's tags (https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md). */
const BY_ENDING: readonly (readonly [string, CompanionKind])[] = [
  ['.sig', 'signature'],
  ['.att', 'attestation'],
  ['.sbom', 'sbom'],
];

/** How many signatures, SBOMs and the like an image's store has about it, and about those in turn. @throws PushboatError as `readImageTree` */
export async function countKinds(image: LocalImage | undefined): Promise<CompanionCounts> {
  const counts: CompanionCounts = { signature: 0, sbom: 0, attestation: 0, other: 0 };
  if (!image?.companionsOf) return counts;
  const { manifests } = await readImageTree(image);
  const companions = await image.companionsOf(new Set(manifests.map(({ descriptor }) => descriptor.digest)));
  for (const kind of await Promise.all(companions.map(kindOf))) counts[kind]++;
  return counts;
}

async function kindOf({ image, tag = '' }: Companion): Promise<CompanionKind> {
  const byTag = BY_ENDING.find(([ending]) => tag.endsWith(ending));
  if (byTag) return byTag[1];
  const { manifests } = await readImageTree(image);
  const types = manifests.flatMap(({ parsed }) => [
    parsed.artifactType ?? '',
    ...(parsed.kind === 'manifest' ? [parsed.config, ...parsed.layers].map(({ mediaType }) => mediaType) : []),
  ]);
  return BY_TYPE.find(([pattern]) => types.some((type) => pattern.test(type)))?.[1] ?? 'other';
}
