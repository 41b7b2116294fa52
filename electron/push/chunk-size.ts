const MIB = 1024 * 1024;

/** Blobs from this size on go in chunks, so that an interruption loses one chunk and not the blob. */
export const CHUNKED_FROM = 32 * MIB;

const FIRST_CHUNK = 16 * MIB;
const SMALLEST_CHUNK = 5 * MIB;
/** A chunk is at most this share of its blob: what an interruption may cost. */
const LARGEST_SHARE = 0.04;
/** A chunk should take between these times: longer ones cost too much when they are lost, shorter ones too many round trips. */
const QUICK_MS = 2_000;
const SLOW_MS = 10_000;

export interface ChunkLimits {
  blobSize: number;
  /** Set by a person or demanded by a quirk: used as it is. */
  fixed?: number | undefined;
  /** The least that the registry takes (`OCI-Chunk-Min-Length`). */
  least?: number | undefined;
}

/** How large the next chunk of one upload is: grows while chunks are quick, shrinks when they are slow or lost. Bytes. */
export class ChunkSizer {
  readonly #limits: ChunkLimits;
  readonly #largest: number;
  #size: number;

  constructor(limits: ChunkLimits) {
    this.#limits = limits;
    this.#largest = Math.max(FIRST_CHUNK, Math.ceil(limits.blobSize * LARGEST_SHARE));
    this.#size = FIRST_CHUNK;
  }

  next(): number {
    const { fixed, least = 0 } = this.#limits;
    return Math.max(fixed ?? this.#size, least);
  }

  /** A chunk of the present size was taken in this time. */
  took(milliseconds: number): void {
    if (milliseconds < QUICK_MS) this.#size = Math.min(this.#largest, this.#size * 2);
    else if (milliseconds > SLOW_MS) this.lost();
  }

  /** A chunk was lost on the way. */
  lost(): void {
    this.#size = Math.max(SMALLEST_CHUNK, Math.floor(this.#size / 2));
  }
}
