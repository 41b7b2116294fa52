import { tmpdir } from 'node:os';
import type { ImageDestination } from '../../../../electron/destinations/types.ts';
import type { LocalImage } from '../../../../electron/image/types.ts';
import type { SourceGate } from '../../../../electron/policy/source-gate.ts';
import { createRegistryClient } from '../../../../electron/registry/client.ts';
import type { RegistryClientOptions } from '../../../../electron/registry/types.ts';
import type { Signer } from '../../../../electron/signatures/signer.ts';
import { OciLayoutSource } from '../../../../electron/sources/oci-layout/layout-listing.ts';
import { Journal } from '../../../../electron/transfers/journal/journal.ts';
import { createTransferService } from '../../../../electron/transfers/queue.ts';
import type { PushRequest, TransferService } from '../../../../electron/transfers/types.ts';
import type { Login } from '../../../../shared/logins.ts';
import { parseReference } from '../../../../shared/reference.ts';
import type { LayerProgress, TransferEvent } from '../../../../shared/transfer-events.ts';

/** Retries at once, so that a test of five tries takes no seconds. */
const FAST_RETRY = { baseDelayMs: 1, maxDelayMs: 5 };

export interface Pusher extends AsyncDisposable {
  service: TransferService;
  /** May be changed while a job waits. */
  login: Login | undefined;
  /** Every row as it was in each batch, in order. */
  history: LayerProgress[];
  /** What the journal complained of. */
  problems: string[];
}

export interface PusherOptions {
  maxJobs?: number;
  login?: Login;
  client?: Partial<RegistryClientOptions>;
  /** Folder of the journal; absent: nothing is remembered. */
  dataDir?: string;
  /** Folder where compressed layers are kept. */
  blobCache?: string;
  /** Unfinished jobs are offered again, opened by this. */
  reopenImage?: (imageId: string) => Promise<LocalImage>;
  signer?: Signer;
  gate?: SourceGate;
  parseDestination?: (text: string) => ImageDestination | undefined;
  /** Called with the target of each push that is done. */
  onPushed?: (target: string) => void;
}

/** A push service with real clients, and a record of all that it tells. */
export function makePusher(options: PusherOptions = {}): Pusher {
  const clients = new Map<string, ReturnType<typeof createRegistryClient>>();
  const pusher = { login: options.login, history: [] as LayerProgress[] } as Pusher;
  const clientFor = (registry: string) => {
    const client =
      clients.get(registry) ??
      createRegistryClient({
        registry,
        policy: {},
        login: async () => pusher.login,
        retry: FAST_RETRY,
        ...options.client,
      });
    clients.set(registry, client);
    return client;
  };
  pusher.problems = [];
  pusher.service = createTransferService({
    clientFor,
    maxJobs: () => options.maxJobs ?? 3,
    retry: FAST_RETRY,
    temporaryDir: tmpdir(),
    journal: new Journal(options.dataDir, ({ message }) => pusher.problems.push(message)),
    blobCache: options.blobCache,
    parseDestination: options.parseDestination,
    onPushed: options.onPushed,
    gate: options.gate,
    signer: options.signer,
    reopenImage: options.reopenImage,
  });
  pusher.service.subscribe((events: TransferEvent[]) => {
    for (const event of events) if (event.type === 'layers') pusher.history.push(...event.layers);
  });
  pusher[Symbol.asyncDispose] = async () => {
    await pusher.service.close();
    await Promise.all([...clients.values()].map((client) => client.close()));
  };
  return pusher;
}

/** The first (or named) image of a layout, to be pushed to `target`. */
export async function requestFor(
  layout: string,
  target: string,
  options: { /** One of its references. */ name?: string } & Partial<PushRequest> = {},
): Promise<PushRequest> {
  const source = new OciLayoutSource(layout);
  for await (const image of source.list()) {
    if (options.name !== undefined && !image.references.includes(options.name)) continue;
    return {
      imageId: image.id,
      imageName: image.name,
      openImage: () => source.open(image.id),
      target: parseReference(target),
      options: options.options ?? {},
    };
  }
  throw new Error(`no image in ${layout}`);
}

export function basicLogin(username: string, password: string): Login {
  return { username, password, origin: { kind: 'session' } };
}
