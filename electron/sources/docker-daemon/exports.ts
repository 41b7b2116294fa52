import { createWriteStream, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { digestHex } from '../../../shared/digest.ts';
import { PushboatError } from '../../../shared/errors.ts';
import type { LocalImage } from '../../image/types.ts';
import { dockerArchiveListing } from '../archive/docker-archive.ts';
import { systemCode, systemReason } from '../fs-errors.ts';
import type { EngineClient, EngineImage } from './engine-client.ts';
import { engineProtocol } from './engine-error.ts';

/** Milliseconds that an export is kept after its last use: a push often follows a preview, and another target a push. */
const KEEP = 120_000;
const PREFIX = 'pushboat-export-';

/** An export in use; `release` says that it is not any more. */
export interface HeldExport {
  image: LocalImage;
  release: () => void;
}

interface Entry {
  image: Promise<LocalImage>;
  users: number;
  isReady: boolean;
  abort: AbortController;
  timer?: NodeJS.Timeout;
  remove: () => void;
}

/**
 * Images that an engine has handed out as docker archives. The API gives an image only as a whole, from its beginning, and a push must
 * be able to read a layer again: so each is kept in a temporary file while it is used, and a little longer.
 */
export class EngineExports {
  readonly #client: EngineClient;
  /** By the image's id, which names its content: what is kept is never out of date. */
  readonly #entries = new Map<string, Entry>();

  constructor(client: EngineClient) {
    this.#client = client;
  }

  /** @throws PushboatError ENGINE_FAILED, SOURCE_UNREADABLE (no room), ARCHIVE_INVALID, CANCELLED */
  async hold(id: EngineImage['Id'], signal?: AbortSignal): Promise<HeldExport> {
    const entry = this.#entries.get(id) ?? this.#start(id);
    entry.users++;
    clearTimeout(entry.timer);
    let isHeld = true;
    const release = () => {
      if (isHeld) this.#release(id, entry);
      isHeld = false;
    };
    try {
      return { image: await abortable(entry.image, signal), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Removes what nobody uses, and the rest with its last use. */
  close(): void {
    for (const [id, entry] of this.#entries) {
      this.#entries.delete(id);
      clearTimeout(entry.timer);
      if (entry.users === 0) entry.remove();
    }
  }

  #start(id: EngineImage['Id']): Entry {
    const folder = makeFolder();
    const abort = new AbortController();
    const image = this.#export(id, folder, abort.signal);
    const remove = () => {
      process.off('exit', remove);
      rmSync(folder, { recursive: true, force: true });
    };
    process.once('exit', remove);
    const entry: Entry = { image, users: 0, isReady: false, abort, remove };
    image.then(
      () => {
        entry.isReady = true;
      },
      () => {
        if (this.#entries.get(id) === entry) this.#entries.delete(id);
        remove();
      },
    );
    this.#entries.set(id, entry);
    return entry;
  }

  #release(id: string, entry: Entry): void {
    entry.users--;
    if (entry.users > 0) return;
    const isKnown = this.#entries.get(id) === entry;
    if (isKnown && entry.isReady) {
      entry.timer = setTimeout(() => {
        this.#entries.delete(id);
        entry.remove();
      }, KEEP);
      entry.timer.unref();
      return;
    }
    if (isKnown) this.#entries.delete(id);
    if (entry.isReady) entry.remove();
    else entry.abort.abort();
  }

  async #export(id: EngineImage['Id'], folder: string, signal: AbortSignal): Promise<LocalImage> {
    const path = join(folder, `${digestHex(id).slice(0, 12)}.tar`);
    try {
      await pipeline(await this.#client.export(id, signal), createWriteStream(path, { mode: 0o600 }), { signal });
    } catch (error) {
      throw signal.aborted ? cancelled(signal) : this.#explain(folder, error);
    }
    const images = await dockerArchiveListing(path).read(signal);
    const [first] = images;
    if (!first) throw engineProtocol(this.#client.name, `its export of ${id} has no image`);
    return first.open();
  }

  #explain(folder: string, error: unknown): Error {
    const code = systemCode(error);
    if (code !== 'ENOSPC' && code !== 'EDQUOT') return this.#client.explain(error);
    const detail = systemReason(error);
    return new PushboatError('SOURCE_UNREADABLE', `There is no room for the image in ${folder}: ${detail}.`, {
      path: folder,
      detail,
      hint: 'retry',
      cause: error,
    });
  }
}

/** A folder whose name tells which process it belongs to; those of processes that were killed are removed. */
function makeFolder(): string {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(/^pushboat-export-(\d+)-/.exec(name)?.[1] ?? 0);
    if (pid > 0 && pid !== process.pid && !isRunning(pid))
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
  return mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) !== 'ESRCH';
  }
}

function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  if (signal.aborted) return Promise.reject(cancelled(signal));
  return new Promise((resolve, reject) => {
    const abort = () => reject(cancelled(signal));
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function cancelled(signal: AbortSignal): PushboatError {
  return new PushboatError('CANCELLED', 'Getting the image was cancelled.', { cause: signal.reason });
}
