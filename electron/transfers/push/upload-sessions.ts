import type { Digest } from '../../../shared/digest.ts';
import type { UploadSession } from '../../registry/types.ts';
import type { Journal } from '../journal/journal.ts';

/** An upload of a blob below this size may be over before it is worth writing down. Bytes. */
const SMALL = 1024 * 1024;

/** So long it may stay unwritten: what a kill leaves of it is never found again. Milliseconds. */
const WRITTEN_AFTER = 50;

/** The open uploads of one job: kept in memory between its runs, and in the journal between starts. */
export class UploadSessions {
  readonly #sessions = new Map<Digest, UploadSession>();
  /** Small ones that are still to be written down, all at once. */
  readonly #unwritten = new Map<Digest, UploadSession>();
  /** Small ones that were written down: what is saved of them since then may be unwritten again. */
  readonly #written = new Set<Digest>();
  readonly #journal: Journal;
  readonly #registry: string;
  readonly #repository: string;
  #timer: NodeJS.Timeout | undefined;
  #hasEarlier: boolean | undefined;

  constructor(journal: Journal, registry: string, repository: string) {
    this.#journal = journal;
    this.#registry = registry;
    this.#repository = repository;
  }

  /** The upload that is open, or that an earlier run left. */
  get({ digest }: { digest: Digest }): UploadSession | undefined {
    const open = this.#sessions.get(digest);
    if (open) return open;
    this.#hasEarlier ??= this.#journal.hasUploads(this.#registry, this.#repository);
    const found = this.#hasEarlier ? this.#journal.findUpload(this.#registry, this.#repository, digest) : undefined;
    if (found) this.#sessions.set(digest, found);
    return found;
  }

  /** After it was opened, and after every chunk: the location and the offset have changed. */
  save({ digest, size }: { digest: Digest; size: number }, session: UploadSession): void {
    this.#sessions.set(digest, session);
    if (size >= SMALL) return this.#journal.saveUpload(this.#registry, digest, session);
    this.#unwritten.set(digest, session);
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#write(), WRITTEN_AFTER).unref();
  }

  delete({ digest }: { digest: Digest }): void {
    this.#sessions.delete(digest);
    const isWritten = this.#written.delete(digest);
    if (!this.#unwritten.delete(digest) || isWritten) {
      this.#journal.removeUpload(this.#registry, this.#repository, digest);
    }
  }

  /** Takes them out: whoever calls closes them on the registry. Those of `wanted` stay in the journal, where another job finds them. */
  takeAllBut(wanted: ReadonlySet<Digest>): UploadSession[] {
    clearTimeout(this.#timer);
    this.#write();
    const all = [...this.#sessions].filter(([digest]) => !wanted.has(digest));
    for (const [digest] of all) this.delete({ digest });
    return all.map(([, session]) => session);
  }

  /** Takes those out that were left here so long ago that nobody comes back to them. */
  takeResting(): UploadSession[] {
    return this.#journal.restingUploads(this.#registry, this.#repository).map(([digest, session]) => {
      this.#journal.removeUpload(this.#registry, this.#repository, digest);
      return session;
    });
  }

  #write(): void {
    this.#timer = undefined;
    if (this.#unwritten.size > 0) this.#journal.saveUploads(this.#registry, this.#unwritten);
    for (const digest of this.#unwritten.keys()) this.#written.add(digest);
    this.#unwritten.clear();
  }
}
