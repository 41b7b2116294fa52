import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createRegistryClient } from '../../../../electron/registry/client.ts';
import type { RegistryClient, RegistryClientOptions } from '../../../../electron/registry/types.ts';
import type { Digest } from '../../../../shared/digest.ts';
import { PushboatError } from '../../../../shared/errors.ts';
import type { Login } from '../../../../shared/logins.ts';

/** What a request looked like; `body` is complete only when the script read it. */
export interface SeenRequest {
  method: string;
  url: string;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

export type Script = (
  request: SeenRequest,
  response: http.ServerResponse,
  raw: http.IncomingMessage,
) => void | Promise<void>;

export interface ScriptedServer extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  host: string;
  origin: string;
  requests: SeenRequest[];
  connections: Set<Socket>;
  opened: () => number;
}

export interface ScriptOptions {
  tls?: { key: string; cert: string };
  /** The script gets the request before its body is read. */
  unread?: boolean;
}

/** A server on a free port of 127.0.0.1 whose answers the test writes. */
export async function serve(script: Script, { tls, unread = false }: ScriptOptions = {}): Promise<ScriptedServer> {
  const requests: SeenRequest[] = [];
  const connections = new Set<Socket>();
  let opened = 0;
  const play = async (raw: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const seen: SeenRequest = {
      method: raw.method ?? '',
      url: raw.url ?? '',
      headers: raw.headers,
      body: Buffer.alloc(0),
    };
    requests.push(seen);
    try {
      if (!unread) seen.body = await readAll(raw);
      await script(seen, response, raw);
    } catch {
      response.destroy();
    }
  };
  const listener = (raw: http.IncomingMessage, response: http.ServerResponse): void => void play(raw, response);
  const server = tls ? https.createServer(tls, listener) : http.createServer(listener);
  server.keepAliveTimeout = 60_000;
  server.on('connection', (socket: Socket) => {
    opened++;
    connections.add(socket);
    socket.on('error', () => undefined).on('close', () => connections.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    origin: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    requests,
    connections,
    opened: () => opened,
    [Symbol.asyncDispose]: async () => {
      for (const socket of connections) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A script that answers `GET /v2/` with 200 and leaves the rest to `script`. */
export function api(script: Script): Script {
  return (request, response, raw) => {
    if (request.url !== '/v2/') return script(request, response, raw);
    response.end('{}');
  };
}

export function json(
  response: http.ServerResponse,
  status: number,
  body: unknown,
  headers: http.OutgoingHttpHeaders = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** The distribution-spec's error body. */
export function refuse(
  response: http.ServerResponse,
  status: number,
  code: string,
  message: string,
  headers: http.OutgoingHttpHeaders = {},
): void {
  json(response, status, { errors: [{ code, message }] }, headers);
}

/** 401 with a challenge. */
export function askForLogin(response: http.ServerResponse, challenge: string | string[], message = 'x'): void {
  refuse(response, 401, 'UNAUTHORIZED', message, { 'www-authenticate': challenge });
}

/** The challenge that names the token server at `/token` of an origin. */
export function tokensAt(origin: string, service = 's'): string {
  return `Bearer realm="${origin}/token",service="${service}"`;
}

export const ANN: Login = { username: 'ann', password: 's3cret-pass', origin: { kind: 'session' } };

/** For a client that logs in as Ann. */
export const AS_ANN = { login: () => Promise.resolve(ANN) };

export const DIGEST = `sha256:${'a1'.repeat(32)}` as Digest;

/** A client that retries quickly and closes itself. */
export function clientFor(
  registry: string,
  options: Partial<RegistryClientOptions> = {},
): RegistryClient & AsyncDisposable {
  const client = createRegistryClient({
    registry,
    policy: { tls: 'plain-http' },
    login: () => Promise.resolve(undefined),
    retry: { tries: 3, baseDelayMs: 2, maxDelayMs: 10 },
    ...options,
  });
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}

/** The PushboatError that the promise fails with. */
export async function failure(promise: Promise<unknown>): Promise<PushboatError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof PushboatError) return error;
    throw error;
  }
  throw new Error('nothing failed');
}

export interface TestCertificate {
  key: string;
  cert: string;
  certPath: string;
  dispose: () => void;
}

/** A self-signed certificate for the given names, made by openssl. */
export function makeCertificate(names: string, days = 2): TestCertificate {
  const dir = mkdtempSync(join(tmpdir(), 'pushboat-cert-'));
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  const args = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    key,
    '-out',
    cert,
  ];
  execFileSync(
    'openssl',
    [...args, '-days', String(days), '-subj', '/CN=pushboat test', '-addext', `subjectAltName=${names}`],
    { stdio: 'ignore' },
  );
  return {
    key: readFileSync(key, 'utf8'),
    cert: readFileSync(cert, 'utf8'),
    certPath: cert,
    dispose: () => rmSync(dir, { recursive: true, force: true }),
  };
}
