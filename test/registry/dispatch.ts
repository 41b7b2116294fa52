import { assertNever } from '../../shared/errors.ts';
import { json, type Reply, refuse } from './reply.ts';
import { type Exchange, methodNotAllowed, type RegistryState, type Route } from './routes.ts';
import { handleBlob } from './routes-blobs.ts';
import { handleManifest, handleReferrers, handleTags } from './routes-manifests.ts';
import { handleSignatures } from './routes-signatures.ts';
import { handleUpload, handleUploads } from './routes-uploads.ts';

/** Answers a request whose access has been checked. */
export async function dispatch(
  state: RegistryState,
  exchange: Exchange,
  route: Exclude<Route, { kind: 'token' }>,
): Promise<Reply> {
  switch (route.kind) {
    case 'base':
      if (exchange.method !== 'GET' && exchange.method !== 'HEAD') return methodNotAllowed('GET, HEAD');
      return json(200, {}, state.quirks.signatures ? { 'x-registry-supports-signatures': '1' } : {});
    case 'blob':
      return handleBlob(state, exchange, route.name, route.digest);
    case 'uploads':
      return handleUploads(state, exchange, route.name);
    case 'upload':
      return handleUpload(state, exchange, route.name, route.id);
    case 'manifest':
      return handleManifest(state, exchange, route.name, route.reference);
    case 'tags':
      return handleTags(state, exchange, route.name);
    case 'referrers':
      return handleReferrers(state, exchange, route.name, route.digest);
    case 'signatures':
      return handleSignatures(state, exchange, route.digest);
    case 'unknown':
      return refuse(404, 'UNSUPPORTED', 'no such endpoint');
    default:
      return assertNever(route);
  }
}
