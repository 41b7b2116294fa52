import type { Digest } from '../../shared/digest.ts';
import type { BlobState, LayerProgress } from '../../shared/transfer-events.ts';
import type { Conversion } from '../image/convert/convert-tree.ts';
import type { ImageTree } from '../image/tree.ts';
import type { Descriptor } from '../image/types.ts';
import { RateMeter } from './rate-meter.ts';

/** What a row says besides its state; a field that is not given is cleared. */
export type RowNote = Partial<Pick<LayerProgress, 'mountedFrom' | 'attempt' | 'reason' | 'resumedFrom'>>;

const SETTLED: readonly BlobState[] = ['exists', 'mounted', 'pushed', 'written', 'skipped'];

/** What a target keeps of a job that did not reach its end: blobs and parts of blobs, whole blobs only, or nothing. */
export type Kept = 'parts' | 'blobs' | 'nothing';

/** States in which all of a blob has been read. */
const FULL: readonly BlobState[] = ['committing', 'pushed', 'written'];

/** The rows of one job and their sums. Counters are bumped per chunk; a ticker takes what changed. */
export class JobProgress {
  #rows = new Map<Digest, LayerProgress>();
  /** Rows by what they are sent as, for those that were compressed. */
  readonly #sentAs = new Map<Digest, Digest>();
  readonly #changed = new Set<Digest>();
  /** The rows are those of an earlier start, until a run makes its own. */
  #isRestored = false;
  /** What the rows of an earlier start had sent. */
  #sentBefore: ReadonlyMap<Digest, number> = new Map();
  /** Rows that were told of are there no more. */
  #hasDropped = false;
  readonly meter = new RateMeter();
  /** Bytes of bodies that went over the network, resent ones included; of an export: read to be written. */
  networkBytes = 0;

