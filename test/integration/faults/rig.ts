import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Timeouts } from '../../../electron/registry/http/limits.ts';
import type { NetworkRules } from '../../../electron/registry/http/routes.ts';
import type { UploadQuirks } from '../../../electron/registry/quirks.ts';
import { Journal } from '../../../electron/transfers/journal/journal.ts';
import type { Digest } from '../../../shared/digest.ts';
import type { Login } from '../../../shared/logins.ts';
import type { RegistryPolicy } from '../../../shared/registry-policy.ts';
import type { JobSnapshot } from '../../../shared/transfer-events.ts';
import { blobPath, makeLayout, type WrittenImage } from '../../fixtures/layouts.ts';
import { makeTempDir, type TempDir } from '../../fixtures/temp-dir.ts';
import type { ArmedFault, FaultAction, FaultRule } from '../../registry/faults.ts';
import type { RequestRecord } from '../../registry/request-log.ts';
import { type RegistryOptions, startRegistry, type TestRegistry } from '../../registry/server.ts';
import { makePusher, type Pusher, requestFor } from '../../unit/electron/transfers/harness.ts';

export const KIB = 1024;
export const MIB = 1024 * KIB;
export const CHUNK = 64 * KIB;
/** Above the size up to which a body goes out from memory, and more than four chunks. */
const LAYER = 300 * KIB;

export const ALWAYS = Number.POSITIVE_INFINITY;

export type RequestKind =
  | 'GET /v2/'
  | 'token'
  | 'HEAD blob'
  | 'POST upload'
  | 'PUT blob'
  | 'PATCH'
  | 'GET upload status'
  | 'DELETE upload'
  | 'HEAD manifest'
  | 'PUT manifest';

export interface RigOptions {
  registry?: RegistryOptions;
  layerSize?: number;
  /** PATCHes of 64 KiB instead of one body. */
  chunked?: boolean;
  login?: Login;
  policy?: RegistryPolicy;
  /** What the client knows of the registry's uploads. */
  quirks?: UploadQuirks;
  timeouts?: Partial<Timeouts>;
  network?: NetworkRules;
}

const dataDirIn = (folder: string): string => join(folder, 'data');

/**
 * An image with one layer, a registry that already has its config, and a pusher with short pauses: so every request is the layer's or
 * a manifest's, and can be counted.
 */
export class Rig implements AsyncDisposable {
  readonly registry: TestRegistry;
  readonly image: WrittenImage;
  readonly pusher: Pusher;
  readonly #folder: TempDir;
  readonly #layout: string;

  private constructor(registry: TestRegistry, image: WrittenImage, pusher: Pusher, folder: TempDir, layout: string) {
    this.registry = registry;
    this.image = image;
    this.pusher = pusher;
    this.#folder = folder;
    this.#layout = layout;
  }

  static async start(options: RigOptions = {}): Promise<Rig> {
    const folder = await makeTempDir('faults');
    const registry = await startRegistry({ storage: 'memory', ...options.registry });
    const { path, image } = await makeLayout(join(folder.path, 'image'), {
      layers: 1,
      layerSize: options.layerSize ?? LAYER,
    });
    await registry.seedBlob('acme/web', await readFile(blobPath(path, image.config.digest)));
    // The config was seen there, so it is asked for and no upload is opened for it.
    const dataDir = dataDirIn(folder.path);
    {
      using journal = new Journal(dataDir);
      journal.addLocations(registry.host, 'acme/web', [image.config.digest]);
    }
    const pusher = makePusher({
      dataDir,
      ...(options.login ? { login: options.login } : {}),
      client: {
        policy: {
          tls: options.registry?.tls ? 'verify' : 'plain-http',
          ...(options.chunked ? { chunkSize: CHUNK } : {}),
          ...options.policy,
        },
        quirks: options.quirks,
        timeouts: options.timeouts,
        network: options.network,
      },
    });
    return new Rig(registry, image, pusher, folder, path);
  }

  get layerSize(): number {
    return this.image.layers[0]?.size ?? 0;
  }

  get chunks(): number {
    return Math.ceil(this.layerSize / CHUNK);
  }

  /** Arms a fault for requests of one kind: once, or as `times` and `skip` say. */
  fault(kind: RequestKind, action: FaultAction, more: Pick<FaultRule, 'times' | 'skip'> = {}): ArmedFault {
    if (kind === 'GET /v2/') this.#needPing();
    return this.registry.faults.add({ on: this.#matching(kind), action, ...more });
  }

  /** Takes away what shows that a registry gave the first answers: it is asked whether it is one then, and not before. */
  #needPing(): void {
    const headers = { 'docker-distribution-api-version': '', 'docker-content-digest': null };
    this.registry.faults.add({ on: { path: /^\/v2\/./ }, action: { kind: 'rewrite', headers }, times: ALWAYS });
    // Of a blob that was seen there no upload is opened before it is known to be missing: that answer would show it, too.
    using journal = new Journal(dataDirIn(this.#folder.path));
    journal.addLocations(
      this.registry.host,
      'acme/web',
      this.image.layers.map(({ digest }) => digest),
    );
  }

  /** Pushes to `acme/web:1` until the job ends or waits for a person. */
  async push({ host = this.registry.host, repository = 'acme/web' } = {}): Promise<JobSnapshot> {
    const request = await requestFor(this.#layout, `${host}/${repository}:1`);
    return this.pusher.service.settled(this.pusher.service.start(request));
  }

  blobPath(digest: Digest): string {
    return blobPath(this.#layout, digest);
  }

  count(kind: RequestKind): number {
    return this.requests(kind).length;
  }

  requests(kind: RequestKind): RequestRecord[] {
    const { method, path } = this.#matching(kind);
    return this.registry.requests.filter((request) => request.method === method && path.test(request.path));
  }

  /** Bytes of layer bodies that came in. */
  received(): number {
    return [...this.requests('PUT blob'), ...this.requests('PATCH')].reduce((sum, { received }) => sum + received, 0);
  }

  #matching(kind: RequestKind): { method: string; path: RegExp } {
    const layer = this.image.layers[0]?.digest ?? '';
    switch (kind) {
      case 'GET /v2/':
        return { method: 'GET', path: /^\/v2\/$/ };
      case 'token':
        return { method: 'GET', path: /^\/token/ };
      case 'HEAD blob':
        return { method: 'HEAD', path: new RegExp(`/blobs/${layer}`) };
      case 'POST upload':
        return { method: 'POST', path: /\/blobs\/uploads\// };
      case 'PUT blob':
        return { method: 'PUT', path: /\/blobs\/uploads\// };
      case 'PATCH':
        return { method: 'PATCH', path: /./ };
      case 'GET upload status':
        return { method: 'GET', path: /\/blobs\/uploads\// };
      case 'DELETE upload':
        return { method: 'DELETE', path: /\/blobs\/uploads\// };
      case 'HEAD manifest':
        return { method: 'HEAD', path: /\/manifests\/1$/ };
      case 'PUT manifest':
        return { method: 'PUT', path: /\/manifests\// };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pusher[Symbol.asyncDispose]();
    await this.registry.close();
    await this.#folder.remove();
  }
}
