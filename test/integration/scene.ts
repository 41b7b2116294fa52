import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createRegistryClient } from '../../electron/registry/client.ts';
import type { RegistryClient } from '../../electron/registry/types.ts';
import { openSettings } from '../../electron/settings/settings-file.ts';
import { createTransferService } from '../../electron/transfers/queue.ts';
import type { TransferService } from '../../electron/transfers/types.ts';
import type { Login } from '../../shared/logins.ts';
import type { RegistryPolicy } from '../../shared/registry-policy.ts';
import { type Certificates, makeCertificates } from '../fixtures/certificates.ts';
import { freePort } from '../fixtures/free-port.ts';
import { makeLayout, type WrittenImage } from '../fixtures/layouts.ts';
import { trusting } from '../fixtures/network-rules.ts';
import { type RegistryOptions, startRegistry, type TestRegistry } from '../registry/server.ts';
import { type CliHome, makeCliHome } from './command-line.ts';

/** Retries at once, so that a test of five tries takes no seconds. */
const FAST_RETRY = { baseDelayMs: 1, maxDelayMs: 5 };

/** A layout, a registry at a port that stays the same, and the push service and command line that bring one to the other. */
export class Scene implements AsyncDisposable {
  readonly home: CliHome;
  readonly port: number;
  readonly certificates: Certificates;
  /** The layout; `restore()` makes it whole again. */
  readonly layout: string;
  readonly image: WrittenImage;
  readonly service: TransferService;
  /** What the push service sends; the command line gets it as --creds. */
  login: Login | undefined;
  policy: RegistryPolicy = {};
  #registry: TestRegistry | undefined;
  readonly #clients = new Set<RegistryClient>();

  private constructor(home: CliHome, port: number, certificates: Certificates, image: WrittenImage) {
    this.home = home;
    this.port = port;
    this.certificates = certificates;
    this.image = image;
    this.layout = join(home.path, 'layout');
    let client: { policy: RegistryPolicy; client: RegistryClient } | undefined;
    this.service = createTransferService({
      clientFor: (registry) => {
        if (client?.policy !== this.policy) client = { policy: this.policy, client: this.#newClient(registry) };
        return client.client;
      },
      maxJobs: () => 1,
      temporaryDir: home.path,
      retry: FAST_RETRY,
    });
  }

  static async create(layerSize: number): Promise<Scene> {
    const [home, port, certificates] = await Promise.all([makeCliHome(), freePort(), makeCertificates()]);
    const { path, image } = await makeLayout(join(home.path, 'layout'), { layers: 2, layerSize });
    await cp(path, join(home.path, 'backup'), { recursive: true });
    return new Scene(home, port, certificates, image);
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  get registry(): TestRegistry {
    if (!this.#registry) throw new Error('no registry runs');
    return this.#registry;
  }

  /** Starts a registry, in the place of the one that ran. */
  async serve(options: RegistryOptions = {}): Promise<TestRegistry> {
    await this.#registry?.close();
    this.#registry = await startRegistry({ storage: 'memory', ...options, port: this.port });
    return this.#registry;
  }

  /** For the push service and for the command line. */
  async setPolicy(registry: string, policy: RegistryPolicy): Promise<void> {
    this.policy = policy;
    const settings = await openSettings(this.dataDir);
    await settings.update((current) => ({ ...current, registries: { [registry]: policy } }));
  }

  get dataDir(): string {
    return join(this.home.path, 'data');
  }

  async restore(): Promise<void> {
    await rm(this.layout, { recursive: true, force: true });
    await cp(join(this.home.path, 'backup'), this.layout, { recursive: true });
  }

  #newClient(registry: string): RegistryClient {
    const client = createRegistryClient({
      registry,
      policy: this.policy,
      login: async () => this.login,
      retry: FAST_RETRY,
      network: trusting(this.certificates.ca.cert),
    });
    this.#clients.add(client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.service.close();
    await Promise.all([...this.#clients].map((client) => client.close()));
    await this.#registry?.close();
    await this.home.remove();
  }
}
