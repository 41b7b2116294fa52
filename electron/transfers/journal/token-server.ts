import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { jsonOrUndefined } from '../../../shared/json.ts';
import type { TokenServer } from '../../registry/auth/tokens.ts';

/** In the data folder. */
export const JOURNAL_FILE = 'journal.db';

export const SELECT_TOKEN_SERVER = "SELECT value FROM trait WHERE registry = ? AND name = 'token-server'";

/** A token server is known for so long: logins go there before the registry has named it again. Milliseconds. */
const LIFETIME = 24 * 3600_000;

/**
 * The token server that a registry named, as the journal holds it, read before anything else is loaded: no schema, no journal.
 * @returns undefined also where there is no journal, or none that can be read now: whoever opens it tells that.
 */
export function tokenServerIn(dataDir: string, registry: string): TokenServer | undefined {
  try {
    const database = new DatabaseSync(join(dataDir, JOURNAL_FILE), { readOnly: true });
    try {
      return readTokenServer(database.prepare(SELECT_TOKEN_SERVER).get(registry));
    } finally {
      database.close();
    }
  } catch {
    return undefined;
  }
}

/** The row's token server, unless the registry named it too long ago: who runs it may change. */
export function readTokenServer(row: Record<string, unknown> | undefined): TokenServer | undefined {
  const known = jsonOrUndefined(String(row?.['value']));
  if (typeof known !== 'object' || known === null) return undefined;
  const { realm, service, named } = known as Record<string, unknown>;
  if (typeof realm !== 'string' || typeof service !== 'string' || typeof named !== 'number') return undefined;
  // A time to come is one of a clock that was set back.
  return Math.abs(Date.now() - named) > LIFETIME ? undefined : { realm, service };
}

/** The value of the row: the server, and that it was named now. */
export function tokenServerValue({ realm, service }: TokenServer): string {
  return JSON.stringify({ realm, service, named: Date.now() });
}