  add(row: Omit<LayerProgress, 'state' | 'sent'>): void {
    if (this.#isRestored) this.#begin();
    if (this.#row(row.digest)) return;
    const sent = Math.min(row.size, this.#sentBefore.get(row.digest) ?? 0);
    this.#rows.set(row.digest, { ...row, state: 'waiting', sent });
    this.#changed.add(row.digest);
  }

  /** Shows the rows of an earlier start until a run makes its own, for the image may have changed; those begin with what these had sent. */
  restore(rows: readonly LayerProgress[]): void {
    this.#rows = new Map(rows.map((row) => [row.digest, { ...row }]));
    this.#isRestored = true;
  }

  #begin(): void {
    this.#isRestored = false;
    this.#sentBefore = new Map([...this.#rows].map(([digest, { sent }]) => [digest, sent]));
    this.#rows = new Map();
    this.#changed.clear();
    this.#hasDropped = true;
  }

  toState(digest: Digest, state: BlobState, note: RowNote = {}): void {
    const row = this.#row(digest);
    if (!row) return;
    const { mountedFrom: _m, attempt: _a, reason: _r, resumedFrom: _f, ...kept } = row;
    // What was read to be compressed was not sent.
    const before = row.state === 'compressing' ? 0 : row.sent;
    const sent = FULL.includes(state) ? row.size : before;
    this.#rows.set(row.digest, { ...kept, ...note, state, sent });
    this.#changed.add(row.digest);
  }

  /** Begins to count what is read of a local blob of `size` bytes; `read` continues, `compressed` ends it. */
  compressing(digest: Digest, size: number): void {
    this.toState(digest, 'compressing');
    const row = this.#row(digest);
    if (row) Object.assign(row, { size, sent: 0 });
  }

  /** Counts bytes that were read of a blob that is being compressed. */
  read(digest: Digest, bytes: number): void {
    const row = this.#row(digest);
    if (row?.state !== 'compressing') return;
    row.sent = Math.min(row.size, row.sent + bytes);
    this.#changed.add(row.digest);
  }

  /** From now on the row is also found under the digest of the compressed blob. */
  compressed(digest: Digest, { digest: sentAs, size, mediaType }: Descriptor): void {
    if (this.#row(digest)?.state === 'compressing') this.toState(digest, 'waiting');
    const row = this.#row(digest);
    if (!row) return;
    this.#rows.set(row.digest, { ...row, size, mediaType, sentAs });
    // The image may hold the compressed blob next to the plain one; it is sent once, and one row tells of it.
    if (this.#rows.has(sentAs)) this.toState(digest, 'exists');
    else this.#sentAs.set(sentAs, row.digest);
    this.#changed.add(row.digest);
  }

  /** The blob is sent as it is, under another media type. */
  retyped(digest: Digest, mediaType: string): void {
    const row = this.#row(digest);
    if (!row) return;
    this.#rows.set(row.digest, { ...row, mediaType });
    this.#changed.add(row.digest);
  }

  /** The row of a manifest continues for what the manifest became in another format. */
  converted(digest: Digest, descriptor: Descriptor): void {
    const row = this.#row(digest);
    if (!row) return;
    const from = row.convertedFrom ?? row.mediaType;
    this.compressed(digest, descriptor);
    const now = this.#row(digest);
    if (!now) return;
    if (from !== descriptor.mediaType) now.convertedFrom = from;
    if (!isSettledRow(now.state)) now.sent = 0;
  }

  /** The row of a manifest that a run before converted starts over for the manifest as it is. */
  restored({ digest, mediaType, size }: Descriptor): void {
    const row = this.#row(digest);
    if (row?.convertedFrom === undefined) return;
    const { convertedFrom: _from, sentAs: _as, ...kept } = row;
    const sentAs = digest === row.digest ? {} : { sentAs: digest };
    this.#rows.set(row.digest, { ...kept, ...sentAs, mediaType, size, state: 'waiting', sent: 0 });
    this.#changed.add(row.digest);
  }

  /** Makes the rows that are not there yet: blobs in the order of the tree, then manifests, each digest once. */
  addTree(tree: ImageTree): void {
    for (const { descriptor, kind, platform, createdBy } of tree.blobs) {
      const { digest, mediaType, size } = descriptor;
      this.add({
        digest,
        kind,
        mediaType,
        size,
        platform,
        createdBy: createdBy || undefined,
      });
    }
    for (const { descriptor, parsed, platform } of tree.manifests) {
      const { digest, mediaType, size } = descriptor;
      this.add({ digest, kind: parsed.kind, mediaType, size, platform });
    }
  }

  /** The same for an image of which rows were made while it was arriving: those get the places and the facts that they have in it. */
  completeTree(tree: ImageTree): void {
    const before = this.#rows;
    this.#rows = new Map();
    this.addTree(tree);
    const whole = [...this.#rows].map(([digest, row]) => [digest, { ...row, ...before.get(digest) }] as const);
    this.#rows = new Map([...whole, ...[...before].filter(([digest]) => !this.#rows.has(digest))]);
    for (const digest of this.#rows.keys()) this.#changed.add(digest);
    this.#hasDropped = true;
  }

  /** Rows of manifests go on under their new digests; what is not sent is left out, and what was made is added. */
  convertTree(before: ImageTree, { tree, became }: Conversion): void {
    for (const { descriptor } of before.manifests) {
      const now = became.get(descriptor.digest);
      if (now && now.digest !== descriptor.digest) this.converted(descriptor.digest, now);
    }
    const sent = new Set([...tree.blobs, ...tree.manifests].map(({ descriptor }) => descriptor.digest));
    for (const { descriptor } of [...before.blobs, ...before.manifests]) {
      const { digest } = descriptor;
      const isLeftOut = !sent.has(became.get(digest)?.digest ?? digest);
      if (isLeftOut && !isSettledRow(this.state(digest) ?? 'waiting')) this.toState(digest, 'skipped');
    }
    this.addTree(tree);
  }

  #row(digest: Digest): LayerProgress | undefined {
    return this.#rows.get(digest) ?? this.#rows.get(this.#sentAs.get(digest) ?? digest);
  }

  /** Counts bytes that went to the socket, or were read to be written. */
  count(digest: Digest, bytes: number): void {
    const row = this.#row(digest);
    if (!row) return;
    row.sent = Math.min(row.size, row.sent + bytes);
    this.networkBytes += bytes;
    this.meter.add(bytes);
    this.#changed.add(row.digest);
  }

  /** Sets what the registry has: used with `retrying` only, the one state in which a bar may go back. */
  restartAt(digest: Digest, offset: number): void {
    const row = this.#row(digest);
    if (!row) return;
    row.sent = offset;
    this.#changed.add(row.digest);
  }

  /** Unfinished rows back to `waiting`: before a run continues after a stop. */
  rewind(): void {
    for (const row of this.#rows.values()) if (!isSettledRow(row.state)) this.toState(row.digest, 'waiting');
  }

  /** After a run that failed or was cancelled for good: what is not at the target says so. */
  leave(kept: Kept): void {
    for (const { digest, state } of this.#rows.values()) {
      const isGone = kept === 'nothing' && state === 'written';
      if (state === 'failed' || (isSettledRow(state) && !isGone)) continue;
      this.toState(digest, 'not-sent');
      if (kept !== 'parts') this.restartAt(digest, 0);
    }
  }

  /** All rows back to their start: before a run that starts over. */
  reset(): void {
    for (const row of this.#rows.values()) {
      this.toState(row.digest, 'waiting');
      this.restartAt(row.digest, 0);
    }
    this.networkBytes = 0;
  }

  state(digest: Digest): BlobState | undefined {
    return this.#row(digest)?.state;
  }

  sent(digest: Digest): number {
    return this.#row(digest)?.sent ?? 0;
  }

  all(): LayerProgress[] {
    return [...this.#rows.values()].map((row) => ({ ...row }));
  }

  /** Whether rows that were told of are gone since the last call. */
  takeDropped(): boolean {
    const hasDropped = this.#hasDropped;
    this.#hasDropped = false;
    return hasDropped;
  }

  /** The rows that changed since the last call. */
  takeChanged(): LayerProgress[] {
    const rows: LayerProgress[] = [];
    for (const digest of this.#changed) {
      const row = this.#rows.get(digest);
      if (row) rows.push({ ...row });
    }
    this.#changed.clear();
    return rows;
  }

  sums(): { total: number; sent: number; saved: number } {
    const sums = { total: 0, sent: 0, saved: 0 };
    for (const row of this.#rows.values()) {
      if (row.state === 'skipped') continue;
      sums.total += row.size;
      if (row.state === 'exists' || row.state === 'mounted') sums.saved += row.size;
      else if (row.state !== 'compressing') sums.sent += row.sent;
    }
    return sums;
  }
}

/** True for rows that need no more work. */
export function isSettledRow(state: BlobState): boolean {
  return SETTLED.includes(state);
}
