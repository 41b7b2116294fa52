import { type Digest, digestAlgorithm, parseDigest } from '../../shared/digest.ts';
import { discardBody } from './body.ts';
import { ConnectionCut, empty, type Reply, refuse } from './reply.ts';
import { checkDigest, checkName, type Exchange, methodNotAllowed, type RegistryState } from './routes.ts';
import type { Upload } from './storage.ts';

/** POST of distribution-spec "Pushing blobs": opens an upload, mounts, or takes the whole blob at once. */
export async function handleUploads(state: RegistryState, exchange: Exchange, name: string): Promise<Reply> {
  if (exchange.method !== 'POST') return methodNotAllowed('POST');
  checkName(name, state.quirks);
  const query = exchange.url.searchParams;
  const mounted = query.get('mount');
  if (mounted !== null && state.quirks.mount) {
    const digest = checkDigest(mounted);
    const from = query.get('from');
    if (state.quirks.mount === 'pretended') return created(exchange, state, name, digest);
    if (state.quirks.mount === 'another')
      return created(exchange, state, name, parseDigest(`sha256:${'0'.repeat(64)}`));
    if (from && state.storage.hasBlob(from, digest)) {
      state.storage.repository(name).blobs.add(digest);
      return created(exchange, state, name, digest);
    }
  }
  const digest = query.has('digest') ? checkDigest(query.get('digest')) : undefined;
  const upload = await state.storage.beginUpload(name);
  if (!digest) {
    const least = state.quirks.chunkMinLength;
    return progress(state, exchange, upload, 202, least > 0 ? { 'oci-chunk-min-length': String(least) } : {});
  }
  return upload.exclusive(async () => {
    await receive(exchange, upload);
    return commit(state, exchange, upload, digest);
  });
}

/** GET, PATCH, PUT and DELETE of an open upload. */
export async function handleUpload(state: RegistryState, exchange: Exchange, name: string, id: string): Promise<Reply> {
  checkName(name, state.quirks);
  const upload = state.storage.uploads.get(id);
  if (!upload || upload.repository !== name) return uploadUnknown(id);
  return upload.exclusive(async () => {
    // An earlier request may have ended it while this one waited.
    if (!state.storage.uploads.has(id)) return uploadUnknown(id);
    const sent = exchange.url.searchParams.get('_state');
    const asksOnly = exchange.method === 'GET' || exchange.method === 'DELETE';
    // A status request follows a lost answer, so its Location may be one answer old.
    if (state.quirks.uploadState && !asksOnly && sent !== String(upload.state)) {
      return refuse(400, 'BLOB_UPLOAD_INVALID', 'the upload state is not the newest Location', {}, { sent });
    }
    switch (exchange.method) {
      case 'GET':
        // Pulp does not tell.
        if (state.quirks.withoutRange === 'spoils') return methodNotAllowed('PATCH, PUT');
        return progress(state, exchange, upload, 204);
      case 'PATCH':
        return patch(state, exchange, upload);
      case 'PUT':
        return put(state, exchange, upload);
      case 'DELETE':
        await state.storage.endUpload(upload);
        return empty(204);
      default:
        return methodNotAllowed('GET, PATCH, PUT, DELETE');
    }
  });
}

async function patch(state: RegistryState, exchange: Exchange, upload: Upload): Promise<Reply> {
  const frontal = await answerOfFront(state, exchange, upload);
  if (frontal) return frontal;
  if (upload.sealed) return refuse(400, 'BLOB_UPLOAD_INVALID', 'only the last chunk may be below the minimum length');
  const wrong = checkContentRange(state, exchange, upload);
  if (wrong) return wrong;
  const refused = checkChunkLength(state, exchange, upload);
  if (refused) return refused;
  const before = upload.pending.size;
  const isRangeless = exchange.headers['content-range'] === undefined;
  if (isRangeless && before > 0 && state.quirks.withoutRange !== 'taken')
    return refuseRangeless(state, exchange, upload);
  upload.isWhole ||= isRangeless && state.quirks.withoutRange === 'spoils';
  if (state.quirks.breaksAfter === 0) await receive(exchange, upload);
  else await receiveUnbroken(exchange, upload, state.quirks.breaksAfter);
  upload.firstChunkEnd ??= upload.pending.size;
  upload.lastChunk = upload.pending.size - before;
  if (upload.pending.size - before < state.quirks.chunkMinLength) upload.sealed = true;
  return progress(state, exchange, upload, state.quirks.patchStatus);
}

