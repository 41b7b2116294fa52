import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Slow enough that a person sees the bars move, fast enough that nobody waits. */
const BYTES_PER_SECOND = 6_000_000;

export interface PracticeLogin {
  username: string;
  password: string;
}

/** One upload: what has come so far. */
interface Upload {
  chunks: Buffer[];
  size: number;
}

/**
 * A registry on this computer for a first push: it asks for a login, keeps all in memory, and is gone when it is closed. It knows of the
 * distribution specification what a push needs, and no more.
 */
export class PracticeRegistry implements AsyncDisposable {
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch(() => response.destroy());
  });
  readonly #login: PracticeLogin;
  readonly #blobs = new Map<string, Buffer>();
  readonly #manifests = new Map<string, { bytes: Buffer; type: string; digest: string }>();
  readonly #uploads = new Map<string, Upload>();

  private constructor(login: PracticeLogin) {
    this.#login = login;
  }

  /** On a free port of the loopback interface. */
  static async start(login: PracticeLogin): Promise<PracticeRegistry> {
    const registry = new PracticeRegistry(login);
    registry.#server.listen(0, '127.0.0.1');
    await once(registry.#server, 'listening');
    return registry;
  }

  /** `host:port`, as it stands in a reference. */
  get host(): string {
    return `localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const method = request.method ?? 'GET';
    response.setHeader('Docker-Distribution-Api-Version', 'registry/2.0');
    if (!this.#isSignedIn(request)) return this.#askForLogin(response);
    if (pathname === '/v2/') return end(response, 200, '{}');
    const [, repository = '', kind = '', rest = ''] =
      /^\/v2\/(.+?)\/(blobs\/uploads|blobs|manifests|tags)\/(.*)$/.exec(pathname) ?? [];
    if (kind === 'blobs') return this.#blob(response, method, rest);
    if (kind === 'manifests' && method === 'PUT') return this.#putManifest(request, response, repository, rest);
    if (kind === 'manifests') return this.#manifest(response, method, `${repository}@${rest}`);
    if (kind === 'tags') return this.#tags(response, repository);
    if (kind === 'blobs/uploads' && method === 'POST') return this.#openUpload(response, repository);
    if (kind === 'blobs/uploads')
      return this.#upload(request, response, { pathname, id: rest, digest: searchParams.get('digest') });
    return end(response, 404);
  }

  #isSignedIn({ headers }: IncomingMessage): boolean {
    const { username, password } = this.#login;
    return headers.authorization === `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }

  /** Says what it takes: the window's own line about it may be behind the dialog. */
  #askForLogin(response: ServerResponse): void {
    const { username, password } = this.#login;
    response.setHeader('WWW-Authenticate', 'Basic realm="Practice registry"');
    end(
      response,
      401,
      errorBody('UNAUTHORIZED', `sign in to this practice registry as ${username} with the password ${password}`),
    );
  }

  #blob(response: ServerResponse, method: string, digest: string): void {
    const blob = this.#blobs.get(digest);
    if (!blob) return end(response, 404, errorBody('BLOB_UNKNOWN', 'blob unknown'));
    response.setHeader('Docker-Content-Digest', digest);
    send(response, method, blob);
  }

  #manifest(response: ServerResponse, method: string, name: string): void {
    const manifest = this.#manifests.get(name);
    if (!manifest) return end(response, 404, errorBody('MANIFEST_UNKNOWN', 'manifest unknown'));
    response.setHeader('Docker-Content-Digest', manifest.digest);
    response.setHeader('Content-Type', manifest.type);
    send(response, method, manifest.bytes);
  }

  async #putManifest(
    request: IncomingMessage,
    response: ServerResponse,
    repository: string,
    tag: string,
  ): Promise<void> {
    const bytes = await read(request);
    const digest = digestOf(bytes);
    const manifest = { bytes, digest, type: request.headers['content-type'] ?? 'application/json' };
    for (const name of [tag, digest]) this.#manifests.set(`${repository}@${name}`, manifest);
    response.setHeader('Docker-Content-Digest', digest);
    response.setHeader('Location', `/v2/${repository}/manifests/${digest}`);
    end(response, 201);
  }

  #tags(response: ServerResponse, repository: string): void {
    const own = [...this.#manifests.keys()].filter((name) => name.startsWith(`${repository}@`));
    const tags = own.map((name) => name.slice(repository.length + 1)).filter((name) => !name.includes(':'));
    response.setHeader('Content-Type', 'application/json');
    end(response, 200, JSON.stringify({ name: repository, tags }));
  }

  #openUpload(response: ServerResponse, repository: string): void {
    const id = String(this.#uploads.size + 1);
    this.#uploads.set(id, { chunks: [], size: 0 });
    response.setHeader('Location', `/v2/${repository}/blobs/uploads/${id}`);
    response.setHeader('Range', '0-0');
    end(response, 202);
  }

  async #upload(
    request: IncomingMessage,
    response: ServerResponse,
    { pathname, id, digest }: { pathname: string; id: string; digest: string | null },
  ): Promise<void> {
    const upload = this.#uploads.get(id);
    if (!upload) return end(response, 404, errorBody('BLOB_UPLOAD_UNKNOWN', 'upload unknown'));
    for await (const chunk of request as AsyncIterable<Buffer>) {
      upload.chunks.push(chunk);
      upload.size += chunk.byteLength;
      await sleep((1000 * chunk.byteLength) / BYTES_PER_SECOND);
    }
    response.setHeader('Location', pathname);
    response.setHeader('Range', `0-${Math.max(0, upload.size - 1)}`);
    if (request.method !== 'PUT') return end(response, request.method === 'PATCH' ? 202 : 204);
    const blob = Buffer.concat(upload.chunks);
    if (digest === null || digestOf(blob) !== digest)
      return end(response, 400, errorBody('DIGEST_INVALID', 'digest invalid'));
    this.#uploads.delete(id);
    this.#blobs.set(digest, blob);
    response.setHeader('Docker-Content-Digest', digest);
    end(response, 201);
  }
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, method: string, bytes: Buffer): void {
  response.setHeader('Content-Length', bytes.byteLength);
  response.writeHead(200).end(method === 'HEAD' ? undefined : bytes);
}

function end(response: ServerResponse, status: number, body = ''): void {
  response.writeHead(status).end(body);
}

function errorBody(code: string, message: string): string {
  return JSON.stringify({ errors: [{ code, message }] });
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
