import { z } from 'zod';
import { lazySchema } from './lazy-schema.ts';

const text = lazySchema(() => z.string().max(4096));

/** How the manifests of a push are signed; passphrases are no part of it, for these options are remembered. */
export const signOptionsSchema = lazySchema(() =>
  z.object({
    /** Fingerprints of gpg's keys. */
    gpg: z.array(z.string().min(1).max(200)).max(20).optional(),
    /** Paths of key files of sigstore. */
    sigstore: z.array(text).max(20).optional(),
    /** The reference in the signature, instead of the target's. */
    identity: text.optional(),
    /** The manifests of an index, too. */
    platforms: z.boolean().optional(),
  }),
);
export type SignOptions = z.infer<typeof signOptionsSchema>;

/** A key that signs: a fingerprint of gpg's (`simple`), or the absolute path of a key file of sigstore's. */
export const signingKeySchema = lazySchema(() => z.object({ kind: z.enum(['simple', 'sigstore']), name: text.min(1) }));
export type SigningKeyName = z.infer<typeof signingKeySchema>;

/** A secret key of the system's gpg that can sign. */
export interface GpgKey {
  fingerprint: string;
  /** Name and address, as gpg has them. */
  name: string;
}

/** Whether any key is named. */
export function signs({ gpg = [], sigstore = [] }: SignOptions): boolean {
  return gpg.length + sigstore.length > 0;
}

/** What can belong to an image: by the tags of cosign and by the types of artifacts. */
export const COMPANION_KINDS = ['signature', 'sbom', 'attestation', 'other'] as const;
export type CompanionKind = (typeof COMPANION_KINDS)[number];

/** How many of each kind belong to an image. */
export type CompanionCounts = Record<CompanionKind, number>;

/** What belongs to several images together. */
export function sumOfCompanions(each: readonly CompanionCounts[]): CompanionCounts {
  const of = (kind: CompanionKind) => each.reduce((sum, counts) => sum + counts[kind], 0);
  return { signature: of('signature'), sbom: of('sbom'), attestation: of('attestation'), other: of('other') };
}

/** How many things that is. */
export function companionCount(counts: CompanionCounts): number {
  return COMPANION_KINDS.reduce((sum, kind) => sum + counts[kind], 0);
}
