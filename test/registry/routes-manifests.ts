import { isDigest } from '../../shared/digest.ts';
import { MediaType } from '../../shared/media-types.ts';
import { digestOf } from './blob-store.ts';
import { checkManifest } from './manifest-check.ts';
import { empty, json, Refusal, type Reply, type ReplyHeaders, refuse } from './reply.ts';
import { checkDigest, checkName, type Exchange, methodNotAllowed, type RegistryState } from './routes.ts';

/** The bound that the distribution-spec names for manifests. */
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/** HEAD, GET and PUT of a manifest by tag or digest. */
export async function handleManifest(
  state: RegistryState,
  exchange: Exchange,
  name: string,
  reference: string,
): Promise<Reply> {
  checkName(name, state.quirks);
  if (!isDigest(reference) && !TAG.test(reference)) {
    return refuse(400, 'MANIFEST_INVALID', 'neither a tag nor a digest', {}, { reference });
  }
  switch (exchange.method) {
    case 'GET':
    case 'HEAD':
      return getManifest(state, exchange.method, name, reference);
    case 'PUT':
      return putManifest(state, exchange, name, reference);
    default:
      return methodNotAllowed('GET, HEAD, PUT');
  }
}

function getManifest(state: RegistryState, method: string, name: string, reference: string): Reply {
  const found = state.storage.findManifest(name, reference);
  if (!found) return refuse(404, 'MANIFEST_UNKNOWN', 'manifest unknown', {}, { reference });
  const headers: ReplyHeaders = {
    'content-type': found.manifest.mediaType,
    'content-length': String(found.manifest.bytes.length),
    ...(state.quirks.contentDigest ? { 'docker-content-digest': found.digest } : {}),
  };
  return method === 'HEAD' ? empty(200, headers) : { status: 200, headers, body: found.manifest.bytes };
}

async function putManifest(state: RegistryState, exchange: Exchange, name: string, reference: string): Promise<Reply> {
  const { quirks, storage } = state;
  const mediaType = exchange.headers['content-type']?.split(';')[0]?.trim() ?? '';
  const bytes = await readBounded(exchange.body);
  if (quirks.rejectedMediaTypes.includes(mediaType)) {
    if (quirks.rejectedBody) return json(quirks.rejectedStatus, quirks.rejectedBody);
    return refuse(quirks.rejectedStatus, 'MANIFEST_INVALID', `manifest type is not supported: ${mediaType}`);
  }
  const digest = digestOf(bytes, isDigest(reference) ? reference : undefined);
  if (isDigest(reference) && reference !== digest) {
    return refuse(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content', {}, { reference, digest });
  }
  const repository = storage.repository(name);
  const tagged = repository.tags.get(reference);
  if (tagged && tagged !== digest && quirks.immutableTags !== 0) {
    return refuse(quirks.immutableTags, 'TAG_INVALID', `the tag '${reference}' is immutable and already exists`);
  }
  const manifest = checkManifest(repository, bytes, mediaType);
  repository.manifests.set(digest, manifest);
  if (!isDigest(reference)) repository.tags.set(reference, digest);
  const path = `/v2/${name}/manifests/${digest}`;
  return empty(201, {
    location: quirks.location === 'relative' ? path : exchange.origin + path,
    ...(quirks.contentDigest ? { 'docker-content-digest': digest } : {}),
    ...(manifest.subject && quirks.referrers ? { 'oci-subject': manifest.subject } : {}),
  });
}

async function readBounded(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_MANIFEST_BYTES) throw new Refusal(refuse(413, 'SIZE_INVALID', 'the manifest is larger than 4 MiB'));
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** `GET /v2/<name>/tags/list?n=&last=`, sorted as the spec says. */
export function handleTags(state: RegistryState, exchange: Exchange, name: string): Reply {
  if (exchange.method !== 'GET') return methodNotAllowed('GET');
  checkName(name, state.quirks);
  const repository = state.storage.repositories.get(name);
  if (!repository) return refuse(404, 'NAME_UNKNOWN', 'repository name not known to registry', {}, { name });
  const last = exchange.url.searchParams.get('last');
  const limit = Number(exchange.url.searchParams.get('n') ?? Number.POSITIVE_INFINITY);
  const all = [...repository.tags.keys()].sort().filter((tag) => last === null || tag > last);
  const tags = all.slice(0, limit);
  const more = tags.length < all.length && tags.length > 0;
  const next = `</v2/${name}/tags/list?n=${limit}&last=${encodeURIComponent(tags.at(-1) ?? '')}>; rel="next"`;
  return json(200, { name, tags }, more ? { link: next } : {});
}

/** `GET /v2/<name>/referrers/<digest>`: an index of what names the digest as its subject. */
export function handleReferrers(state: RegistryState, exchange: Exchange, name: string, digestText: string): Reply {
  if (exchange.method !== 'GET') return methodNotAllowed('GET');
  checkName(name, state.quirks);
  if (!state.quirks.referrers) return refuse(404, 'UNSUPPORTED', 'this registry has no referrers API');
  const digest = checkDigest(digestText);
  const wanted = exchange.url.searchParams.get('artifactType');
  const manifests = [...(state.storage.repositories.get(name)?.manifests ?? [])]
    .filter(([, manifest]) => manifest.subject === digest && (wanted === null || manifest.artifactType === wanted))
    .map(([key, { mediaType, bytes, artifactType, annotations }]) => ({
      mediaType,
      digest: key,
      size: bytes.length,
      ...(artifactType ? { artifactType } : {}),
      ...(annotations ? { annotations } : {}),
    }));
  return json(
    200,
    { schemaVersion: 2, mediaType: MediaType.ociIndex, manifests },
    { 'content-type': MediaType.ociIndex, ...(wanted === null ? {} : { 'oci-filters-applied': 'artifactType' }) },
  );
}
