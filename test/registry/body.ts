import type { IncomingMessage } from 'node:http';
import { ConnectionCut } from './reply.ts';
import type { RequestRecord } from './request-log.ts';
import type { Throttle } from './throttle.ts';

export interface BodyOptions {
  request: IncomingMessage;
  record: RequestRecord;
  /** Each is waited for, chunk by chunk. */
  throttles: Throttle[];
  /** Ends when the client is gone, so that a slow read does not outlive it. */
  signal: AbortSignal;
  /** Stops after so many bytes by calling `cut` and throwing ConnectionCut. */
  limit?: { bytes: number; cut: () => void };
}

/** The request's body, chunk by chunk: counted, at the pace asked for, and cut where the fault says. */
export async function* readBody(options: BodyOptions): AsyncGenerator<Uint8Array> {
  // Only now, at the first read: a fault may have set the limit after the generator was made.
  const { request, record, throttles, signal, limit } = options;
  let left = limit?.bytes ?? Number.POSITIVE_INFINITY;
  // The stream must survive a handler that stops early: its answer still has to go out over the same socket.
  const chunks = left > 0 ? request.iterator({ destroyOnReturn: false }) : [];
  for await (const chunk of chunks as AsyncIterable<Uint8Array>) {
    const taken = chunk.length > left ? chunk.subarray(0, left) : chunk;
    record.received += taken.length;
    left -= taken.length;
    for (const throttle of throttles) await throttle.take(taken.length, signal);
    if (taken.length > 0) yield taken;
    if (left <= 0) break;
  }
  if (limit) {
    limit.cut();
    throw new ConnectionCut();
  }
}

/** Reads and throws away up to `bytes` of the body. */
export async function discardBody(body: AsyncIterable<Uint8Array>, bytes: number): Promise<void> {
  let left = bytes;
  if (left <= 0) return;
  for await (const chunk of body) {
    left -= chunk.length;
    if (left <= 0) return;
  }
}
