import { Emitter } from '../../shared/emitter.ts';
import { type ErrorData, toPushboatError } from '../../shared/errors.ts';
import type { LoginInfo } from '../../shared/logins.ts';
import type { CredentialService } from '../credentials/types.ts';

/** Tells its listeners of all known logins after a login or logout. */
export class LoginChanges {
  readonly #logins = new Emitter<LoginInfo[]>();
  readonly #credentials: CredentialService;
  readonly #onProblem: (error: ErrorData) => void;

  constructor(credentials: CredentialService, onProblem: (error: ErrorData) => void) {
    this.#credentials = credentials;
    this.#onProblem = onProblem;
  }

  subscribe(listener: (logins: LoginInfo[]) => void): () => void {
    return this.#logins.subscribe(listener);
  }

  changed(): void {
    this.#credentials
      .list()
      .then((logins) => this.#logins.emit(logins))
      .catch((thrown: unknown) => this.#onProblem(toPushboatError(thrown).toData()));
  }
}
