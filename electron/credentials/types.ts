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
  /** First match wins: given → session → vault → auth files. The repository selects among `host/namespace` keys. */
  find(registry: string, repository?: string): Promise<Login | undefined>;
  /** All logins that are known, without secrets. */
  list(): Promise<LoginInfo[]>;
  save(registry: string, login: { username: string; password: string }, remember: Remember): Promise<LoginInfo>;
  /** Removes it wherever Pushboat finds it and may write; returns where it was removed from (empty: nothing was stored). */
  remove(registry: string): Promise<LoginInfo[]>;
  rememberOptions(): Promise<RememberOptions>;
}
