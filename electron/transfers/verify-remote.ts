import { type Digest, digestAlgorithm } from '../../shared/digest.ts';
import { PushboatError } from '../../shared/errors.ts';
import { isElsewhere } from '../../shared/media-types.ts';
import { canonicalReference, type Reference, withDefaultTag } from '../../shared/reference.ts';
import { mapConcurrent } from '../files/concurrent.ts';
import { parseManifest } from '../image/parse.ts';
import type { Descriptor, ImageSignature } from '../image/types.ts';
import { digestOf, hasDigest } from '../image/verify.ts';
import { requireAllowed } from '../policy/decide.ts';
import type { SignaturePolicy } from '../policy/parse-policy.ts';
import { isWholeBlob } from '../registry/blobs.ts';
import type { RegistryClient } from '../registry/types.ts';
import { signatureLayers, signatureTag } from '../signatures/attachment.ts';
import type { VerifyOptions } from '../signatures/gpg.ts';
import type { SignatureLookaside } from '../signatures/registries-d.ts';
import { MOST_SIGNATURE_BYTES, readSignatures, signatureFolder } from '../signatures/signature-folder.ts';
import { parseStored } from '../signatures/stored-signature.ts';

/** Indexes within indexes. */
const MOST_NESTING = 8;
const QUESTIONS_AT_ONCE = 16;

export interface VerifyContext extends VerifyOptions {
  client: RegistryClient;
  /** Absent: no signature is asked for. */
  policy: SignaturePolicy | undefined;
  lookaside: () => Promise<SignatureLookaside>;
}

/** What was found to be whole. */
export interface VerifiedImage {
  reference: string;
  digest: Digest;
  manifests: number;
  blobs: number;
  /** Bytes of all blobs. */
  size: number;
  /** The policy that its signatures fulfil. */
  policy?: string | undefined;
}

/**
 * Whether an image in a registry is whole, by what its manifests say: each is there with its digest, each blob with its size. Then whether
 * its signatures fulfil the policy.
 * @throws PushboatError VERIFICATION_FAILED, POLICY_REFUSED, and the client's.
 */
export async function verifyRemote(reference: Reference, context: VerifyContext): Promise<VerifiedImage> {
  const named = withDefaultTag(reference);
  const found = new RemoteTree(named, context.client);
  const digest = await found.readRoot();
  await found.checkBlobs();
  const { policy } = context;
  if (policy) {
    const manifests = [...found.manifests].map((each) => ({
      digest: each,
      signatures: () => signaturesOf(named, each, context),
    }));
    await requireAllowed(policy, { transport: 'docker', reference: named }, manifests, context);
  }
  const size = [...found.blobs.values()].reduce((sum, blob) => sum + blob.size, 0);
  const counts = { manifests: found.manifests.size, blobs: found.blobs.size, size };
  return { reference: canonicalReference(named), digest, ...counts, policy: policy?.path };
}

/** The manifests of an image in a registry, and the blobs that they name. */
class RemoteTree {
  readonly manifests = new Set<Digest>();
  readonly blobs = new Map<Digest, Descriptor>();
  readonly #reference: Reference;
  readonly #client: RegistryClient;

  constructor(reference: Reference, client: RegistryClient) {
    this.#reference = reference;
    this.#client = client;
  }

  async readRoot(): Promise<Digest> {
    const { digest, tag = 'latest' } = this.#reference;
    return this.#read(digest ?? tag, digest, 1);
  }

  /** @param expected its digest, where it is known. */
  async #read(name: string, expected: Digest | undefined, depth: number, descriptor?: Descriptor): Promise<Digest> {
    const found = await this.#client.getManifest(this.#reference.repository, name);
    if (!found) throw this.#failed(`the manifest ${name} is not there`);
    const digest = digestOf(found.bytes, expected ? digestAlgorithm(expected) : 'sha256');
    if (expected !== undefined && digest !== expected) throw this.#failed(`${name} has the digest ${digest}`);
    if (descriptor && found.bytes.byteLength !== descriptor.size)
      throw this.#failed(`the manifest ${name} has ${found.bytes.byteLength} bytes, not ${descriptor.size}`);
    if (this.manifests.has(digest)) return digest;
    if (depth > MOST_NESTING) throw this.#failed(`its indexes are nested more than ${MOST_NESTING} deep`);
    const parsed = parseManifest(found.bytes, found.mediaType, { digest });
    this.manifests.add(digest);
    if (parsed.kind === 'index') {
      for (const child of parsed.manifests) await this.#read(child.digest, child.digest, depth + 1, child);
      return digest;
    }
    for (const blob of [parsed.config, ...parsed.layers]) if (!isElsewhere(blob)) this.blobs.set(blob.digest, blob);
    return digest;
  }

  async checkBlobs(): Promise<void> {
    const ask = async ({ digest, size }: Descriptor): Promise<void> => {
      const there = await this.#client.headBlob(this.#reference.repository, digest);
      if (there === null) throw this.#failed(`the blob ${digest} is not there`);
      if (!isWholeBlob(there, size)) throw this.#failed(`the blob ${digest} has ${there} bytes, not ${size}`);
    };
    const answers = mapConcurrent([...this.blobs.values()], QUESTIONS_AT_ONCE, ask);
    while (!(await answers.next()).done);
  }

  #failed(detail: string): PushboatError {
    const { registry, repository } = this.#reference;
    const message = `${canonicalReference(this.#reference)} is not as it should be: ${detail}.`;
    return new PushboatError('VERIFICATION_FAILED', message, { registry, repository, detail, hint: 'push-again' });
  }
}

/** From wherever signatures of an image in a registry are: the registry itself, the lookaside folder, the tag of cosign. */
async function signaturesOf(
  reference: Reference,
  digest: Digest,
  { client, lookaside }: VerifyContext,
): Promise<ImageSignature[]> {
  const { repository } = reference;
  const simple = (await client.supportsSignatures())
    ? await client.getSignatures(repository, digest)
    : await readSignatures(signatureFolder((await lookaside()).folder(reference, 'read'), repository, digest));
  const attached = await client.getManifest(repository, signatureTag(digest));
  const sigstore: ImageSignature[] = [];
  for (const { layer, signature } of attached ? signatureLayers(attached.bytes) : []) {
    const payload = await client.getBlob(repository, layer.digest, MOST_SIGNATURE_BYTES);
    if (payload && hasDigest(payload, layer.digest)) sigstore.push({ kind: 'sigstore', payload, signature });
  }
  return [...simple.map(parseStored), ...sigstore];
}
