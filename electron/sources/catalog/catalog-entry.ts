import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type PushboatError, toPushboatError } from '../../../shared/errors.ts';
import type { ImageDetails, ImageSummary, SourceInfo, Transport } from '../../../shared/images.ts';
import { isNotThere, unreadable } from '../../files/system-errors.ts';
import type { LocalImage, TakeLayer } from '../../image/types.ts';
import type { ReadProgress } from '../archive/read-progress.ts';
import { listSubfolders } from '../oci-layout/subfolders.ts';
import type { ImageSource } from '../types.ts';
import { RowBatch, type Rows } from './row-batch.ts';
import { FolderWatcher, type WatchBudget } from './watcher.ts';

/** Milliseconds: how long changes gather before a scan, and how often a source is looked at without being told of a change. */
const DEBOUNCE = 200;
const POLL_UNREACHABLE = 3_000;
const POLL_UNWATCHED = 5_000;
/** Network file systems deliver no events of what other computers do. */
const POLL_WATCHED = 30_000;
/** A scan that nobody asked for may take at most one part in this many of the time. */
const IDLE_FACTOR = 40;

/** What is at a location, and what tells that it changes. */
export interface DetectedSource {
  source: ImageSource;
  watch: 'folder' | 'subfolders' | 'nothing';
}

export interface CatalogEntryOptions {
  id: string;
  /** The location's own name when absent. */
  label?: string;
  /** Until the first look tells which it is. */
  transport: Transport;
  location: string;
  automatic: boolean;
  /** Not shown while its folder does not exist. */
  hiddenWhenAbsent: boolean;
  /** Finds out what is at the location now. @throws PushboatError when there is nothing usable. */
  detect: (signal: AbortSignal) => Promise<DetectedSource>;
  /** Rows of the last start, shown until the first scan is over. */
  remembered: readonly ImageSummary[];
  budget: WatchBudget;
  progress: ReadProgress;
  onInfo: () => void;
  onRows: (rows: Rows) => void;
  /** A scan has come to its end: these are all rows. */
  onScanned: (rows: ImageSummary[]) => void;
  onProblem: (error: PushboatError) => void;
}

/** One source of the catalog: its rows as last seen, and the scans and watches that keep them so. */
export class CatalogEntry {
  readonly id: string;
  readonly location: string;
  readonly automatic: boolean;
  readonly #options: CatalogEntryOptions;
  readonly #rows = new Map<string, ImageSummary>();
  readonly #batch: RowBatch;
  readonly #watcher: FolderWatcher;
  readonly #end = new AbortController();
  #transport: Transport;
  #source: ImageSource | undefined;
  #watched: DetectedSource['watch'] = 'nothing';
  #state: SourceInfo['state'] = 'scanning';
  #error: PushboatError | undefined;
  #hidden: boolean;
  #running: Promise<void> | undefined;
  #queued: Promise<void> | undefined;
  #next: { timer: NodeJS.Timeout; at: number } | undefined;
  #lastScan = { endedAt: 0, duration: 0 };
  #hasReportedWatching = false;