/** Of a PATCH that says nothing of where it goes on. */
function refuseRangeless(state: RegistryState, exchange: Exchange, upload: Upload): Reply {
  switch (state.quirks.withoutRange) {
    case 'misfit':
      return progress(state, exchange, upload, 416);
    case 'spoils':
      return {
        status: 500,
        headers: { 'content-type': 'text/html' },
        body: Buffer.from('<h1>Server Error (500)</h1>'),
      };
    default:
      return refuse(404, 'BLOB_UPLOAD_INVALID', 'Stream uploads after first write are not allowed');
  }
}

/** What somebody in front of the registry makes of a PATCH; undefined when it passes. */
async function answerOfFront(state: RegistryState, exchange: Exchange, upload: Upload): Promise<Reply | undefined> {
  const { patches } = state.quirks;
  const isFree = exchange.contentLength === undefined;
  if (patches === 'taken' || (patches.endsWith('without-length') && !isFree)) return undefined;
  await discardBody(exchange.body, Number.POSITIVE_INFINITY);
  if (patches === 'empty-without-length') return progress(state, exchange, upload, state.quirks.patchStatus);
  const headers = { 'content-type': 'text/html' };
  return {
    status: patches === 'forbidden' ? 403 : 502,
    headers,
    body: Buffer.from('<html><title>A front</title></html>'),
  };
}

/** In the words of https://github.com/cloudflare/serverless-registry and of GitHub. */
function checkChunkLength({ quirks }: RegistryState, exchange: Exchange, upload: Upload): Reply | undefined {
  const { contentLength = 0 } = exchange;
  const { firstChunkEnd = contentLength, lastChunk } = upload;
  const isAlike = contentLength <= firstChunkEnd && (lastChunk === 0 || lastChunk === firstChunkEnd);
  if (quirks.alikeChunks && !isAlike) return refuse(416, 'RANGE_ERROR', `state is not satisfiable (${upload.id})`);
  if (quirks.maxChunkBytes === 0 || contentLength <= quirks.maxChunkBytes) return undefined;
  const said = 'the request body is too large and exceeds the maximum permissible limit';
  return refuse(416, 'REQUESTED_RANGE_NOT_SATISFIABLE', said);
}

async function put(state: RegistryState, exchange: Exchange, upload: Upload): Promise<Reply> {
  const digest = checkDigest(exchange.url.searchParams.get('digest'));
  const wrong = checkContentRange(state, exchange, upload);
  if (wrong) return wrong;
  if (upload.isWhole && exchange.contentLength !== 0) return refuseRangeless(state, exchange, upload);
  const isWhole = upload.pending.size === 0;
  await receive(exchange, upload);
  if (isWhole && upload.pending.size > 0 && state.quirks.wholeBlobs !== 'taken') return refuseWhole(state, upload);
  return commit(state, exchange, upload, digest);
}

async function refuseWhole({ quirks, storage }: RegistryState, upload: Upload): Promise<Reply> {
  await storage.endUpload(upload);
  switch (quirks.wholeBlobs) {
    case 'unsupported':
      return refuse(405, 'UNSUPPORTED', 'The operation is unsupported.');
    case 'ignored':
      return refuse(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
    default:
      return refuse(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
  }
}

async function receive(exchange: Exchange, upload: Upload): Promise<void> {
  for await (const chunk of exchange.body) await upload.pending.append(chunk);
}

/** @throws ConnectionCut above so many bytes. */
async function receiveUnbroken(exchange: Exchange, upload: Upload, most: number): Promise<void> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of exchange.body) {
    size += chunk.byteLength;
    if (size > most) throw new ConnectionCut();
    chunks.push(chunk);
  }
  for (const chunk of chunks) await upload.pending.append(chunk);
}

