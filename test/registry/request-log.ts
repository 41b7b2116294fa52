import type { IncomingMessage } from 'node:http';

/** One request that came in, for tests to count. Never holds a secret: of Authorization only the scheme is kept. */
export interface RequestRecord {
  listener: 'main' | 'elsewhere';
  method: string;
  /** Path without query. */
  path: string;
  /** With the question mark; empty when there is none. */
  search: string;
  /** All but Authorization; lower-case names. */
  headers: Record<string, string>;
  /** `Basic`, `Bearer`, …; undefined when no Authorization came. */
  authorization: string | undefined;
  /** Bytes of the body that were taken from the socket. */
  received: number;
  /** The client's port: two requests with the same one used the same connection. */
  remotePort: number | undefined;
  /** `performance.now()`. */
  startedAt: number;
  endedAt?: number;
  /** Undefined while it runs, and when the connection ended without an answer. */
  status?: number;
}

export function recordOf(request: IncomingMessage, listener: RequestRecord['listener']): RequestRecord {
  const url = new URL(request.url ?? '/', 'http://registry');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (name !== 'authorization' && value !== undefined)
      headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return {
    listener,
    method: request.method ?? 'GET',
    path: url.pathname,
    search: url.search,
    headers,
    authorization: request.headers.authorization?.split(' ')[0],
    received: 0,
    remotePort: request.socket.remotePort,
    startedAt: performance.now(),
  };
}