  constructor(options: CatalogEntryOptions) {
    this.#options = options;
    this.location = options.location;
    this.automatic = options.automatic;
    this.id = options.id;
    this.#transport = options.transport;
    for (const row of options.remembered) this.#rows.set(row.id, row);
    this.#hidden = options.hiddenWhenAbsent && options.remembered.length === 0;
    this.#batch = new RowBatch((rows) => {
      options.onRows(rows);
      options.onInfo();
    });
    const onProblem = (error: unknown) => this.#watchFailed(error);
    this.#watcher = new FolderWatcher(options.location, options.budget, () => this.#changed(), onProblem);
  }

  get isHidden(): boolean {
    return this.#hidden;
  }

  get error(): PushboatError | undefined {
    return this.#error;
  }

  info(): SourceInfo {
    const progress = this.#state === 'scanning' ? this.#options.progress.share(this.location) : undefined;
    return {
      id: this.id,
      transport: this.#transport,
      label: this.#options.label ?? (basename(this.location) || this.location),
      location: this.location,
      state: this.#state,
      imageCount: this.#rows.size,
      progress,
      error: this.#error?.toData(),
      automatic: this.automatic,
    };
  }

  images(): ImageSummary[] {
    return [...this.#rows.values()];
  }

  has(imageId: string): boolean {
    return this.#rows.has(imageId);
  }

  async open(imageId: string, signal?: AbortSignal, take?: TakeLayer): Promise<LocalImage> {
    return (await this.#current()).open(imageId, signal, take);
  }

  async details(imageId: string): Promise<ImageDetails> {
    return (await this.#current()).details(imageId);
  }

  /**
   * Scans; a scan that is under way is followed by another, since it may have missed what the caller knows of.
   * `fresh` reads everything again and shows the source as scanning.
   */
  scan(fresh: boolean): Promise<void> {
    if (!this.#running) return this.#start(fresh);
    this.#queued ??= this.#running.then(() => {
      this.#queued = undefined;
      return this.#start(fresh);
    });
    return this.#queued;
  }

  close(): void {
    this.#end.abort();
    this.#source?.close?.();
    clearTimeout(this.#next?.timer);
    this.#next = undefined;
    this.#watcher.close();
    this.#batch.flush();
  }

  #start(fresh: boolean): Promise<void> {
    this.#running = this.#scanOnce(fresh).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #scanOnce(fresh: boolean): Promise<void> {
    if (this.#end.signal.aborted) return;
    const startedAt = performance.now();
    let newlyWatched = false;
    if (fresh) {
      this.#source = undefined;
      this.#show('scanning', this.#error);
    }
    try {
      const source = await this.#current();
      this.#hidden = false;
      await this.#readRows(source);
      this.#batch.end();
      this.#show('ready', undefined);
      this.#options.onScanned(this.images());
      newlyWatched = await this.#watch();
    } catch (error) {
      this.#unreachable(toPushboatError(error));
    }
    const endedAt = performance.now();
    this.#lastScan = { endedAt, duration: endedAt - startedAt };
    this.#schedule(Math.max(this.#pollInterval(), IDLE_FACTOR * this.#lastScan.duration));
    // What changed between the reading and the watching was not seen.
    if (newlyWatched) this.#changed();
  }

  async #current(): Promise<ImageSource> {
    if (this.#source) return this.#source;
    const { source, watch } = await this.#options.detect(this.#end.signal);
    this.#source = source;
    this.#transport = source.transport;
    this.#watched = watch;
    return source;
  }

  async #readRows(source: ImageSource): Promise<void> {
    const seen = new Set<string>();
    for await (const row of source.list(this.#end.signal)) {
      seen.add(row.id);
      const known = this.#rows.get(row.id);
      if (known === row || isDeepStrictEqual(known, row)) continue;
      this.#rows.set(row.id, row);
      this.#batch.upsert(row);
    }
    this.#removeRows((id) => !seen.has(id));
  }

  #removeRows(isGone: (id: string) => boolean): void {
    for (const id of this.#rows.keys()) {
      if (!isGone(id)) continue;
      this.#rows.delete(id);
      this.#batch.remove(id);
    }
  }

  #unreachable(error: PushboatError): void {
    if (this.#end.signal.aborted) return;
    this.#source?.close?.();
    this.#source = undefined;
    this.#watcher.close();
    this.#hidden = this.#options.hiddenWhenAbsent && isNotThere(error);
    this.#removeRows(() => true);
    this.#batch.end();
    this.#show('unreachable', error);
  }

  #show(state: SourceInfo['state'], error: PushboatError | undefined): void {
    const isSame = this.#state === state && this.#error?.message === error?.message;
    this.#state = state;
    this.#error = error;
    if (!isSame) this.#options.onInfo();
  }

  async #watch(): Promise<boolean> {
    if (this.#watched === 'nothing') return false;
    const folders = this.#watched === 'subfolders' ? await listSubfolders(this.location) : [];
    return !this.#end.signal.aborted && this.#watcher.update(folders.map((folder) => folder.name));
  }

  #watchFailed(error: unknown): void {
    if (this.#hasReportedWatching) return;
    this.#hasReportedWatching = true;
    this.#options.onProblem(unreadable(this.location, error));
  }

  #changed(): void {
    const { endedAt, duration } = this.#lastScan;
    const earliest = endedAt + 5 * duration - performance.now();
    this.#schedule(Math.max(DEBOUNCE, earliest));
  }

  #pollInterval(): number {
    if (this.#state === 'unreachable') return POLL_UNREACHABLE;
    return this.#watcher.isComplete ? POLL_WATCHED : POLL_UNWATCHED;
  }

  /** The earliest of all that were asked for counts. */
  #schedule(delay: number): void {
    if (this.#end.signal.aborted) return;
    const at = performance.now() + delay;
    if (this.#next && this.#next.at <= at) return;
    clearTimeout(this.#next?.timer);
    const timer = setTimeout(() => {
      this.#next = undefined;
      void this.scan(false);
    }, delay);
    timer.unref();
    this.#next = { timer, at };
  }
}
