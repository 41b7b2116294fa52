import type { Digest } from '../../../shared/digest.ts';
import { PushboatError } from '../../../shared/errors.ts';
import { MediaType } from '../../../shared/media-types.ts';
import { MAX_JSON_BYTES } from '../../image/json.ts';
import { parseManifest } from '../../image/parse.ts';
import { digestOf, verifyBytes } from '../../image/verify.ts';
import { isWholeBlob } from '../../registry/blobs.ts';
import type { RegistryClient } from '../../registry/types.ts';
import { holdsSignature, type SigstoreSignature, signatureTag, withSignature } from '../../signatures/attachment.ts';

interface RepositoryAccess {
  client: RegistryClient;
  repository: string;
  signal: AbortSignal;
}

/** Others may write the same tag between reading and writing: so often it is tried again. */
const ROUNDS = 5;

/**
 * Adds a signature to those under the tag of a manifest's signatures. The registry cannot add to a manifest, so it is read, written, and
 * read again: what somebody else wrote meanwhile is added to, not replaced.
 * @throws PushboatError REGISTRY_ERROR when others write all the time; the client's others.
 */
export async function addAttachment(
  access: RepositoryAccess,
  digest: Digest,
  signature: SigstoreSignature,
): Promise<void> {
  const { client, repository, signal } = access;
  const tag = signatureTag(digest);
  for (let round = 0; round < ROUNDS; round++) {
    const attachment = withSignature(signature, await existingAt(access, tag));
    if (!attachment) return;
    for (const blob of attachment.blobs) await putBlob(access, blob);
    const manifest = { bytes: attachment.manifest, mediaType: MediaType.ociManifest };
    await client.putManifest(repository, tag, manifest, { signal });
    const now = await client.getManifest(repository, tag, { signal });
    if (now && holdsSignature(now.bytes, signature)) return;
  }
  const message = `The signatures at ${repository}:${tag} were changed by somebody else each time that one was added.`;
  throw new PushboatError('REGISTRY_ERROR', message, {
    registry: client.registry,
    repository,
    digest,
    hint: 'sign-again',
  });
}

async function existingAt({ client, repository, signal }: RepositoryAccess, tag: string) {
  const existing = await client.getManifest(repository, tag, { signal });
  if (!existing) return undefined;
  const parsed = parseManifest(existing.bytes, MediaType.ociManifest);
  if (parsed.kind !== 'manifest') return { manifest: existing.bytes, config: Buffer.from('{}') };
  const { digest } = parsed.config;
  const config = await client.getBlob(repository, digest, MAX_JSON_BYTES, { signal });
  if (config) verifyBytes(config, digest);
  return { manifest: existing.bytes, config: config ?? Buffer.from('{}') };
}

/** A blob of a few hundred bytes, unless it is there. */
async function putBlob({ client, repository, signal }: RepositoryAccess, bytes: Uint8Array): Promise<void> {
  const digest = digestOf(bytes);
  if (isWholeBlob(await client.headBlob(repository, digest, { signal }), bytes.byteLength)) return;
  const started = await client.startUpload(repository, { signal });
  if (started.kind === 'mounted') return;
  await client.finishUpload(started.session, digest, { length: bytes.byteLength, open: () => bytes }, { signal });
}
