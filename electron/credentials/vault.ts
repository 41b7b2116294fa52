import { join } from 'node:path';
import { z } from 'zod';
import { type ErrorData, messageOf, PushboatError } from '../../shared/errors.ts';
import { jsonOrUndefined } from '../../shared/json.ts';
import { lazySchema } from '../../shared/lazy-schema.ts';
import { withLock } from '../files/lock.mjs';
import { keepPrivate } from '../files/private.ts';
import { replaceFile } from '../files/replace-file.ts';
import { setAside } from '../files/set-aside.ts';
import { readTextIfThere } from '../files/text-file.ts';
import type { VaultCipher } from './types.ts';

const FILE_NAME = 'vault.json';

const vaultSchema = lazySchema(() =>
  z.object({
    version: z.literal(1),
    /** By registry, or registry and namespace. `sealed`: base64 of the encrypted password. */
    entries: z.record(z.string(), z.object({ username: z.string(), sealed: z.base64() })),
  }),
);
type VaultFile = z.infer<typeof vaultSchema>;

/** Logins in the data folder, each password encrypted with a key that the operating system keeps. */
export class Vault {
  readonly #path: string;
  readonly #cipher: VaultCipher | undefined;
  readonly #onProblem: (problem: ErrorData) => void;

  constructor(dataDir: string, cipher: VaultCipher | undefined, onProblem: (problem: ErrorData) => void) {
    this.#path = join(dataDir, FILE_NAME);
    this.#cipher = cipher;
    this.#onProblem = onProblem;
  }

  /** Why nothing can be kept or opened here; undefined when it can. For people. */
  async unavailable(): Promise<string | undefined> {
    if (!this.#cipher)
      return 'Logins can be kept encrypted only by the window, which uses the operating system’s key store.';
    try {
      return await this.#cipher.unavailable();
    } catch (error) {
      return `The operating system’s key store does not answer: ${messageOf(error)}`;
    }
  }

  /** The first of the names that has one. Undefined when there is none, or when it cannot be decrypted: then a warning says so. */
  async find(names: readonly string[]): Promise<{ username: string; password: string } | undefined> {
    const { entries } = await this.#read();
    const registry = names.find((name) => Object.hasOwn(entries, name)) ?? '';
    const entry = entries[registry];
    if (!entry || !this.#cipher || (await this.unavailable()) !== undefined) return undefined;
    try {
      return { username: entry.username, password: await this.#cipher.decrypt(Buffer.from(entry.sealed, 'base64')) };
    } catch {
      this.#tell(
        `The login for ${registry} in ${this.#path} cannot be decrypted any more. Sign in again to replace it.`,
      );
      return undefined;
    }
  }

  /** The logins that can be used, without passwords. */
  async list(): Promise<{ registry: string; username: string }[]> {
    const { entries } = await this.#read();
    if (Object.keys(entries).length === 0 || (await this.unavailable()) !== undefined) return [];
    return Object.entries(entries).map(([registry, { username }]) => ({ registry, username }));
  }

  /** @throws PushboatError VAULT_UNAVAILABLE; CREDENTIALS_UNREADABLE when the file cannot be written. */
  async save(registry: string, login: { username: string; password: string }): Promise<void> {
    const detail = await this.unavailable();
    if (detail !== undefined || !this.#cipher) {
      const message = 'The login cannot be kept encrypted on this computer.';
      throw new PushboatError('VAULT_UNAVAILABLE', message, { detail: detail || undefined, hint: 'session-login' });
    }
    const sealed = Buffer.from(await this.#cipher.encrypt(login.password)).toString('base64');
    await this.#change((entries) => {
      entries[registry] = { username: login.username, sealed };
      return true;
    });
  }

  /** Returns the user name whose login was removed. */
  async remove(registry: string): Promise<string | undefined> {
    const known = (await this.#read()).entries;
    if (!Object.hasOwn(known, registry)) return undefined;
    let username: string | undefined;
    await this.#change((entries) => {
      username = entries[registry]?.username;
      return delete entries[registry];
    });
    return username;
  }

  async #change(change: (entries: VaultFile['entries']) => boolean): Promise<void> {
    try {
      await withLock(this.#path, async () => {
        const file = await this.#read();
        const text = () => `${JSON.stringify(file, null, 2)}\n`;
        if (change(file.entries)) await replaceFile(this.#path, text(), { makePrivate: true });
      });
    } catch (cause) {
      const detail = messageOf(cause);
      const message = `The encrypted logins in ${this.#path} cannot be written.`;
      throw new PushboatError('CREDENTIALS_UNREADABLE', message, {
        path: this.#path,
        detail,
        hint: 'check-permissions',
        cause,
      });
    }
  }

  async #read(): Promise<VaultFile> {
    const empty: VaultFile = { version: 1, entries: {} };
    let text: string | undefined;
    try {
      keepPrivate(this.#path);
      text = await readTextIfThere(this.#path);
    } catch (error) {
      const detail = messageOf(error);
      this.#tell(`The encrypted logins in ${this.#path} cannot be read: ${detail}.`);
      return empty;
    }
    if (text === undefined) return empty;
    const parsed = vaultSchema.safeParse(jsonOrUndefined(text)).data;
    if (parsed) return parsed;
    const aside = await setAside(this.#path).catch(() => this.#path);
    this.#tell(`The encrypted logins in ${this.#path} are damaged. They are kept as ${aside}; sign in again.`);
    return empty;
  }

  #tell(message: string): void {
    this.#onProblem({
      code: 'CREDENTIALS_UNREADABLE',
      message,
      path: this.#path,
      hint: 'goes-on-without-login',
    });
  }
}
