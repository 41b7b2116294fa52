import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Digest } from '../../shared/digest.ts';
import { messageOf, PushboatError } from '../../shared/errors.ts';
import type { Reference } from '../../shared/reference.ts';
import type { ImageOrigin, ImageSignature } from '../image/types.ts';
import { type VerifyOptions, verifyWithKeys } from '../signatures/gpg.ts';
import { type Claim, parsePayload } from '../signatures/payload.ts';
import { isSignedWith, openPublicKey } from '../signatures/sigstore-key.ts';
import { type IdentityMatch, matchesIdentity } from './identity.ts';
import type { KeySources, Requirement, SignaturePolicy } from './parse-policy.ts';
import { originScopes } from './scopes.ts';

/** A manifest or index, and what its store has of signatures. */
export interface SignedManifest {
  digest: Digest;
  /** Called when a requirement asks for signatures. */
  signatures: () => Promise<readonly ImageSignature[]>;
}

/**
 * Whether the policy lets an image be used: every requirement of the most precise scope must be fulfilled by each of its manifests.
 * @throws PushboatError POLICY_REFUSED naming the requirement and where it stands.
 */
export async function requireAllowed(
  policy: SignaturePolicy,
  origin: ImageOrigin | undefined,
  manifests: readonly SignedManifest[],
  options: VerifyOptions,
): Promise<void> {
  const { requirements, place } = applying(policy, origin);
  for (const manifest of manifests) {
    for (const [index, requirement] of requirements.entries()) {
      try {
        await requireFulfilled(requirement, manifest, nameOf(origin), options);
      } catch (error) {
        options.signal?.throwIfAborted();
        throw refused(policy.path, `${place}[${index}] (${requirement.type})`, manifest.digest, error);
      }
    }
  }
}

/** The requirements that count for an image, and where in the file they stand. */
function applying({ transports, byDefault }: SignaturePolicy, origin: ImageOrigin | undefined) {
  const scopes = origin && transports.get(origin.transport);
  for (const scope of origin ? [...originScopes(origin), ''] : []) {
    const requirements = scopes?.get(scope);
    if (requirements) return { requirements, place: `transports.${origin?.transport}.${JSON.stringify(scope)}` };
  }
  return { requirements: byDefault, place: 'default' };
}

/** `dir:` and layouts give images no name that a signature could have. */
function nameOf(origin: ImageOrigin | undefined): Reference | undefined {
  return origin && 'reference' in origin ? origin.reference : undefined;
}

async function requireFulfilled(
  requirement: Requirement,
  manifest: SignedManifest,
  name: Reference | undefined,
  options: VerifyOptions,
): Promise<void> {
  if ('unsupported' in requirement) throw new Error(`Pushboat cannot check ${requirement.unsupported}`);
  switch (requirement.type) {
    case 'insecureAcceptAnything':
      return;
    case 'reject':
      throw new Error('it rejects every image');
    case 'signedBy':
      return requireOneAccepted(manifest, 'simple', await gpgVerifier(requirement.keys, options), requirement, name);
    case 'sigstoreSigned':
      return requireOneAccepted(manifest, 'sigstore', await sigstoreVerifier(requirement.keys), requirement, name);
  }
}

/** What a signature says, once it is known to be of one of the keys. Throws an Error that says why it is not. */
type Verifier<S = ImageSignature> = (signature: S) => Promise<Claim>;

async function requireOneAccepted<K extends ImageSignature['kind']>(
  { digest, signatures }: SignedManifest,
  kind: K,
  verify: Verifier<ImageSignature & { kind: K }>,
  { identity }: { identity: IdentityMatch },
  name: Reference | undefined,
): Promise<void> {
  const all = await signatures();
  const right = all.filter((signature): signature is ImageSignature & { kind: K } => signature.kind === kind);
  const reasons: string[] = [];
  for (const signature of right) {
    try {
      const claim = await verify(signature);
      if (claim.digest !== digest) throw new Error(`it is for the manifest ${claim.digest}`);
      if (!matchesIdentity(identity, claim.reference, name)) throw new Error(identityFault(identity, claim, name));
      return;
    } catch (error) {
      reasons.push(messageOf(error));
    }
  }
  if (reasons.length === 1) throw new Error(`the signature is not accepted: ${reasons[0]}`);
  if (reasons.length > 1) throw new Error(`none of ${reasons.length} signatures is accepted: ${reasons.join('; ')}`);
  const others = all.length > 0 ? ` (${all.length} of another kind)` : '';
  throw new Error(`a signature is required, and the image has none${others}`);
}

function identityFault({ type }: IdentityMatch, { reference }: Claim, name: Reference | undefined): string {
  const needsName = type !== 'exactReference' && type !== 'exactRepository';
  if (needsName && !name) return `${type} compares the image’s name, and in its store the image has none`;
  return `it is for ${reference}, which ${type} does not accept`;
}

async function gpgVerifier(
  keys: KeySources,
  options: VerifyOptions,
): Promise<Verifier<ImageSignature & { kind: 'simple' }>> {
  const rings = await contentsOf(keys);
  return async ({ message }) => parsePayload('simple', (await verifyWithKeys(message, rings, options)).content);
}

async function sigstoreVerifier(keys: KeySources): Promise<Verifier<ImageSignature & { kind: 'sigstore' }>> {
  const contents = await contentsOf(keys);
  const publicKeys: KeyObject[] = contents.map((pem, index) => openPublicKey(pem, keys.paths[index] ?? 'keyData'));
  return async ({ payload, signature }) => {
    if (!publicKeys.some((key) => isSignedWith(payload, signature, key)))
      throw new Error('it was not made with a trusted key, or what it signs was changed');
    return parsePayload('sigstore', payload);
  };
}

async function contentsOf({ paths, contents }: KeySources): Promise<Uint8Array[]> {
  return [...(await Promise.all(paths.map((path) => readFile(path)))), ...contents];
}

function refused(path: string, requirement: string, digest: Digest, error: unknown): PushboatError {
  const why = messageOf(error).replace(/\.$/, '');
  const detail = `${requirement}: ${why}`;
  return new PushboatError(
    'POLICY_REFUSED',
    `The policy of signatures ${path} refuses the image ${digest}: ${detail}.`,
    {
      path,
      digest,
      detail,
      hint: 'look-at-policy',
    },
  );
}
