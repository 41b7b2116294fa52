import { brotliDecompressSync, constants, gunzipSync, inflateSync, type ZlibOptions } from 'node:zlib';
import { type ApiResponse, header } from './response.ts';

/** Undoes each coding; `starts` tells bytes that are only called so. */
const CODINGS: Record<
  string,
  { starts: (body: Buffer) => boolean; undo: (body: Buffer, options: ZlibOptions) => Buffer }
> = {
  gzip: { starts: (body) => body[0] === 0x1f && body[1] === 0x8b, undo: gunzipSync },
  deflate: { starts: (body) => ((body[0] ?? 0) & 0x0f) === 8, undo: inflateSync },
  br: {
    starts: () => true,
    undo: (body, { maxOutputLength }) =>
      brotliDecompressSync(body, maxOutputLength === undefined ? {} : { maxOutputLength }),
  },
};

/**
 * The answer with its body unpacked: servers and caches compress although nobody asked them to. What is not what it is called, or is
 * damaged, stays as it is. At most `max` bytes come out: of a longer one nothing is kept.
 */
export function decoded(response: ApiResponse, max: number): ApiResponse {
  const names = (header(response, 'content-encoding') ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim().replace(/^x-/, ''));
  const codings = names.flatMap((name) => CODINGS[name] ?? []).toReversed();
  if (codings.length === 0 || response.body.length === 0) return response;
  const finishFlush = response.truncated ? constants.Z_SYNC_FLUSH : constants.Z_FINISH;
  try {
    let { body } = response;
    for (const { starts, undo } of codings) if (starts(body)) body = undo(body, { finishFlush, maxOutputLength: max });
    return { ...response, body };
  } catch (error) {
    const long = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return long ? { ...response, body: Buffer.alloc(0), truncated: true } : response;
  }
}
