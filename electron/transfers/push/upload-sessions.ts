import type { Digest } from '../../../shared/digest.ts';
import type { UploadSession } from '../../registry/types.ts';
import type { Journal } from '../journal/journal.ts';

/** Uploads of blobs below this are not worth remembering: sending them again is cheaper than asking. Bytes. */
const WORTH_REMEMBERING = 1024 * 1024;

/** The open uploads of one job: kept in memory between its runs, and the larger ones in the journal between starts. */
export class UploadSessions {
  readonly #sessions = new Map<Digest, UploadSession>();
  readonly #journal: Journal;
  readonly #registry: string;
  readonly #repository: string;

  constructor(journal: Journal, registry: string, repository: string) {
    this.#journal = journal;
    this.#registry = registry;
    this.#repository = repository;
  }

  get({ digest, size }: { digest: Digest; size: number }): UploadSession | undefined {
    const open = this.#sessions.get(digest);
    if (open || size < WORTH_REMEMBERING) return open;
    const found = this.#journal.findUpload(this.#registry, this.#repository, digest);
    if (found) this.#sessions.set(digest, found);
    return found;
  }

  /** After it was opened, and after every chunk: the location and the offset have changed. */
  save({ digest, size }: { digest: Digest; size: number }, session: UploadSession): void {
    this.#sessions.set(digest, session);
    if (size >= WORTH_REMEMBERING) this.#journal.saveUpload(this.#registry, digest, session);
  }

  delete({ digest, size }: { digest: Digest; size: number }): void {
    this.#sessions.delete(digest);
    if (size >= WORTH_REMEMBERING) this.#journal.removeUpload(this.#registry, this.#repository, digest);
  }

  /** Takes all of them out: whoever calls closes them on the registry. */
  takeAll(): UploadSession[] {
    const all = [...this.#sessions.values()];
    for (const digest of this.#sessions.keys()) this.#journal.removeUpload(this.#registry, this.#repository, digest);
    this.#sessions.clear();
    return all;
  }
}