async function commit(state: RegistryState, exchange: Exchange, upload: Upload, digest: Digest): Promise<Reply> {
  const actual = await upload.pending.digest(digestAlgorithm(digest));
  if (actual !== digest) {
    await state.storage.endUpload(upload);
    return refuse(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content', {}, { digest, actual });
  }
  await state.storage.endUpload(upload, digest);
  return created(exchange, state, upload.repository, digest);
}

/** `Content-Range: <start>-<end>` of the spec's "Pushing a blob in chunks": no unit, both ends inclusive. */
function checkContentRange(state: RegistryState, exchange: Exchange, upload: Upload): Reply | undefined {
  const header = exchange.headers['content-range'];
  if (header === undefined) return undefined;
  const match = /^(\d+)-(\d+)$/.exec(header);
  if (!match) return refuse(400, 'BLOB_UPLOAD_INVALID', 'Content-Range must be <start>-<end>', {}, { header });
  const [start, end] = [Number(match[1]), Number(match[2])];
  if (start !== upload.pending.size) return progress(state, exchange, upload, 416);
  if (exchange.contentLength !== undefined && exchange.contentLength !== end - start + 1) {
    return refuse(400, 'SIZE_INVALID', 'Content-Range and Content-Length contradict each other', {}, { header });
  }
  return undefined;
}

/** Where the upload stands. For 0 bytes and for 1 byte the range is `0-0`, as docker-registry writes it. */
function progress(
  state: RegistryState,
  exchange: Exchange,
  upload: Upload,
  status: number,
  more: Record<string, string> = {},
): Reply {
  if (exchange.method !== 'GET') upload.state += 1;
  return empty(status, {
    location: uploadLocation(state, exchange, upload),
    ...uploadRange(state, upload, status),
    'docker-upload-uuid': upload.id,
    ...more,
  });
}

function uploadRange({ quirks }: RegistryState, { pending, firstChunkEnd = 0, lastChunk }: Upload, status: number) {
  const upTo = (bytes: number) => ({ range: `0-${Math.max(0, bytes - 1)}` });
  switch (quirks.range) {
    case 'right':
      return upTo(pending.size);
    case 'one-more':
      return upTo(pending.size + (status === 202 ? 0 : 1));
    case 'first-chunk':
      return upTo(firstChunkEnd);
    case 'last-chunk':
      return upTo(lastChunk);
    case 'none':
      return {};
  }
}

function uploadLocation(state: RegistryState, exchange: Exchange, upload: Upload): string {
  const path = `/v2/${upload.repository}/blobs/uploads/${upload.id}`;
  const query = state.quirks.uploadState ? `?_state=${upload.state}` : '';
  switch (state.quirks.location) {
    case 'relative':
      return path + query;
    case 'elsewhere':
      if (!state.elsewhere) throw new TypeError('start the registry with { elsewhere: true } first');
      return state.elsewhere + path + query;
    case 'absolute':
      return exchange.origin + path + query;
  }
}

function created(exchange: Exchange, state: RegistryState, name: string, digest: Digest): Reply {
  const path = `/v2/${name}/blobs/${digest}`;
  return empty(201, {
    location: state.quirks.location === 'relative' ? path : exchange.origin + path,
    'docker-content-digest': digest,
  });
}

function uploadUnknown(id: string): Reply {
  return refuse(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry', {}, { id });
}

/** Throws away an open upload behind the client's back. */
export async function forgetUpload(state: RegistryState, id: string): Promise<void> {
  const upload = state.storage.uploads.get(id);
  if (upload) await state.storage.endUpload(upload);
}
