import type { Login } from '../../../shared/logins.ts';

/** How long a login that was found counts: a registry asks for one a moment after the first question. Milliseconds. */
const FRESH_FOR = 2_000;

/**
 * The login for each repository. Files are read for it and a credential helper may be started, so it is looked up once for all that ask at
 * about the same time.
 */
export class LoginLookup {
  readonly #find: (repository: string | undefined) => Promise<Login | undefined>;
  readonly #found = new Map<string | undefined, Promise<Login | undefined>>();

  constructor(find: (repository: string | undefined) => Promise<Login | undefined>) {
    this.#find = find;
  }

  /** Fails as the search fails; the next one searches anew. */
  of(repository: string | undefined): Promise<Login | undefined> {
    const known = this.#found.get(repository);
    if (known) return known;
    const finding = this.#find(repository);
    this.#found.set(repository, finding);
    const drop = (): void => {
      if (this.#found.get(repository) === finding) this.#found.delete(repository);
    };
    // That there is none may change at once, when a person is asked.
    finding.then((login) => (login ? void setTimeout(drop, FRESH_FOR).unref() : drop()), drop);
    return finding;
  }

  forget(): void {
    this.#found.clear();
  }
}
