import type { Digest } from '../../shared/digest.ts';
import { annotatedDate, isoDate } from '../image/created.ts';
import { isImageConfigMediaType, parseImageConfig, parseManifest } from '../image/parse.ts';
import type { Index, Manifest } from '../image/types.ts';
import { hasDigest } from '../image/verify.ts';
import type { RequestOptions } from '../registry/answers/retry.ts';
import type { RegistryClient } from '../registry/types.ts';

/** Configs beyond this size are not read for a date. Bytes. */
const SMALL_CONFIG = 256 * 1024;

interface Remote {
  client: RegistryClient;
  repository: string;
  request: RequestOptions;
}

/**
 * When an image in a registry was made: what its manifest is annotated with, else what its config says; of an index that does not say it, of its
 * first platform. Undefined where none of them tells. Each is asked for once: nobody waits for it, and a registry that is busy has other work.
 * @throws PushboatError as `parseManifest`, CANCELLED where it would have to be asked for again, and the client's.
 */
export async function remoteCreated(
  client: RegistryClient,
  repository: string,
  digest: Digest,
  signal: AbortSignal,
): Promise<string | undefined> {
  const once = new AbortController();
  const request = { signal: AbortSignal.any([signal, once.signal]), onRetry: () => once.abort() };
  return rootCreated({ client, repository, request }, digest);
}

async function rootCreated(remote: Remote, digest: Digest): Promise<string | undefined> {
  const root = await manifestOf(remote, digest);
  if (root?.kind !== 'index') return root && createdOf(remote, root);
  const said = annotatedDate(root.annotations);
  // Attestations stand in an index under a platform that nobody has.
  const first = root.manifests.find(({ platform }) => platform && platform.os !== 'unknown');
  if (said !== undefined || first === undefined) return said;
  const image = await manifestOf(remote, first.digest);
  return image?.kind === 'manifest' ? createdOf(remote, image) : undefined;
}

async function createdOf(
  { client, repository, request }: Remote,
  { annotations, config }: Manifest,
): Promise<string | undefined> {
  const said = annotatedDate(annotations);
  if (said !== undefined || !isImageConfigMediaType(config.mediaType) || config.size > SMALL_CONFIG) return said;
  const bytes = await client.getBlob(repository, config.digest, SMALL_CONFIG, request);
  // Other bytes than those that were asked for tell nothing.
  if (bytes === null || !hasDigest(bytes, config.digest)) return undefined;
  return isoDate(parseImageConfig(bytes, { digest: config.digest }).created);
}

async function manifestOf(
  { client, repository, request }: Remote,
  digest: Digest,
): Promise<Manifest | Index | undefined> {
  const found = await client.getManifest(repository, digest, request);
  if (found === null || !hasDigest(found.bytes, digest)) return undefined;
  return parseManifest(found.bytes, found.mediaType, { digest });
}
