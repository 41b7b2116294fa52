import type { ImageSummary } from '../../../shared/images.ts';

/** Milliseconds until the first rows of a scan are sent, and between batches after that. */
const FIRST_DELAY = 30;
const DELAY = 100;

export interface Rows {
  upserted: ImageSummary[];
  removed: string[];
}

/** Collects changes of rows and hands them on in batches. */
export class RowBatch {
  readonly #send: (rows: Rows) => void;
  #upserted = new Map<string, ImageSummary>();
  #removed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #delay = FIRST_DELAY;

  constructor(send: (rows: Rows) => void) {
    this.#send = send;
  }

  upsert(row: ImageSummary): void {
    this.#removed.delete(row.id);
    this.#upserted.set(row.id, row);
    this.#schedule();
  }

  remove(id: string): void {
    this.#upserted.delete(id);
    this.#removed.add(id);
    this.#schedule();
  }

  /** Sends what there is now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#upserted.size === 0 && this.#removed.size === 0) return;
    const rows = { upserted: [...this.#upserted.values()], removed: [...this.#removed] };
    this.#upserted = new Map();
    this.#removed = new Set();
    this.#send(rows);
  }

  /** Sends what there is; the next change counts as the first again. */
  end(): void {
    this.flush();
    this.#delay = FIRST_DELAY;
  }

  #schedule(): void {
    if (this.#timer) return;
    this.#timer = setTimeout(() => this.flush(), this.#delay);
    this.#delay = DELAY;
  }
}
