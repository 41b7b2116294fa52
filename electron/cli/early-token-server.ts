import { isLinkLocal, isLoopback, lookupElsewhere } from '../registry/addresses.ts';
import type { EarlyConnections } from '../registry/early-connections.ts';
import { tokenServerIn } from '../transfers/journal/token-server.ts';
import { isSetFor } from './early-start.ts';

/**
 * Begins a connection to the token server that the registry named lately, so that it is open when the first token is asked for. Nothing is
 * sent to it. It is not begun where a new realm would be refused, nor to one that the settings may say something of.
 * @param registry as in a reference
 */
export function beginTokenServer(early: EarlyConnections, registry: string, dataDir: string): void {
  const realm = URL.parse(tokenServerIn(dataDir, registry)?.realm ?? '');
  if (realm?.protocol !== 'https:' || isLinkLocal(realm) || isSetFor(realm.host, dataDir)) return;
  // To a registry elsewhere this computer's own services are none of its business.
  if (isLoopback(realm) && !isLoopback(new URL(`https://${registry}`))) return;
  early.begin(realm.host, 1, lookupElsewhere);
}
