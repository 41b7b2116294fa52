import { empty, json, type Reply, refuse } from './reply.ts';
import { type Exchange, methodNotAllowed, type RegistryState } from './routes.ts';

/** GET and PUT of simple signatures (containers/image, docs/signature-protocols.md). */
export async function handleSignatures(state: RegistryState, exchange: Exchange, digest: string): Promise<Reply> {
  const kept = state.quirks.signatures;
  if (!kept) return refuse(404, 'UNSUPPORTED', 'no such endpoint');
  if (exchange.method === 'GET') return json(200, { signatures: kept.get(digest) ?? [] });
  if (exchange.method !== 'PUT') return methodNotAllowed('GET, PUT');
  const chunks: Uint8Array[] = [];
  for await (const chunk of exchange.body) chunks.push(chunk);
  const signature = JSON.parse(Buffer.concat(chunks).toString()) as object;
  kept.set(digest, [...(kept.get(digest) ?? []), signature]);
  return empty(201);
}
