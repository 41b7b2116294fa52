import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, shortDigest } from '../../../shared/digest.ts';
import { cancelled, PushboatError } from '../../../shared/errors.ts';
import type { EngineImage } from '../../docker-api/answers.ts';
import type { EngineClient } from '../../docker-api/client.ts';
import { engineGaveUp, engineProtocol, engineStopped, wordsAtEnd } from '../../docker-api/errors.ts';
import type { LocalEnvironment } from '../../files/environment.ts';
import { systemCode, systemReason } from '../../files/system-errors.ts';
import { isFull, temporaryFault } from '../../files/temporary-file.ts';
import { isRunning } from '../../files/temporary-names.ts';
import { archiveLimits } from '../../image/tar/limits.ts';
import { Archives } from '../archive/archives.ts';
import { ImageSaves } from './image-saves.ts';
import { SAVED_FILE, SavedImage } from './saved-image.ts';
import { type ArrivingLayers, keptBytesOn } from './skeleton.ts';

/** Milliseconds that a save is kept after its last use: a push often follows a preview, and another target a push. */
const KEEP = 120_000;
const PREFIX = 'pushboat-save-';

/** An image of an engine. */
export interface EngineContent {
  id: EngineImage['Id'];
  /** What the engine has of an index, which may become more under the same id. Absent: the id names all of it. */
  there?: readonly Digest[];
}

/** A save in use; `release` says that it is not any more. */
export interface HeldImage {
  saved: SavedImage;
  release: () => void;
}

interface Entry {
  saved: Promise<SavedImage>;
  users: number;
  isReady: boolean;
  abort: AbortController;
  timer?: NodeJS.Timeout;
  remove: () => void;
}

/**
 * Images that an engine has handed out as docker archives. The API gives an image only as a whole, from its beginning: so what is small is
 * kept in a temporary file while it is used and a little longer, and so are large layers where the disk has room: a save takes the engine
 * as long as a push. Without room they are read from further saves, as many in one as can be.
 */
export class SavedImages {
  readonly #client: EngineClient;
  readonly #environment: LocalEnvironment;
  readonly #archives: Archives;
  readonly #keptBytes: number | undefined;
  /** By what names the content: what is kept is never out of date. */
  readonly #entries = new Map<string, Entry>();

  /** @param keptBytes of contents that are kept of each; for tests. */
  constructor(client: EngineClient, environment: LocalEnvironment, keptBytes?: number) {
    this.#client = client;
    this.#environment = environment;
    this.#archives = new Archives(environment);
    this.#keptBytes = keptBytes;
  }

