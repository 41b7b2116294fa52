import { empty, type Reply, refuse } from './reply.ts';
import { checkDigest, checkName, type Exchange, methodNotAllowed, type RegistryState } from './routes.ts';

/** HEAD and GET of a blob (distribution-spec, "Pulling blobs"), ranges included. */
export function handleBlob(state: RegistryState, exchange: Exchange, name: string, digestText: string): Reply {
  if (exchange.method !== 'GET' && exchange.method !== 'HEAD') return methodNotAllowed('GET, HEAD');
  checkName(name, state.quirks);
  const digest = checkDigest(digestText);
  const size = state.storage.hasBlob(name, digest) ? state.storage.blobs.size(digest) : undefined;
  if (size === undefined) return refuse(404, 'BLOB_UNKNOWN', 'blob unknown to registry', {}, { digest });
  const headers = {
    'content-type': 'application/octet-stream',
    'content-length': String(size),
    'docker-content-digest': digest,
    'accept-ranges': 'bytes',
  };
  if (exchange.method === 'HEAD') return empty(200, headers);
  const range = parseRange(exchange.headers.range, size);
  if (range === 'impossible') return empty(416, { 'content-range': `bytes */${size}` });
  if (!range) return { status: 200, headers, body: state.storage.blobs.read(digest) };
  return {
    status: 206,
    headers: {
      ...headers,
      'content-length': String(range.end - range.start + 1),
      'content-range': `bytes ${range.start}-${range.end}/${size}`,
    },
    body: state.storage.blobs.read(digest, range),
  };
}

/** One range of RFC 9110 section 14.1.2; several ranges are ignored, as that section allows. */
function parseRange(
  header: string | undefined,
  size: number,
): { start: number; end: number } | 'impossible' | undefined {
  const match = /^bytes=(\d+)-(\d*)$/.exec(header ?? '');
  if (!match) return undefined;
  const start = Number(match[1]);
  const end = match[2] ? Math.min(Number(match[2]), size - 1) : size - 1;
  return start >= size || end < start ? 'impossible' : { start, end };
}
