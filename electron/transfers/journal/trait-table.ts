import { z } from 'zod';
import { jsonOrUndefined } from '../../../shared/json.ts';
import { lazySchema } from '../../../shared/lazy-schema.ts';
import type { TokenServer, TokenServerMemory } from '../../registry/auth/tokens.ts';
import type { GuardedDatabase } from './guarded-database.ts';
import { readTokenServer, SELECT_TOKEN_SERVER, tokenServerValue } from './token-server.ts';

/** A registry may have learned what it refused longer ago than this, and the line to it be another one. Milliseconds. */
const TRAIT_LIFETIME = 7 * 24 * 3600_000;

const paceSchema = lazySchema(() => z.object({ bytesPerSecond: z.number().positive(), at: z.number() }));

/** What registries were found not to do, by their own words. */
export type RegistryTrait = 'no-chunks' | 'no-free-bodies' | 'no-whole-blobs';

/** The table of what registries were found to be like. */
export class TraitTable implements TokenServerMemory {
  readonly #database: GuardedDatabase;

  constructor(database: GuardedDatabase) {
    this.#database = database;
  }

  has(registry: string, trait: RegistryTrait): boolean {
    const row = this.#database.get('SELECT value FROM trait WHERE registry = ? AND name = ?', registry, trait);
    return row !== undefined && Number(row['value']) > Date.now() - TRAIT_LIFETIME;
  }

  add(registry: string, trait: RegistryTrait): void {
    this.#database.run('INSERT OR REPLACE INTO trait VALUES (?, ?, ?)', registry, trait, String(Date.now()));
  }

  /** Bytes per second that a push to the registry last got through. */
  pace(registry: string): number | undefined {
    const row = this.#database.get("SELECT value FROM trait WHERE registry = ? AND name = 'pace'", registry);
    const { data } = paceSchema.safeParse(jsonOrUndefined(String(row?.['value'])));
    // A time to come is one of a clock that was set back.
    return data && Math.abs(Date.now() - data.at) < TRAIT_LIFETIME ? data.bytesPerSecond : undefined;
  }

  savePace(registry: string, bytesPerSecond: number): void {
    const value = JSON.stringify({ bytesPerSecond, at: Date.now() });
    this.#database.run("INSERT OR REPLACE INTO trait VALUES (?, 'pace', ?)", registry, value);
  }

  tokenServer(registry: string): TokenServer | undefined {
    return readTokenServer(this.#database.get(SELECT_TOKEN_SERVER, registry));
  }

  saveTokenServer(registry: string, server: TokenServer): void {
    const sql = "INSERT OR REPLACE INTO trait VALUES (?, 'token-server', ?)";
    this.#database.run(sql, registry, tokenServerValue(server));
  }

  removeTokenServer(registry: string): void {
    this.#database.run("DELETE FROM trait WHERE registry = ? AND name = 'token-server'", registry);
  }
}
