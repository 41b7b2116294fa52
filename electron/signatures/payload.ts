import { z } from 'zod';
import { type Digest } from '../../shared/digest.ts';
import { messageOf } from '../../shared/errors.ts';
import { lazySchema } from '../../shared/lazy-schema.ts';
import { digestSchema } from '../../shared/schemas.ts';
import { parseStrictJson } from './strict-json.ts';

/** What a signature says of an image, in the two wordings that exist (containers-signature.5, cosign's SIGNATURE_SPEC.md). */
export const PAYLOAD_TYPES = {
  simple: 'atomic container signature',
  sigstore: 'cosign container image signature',
} as const;

export type SignatureKind = keyof typeof PAYLOAD_TYPES;

/** What is signed: this manifest has this name. */
export interface Claim {
  /** Of the manifest or index. */
  digest: Digest;
  /** A whole reference; cosign writes the repository only. */
  reference: string;
}

/** The bytes to sign, with the fields in the order in which containers/image writes them. `seconds` since 1970. */
export function payloadOf(
  kind: SignatureKind,
  { digest, reference }: Claim,
  { creator, seconds }: { creator: string; seconds: number },
): Uint8Array {
  const critical = {
    identity: { 'docker-reference': reference },
    image: { 'docker-manifest-digest': digest },
    type: PAYLOAD_TYPES[kind],
  };
  return Buffer.from(JSON.stringify({ critical, optional: { creator, timestamp: seconds } }));
}

/** As strict as containers/image is: nothing else may stand next to what is signed. */
const payloadSchema = lazySchema(() =>
  z.strictObject({
    critical: z.strictObject({
      type: z.string(),
      image: z.strictObject({ 'docker-manifest-digest': digestSchema }),
      identity: z.strictObject({ 'docker-reference': z.string() }),
    }),
    optional: z.looseObject({ creator: z.string().optional(), timestamp: z.int().optional() }).nullable(),
  }),
);

/** What verified bytes say. Throws an Error that names what is wrong. */
export function parsePayload(kind: SignatureKind, bytes: Uint8Array): Claim {
  const parsed = payloadSchema.safeParse(parsedJson(bytes));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(
      `its content is not a claim about an image: ${issue?.path.join('.') || 'payload'}: ${issue?.message}`,
    );
  }
  const { type, image, identity } = parsed.data.critical;
  if (type !== PAYLOAD_TYPES[kind]) throw new Error(`its content has the type ${JSON.stringify(type.slice(0, 100))}`);
  return { digest: image['docker-manifest-digest'], reference: identity['docker-reference'] };
}

function parsedJson(bytes: Uint8Array): unknown {
  try {
    return parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new Error(`its content is not JSON: ${messageOf(error)}`, { cause: error });
  }
}
