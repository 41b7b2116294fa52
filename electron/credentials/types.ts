import type { Login, LoginInfo, Remember, RememberOptions } from '../../shared/logins.ts';

/** Encrypts with a key that the operating system keeps; the desktop gives Electron's safeStorage, the CLI none. */
export interface VaultCipher {
  /** Undefined when it can be used, otherwise the reason for people. */
  unavailable(): Promise<string | undefined>;
  encrypt(text: string): Promise<Uint8Array>;
  decrypt(bytes: Uint8Array): Promise<string>;
}

/** Where logins come from, and where they are kept. */
export interface CredentialService {
  /** A login from the command line: used for every registry, before all others. */
  give(login: Login): void;
  /** First match wins: given → session → vault → auth files; in each the login of the most specific namespace. */
  find(registry: string, repository?: string): Promise<Login | undefined>;
  /** The same without the given one, which is a registry's: for proxies, by `host:port`. */
  findKept(registry: string, repository?: string): Promise<Login | undefined>;
  /** Headers that Docker's config.json wants on every request to a registry. */
  httpHeaders(): Promise<Record<string, string>>;
  /** All logins that are known, without secrets. */
  list(): Promise<LoginInfo[]>;
  /**
   * `registry` may have a namespace (`host/acme`): then the login is for the repositories in it.
   * @throws PushboatError CREDENTIALS_UNREADABLE, VAULT_UNAVAILABLE, USAGE for a place that keeps no namespaces
   */
  save(registry: string, login: { username: string; password: string }, remember: Remember): Promise<LoginInfo>;
  /** What an installed helper has for the registry. @throws PushboatError CREDENTIALS_UNREADABLE when it has nothing, or fails */
  askHelper(registry: string, helper: string): Promise<Login>;
  /** From now on the helper keeps the logins of the registry, beginning with `login` when there is one. Docker's file says so. */
  useHelper(registry: string, helper: string, login?: { username: string; password: string }): Promise<void>;
  /** Removes it wherever Pushboat finds it and may write; returns where it was removed from (empty: nothing was stored). */
  remove(registry: string): Promise<LoginInfo[]>;
  /** Where a login can be kept; helpers for the registry when it is named. */
  rememberOptions(registry?: string): Promise<RememberOptions>;
}
