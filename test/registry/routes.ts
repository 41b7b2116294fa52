import type { IncomingHttpHeaders } from 'node:http';
import { type Digest, isDigest } from '../../shared/digest.ts';
import type { Quirks } from './quirks.ts';
import { Refusal, type Reply, refuse } from './reply.ts';
import type { Storage } from './storage.ts';

/** One request as the handlers see it. */
export interface Exchange {
  method: string;
  url: URL;
  headers: IncomingHttpHeaders;
  /** `http://host:port` as the client wrote it: what absolute Locations start with, also behind a proxy. */
  origin: string;
  /** Undefined for bodies without a length. */
  contentLength: number | undefined;
  /** Counted, slowed down and cut as faults say. Read at most once. */
  body: AsyncIterable<Uint8Array>;
}

/** What every handler works on. */
export interface RegistryState {
  storage: Storage;
  quirks: Quirks;
  /** Origin of the second listener, when there is one. */
  elsewhere: string | undefined;
}

/** Where a path of the distribution-spec leads ("Endpoints"). */
export type Route =
  | { kind: 'base' }
  | { kind: 'token' }
  | { kind: 'blob'; name: string; digest: string }
  | { kind: 'uploads'; name: string }
  | { kind: 'upload'; name: string; id: string }
  | { kind: 'manifest'; name: string; reference: string }
  | { kind: 'tags'; name: string }
  | { kind: 'referrers'; name: string; digest: string }
  /** Of registries that keep simple signatures (containers/image, docs/signature-protocols.md). */
  | { kind: 'signatures'; name: string; digest: string }
  | { kind: 'unknown' };

const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const NAME = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);

export function parseRoute(pathname: string): Route {
  if (pathname === '/v2/' || pathname === '/v2') return { kind: 'base' };
  if (pathname === '/token') return { kind: 'token' };
  const signatures = /^\/extensions\/v2\/(.+)\/signatures\/([^/]+)$/.exec(pathname);
  if (signatures?.[1] && signatures[2]) return { kind: 'signatures', name: signatures[1], digest: signatures[2] };
  const uploads = /^\/v2\/(.+)\/blobs\/uploads\/?$/.exec(pathname);
  if (uploads?.[1]) return { kind: 'uploads', name: uploads[1] };
  const upload = /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/.exec(pathname);
  if (upload?.[1] && upload[2]) return { kind: 'upload', name: upload[1], id: upload[2] };
  const tags = /^\/v2\/(.+)\/tags\/list$/.exec(pathname);
  if (tags?.[1]) return { kind: 'tags', name: tags[1] };
  const item = /^\/v2\/(.+)\/(blobs|manifests|referrers)\/([^/]+)$/.exec(pathname);
  const [, name, family, last] = item ?? [];
  if (!name || !last) return { kind: 'unknown' };
  if (family === 'blobs') return { kind: 'blob', name, digest: decodeURIComponent(last) };
  if (family === 'manifests') return { kind: 'manifest', name, reference: decodeURIComponent(last) };
  return { kind: 'referrers', name, digest: decodeURIComponent(last) };
}

/** A repository's rights that a request needs. */
export interface Access {
  name: string;
  actions: ('pull' | 'push')[];
}

/** Reading needs `pull`, everything else `pull,push`; a mount also reads its source. */
export function neededAccess(route: Route, exchange: Pick<Exchange, 'method' | 'url'>): Access[] {
  if (!('name' in route)) return [];
  const reads = exchange.method === 'GET' || exchange.method === 'HEAD';
  const needed: Access[] = [
    { name: route.name, actions: reads && route.kind !== 'upload' ? ['pull'] : ['pull', 'push'] },
  ];
  const from = exchange.url.searchParams.get('from');
  if (route.kind === 'uploads' && from && from !== route.name) needed.push({ name: from, actions: ['pull'] });
  return needed;
}

/** @throws Refusal when the name breaks the grammar, or the repository is not one of those that exist. */
export function checkName(name: string, quirks: Quirks): void {
  if (!NAME.test(name) || name.length > 255)
    throw new Refusal(refuse(400, 'NAME_INVALID', 'invalid repository name', {}, { name }));
  if (quirks.repositories && !quirks.repositories.includes(name)) {
    throw new Refusal(refuse(404, 'NAME_UNKNOWN', 'repository name not known to registry', {}, { name }));
  }
}

/** @throws Refusal DIGEST_INVALID */
export function checkDigest(text: string | null): Digest {
  if (text && isDigest(text)) return text;
  throw new Refusal(refuse(400, 'DIGEST_INVALID', 'provided digest is not a supported digest', {}, { digest: text }));
}

export function methodNotAllowed(allow: string): Reply {
  return refuse(405, 'UNSUPPORTED', 'the operation is unsupported', { allow });
}
