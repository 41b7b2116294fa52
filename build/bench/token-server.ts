import { createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { makeCertificates } from '../../test/fixtures/certificates.ts';

/** Who may push and pull everything. */
export const USER = 'bench';
export const PASSWORD = 'bench-password';

const SERVICE = 'bench-registry';
const ISSUER = 'bench-tokens';

/** Seconds. */
const LIFETIME = 300;

/** A token server that docker-registry trusts (distribution, "Token Authentication Specification"), over TLS. */
export interface BenchTokenServer extends AsyncDisposable {
  /** `127.0.0.1:port` */
  readonly host: string;
  /** Requests since the last call. */
  takeRequests(): number;
  /** A token for what is asked of a repository. */
  token(scopes: readonly string[]): string;
  /** docker-registry's environment, when the server is reached at `host`. */
  registryEnvironment(host: string, rootCertificates: string): Record<string, string>;
}

export async function startTokenServer(): Promise<BenchTokenServer> {
  const { ca, server: pair } = await makeCertificates();
  const key = createPrivateKey(pair.key);
  const chain = [pair.cert, ca.cert].map((pem) => new X509Certificate(pem).raw.toString('base64'));
  const token = (scopes: readonly string[]): string => {
    const now = Math.floor(Date.now() / 1000);
    const header = { typ: 'JWT', alg: 'ES256', x5c: chain };
    const claims = {
      iss: ISSUER,
      sub: USER,
      aud: SERVICE,
      iat: now,
      nbf: now - 5,
      exp: now + LIFETIME,
      jti: randomUUID(),
      access: scopes.flatMap(accessOf),
    };
    const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
    return `${text}.${signature.toString('base64url')}`;
  };
  const expected = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;
  let requests = 0;
  const server = createServer({ key: pair.key, cert: pair.cert }, (request, response) => {
    requests += 1;
    request.resume();
    const isKnown = request.method === 'GET' && request.headers.authorization === expected;
    const scopes = new URL(request.url ?? '/', 'https://tokens').searchParams.getAll('scope');
    response.statusCode = isKnown ? 200 : request.method === 'GET' ? 401 : 405;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(isKnown ? { token: token(scopes), expires_in: LIFETIME } : {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    takeRequests: () => {
      const counted = requests;
      requests = 0;
      return counted;
    },
    token,
    registryEnvironment: (host, rootCertificates) => ({
      REGISTRY_AUTH: 'token',
      REGISTRY_AUTH_TOKEN_REALM: `https://${host}/token`,
      REGISTRY_AUTH_TOKEN_SERVICE: SERVICE,
      REGISTRY_AUTH_TOKEN_ISSUER: ISSUER,
      REGISTRY_AUTH_TOKEN_ROOTCERTBUNDLE: rootCertificates,
    }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** `repository:NAME:pull,push`, several of them in one text for some clients. */
function accessOf(text: string): { type: string; name: string; actions: string[] }[] {
  return text.split(' ').flatMap((scope) => {
    const [, type, name, actions] = /^([a-z]+):(.+):([a-z,*]+)$/.exec(scope) ?? [];
    return type && name && actions ? [{ type, name, actions: actions.split(',') }] : [];
  });
}
