import type { Readable } from 'node:stream';
import type { PushboatError } from '../../../shared/errors.ts';
import { type NextBuffer, READ_SIZE } from '../../files/read-buffers.ts';
import { fill } from '../../image/tar/block-reader.ts';
import { ForwardReader } from '../../image/tar/forward-reader.ts';
import type { ArchiveLimits } from '../../image/tar/limits.ts';
import { indexTar, type TarMember } from '../../image/tar/tar-index.ts';
import { type Hole, MemberKeys } from './skeleton.ts';

/** Milliseconds that a save waits for somebody to ask for one of its next layers, before it ends. */
const PATIENCE = 30_000;

export interface SavePassesOptions {
  /** Begins a save. */
  start: (signal: AbortSignal) => Promise<Readable>;
  /** What a failure of a save means, after so many bytes of it. */
  explain: (error: unknown, arrived: number) => Error;
  /** For a save that is not like the first. */
  differs: (why: string) => PushboatError;
  /** Names the archive in messages. */
  described: string;
  limits: ArchiveLimits;
  /** In the order of the archive. */
  holes: readonly Hole[];
}

/** Somebody waits for a content. */
interface Reader {
  hole: Hole;
  order: number;
  begin: (content: Content) => void;
  fail: (error: unknown) => void;
}

/** A content that has come up. The save continues when it is over. */
interface Content {
  source: ForwardReader;
  offset: number;
  over: () => void;
}

/** Thrown to end a save whose rest nobody wants. */
class Unwanted extends Error {}

/**
 * Reads the large contents of an image's save straight from the engine. A save comes from front to back, so readers wait until
 * theirs comes up, and whoever asks in the order of the archive is served by one save; for a content that has gone by, there is another
 * one. One runs at a time, and waits while a content is read slowly.
 */
export class SavePasses {
  readonly #options: SavePassesOptions;
  readonly #orders: ReadonlyMap<string, number>;
  readonly #waiting = new Set<Reader>();
  readonly #closing = new AbortController();
  #isRunning = false;
  /** Called when somebody comes while the save waits for readers. */
  #wake: (() => void) | undefined;

  constructor(options: SavePassesOptions) {
    this.#options = options;
    this.#orders = new Map(options.holes.map(({ key }, order) => [key, order]));
  }

  /**
   * A content from its beginning to its end.
   * @throws PushboatError ENGINE_FAILED, ARCHIVE_INVALID, or the signal's reason.
   */
  async *read(hole: Hole, nextBuffer: NextBuffer, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const { source, offset, over } = await this.#turn(hole, signal);
    try {
      for (let done = 0; done < hole.size; ) {
        const buffer = nextBuffer(Math.min(READ_SIZE, hole.size - done));
        const count = await this.#fill(source, buffer, offset + done);
        if (count < buffer.byteLength) throw this.#options.explain(new Error('it ended early'), source.arrived);
        done += count;
        yield buffer;
      }
    } finally {
      over();
    }
  }

  /** Ends the save that runs; whoever waits is told. */
  close(): void {
    this.#closing.abort(new Unwanted());
    this.#wake?.();
  }

  async #fill(source: ForwardReader, buffer: Buffer, position: number): Promise<number> {
    try {
      return await fill(source, buffer, position);
    } catch (error) {
      throw this.#options.explain(error, source.arrived);
    }
  }

  #turn(hole: Hole, signal: AbortSignal | undefined): Promise<Content> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const settle = () => {
        this.#waiting.delete(reader);
        signal?.removeEventListener('abort', giveUp);
      };
      const reader: Reader = {
        hole,
        order: this.#orders.get(hole.key) ?? -1,
        begin: (content) => {
          settle();
          resolve(content);
        },
        fail: (error) => {
          settle();
          reject(error);
        },
      };
      const giveUp = () => {
        reader.fail(signal?.reason);
        this.#wake?.();
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      this.#waiting.add(reader);
      this.#wake?.();
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      while (this.#waiting.size > 0) await this.#pass();
    } catch (error) {
      for (const { fail } of this.#waiting) fail(error);
    } finally {
      this.#isRunning = false;
    }
  }

  /** One save, until its end or until nobody wants more of it. */
  async #pass(): Promise<void> {
    const { start, explain, differs, described: path, limits } = this.#options;
    const atStart = [...this.#waiting];
    const seen = new Set<string>();
    const keys = new MemberKeys();
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, this.#closing.signal]);
    const archive = await start(signal);
    const source = new ForwardReader(archive, path);
    const onMember = async (member: TarMember): Promise<void> => {
      const key = keys.next(member);
      const order = this.#orders.get(key);
      if (order === undefined) return;
      seen.add(key);
      await this.#serve(order, member, source, archive);
    };
    try {
      await indexTar(source, { path, limits, onMember });
    } catch (error) {
      if (!(error instanceof Unwanted)) throw explain(error, source.arrived);
    } finally {
      stop.abort(new Unwanted());
      archive.destroy();
    }
    // They were there from the beginning, so theirs should have come up.
    for (const reader of atStart) {
      if (this.#waiting.has(reader) && !seen.has(reader.hole.key)) throw differs('it lacks a layer');
    }
  }

  /** Lets one reader have the content that has come up, if it is wanted. @throws Unwanted when only earlier ones are. */
  async #serve(order: number, member: TarMember, source: ForwardReader, archive: Readable): Promise<void> {
    const reader = await this.#readerFor(order, archive);
    if (!reader) return;
    if (member.size !== reader.hole.size) throw this.#options.differs('a layer has another size');
    await new Promise<void>((over) => reader.begin({ source, offset: member.offset, over }));
    const isLast = order === this.#orders.size - 1;
    if (isLast) throw new Unwanted();
  }

  /** Waits for readers where there are none at all. */
  async #readerFor(order: number, archive: Readable): Promise<Reader | undefined> {
    if (this.#waiting.size === 0) await this.#somebody(archive);
    const waiting = [...this.#waiting];
    const wanted = waiting.find((reader) => reader.order === order);
    if (wanted || waiting.some((reader) => reader.order > order)) return wanted;
    throw new Unwanted();
  }

  /** Resolves when somebody asks, or nobody does for long. Meanwhile the save keeps nobody's process running. */
  async #somebody(archive: Readable): Promise<void> {
    const socket = 'socket' in archive ? (archive.socket as { ref?: () => void; unref?: () => void } | null) : null;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, PATIENCE).unref();
    const { signal } = this.#closing;
    this.#wake = resolve;
    socket?.unref?.();
    try {
      if (!signal.aborted) await promise;
    } finally {
      socket?.ref?.();
      this.#wake = undefined;
      clearTimeout(timer);
    }
  }
}
