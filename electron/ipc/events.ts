import type { ImageSummary } from '../../shared/images.ts';
import type { EventPayloads } from '../../shared/ipc.ts';
import type { Services } from '../services.ts';
import type { SendEvent } from './types.ts';

/** Passes on what changes in the services to the window. Returns the function that stops it. */
export function forwardEvents(services: Services, send: SendEvent, batches: ImageBatches): () => void {
  const unsubscribe = [
    services.catalog.on('sources', (sources) => send('sources', sources)),
    services.catalog.on('images', (change) => batches.add(change)),
    services.transfers.subscribe((events) => send('transfers', events)),
    services.history.subscribe((entry) => send('history', entry)),
    services.settings.subscribe((settings) => send('settings', settings)),
    services.problems.subscribe((problem) => send('problem', problem)),
    services.onLogins((logins) => send('logins', logins)),
  ];
  return () => {
    for (const stop of unsubscribe) stop();
    batches.close();
  };
}

type ImagesPayload = EventPayloads['images'];

/** Longest wait of a row, in milliseconds: the first rows of a scan must be on the screen within 300 ms. */
const FLUSH_MS = 50;
/** Rows per message, so that no single message blocks the window for long. */
export const MAX_ROWS = 500;

interface Pending {
  reset: boolean;
  upserted: Map<string, ImageSummary>;
  removed: Set<string>;
}

/** Gathers image changes by source and sends them in batches: a scan of 10,000 layouts must not send 10,000 messages. */
export class ImageBatches {
  readonly #send: (payload: ImagesPayload) => void;
  readonly #pending = new Map<string, Pending>();
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (payload: ImagesPayload) => void) {
    this.#send = send;
  }

  add({ sourceId, reset, upserted, removed }: ImagesPayload): void {
    let pending = this.#pending.get(sourceId);
    if (pending === undefined || reset === true) {
      pending = { reset: reset === true, upserted: new Map(), removed: new Set() };
      this.#pending.set(sourceId, pending);
    }
    for (const id of removed) {
      pending.upserted.delete(id);
      pending.removed.add(id);
    }
    for (const image of upserted) {
      pending.removed.delete(image.id);
      pending.upserted.set(image.id, image);
    }
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS);
  }

  /** Rows of any sources, which are as they were. */
  addRows(images: readonly ImageSummary[]): void {
    for (const image of images) this.add({ sourceId: image.sourceId, upserted: [image], removed: [] });
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const all = [...this.#pending];
    this.#pending.clear();
    for (const [sourceId, { reset, upserted, removed }] of all) {
      const rows = [...upserted.values()];
      this.#send({ sourceId, reset: reset || undefined, upserted: rows.slice(0, MAX_ROWS), removed: [...removed] });
      for (let from = MAX_ROWS; from < rows.length; from += MAX_ROWS) {
        this.#send({ sourceId, upserted: rows.slice(from, from + MAX_ROWS), removed: [] });
      }
    }
  }

  /** Drops what has not been sent. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pending.clear();
  }
}