  /**
   * @param arriving who may take layers when a save has to be made.
   * @throws PushboatError ENGINE_FAILED, SOURCE_UNREADABLE (no room), ARCHIVE_INVALID, CANCELLED
   */
  async hold(content: EngineContent, signal?: AbortSignal, arriving?: ArrivingLayers): Promise<HeldImage> {
    const key = keyOf(content);
    const entry = this.#entries.get(key) ?? this.#start(content, arriving);
    entry.users++;
    clearTimeout(entry.timer);
    let isHeld = true;
    const release = () => {
      if (isHeld) this.#release(key, entry);
      isHeld = false;
    };
    try {
      return { saved: await abortable(entry.saved, signal), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Removes what nobody uses, and the rest with its last use. */
  close(): void {
    for (const [key, entry] of this.#entries) {
      this.#entries.delete(key);
      clearTimeout(entry.timer);
      if (entry.users === 0) entry.remove();
    }
  }

  #start(content: EngineContent, arriving: ArrivingLayers | undefined): Entry {
    const key = keyOf(content);
    const folder = makeFolder(this.#environment.temporaryDir);
    const abort = new AbortController();
    const saved = this.#save(content.id, folder, abort.signal, arriving);
    const removeFolder = () => rmSync(folder, { recursive: true, force: true });
    process.once('exit', removeFolder);
    const entry: Entry = {
      saved: saved,
      users: 0,
      isReady: false,
      abort,
      remove: () => {
        process.off('exit', removeFolder);
        removeFolder();
      },
    };
    saved.then(
      (ready) => {
        entry.isReady = true;
        const { remove } = entry;
        entry.remove = () => {
          ready.close();
          remove();
        };
      },
      () => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
        entry.remove();
      },
    );
    this.#entries.set(key, entry);
    return entry;
  }

  #release(key: string, entry: Entry): void {
    entry.users--;
    if (entry.users > 0) return;
    const isKnown = this.#entries.get(key) === entry;
    if (isKnown && entry.isReady) {
      entry.timer = setTimeout(() => {
        this.#entries.delete(key);
        entry.remove();
      }, KEEP);
      entry.timer.unref();
      return;
    }
    if (isKnown) this.#entries.delete(key);
    if (entry.isReady) entry.remove();
    else entry.abort.abort();
  }

  async #save(
    id: EngineImage['Id'],
    folder: string,
    signal: AbortSignal,
    arriving: ArrivingLayers | undefined,
  ): Promise<SavedImage> {
    const { name, address } = this.#client;
    const saves = new ImageSaves(this.#client, id);
    const described = `the save of ${shortDigest(id)} by ${name}`;
    try {
      const saved = await SavedImage.read({
        folder,
        signal,
        arriving,
        described,
        keptBytes: this.#keptBytes ?? keptBytesOn(await statfs(folder)),
        archives: this.#archives,
        limits: archiveLimits(this.#environment.env),
        start: (stop) => saves.start(stop),
        alone: () => saves.alone,
        explain: (error, arrived) => (isLocal(error) ? asError(error) : engineStopped(name, address, arrived, error)),
        explainFirst: (error, arrived, tail) => {
          const words = isArchiveFault(error) ? wordsAtEnd(tail) : undefined;
          if (words !== undefined) return engineGaveUp(name, words);
          return isLocal(error) ? asError(error) : engineStopped(name, address, arrived, error);
        },
        differs: (why) => engineProtocol(name, `a second save of ${id} is not like the first: ${why}`),
      });
      if (saved) return saved;
      throw engineProtocol(name, `its save of ${id} has no image`);
    } catch (error) {
      throw signal.aborted ? cancelled(signal, 'Getting the image') : ofSave(this.explain(error), folder, described);
    }
  }

  /** What a failure while an image was read means. */
  explain(error: unknown): Error {
    if (!isFull(error)) return this.#client.explain(error);
    const [folder, detail] = [this.#environment.temporaryDir, systemReason(error)];
    return new PushboatError('SOURCE_UNREADABLE', `There is no room for the image in ${folder}: ${detail}.`, {
      path: folder,
      detail,
      hint: 'choose-temporary-folder',
      cause: error,
    });
  }
}

function keyOf({ id, there = [] }: EngineContent): string {
  return [id, ...there].join(' ');
}

/** Errors of writing what is kept, as opposed to those of the engine. */
function isLocal(error: unknown): boolean {
  return error instanceof PushboatError || isFull(error);
}

/** What is wrong with an archive, as opposed to how it came here. */
function isArchiveFault(error: unknown): error is PushboatError {
  return error instanceof PushboatError && (error.code === 'ARCHIVE_INVALID' || error.code === 'LAYOUT_INVALID');
}

/** Says of a save, not of a file that nobody has named, what is wrong with it; another save may be whole. */
function ofSave(error: Error, folder: string, described: string): Error {
  if (!isArchiveFault(error)) return error;
  const { code, facts, hint } = error;
  const path = join(folder, SAVED_FILE);
  const message = error.message.replaceAll(path, described);
  const isDamaged = hint === 'rebuild-image' || hint === 'check-folder';
  return new PushboatError(code, message, {
    ...facts,
    path: described,
    hint: isDamaged ? 'retry' : hint,
    cause: error,
  });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/**
 * A folder whose name tells which process it belongs to; those of processes that were killed are removed.
 * @throws PushboatError as `temporaryFault`
 */
function makeFolder(temporaryDir: string): string {
  try {
    for (const name of readdirSync(temporaryDir)) {
      const pid = Number(/^pushboat-save-(\d+)-/.exec(name)?.[1] ?? 0);
      if (pid > 0 && pid !== process.pid && !isRunning(pid)) removeAbandoned(join(temporaryDir, name));
    }
    return mkdtempSync(join(temporaryDir, `${PREFIX}${process.pid}-`));
  } catch (error) {
    throw temporaryFault(temporaryDir, error);
  }
}

/** What cannot be removed, because it is somebody else's for one, costs room and keeps no image from being pushed. */
function removeAbandoned(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}

function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  if (signal.aborted) return Promise.reject(cancelled(signal, 'Getting the image'));
  return new Promise((resolve, reject) => {
    const abort = () => reject(cancelled(signal, 'Getting the image'));
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
