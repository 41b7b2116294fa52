import type { Lane } from './http/routes.ts';
import type { HttpTransport } from './http/transport.ts';
import type { StartedUpload, UploadSession } from './types.ts';

/** An upload that a registry forgets so soon after it was used did not end by its age. Milliseconds. */
const JUST_USED = 60_000;

/** How long each upload has a connection of its own once one was lost. Milliseconds. */
const SEPARATE_FOR = 60 * 60_000;

interface OpenUpload {
  lane: Lane | undefined;
  /** Last request that met it (`performance.now`). */
  usedAt: number;
}

/**
 * Which connection each upload of a registry travels on. Replicas that do not share their uploads behind a balancer of connections know
 * an upload only where it was opened, so once one was lost, each gets a connection of its own, from POST to PUT
 * (https://distribution.github.io/distribution/about/deploying/#load-balancing-considerations). All others share the pool.
 */
export class UploadLanes {
  readonly #transport: HttpTransport;
  /** Uploads that this process opened; those of an earlier start may have ended long ago. */
  readonly #open = new WeakMap<UploadSession, OpenUpload>();
  #lostAt = Number.NEGATIVE_INFINITY;

  constructor(transport: HttpTransport) {
    this.#transport = transport;
  }

  /** Opens an upload, on a connection of its own where that is needed. */
  async start(open: (lane: Lane | undefined) => Promise<StartedUpload>): Promise<StartedUpload> {
    const lane = performance.now() - this.#lostAt < SEPARATE_FOR ? this.#transport.openLane() : undefined;
    let started: StartedUpload | undefined;
    try {
      started = await open(lane);
      if (started.kind === 'session') this.#open.set(started.session, { lane, usedAt: performance.now() });
      return started;
    } finally {
      if (started?.kind !== 'session') await lane?.close();
    }
  }

  of(session: UploadSession): Lane | undefined {
    return this.#open.get(session)?.lane;
  }

  used(session: UploadSession): void {
    const upload = this.#open.get(session);
    if (upload) upload.usedAt = performance.now();
  }

  /** The registry does not know the upload, or has lost it. */
  async lost(session: UploadSession): Promise<void> {
    const upload = this.#open.get(session);
    if (upload && performance.now() - upload.usedAt < JUST_USED) this.#lostAt = performance.now();
    await this.end(session);
  }

  /** The upload is over. */
  async end(session: UploadSession): Promise<void> {
    const upload = this.#open.get(session);
    this.#open.delete(session);
    await upload?.lane?.close();
  }
}
