import type { Readable } from 'node:stream';
import type { UploadBody } from './types.ts';

interface OpenedBody {
  content: Readable | AsyncIterable<Uint8Array> | Uint8Array | null;
  /** Without a length undici sends the body in chunks. */
  framing: { 'content-length'?: string };
  onBytes?: ((count: number) => void) | undefined;
}

/** What goes out, and how its end is told. */
export function openedBody(body: UploadBody | Uint8Array | null): OpenedBody {
  if (body === null) return { content: null, framing: {} };
  const lengthOf = (length: number) => (length > 0 ? { 'content-length': String(length) } : {});
  if (body instanceof Uint8Array) return { content: body, framing: lengthOf(body.byteLength) };
  const { length, given } = body;
  return {
    content: length === 0 ? null : body.open(),
    framing: given ? {} : lengthOf(length),
    onBytes: (count) => body.onBytes?.(count),
  };
}

/**
 * Whether the request may be sent again without asking anyone: without a body, or with bytes in memory. Not the commit of an upload
 * (a PUT without a body): it may have happened, and the upload be gone with it.
 */
export function canResend({ body, method }: { body?: UploadBody | Uint8Array | null; method: string }): boolean {
  if (method === 'PUT' && !(body instanceof Uint8Array)) return false;
  return body === undefined || body === null || body instanceof Uint8Array;
}
