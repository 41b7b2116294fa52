import { MIB } from '../../../shared/units.ts';

/** Blobs from this size on always go in chunks, and take turns, so that an interruption loses one chunk and not the blob. */
export const CHUNKED_FROM = 32 * MIB;

const FIRST_CHUNK = 16 * MIB;
const SMALLEST_CHUNK = 5 * MIB;
const LARGEST_CHUNK = 512 * MIB;
/** What caps bodies below this lets no image through: nginx's own cap is 1 MiB, which a person must raise. */
const LEAST_TRIED = 1 * MIB;
/**
 * A chunk should take about this long: what an interruption costs, and less than a pause waits for it. Registries sync each chunk to
 * their disk, so on a quick line many small ones would cost more than the one that might be lost.
 */
const CHUNK_MS = 2_000;

/** After so many losses in a row something may not like bodies whose length is not said before. */
const FREE_LOSSES = 3;

export interface ChunkLimits {
  /** Set by a person or demanded by a quirk: used as it is. */
  fixed?: number | undefined;
  /** The least that the registry takes (`OCI-Chunk-Min-Length`). */
  least?: number | undefined;
  /** The most that it takes; what a person has set goes before it. */
  most?: number | undefined;
}

/** How large the next chunk of one upload is: grows while chunks are quick, shrinks when they are slow or lost. Bytes. */
export class ChunkSizer {
  readonly #limits: ChunkLimits;
  #size = FIRST_CHUNK;
  /** The chunk that is under way, or was the last. */
  #sending = LARGEST_CHUNK;
  /** Bytes; something on the way refused more. */
  #most: number;
  #refusals = 0;
  /** Since it was last taken. */
  #losses = 0;
  #isGivenUp = false;
  /** The blob was refused with the end of its upload: the next end comes by itself. */
  endsAlone = false;
  #tookFree = false;
  #goesOnFree = false;
  #refusedAfterFree = 0;
  #wasSpoiled = false;

  constructor(limits: ChunkLimits) {
    this.#limits = limits;
    this.#most = limits.most ?? LARGEST_CHUNK;
  }

  /**
   * Bytes of the next chunk, of a blob of which so many are left.
   * @param isSteady all have one length: a registry that says the least that it takes may keep them as the parts of an object, which must
   *   be alike (https://developers.cloudflare.com/r2/objects/upload-objects/#multipart-upload).
   */
  next(left: number, isSteady = false): number {
    const { fixed, least = 0 } = this.#limits;
    const size = isSteady ? FIRST_CHUNK : this.#size;
    this.#sending = Math.min(left, Math.max(fixed ?? Math.min(size, this.#most), least));
    return this.#sending;
  }

  /** Of so many bytes that a body should have: those that the registry takes at once. */
  most(wanted: number): number {
    this.#sending = Math.min(wanted, this.#most);
    return this.#sending;
  }

  /** Bytes that something on the way lets through in one body. */
  get cap(): number {
    return this.#most;
  }

  /** Whether bodies may end where we want: not where a size was set or is demanded. */
  get mayBeFree(): boolean {
    return this.#limits.fixed === undefined && !this.#limits.least;
  }

  /** A new upload has nothing yet. */
  begins(): void {
    this.#tookFree = false;
  }

  /** A body of no given length was taken at this offset, as far as the answer to it tells. */
  tookFree(offset: number): void {
    this.#tookFree = true;
    // One that follows another is what was in doubt.
    this.#goesOnFree ||= offset > 0;
  }

  /**
   * What follows such a body was refused, once by chance, or the bytes are not those that were sent. Some take it for the whole blob (Pulp,
   * https://github.com/pulp/pulp_container/blob/main/pulp_container/app/registry_api.py), and some fronts pass it on empty.
   * @param isCertain it tells that the registry does not have what was sent.
   */
  refused(isCertain: boolean): void {
    if (!this.#tookFree) return;
    if (!this.#goesOnFree) this.#refusedAfterFree++;
    this.#wasSpoiled ||= isCertain || this.#refusedAfterFree > 1;
  }

  /** Bodies of no given length have spoiled an upload: the next ones say theirs. */
  get wasSpoiled(): boolean {
    return this.#wasSpoiled;
  }

  /** Bodies fail so often in a row that it may be for their kind: others have a length that is said before. */
  get doubtsFreeBodies(): boolean {
    return this.#wasSpoiled || this.#losses >= FREE_LOSSES;
  }

  /** A chunk of so many bytes was refused for its size. Whether a smaller one is tried. */
  tooLarge(bytes: number): boolean {
    if (this.#limits.fixed !== undefined || bytes <= LEAST_TRIED) return false;
    this.#most = Math.max(LEAST_TRIED, Math.floor(bytes / 2));
    return true;
  }

  /** The blob goes whole: the registry takes no chunks of it. */
  get isGivenUp(): boolean {
    return this.#isGivenUp;
  }

  giveUp(): void {
    this.#isGivenUp = true;
  }

  /** The first body met an upload that the registry did not know, or was not what it took. Once may be chance; whether it was more often. */
  lostUpload(): boolean {
    return ++this.#refusals > 1;
  }

  /** A chunk of so many bytes was taken in this time. */
  took(bytes: number, milliseconds: number): void {
    this.#losses = 0;
    const fitting = Math.floor((bytes / Math.max(1, milliseconds)) * CHUNK_MS);
    this.#size = Math.min(LARGEST_CHUNK, Math.max(SMALLEST_CHUNK, fitting));
  }

  /** A chunk was lost on the way: the next one has half of what it really had. */
  lost(): void {
    this.#losses++;
    this.#size = Math.max(SMALLEST_CHUNK, Math.floor(Math.min(this.#size, this.#sending) / 2));
  }
}
