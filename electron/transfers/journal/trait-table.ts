import { z } from 'zod';
import { jsonOrUndefined } from '../../../shared/json.ts';
import { lazySchema } from '../../../shared/lazy-schema.ts';
import type { TokenServer, TokenServerMemory } from '../../registry/types.ts';
import type { GuardedDatabase } from './guarded-database.ts';

/** A registry may have learned what it refused longer ago than this. */
const TRAIT_LIFETIME = 7 * 24 * 3600_000;
/** Of a token server: logins go there before the registry has named it again. */
const TOKEN_SERVER_LIFETIME = 24 * 3600_000;

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

  /** The token server that the registry named, unless that was too long ago: who runs it may change. */
  tokenServer(registry: string): TokenServer | undefined {
    const row = this.#database.get("SELECT value FROM trait WHERE registry = ? AND name = 'token-server'", registry);
    const known = row && readTokenServer(String(row['value']));
    // A time to come is one of a clock that was set back.
    if (!known || Math.abs(Date.now() - known.named) > TOKEN_SERVER_LIFETIME) return undefined;
    return { realm: known.realm, service: known.service };
  }

  saveTokenServer(registry: string, server: TokenServer): void {
    const value = JSON.stringify({ ...server, named: Date.now() });
    this.#database.run("INSERT OR REPLACE INTO trait VALUES (?, 'token-server', ?)", registry, value);
  }

  removeTokenServer(registry: string): void {
    this.#database.run("DELETE FROM trait WHERE registry = ? AND name = 'token-server'", registry);
  }
}

const tokenServerSchema = lazySchema(() => z.object({ realm: z.string(), service: z.string(), named: z.number() }));

function readTokenServer(text: string): z.infer<typeof tokenServerSchema> | undefined {
  return tokenServerSchema.safeParse(jsonOrUndefined(text)).data;
}
