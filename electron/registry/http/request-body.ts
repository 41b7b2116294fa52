import type { Readable } from 'node:stream';

/**
 * A body to stream: exactly `length` bytes from `open()`, or at most so many where it may end early; opened once per try. `onBytes` counts what went to the socket; the count is
 * negative when a redirect makes the body start over.
 */
export interface UploadBody {
  length: number;
  /** Of a body that may end before `length`: the bytes of its last try. It travels without a Content-Length (RFC 9112, 7.1). */
  given?: (() => number) | undefined;
  open(): Readable | AsyncIterable<Uint8Array> | Uint8Array;
  onBytes?(count: number): void;
}

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
